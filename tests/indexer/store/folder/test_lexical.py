"""The arrays of the lexical index: rows taken over are as rows read anew, and a phrase is found where it stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.store.lexical import (
    FIELDS,
    ArrayPostings,
    LexicalIndex,
    Texts,
    lexical_arrays,
    stored_stream,
    stream_of,
    taken_together,
)
from indexer.text.terms import terms_of

words = st.sampled_from(
    ["plan", "plans", "visit", "visiting", "the", "Café", "cafe", "25s", "home", "in-time"]
)
text = st.lists(words, max_size=6).map(" ".join)
rows_of_texts = st.lists(st.tuples(text, text, text), min_size=1, max_size=6)


def index_of(rows: Sequence[Texts]) -> LexicalIndex:
    return LexicalIndex(ArrayPostings(lexical_arrays(stream_of(rows))))


def stands_in(phrase: list[str], terms: list[str]) -> int:
    return sum(terms[at : at + len(phrase)] == phrase for at in range(len(terms) - len(phrase) + 1))


@given(rows_of_texts, st.lists(words, min_size=1, max_size=3).map(" ".join))
def test_a_phrase_is_found_in_each_field_where_it_stands_word_by_word(rows: list[Texts], phrase: str) -> None:
    index = index_of(rows)
    sought = terms_of(phrase)
    for number, field in enumerate(FIELDS):
        expected = [row for row, texts in enumerate(rows) if stands_in(sought, terms_of(texts[number]))]
        assert index.rows_with(phrase, field).tolist() == expected
    expected = [
        row for row, texts in enumerate(rows) if any(stands_in(sought, terms_of(part)) for part in texts)
    ]
    assert index.rows_with(phrase).tolist() == expected
    assert index.frequency([phrase]) == len(expected)


@given(rows_of_texts, rows_of_texts, st.randoms())
def test_rows_taken_over_make_the_index_that_they_make_when_read_anew(
    before: list[Texts], added: list[Texts], drawn: object
) -> None:
    now = [*before, *added]
    drawn.shuffle(now)  # type: ignore[attr-defined]
    old = stored_stream(lexical_arrays(stream_of(before)))
    pairs = np.array(
        [(row, before.index(texts)) for row, texts in enumerate(now) if texts in before], dtype=np.int64
    ).reshape(-1, 2)
    fresh = stream_of([("", "", "") if texts in before else texts for texts in now])
    together, at_once = lexical_arrays(taken_together(old, fresh, pairs)), lexical_arrays(stream_of(now))
    assert together.keys() == at_once.keys()
    for name, array in at_once.items():
        np.testing.assert_array_equal(together[name], array)


@given(rows_of_texts, st.lists(words, min_size=1, max_size=3))
def test_a_score_is_more_where_a_word_stands_more_often_and_nothing_where_it_does_not(
    rows: list[Texts], asked: list[str]
) -> None:
    scores = index_of(rows).scores([[(word, 1.0)] for word in asked], (1.0, 1.0, 1.0))
    for row, texts in enumerate(rows):
        held = any(stands_in(terms_of(word), terms_of(part)) for word in asked for part in texts)
        assert (scores[row] > 0) == held


def test_one_word_more_than_255_times_counts_as_255_times() -> None:
    index = index_of([("plan " * 300, "", ""), ("visit", "", "")])
    assert index.rows_with("plan").tolist() == [0]
    assert index.search('"plan"', 5, None, (1.0, 1.0, 1.0))[0][0] == 0


def test_a_field_that_weighs_nothing_adds_nothing() -> None:
    index = index_of([("plan", "", ""), ("", "plan", ""), ("visit", "visit", "visit")])
    assert [row for row, _ in index.search('"plan"', 5, None, (1.0, 0.0, 0.0))] == [0]


def test_an_index_without_words_finds_nothing() -> None:
    index = index_of([("", "", "")])
    assert index.search('"plan" OR "the plan"', 5, None, (1.0, 1.0, 1.0)) == []
    assert index.frequency(["plan"]) == 0


def test_equal_scores_stand_in_the_order_of_rows() -> None:
    index = index_of([("plan", "", "")] * 5 + [("visit home", "", "")] * 6)
    assert [row for row, _ in index.search('"plan"', 3, None, (1.0, 1.0, 1.0))] == [0, 1, 2]


@pytest.mark.parametrize("written", ["Zoë", "Zoe\u0308", "ZOE"])
def test_an_accent_makes_no_difference_however_it_is_written(written: str) -> None:
    assert index_of([(f"{written} visited", "", "")]).rows_with("zoe visits").tolist() == [0]


@given(
    st.lists(st.tuples(text, text, text), min_size=1, max_size=12),
    st.lists(st.lists(words, min_size=1, max_size=2).map(lambda term: [(w, 1.0) for w in term]), max_size=3),
    st.data(),
)
def test_a_mask_leaves_out_rows_and_changes_no_score(
    rows: list[Texts], terms: list[list[tuple[str, float]]], data: st.DataObject
) -> None:
    index = index_of(rows)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    weights = (1.0, 0.5, 0.25)
    scores = index.scores(terms, weights)
    expected = sorted(
        ((-score, row) for row, score in enumerate(scores.tolist()) if score > 0 and mask[row]),
    )
    found = index.search_terms(terms, len(rows), mask, weights)
    assert found == [(row, -score) for score, row in expected]
