from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexer.build.build import build
from indexer.document import Passage
from indexer.store.columns import Selection
from indexer.store.folder.index import FolderIndex
from indexer.text.polarity import (
    POLARITIES,
    PolarityModel,
    clauses_of,
    features_of,
    labelled,
    load_polarity_model,
    polarity_of,
)


def passage(text: str, kind: str = "paragraph", *section: str) -> Passage:
    return Passage("d.p1", "d", kind, "1", section, 1, 1, text)  # type: ignore[arg-type]


PRAISE = "Foster carers are well supported, and children make good progress in stable homes."
BLAME = "Plans are weak, visits are not regular enough and too many children wait too long for help."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PRAISE, "strength"),
        (BLAME, "weakness"),
        (f"{PRAISE} However, {BLAME[0].lower()}{BLAME[1:]}", "mixed"),
    ],
)
def test_praise_is_told_from_criticism_and_both_from_either(text: str, expected: str) -> None:
    assert polarity_of(passage(text)) == expected


@pytest.mark.parametrize(
    ("kind", "heading", "expected"),
    [
        ("recommendation", "What needs to improve?", "weakness"),
        ("paragraph", "The local authority’s strengths", "strength"),
        ("text", "Areas for improvement", "weakness"),
        ("text", "Information about this inspection", "neutral"),
        ("action", "Theme 2", "neutral"),
        ("paragraph", "Key strengths and weaknesses of the board", None),
        ("paragraph", "Leadership, management and governance", None),
    ],
)
def test_what_a_report_labels_itself_is_taken_at_its_word(
    kind: str, heading: str, expected: str | None
) -> None:
    assert labelled(kind, (heading,)) == expected


def test_a_sentence_is_parted_where_its_sense_may_turn() -> None:
    clauses = dict(
        clauses_of("While most plans are clear, reviews drift. Visits happen, but they are brief.")
    )
    assert [clause.split()[0] for clause in clauses] == ["While", "reviews", "Visits", "they"]
    assert clauses[next(iter(clauses))] == 0.5


def test_figures_and_names_are_not_words_of_praise() -> None:
    assert "0" in features_of("Of 42 plans, 7 were late")
    assert not any("fenwold" in gram.lower() for gram in features_of("Staff in Fenwold listen"))


def test_no_words_are_neutral() -> None:
    assert load_polarity_model().polarity("…") == "neutral"
    assert PolarityModel(0.0, {}, 1.0, 0.2, 0.2, 0.8).polarity("Anything at all.") == "neutral"


def test_an_index_keeps_each_passages_polarity_and_filters_by_it(sample_index: Path) -> None:
    with FolderIndex.open(sample_index) as index:
        kept = index.columns.polarity
        assert kept is not None
        assert len(kept) == len(index)
        for row, one in enumerate(index.passages(range(len(index)))):
            assert POLARITIES[int(kept[row])] == polarity_of(one)
        chosen = [index.select(Selection(polarities=(name,))) for name in POLARITIES]
        assert np.sum(chosen, axis=0).tolist() == [1] * len(index)
        assert all(mask.any() for mask in chosen[:2])


def test_polarities_of_unchanged_documents_are_taken_over(sample_folder: Path, tmp_path: Path) -> None:
    files = sorted(sample_folder.glob("*2016*"))
    build(files[:1], tmp_path)
    build(files[:2], tmp_path)
    with FolderIndex.open(tmp_path) as index:
        kept = index.columns.polarity
        assert kept is not None
        classed = [POLARITIES.index(polarity_of(one)) for one in index.passages(range(len(index)))]
        assert kept.tolist() == classed
