"""Misspelt questions on the sample: what is mended is found, and what the index lacks is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.__main__ import main
from search_api.engine import Engine
from search_api.search.results import search_passages


@pytest.fixture
def questions(tmp_path: Path, sample_index: Path) -> Path:
    meant = "supervision records of social workers"
    with Engine(sample_index) as engine:
        passage = search_passages(engine.snapshot(), meant, limit=1).hits[0].passage.id
    file = tmp_path / "questions.jsonl"
    row = {"question": "supervison recrods of social wrokers", "meant": meant, "passage": passage}
    file.write_text(json.dumps(row) + "\n" + json.dumps({**row, "passage": "elsewhere.p1"}) + "\n")
    return file


def test_questions_are_asked_as_meant_and_as_typed(
    sample_index: Path, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["misspelt", "--index", str(sample_index), "--questions", str(questions), "--misses"]) == 0
    said = capsys.readouterr().out
    assert "of 1 questions" in said
    assert [line.split()[-2:] for line in said.splitlines() if "mended" in line] == [["1", "0"]]


def test_an_index_without_the_documents_is_said(
    sample_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["misspelt", "--index", str(sample_index)]) == 2
    assert "holds none of the passages" in capsys.readouterr().err
