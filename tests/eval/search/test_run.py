"""A benchmark run, end to end, over an index of the sample."""

import json
import shutil
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.gate import SAMPLE, TRUTH
from eval.search.measures import read_qrels, read_run
from indexer.build.build import build


@pytest.mark.slow
def test_a_run_writes_trec_files_figures_and_a_report_for_every_system(
    sample_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    files = [str(TRUTH / "questions.jsonl"), str(TRUTH / "evidence.jsonl")]
    assert main(["run", "--index", str(sample_index), "--bench", *files, "--out", str(out)]) == 0

    qrels = read_qrels(out / "questions.qrels")
    cases = (TRUTH / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(qrels) == len(cases)
    for system in ("findings", "bm25", "minilm", "rrf"):
        run = read_run(out / f"questions-{system}.run")
        assert set(run) <= set(qrels)
        assert max(len(passages) for passages in run.values()) <= 100
    figures = json.loads((out / "figures.json").read_text())
    assert figures["questions"]["findings"]["all"]["R@10"] > figures["questions"]["bm25"]["all"]["R@10"]
    report = (out / "report.md").read_text()
    assert "digest `" in report
    assert "| names a council |" in report
    assert "not-in-index" not in (out / "questions.qrels").read_text()

    capsys.readouterr()
    compared = ["compare", str(out / "questions-bm25.run"), str(out / "questions-findings.run")]
    assert main([*compared, "--qrels", str(out / "questions.qrels")]) == 0
    printed = capsys.readouterr().out
    assert "gains in nDCG@10" in printed


@pytest.mark.slow
def test_each_part_of_the_ranking_can_be_measured_without_it(
    sample_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ablate", "--index", str(sample_index), "--bench", str(TRUTH / "evidence.jsonl")]) == 0
    printed = capsys.readouterr().out
    assert "no words" in printed
    assert "nothing understood from the question" in printed


def test_an_index_that_is_not_there_is_a_users_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = str(TRUTH / "questions.jsonl")
    assert main(["run", "--index", str(tmp_path / "none"), "--bench", bench]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "none" in error


@pytest.mark.slow
def test_a_copy_of_the_index_is_scored_beside_it_and_another_index_is_refused(
    sample_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, other = tmp_path / "copy", tmp_path / "other"
    shutil.copytree(sample_index, copy)
    options = ["run", "--index", str(sample_index), "--systems", "findings", "--out", str(tmp_path / "out")]
    options += ["--bench", str(TRUTH / "questions.jsonl"), str(TRUTH / "evidence.jsonl")]
    assert main([*options, "--beside", str(copy)]) == 0
    assert capsys.readouterr().out.count("from the copy beside it: +0.0000") == 2
    (tmp_path / "source").mkdir()
    document = next(path for path in sorted(SAMPLE.iterdir()) if path.suffix == ".pdf")
    shutil.copy(document, tmp_path / "source")
    build([tmp_path / "source"], other)
    assert main([*options, "--beside", str(other)]) == 2
    assert "give a copy of it" in capsys.readouterr().err
