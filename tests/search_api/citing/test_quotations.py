"""Quotations are found in whatever way people mark them, and nothing is quadratic."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_api.citing.quotations import quotations

MARKS = "“”\"‘’'>\n ()—abs"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("They said “plans are clear and short” twice.", ["plans are clear and short"]),
        ('They said "plans are clear and short" twice.', ["plans are clear and short"]),
        ("They said ‘plans are clear and short’ twice.", ["plans are clear and short"]),
        ("They said 'plans are clear and short' twice.", ["plans are clear and short"]),
        ("It said ‘the children’s plans aren’t clear’.", ["the children’s plans aren’t clear"]),
        ("It said 'their parents' views are always heard'.", ["their parents' views are always heard"]),
        ("“Leaders say ‘good’ too often here” it said", ["Leaders say ‘good’ too often here"]),
        ("“First part of the words.\n\n“Second part of the words.”", ["First part of the words.\n\nSecond part of the words."]),
        ("As it put it:\n\n> plans are clear\n> and short\n> — Kelderbridge, 2015\n\nSo.", ["plans are clear\nand short"]),
        ("a line\nbreak in “plans are\nclear and short” here", ["plans are\nclear and short"]),
    ],
)  # fmt: skip
def test_quoted_words_are_found(text: str, quoted: list[str]) -> None:
    assert [q.text for q in quotations(text)[0]] == quoted


def test_places_are_those_of_the_marks() -> None:
    text = "They said “plans are clear and short” twice."
    (found,) = quotations(text)[0]
    assert text[found.start : found.end] == "“plans are clear and short”"


@pytest.mark.parametrize(
    "text",
    [
        "a “good” plan",
        "the ‘front door’ team",
        "children's and parents' views",
        "he is 6' 2\" tall",
        "isn't it",
    ],
)
def test_terms_and_apostrophes_are_no_quotations(text: str) -> None:
    assert quotations(text)[0] == []


def test_words_too_few_are_counted() -> None:
    assert quotations("a “good” and “safe” plan") == ([], 2)


@pytest.mark.parametrize(
    "unit", ["“a b", "a” ", "‘as' ", "'as ", '"', "> a\n", "\n\n“", "’s ", '“‘"', "“" + "\n" * 5_900 + "” "]
)
def test_hostile_text_takes_time_in_proportion(unit: str) -> None:
    started = time.process_time()
    quotations(unit * (100_000 // len(unit)))
    assert time.process_time() - started < 2


@settings(deadline=None)
@given(st.text(st.sampled_from(MARKS), max_size=120))
def test_quotations_never_overlap_and_lie_in_the_text(text: str) -> None:
    found = quotations(text)[0]
    ends = 0
    for quotation in found:
        assert ends <= quotation.start < quotation.end <= len(text)
        ends = quotation.end
