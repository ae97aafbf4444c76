"""What stands round a text is taken off it, and its lines are joined again."""

from __future__ import annotations

import pytest

from indexer.reading.layout import Flow, boxes, join, lay_out, without_marks
from indexer.reading.source import Line, Page, SourceFile

SIZE = 12.0
HEIGHT = 842.0


def line(text: str, top: float, *, left: float = 0.12, size: float = SIZE, right: float = 0.85) -> Line:
    return Line(text, left=left, top=top, right=right, bottom=top + size / HEIGHT, size=size)


def flow(*pages: list[Line]) -> Flow:
    return lay_out(
        SourceFile(
            name="report.pdf",
            sha256="0" * 64,
            kind="pdf",
            pages=tuple(Page(i, tuple(lines), 595.0, HEIGHT) for i, lines in enumerate(pages, 1)),
        )
    )


def page(number: int, *middle: Line) -> list[Line]:
    head = line(f"Inspection of Larkmoor children’s services {number}", 0.04, size=9)
    filling = [line(f"Line {number}.{i} of the findings of the page", 0.2 + 0.018 * i) for i in range(20)]
    return [head, *filling, *middle]


def test_running_heads_with_changing_page_numbers_are_taken_off() -> None:
    laid = flow(page(1), page(2), page(3))
    assert not any("Larkmoor" in placed.text for placed in laid.lines)
    assert len(laid.lines) == 60


def test_a_page_number_alone_at_the_foot_is_taken_off_wherever_the_file_prints_it() -> None:
    numbered = [[line(str(n), 0.95, left=0.86), *page(n)] for n in (1, 2, 3)]
    assert not any(placed.text in {"1", "2", "3"} for placed in flow(*numbered).lines)


def test_a_number_in_the_text_is_not_taken_for_a_page_number() -> None:
    laid = flow(page(1, line("57", 0.6)), page(2), page(3))
    assert "57" in [placed.text for placed in laid.lines]


def test_a_footnote_is_taken_out_of_a_paragraph_that_goes_on_overleaf() -> None:
    foot = [
        line("² The figures are the council’s own and", 0.88, size=9),
        line("were not checked.", 0.9, size=9),
    ]
    laid = flow(page(1, *foot), page(2), page(3))
    assert laid.footnotes == ("² The figures are the council’s own and", "were not checked.")
    assert not any("figures" in placed.text for placed in laid.lines)


def test_a_footnote_that_goes_on_at_the_foot_of_the_next_page_is_taken_out_too() -> None:
    first = page(1, line("¹ These visits are made by people who do not", 0.9, size=9))
    second = page(2, line("work for the council.", 0.9, size=9))
    laid = flow(first, second, page(3))
    assert len(laid.footnotes) == 2


def test_small_print_without_a_mark_stays() -> None:
    laid = flow(page(1, line("Source: the council’s return of 2014", 0.88, size=9)), page(2), page(3))
    assert laid.lines[20].text == "Source: the council’s return of 2014"


def test_a_heading_that_the_file_prints_last_is_put_where_it_stands() -> None:
    late = line("Recommendations", 0.15)
    laid = flow([*page(1)[1:], late])
    assert laid.lines[0].text == "Recommendations"


def test_cells_beside_each_other_keep_the_order_of_the_file() -> None:
    row = [
        line("Children who need", 0.7, right=0.4),
        line("help", 0.718, right=0.3),
        line("Good", 0.709, left=0.6, right=0.7),
    ]
    laid = flow([*page(1)[1:], *row])
    assert [placed.text for placed in laid.lines[-3:]] == ["Children who need", "help", "Good"]


def test_a_gap_is_told_from_the_step_between_two_lines() -> None:
    laid = flow([*page(1)[1:], line("A new paragraph.", 0.6)])
    assert [placed.gap for placed in laid.lines[:2]] == [True, False]
    assert laid.lines[-1].gap


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        ("board¹", "board"),
        ("help and protection.²", "help and protection."),
        ("special schools,³ of whom", "special schools, of whom"),
        ("¹² The council", "The council"),
        ("36 of 40", "36 of 40"),
    ],
)
def test_footnote_marks_are_taken_off_words(printed: str, plain: str) -> None:
    assert without_marks(printed) == plain


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["a multi-", "agency team"], "a multi-agency team"),
        (["the deci-", "sion was late"], "the decision was late"),
        (["for 16- and 17-", "year-olds"], "for 16- and 17-year-olds"),
        (["short-", "and long-term plans"], "short- and long-term plans"),
        (["in 2014–", "15 and"], "in 2014–15 and"),
        (["and/", "or"], "and/or"),
        (["plans –", "some late"], "plans – some late"),
        (["two ", " spaces"], "two spaces"),
    ],
)
def test_lines_are_joined_as_a_reader_joins_them(lines: list[str], joined: str) -> None:
    assert join(lines, frozenset({"decision", "long-term"})) == joined


def test_a_passage_over_two_pages_has_a_box_on_each() -> None:
    laid = flow(page(1), page(2))
    found = boxes(laid.lines)
    assert [box.page for box in found] == [1, 2]
    assert all(box.left < box.right and box.top < box.bottom for box in found)


def test_blank_lines_part_the_paragraphs_of_a_text_without_pages() -> None:
    texts = ["First paragraph.", "", "Second", "paragraph."]
    source = SourceFile("a.txt", "0" * 64, "text", (Page(0, tuple(Line(text) for text in texts)),))
    laid = lay_out(source)
    assert not laid.paged
    assert [(placed.text, placed.gap) for placed in laid.lines] == [
        ("First paragraph.", True),
        ("Second", True),
        ("paragraph.", False),
    ]
