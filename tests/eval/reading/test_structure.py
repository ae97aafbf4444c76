"""The command that scores reading, over the sample and over the real documents where they are."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.__main__ import main
from eval.gate import SAMPLE, TRUTH

SHARED = Path(__file__).resolve().parents[4] / "shared"


@pytest.mark.slow
def test_one_file_can_be_scored_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = json.loads((TRUTH / "truth.json").read_text(encoding="utf-8"))[0]["file"]
    out = tmp_path / "out.json"
    arguments = ["--truth", str(TRUTH / "truth.json"), "--documents", str(SAMPLE), "--only", file]
    assert main(["structure", *arguments, "--invariants", "--json", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "1 reports:" in printed
    assert "read 1 files" in printed
    report = json.loads(out.read_text(encoding="utf-8"))
    assert {field["field"] for field in report["reports"]["fields"]} >= {"council", "numbered paragraphs"}
    assert report["invariants"]["files_unexplained"] == []


@pytest.mark.parametrize("truth", ["gone.json", "broken.json"])
def test_a_truth_that_cannot_be_read_is_a_users_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], truth: str
) -> None:
    (tmp_path / "broken.json").write_text("{")
    assert main(["structure", "--truth", str(tmp_path / truth), "--documents", str(tmp_path)]) == 2
    assert truth in capsys.readouterr().err


def test_a_truth_about_a_document_that_is_not_there_is_a_users_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["structure", "--truth", str(TRUTH / "truth.json"), "--documents", str(tmp_path)]) == 2
    assert "is not under" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real documents are not beside the project")
def test_real_documents_are_read_as_a_person_reads_them(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    truths = [str(SHARED / "bench" / name) for name in ("structure.json", "seeds_structure.json")]
    folders = [str(SHARED / "reports"), str(SHARED / "seeds")]
    assert main(["structure", "--truth", *truths, "--documents", *folders, "--json", str(out)]) == 0
    report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    low = [field for field in report["reports"]["fields"] if field["share"] < 0.98]
    assert low == [], report["reports"]["misses"]
    numbers = {field["field"]: field["share"] for field in report["reports"]["fields"]}
    assert numbers["numbered paragraphs"] >= 0.999
    assert numbers["sample: first words"] == numbers["sample: last words"] == 1.0
