"""Dates and marks: what is written for people is right, and nothing from a document becomes markup."""

from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.pages import display

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=300)
SPANS = st.lists(st.tuples(st.integers(-5, 320), st.integers(-5, 320)), max_size=8)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2018-06-04", "2018-06-15", "4 to 15 June 2018"),
        ("2018-05-29", "2018-06-08", "29 May to 8 June 2018"),
        ("2018-12-10", "2019-01-18", "10 December 2018 to 18 January 2019"),
        ("2018-06-04", None, "4 June 2018"),
        (None, None, ""),
        ("2018", "soon", "2018 to soon"),
    ],
)
def test_stretch_of_days_is_written_once(first: str | None, last: str | None, said: str) -> None:
    assert display.dates(first, last) == said


@given(TEXTS, SPANS)
def test_marking_keeps_every_character_and_makes_no_other_markup(
    text: str, spans: list[tuple[int, int]]
) -> None:
    marked = display.marked(text, spans)
    fragment = lxml.html.fragment_fromstring(f"<p>{marked}</p>")
    assert {element.tag for element in fragment.iter()} <= {"p", "mark"}
    assert fragment.text_content() == text


@given(TEXTS, SPANS, st.integers(20, 100))
def test_long_text_is_cut_round_its_marks_and_says_so(
    text: str, spans: list[tuple[int, int]], longest: int
) -> None:
    shown = display.marked(text, spans, longest=longest).striptags()
    assert len(shown) <= longest * 1.2 + 4
    if len(text) > longest * 1.2:
        assert "…" in shown


def test_overlapping_marks_are_joined() -> None:
    assert display.marked("return interviews", [(0, 8), (6, 17)]) == "<mark>return interviews</mark>"


def test_label_that_names_its_kind_is_not_said_twice() -> None:
    assert display.name_of("action", "Action 4", 3) == "Action 4"
    assert display.name_of("paragraph", "42", 3) == "Paragraph 42"
    assert display.name_of("text", None, 3) == "Text on page 3"


@given(st.text(max_size=80))
def test_slug_is_fit_for_an_address(name: str) -> None:
    assert set(display.slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
