"""Terms that may be worded in several ways, over the sample's index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from indexer.store.columns import Selection
from indexer.store.folder.index import FolderIndex


@pytest.fixture(scope="module")
def index(sample_index: Path) -> Iterator[FolderIndex]:
    with FolderIndex.open(sample_index) as opened:
        yield opened


def scores(index: FolderIndex, match: str) -> dict[int, float]:
    return dict(index.lexical(match, len(index)))


def test_terms_of_one_wording_add_up_as_words_do(index: FolderIndex) -> None:
    terms = [[("return", 1.0)], [("interview", 1.0)]]
    assert index.lexical_terms(terms, 20) == index.lexical('"return" OR "interview"', 20) != []


def test_a_term_counts_its_best_wording_and_not_their_sum(index: FolderIndex) -> None:
    one, other = scores(index, '"return interview"'), scores(index, '"return home interview"')
    both = dict(
        index.lexical_terms([[("return interview", 1.0), ("return home interview", 1.0)]], len(index))
    )
    assert set(both) == set(one) | set(other)
    for row, score in both.items():
        assert score == pytest.approx(max(one.get(row, 0.0), other.get(row, 0.0)))


def test_a_wordings_weight_is_the_share_of_its_score_that_counts(index: FolderIndex) -> None:
    whole = scores(index, '"supervision"')
    half = dict(index.lexical_terms([[("supervision", 0.5)]], len(index)))
    assert half == pytest.approx({row: score / 2 for row, score in whole.items()})


def test_terms_keep_to_the_mask_and_the_limit(index: FolderIndex) -> None:
    mask = index.select(Selection(councils=("Thornmere",)))
    found = index.lexical_terms([[("care", 1.0), ("plans", 1.0)]], 5, mask)
    assert len(found) == 5
    assert all(mask[row] for row, _ in found)
    assert index.lexical_terms([[("care", 1.0)]], 0) == []
    assert index.lexical_terms([], 5) == []


def test_frequency_counts_a_passage_once_however_it_words_the_thing(index: FolderIndex) -> None:
    phrases = ("return interview", "return home interview")
    rows = np.unique([row for phrase in phrases for row in scores(index, f'"{phrase}"')])
    assert index.frequency(phrases) == len(rows) > 0
    assert index.frequency(("xylophone",)) == 0
    assert index.frequency(()) == 0
