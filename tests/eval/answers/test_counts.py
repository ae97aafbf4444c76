from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.answers.counts import FOLDER, load_subjects, stored
from indexer.text.polarity import POLARITIES
from search_api.engine import Engine
from search_api.fits import load_fits


def write_subject(folder: Path, engine: Engine, question: str, words: str) -> None:
    """Judge the sample's documents by whether they hold some words: invented documents can be judged so."""
    (folder / "topics.jsonl").write_text(
        json.dumps({"id": "subject", "question": question, "asks": None}) + "\n", encoding="utf-8"
    )
    with (folder / "judgements.tsv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t")
        table.writerow(("topic", "document", "finding", "polarity"))
        for header in engine.snapshot().index.documents():
            document = engine.snapshot().index.document(header.id)
            assert document is not None
            held = any(words in passage.text.lower() for passage in document.passages)
            table.writerow(("subject", document.id, int(held), "mixed" if held else "-"))


def test_a_count_of_the_sample_is_compared_with_one_by_hand(
    sample_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Engine(sample_index) as engine:
        write_subject(
            tmp_path, engine, "Which councils had findings on private fostering?", "privately fostered"
        )
    out = tmp_path / "counts.json"
    arguments = [
        "counts",
        "--index",
        str(sample_index),
        "--counts",
        str(tmp_path),
        "--out",
        str(out),
        "--wrong",
    ]
    assert main(arguments) == 0
    figures = json.loads(out.read_text())[0]
    assert figures["councils_by_hand"] >= 1
    assert figures["recall"]["share"] == 1.0
    assert figures["precision"]["interval"][1] <= 1.0
    assert "by hand" in capsys.readouterr().out


def test_judgements_of_real_reports_hold_ids_and_grades_and_never_a_text() -> None:
    subjects = load_subjects(FOLDER)
    assert len(subjects) == 10
    for subject in subjects:
        assert sum(subject.finding.values()) >= 10
        assert set(subject.polarity.values()) <= set(POLARITIES)
        assert all(" " not in document for document in subject.finding)


def test_the_bar_is_stored_with_the_errors_that_it_was_found_to_have() -> None:
    model = load_fits().survey
    assert model.topics == 10
    assert 0.5 < model.precision <= 1
    assert 0.5 < model.recall <= 1
    assert f"precision = {model.precision}" in stored(model, [], "encoder")
