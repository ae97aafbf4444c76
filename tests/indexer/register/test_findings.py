"""Findings: what statements of the sample corpus say of which subjects, and how they are kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from indexer.build.build import build
from indexer.register.findings import FINDING_TYPE, taken_over
from indexer.register.subjects import load_subjects, subject_numbers
from indexer.register.verdict_model import CHANGES, HOLDERS, clauses_in
from indexer.store.location import index_location
from indexer.store.opening import open_index
from indexer.store.stored_index import Index
from indexer.text.polarity import POLARITIES


def said_of(index: Index, phrase: str) -> dict[str, tuple[str, str | None, str]]:
    """What the sentence that holds a phrase says of each subject."""
    found = {}
    for finding in index.findings.rows:
        text = index.texts([int(finding["row"])])[0][finding["start"] : finding["end"]]
        if phrase in text:
            found[load_subjects()[finding["subject"]].id] = (
                POLARITIES[finding["verdict"]],
                CHANGES[finding["change"]],
                HOLDERS[finding["about"]],
            )
    return found


def test_statements_have_their_subjects_and_verdicts(sample_index: Path) -> None:
    with open_index(index_location(str(sample_index))) as index:
        assert said_of(index, "Thresholds are clear.")["thresholds"][0] == "strength"
        assert said_of(index, "Work with neglect is persistent.")["neglect"][0] == "strength"
        assert (
            said_of(index, "Visits take place less often than they should")["private-fostering"][0]
            == "weakness"
        )
        assert said_of(index, "Early help is well known")["early-help-offer"][0] == "strength"


def test_findings_are_selected_by_subject_verdict_and_passage(sample_index: Path) -> None:
    with open_index(index_location(str(sample_index))) as index:
        some = index.findings.select(subjects=["neglect"], verdicts=["strength"])
        assert len(some) > 0
        assert set(some["subject"].tolist()) == {subject_numbers()["neglect"]}
        assert {POLARITIES[place] for place in some["verdict"].tolist()} == {"strength"}
        nowhere = np.zeros(len(index), dtype=np.bool_)
        assert len(index.findings.select(mask=nowhere)) == 0
        assert np.all(np.diff(index.findings.rows["row"]) >= 0)


def test_a_second_build_keeps_findings_of_what_is_unchanged(sample_folder: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    files = sorted(path for path in sample_folder.iterdir() if path.is_file())
    for path in files[:3]:
        shutil.copy(path, corpus)
    folder = tmp_path / "index"
    build([corpus], folder)
    with open_index(index_location(str(folder))) as index:
        before = by_passage(index)
    for path in files[3:5]:
        shutil.copy(path, corpus)
    build([corpus], folder)
    with open_index(index_location(str(folder))) as index:
        after = by_passage(index)
    assert before
    assert before.items() <= after.items()


def by_passage(index: Index) -> dict[tuple[str, int, int], tuple[int, ...]]:
    ids = [passage.id for passage in index.passages(range(len(index)))]
    return {
        (ids[row["row"]], int(row["start"]), int(row["subject"])): tuple(
            int(row[name]) for name in ("verdict", "confidence")
        )
        for row in index.findings.rows
    }


def test_rows_taken_over_stand_in_order_beside_new_ones() -> None:
    old = np.zeros(3, dtype=FINDING_TYPE)
    old["row"], old["start"] = [0, 2, 2], [0, 0, 9]
    new = np.zeros(1, dtype=FINDING_TYPE)
    new["row"] = 1
    found = taken_over(old, np.array([[0, 2], [2, 0], [3, 1]]), new)
    assert found["row"].tolist() == [0, 0, 1, 2]
    assert found["start"].tolist() == [0, 9, 0, 0]
    assert len(taken_over(old, np.empty((0, 2), dtype=np.int64), new)) == 1


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("Visits are regular, but few are recorded.", 2),
        ("While most plans are good, some drift.", 2),
        ("Plans are good and clear.", 1),
    ],
)
def test_a_sentence_is_split_where_its_sense_turns(sentence: str, count: int) -> None:
    assert len(clauses_in(sentence)) == count
