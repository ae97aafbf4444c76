"""Which numbers at the start of a line are paragraph numbers."""

from __future__ import annotations

from indexer.limits import Limits
from indexer.reading.layout import FlowLine
from indexer.reading.source import Line
from indexer.reading.text import read_text
from indexer.structure.reports.numbering import may_be_numbered, paragraph_numbers
from indexer.structure.structured import structure

MARGIN, HANG = 0.12, 0.17


def numbers(*lines: tuple[str, float]) -> list[int]:
    """The paragraph numbers found in lines of (text, left edge)."""
    flow = [
        FlowLine(
            Line(text, left=left, top=0.1 + 0.01 * i, right=0.8, bottom=0.11 + 0.01 * i, size=12),
            1,
            text,
            False,
            False,
        )
        for i, (text, left) in enumerate(lines)
    ]
    return [found.number for found in paragraph_numbers(may_be_numbered(flow)).values()]


def paragraphs(first: int, last: int) -> list[tuple[str, float]]:
    return [
        pair
        for n in range(first, last + 1)
        for pair in ((f"{n}. Visits are regular", MARGIN), ("and noted.", HANG))
    ]


def test_numbers_in_the_margin_are_found_in_order() -> None:
    assert numbers(*paragraphs(1, 5)) == [1, 2, 3, 4, 5]


def test_a_year_broken_over_two_lines_is_no_paragraph() -> None:
    lines = [*paragraphs(1, 14), ("15. Support groups are held", HANG), *paragraphs(15, 18)]
    found = numbers(*lines)
    assert found == list(range(1, 19))
    assert lines[28] == ("15. Support groups are held", HANG)


def test_a_false_number_that_comes_before_its_true_one_does_not_derail_the_rest() -> None:
    lines = [*paragraphs(1, 2), ("3. This results in delay", HANG), *paragraphs(3, 6)]
    assert numbers(*lines) == [1, 2, 3, 4, 5, 6]


def test_a_missing_number_leaves_a_gap_and_the_rest_is_read() -> None:
    assert numbers(*paragraphs(1, 6), *paragraphs(8, 12)) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]


def test_a_numbering_that_starts_again_is_read_again() -> None:
    assert numbers(*paragraphs(1, 8), *paragraphs(1, 8)) == [*range(1, 9), *range(1, 9)]


def test_a_numbered_list_inside_a_paragraph_is_not_a_new_numbering() -> None:
    inner = [("1. the first step", 0.22), ("2. the second step", 0.22)]
    assert numbers(*paragraphs(1, 4), *inner, *paragraphs(5, 9)) == list(range(1, 10))


def test_one_number_alone_makes_no_numbering() -> None:
    assert numbers(("1. Visits are regular", MARGIN), ("and noted.", HANG)) == []


def test_places_named_as_skipped_hold_no_paragraphs() -> None:
    table = [("1. Help and protection", MARGIN), ("2. Care", MARGIN)]
    flow = [
        FlowLine(Line(text, left=left, top=0.1, right=0.8, bottom=0.11, size=12), 1, text, False, False)
        for text, left in [*table, *paragraphs(1, 3)]
    ]
    assert sorted(paragraph_numbers(may_be_numbered(flow, frozenset({0, 1})))) == [2, 4, 6]


def test_a_number_that_is_printed_twice_is_said_to_be() -> None:
    words = "Children are seen and their wishes are written down by people who know them well."
    text = "\n\n".join(
        [
            "Inspection of Kelderbridge local authority children's services",
            "Inspection dates: 4 May 2020 to 8 May 2020",
        ]
        + [f"{number}. {words}" for number in (1, 2, 3, 3, 4, 5)]
        + ["6. ."]
    )
    found = structure(read_text("report.txt", "0" * 64, text.encode(), limits=Limits()))
    assert [p.label for p in found.passages if p.kind == "paragraph"] == ["1", "2", "3", "4", "5"]
    assert any("number 3 opens a second line" in warning for warning in found.warnings)
    assert any("6 is printed without any text" in warning for warning in found.warnings)
