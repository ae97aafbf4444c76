"""Exact is exact but for what is said; a difference says every word that differs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_api.citing.word_difference import align, find_exact

PRINTED = (
    "Leaders know their services well. Social workers visit children’s homes every six weeks, and most plans are\n"
    "clear. In 12 of 40 cases, visits weren’t recorded."
)
WORDS = st.lists(
    st.sampled_from(["plans", "visits", "late", "often", "clear", "12", "weren't"]), min_size=4, max_size=12
)


@pytest.mark.parametrize(
    "quoted",
    [
        "Social workers visit children's homes every six weeks",
        "most plans are clear.",
        "most  plans are\n\nclear,",
        "Leaders know … most plans are clear",
        "Leaders know [...] most plans are clear",
        "[They] know their services well",
        "\u00adLeaders know their ser\u00advices well",
        "social workers visit children's homes",
        "SOCIAL WORKERS VISIT CHILDREN'S HOMES",
        "social work-\ners visit children’s homes",
        "[S]ocial workers visit children's home[s]",
        "Leaders know [and like] their services",
    ],
)
def test_exact_sets_aside_what_it_says(quoted: str) -> None:
    place = find_exact(quoted, PRINTED)
    assert place is not None
    assert PRINTED[place[0]].isalnum()


@pytest.mark.parametrize(
    "quoted",
    [
        "Social workers visit children's homes every three weeks",
        "ocial workers visit children's homes",
        "[S]ocial workers visit a child's home[s]",
        "most plans are … Leaders know",
        "visits werent recorded",
        "eaders know their services",
        "visit children's homes every six week",
        "…",
        "",
    ],
)
def test_anything_else_is_not_exact(quoted: str) -> None:
    assert find_exact(quoted, PRINTED) is None


def test_difference_is_shown_word_by_word() -> None:
    found = align(
        "Social workers often visit children's homes every three weeks, and plans are clear.", PRINTED
    )
    assert found is not None
    assert PRINTED[found.start : found.end].startswith("Social workers visit")
    assert [(c.kind, c.quoted, c.printed) for c in found.changes if c.kind != "same"] == [
        ("added", "often", ""),
        ("changed", "three", "six"),
        ("left out", "", "most"),
    ]


def test_a_negation_left_out_is_shown() -> None:
    found = align("In 21 of 40 cases, visits were recorded.", PRINTED)
    assert found is not None
    assert ("21", "12") in [(c.quoted, c.printed) for c in found.changes]
    assert any(c.quoted == "were" and c.printed == "weren’t" for c in found.changes)


@pytest.mark.parametrize(
    ("quoted", "printed"),
    [
        ("efficient oﬃces ﬁnd", "Efficient offices find their way."),
        ("Efficient offices find", "E\ufb03cient o\ufb03ces \ufb01nd their way."),
        ("well-known multi-\nagency work", "Well-known multi-agency work goes on."),
        ("well-known multi-\nagency work", "Well-known multiagency work goes on."),
    ],
)
def test_ligatures_and_words_broken_at_a_lines_end_are_exact(quoted: str, printed: str) -> None:
    place = find_exact(quoted, printed)
    assert place is not None
    assert place[0] == 0


def test_a_raised_figure_is_no_part_of_a_number() -> None:
    assert find_exact("there were 243 visits", "There were 24³ visits") is None


def test_words_of_another_subject_are_far() -> None:
    found = align("The bridge over the river was closed for repairs in May", PRINTED)
    assert found is None or found.similarity < 0.4


@settings(deadline=None)
@given(ours=WORDS, theirs=WORDS)
def test_the_changes_hold_every_word_of_the_quotation_and_of_the_part_aligned(
    ours: list[str], theirs: list[str]
) -> None:
    quoted, printed = " ".join(ours), " ".join(theirs)
    found = align(quoted, printed)
    if found is None:
        assert not set(ours) & set(theirs)
        return
    assert " ".join(c.quoted for c in found.changes if c.quoted) == quoted
    assert " ".join(c.printed for c in found.changes if c.printed) == printed[found.start : found.end]
