"""Typing mistakes: which are mended and how, and what is left as it was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.text.spelling import sound_of
from search_api.fields import Filters
from search_api.question.mistakes import Mended, as_typed, put_right
from search_api.question.query import Query, understand
from search_api.search.results import search_passages
from search_api.snapshot import Snapshot


def asked(snapshot: Snapshot, question: str, *without: str) -> Query:
    return understand(question, Filters(), snapshot.holdings, without)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("supervison of social wrokers", "supervision of social workers"),
        ("safegaurding recrods", "safeguarding records"),
        ("adoptoin placments", "adoption placements"),
        ("asessments in Kelderbrige", "assessments in Kelderbrige"),
        ("supervision in elderbridge", "supervision in kelderbridge"),
        ("childrenin need", "children in need"),
        ("SUPERVISON", "SUPERVISION"),
    ],
)
def test_a_mistyped_word_becomes_one_of_the_index(snapshot: Snapshot, typed: str, meant: str) -> None:
    query = asked(snapshot, typed)
    assert (query.typed, query.question) == (typed, meant)


@pytest.mark.parametrize(
    "typed",
    [
        "supervision of social workers",  # the index has them
        "auntie gripes about the fortnight",  # everyday words that it lacks
        '"supervison" records',  # in quotation marks
        "CAMHX waits",  # letters that may be an abbreviation
        "how Sarnford does it",  # a name that may not be known
        "don't, dont and won't",
        "supervison*",
        "zqxj wvkp",
    ],
)
def test_what_may_be_meant_is_left_as_it_was_typed(snapshot: Snapshot, typed: str) -> None:
    assert asked(snapshot, typed).mended == ()


def test_what_was_mended_is_said_and_can_be_undone(snapshot: Snapshot) -> None:
    typed = "supervison records in Kelderbridge"
    found = search_passages(snapshot, typed)
    assert found.query == typed
    assert [(one.kind, one.text, one.value, one.start, one.end) for one in found.mended] == [
        ("spelling", "supervison", "supervision", 0, 10)
    ]
    (council,) = found.understood
    assert typed[council.start : council.end] == council.text == "Kelderbridge"
    undone = search_passages(snapshot, typed, without=("spelling",))
    assert undone.mended == ()
    assert undone.query == typed


WORDS = st.text("abc ", min_size=1, max_size=6)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6))
def test_places_in_a_mended_question_are_found_in_what_was_typed(parts: list[tuple[str, str]]) -> None:
    typed, mended, at = "", [], 0
    for place, (was, becomes) in enumerate(parts):
        typed += was
        if place % 2:
            mended.append(Mended(at, at + len(was), becomes))
        at += len(was)
    question = put_right(typed, mended)
    assert as_typed((0, len(question)), mended) == (0, len(typed))
    for start in range(len(question)):
        begin, end = as_typed((start, start + 1), mended)
        assert 0 <= begin < end <= len(typed) or any(one.start == begin for one in mended)


def test_words_that_sound_the_same_are_near() -> None:
    for one, other in (("fisical", "physical"), ("sikologist", "psychologist"), ("nolej", "knowledge")):
        assert sound_of(one) == sound_of(other)
    assert sound_of("adoption") != sound_of("abduction")
