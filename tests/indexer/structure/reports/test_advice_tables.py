"""Tables of advice of an invented inspectorate, from PDFs and from rows of cells."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from indexer.limits import Limits
from indexer.reading.html import read_html
from indexer.reading.layout import Flow, lay_out
from indexer.reading.pdf import read_pdf
from indexer.reading.source import Line, Page, SourceFile
from indexer.structure.reports.advice_tables import AdviceColumns, AdviceTable, TableAdvice, advice_tables

WIDTH, HEIGHT = A4
COLUMNS = AdviceColumns(
    text=re.compile(r"matters? to put right|requirement", re.IGNORECASE),
    addressed=re.compile(r"body in charge", re.IGNORECASE),
    due=re.compile(r"due(?: date)?", re.IGNORECASE),
    regulation=re.compile(r"rule", re.IGNORECASE),
)
Cell = tuple[float, float, float, float, str]


def read(*pages: Callable[[Canvas], None]) -> SourceFile:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return read_pdf("paper.pdf", "0" * 64, file.getvalue(), limits=Limits())


def write(canvas: Canvas, left: float, top: float, words: str, bold: bool = False) -> None:
    canvas.setFont("Helvetica-Bold" if bold else "Helvetica", 11)
    for number, line in enumerate(words.split("\n")):
        canvas.drawString(left, HEIGHT - top - 12 - 13 * number, line)


def cells(canvas: Canvas, *drawn: Cell) -> None:
    """Each cell with its left, top, right and bottom edge and its words."""
    for left, top, right, bottom, words in drawn:
        canvas.rect(left, HEIGHT - bottom, right - left, bottom - top)
        write(canvas, left + 5, top, words)


def table(
    rows: Sequence[Sequence[str]], xs: Sequence[float] = (60, 200, 520), top: float = 100
) -> list[Cell]:
    drawn: list[Cell] = []
    for row in rows:
        bottom = top + 6 + 13 * max(words.count("\n") + 1 for words in row)
        drawn += [(xs[i], top, xs[i + 1], bottom, words) for i, words in enumerate(row)]
        top = bottom
    return drawn


def found(source: SourceFile) -> tuple[Flow, tuple[AdviceTable, ...]]:
    flow = lay_out(source)
    return flow, advice_tables(flow, source.pages, COLUMNS)


def items(source: SourceFile) -> list[TableAdvice]:
    return [item for advice in found(source)[1] for item in advice.items]


def test_each_row_is_an_item_with_the_body_that_it_goes_to() -> None:
    rows = [
        ["Body in charge", "Matters to put right"],
        ["Wexmoor Council and\nWexmoor Health", "Plan visits in time.\nTell families of them."],
        ["Wexmoor Health", "Meet each month."],
    ]
    first, second = items(read(lambda canvas: cells(canvas, *table(rows))))
    assert first.text == "Plan visits in time. Tell families of them."
    assert first.addressed_to == "Wexmoor Council and Wexmoor Health"
    assert (second.text, second.addressed_to, second.page, second.due) == (
        "Meet each month.",
        "Wexmoor Health",
        1,
        None,
    )
    assert second.boxes[0].left > 200 / WIDTH


def test_a_table_takes_its_lines_from_the_flow_and_no_others() -> None:
    def page(canvas: Canvas) -> None:
        write(canvas, 60, 60, "Matters to put right", bold=True)
        cells(canvas, *table([["Matters to put right"], ["Plan visits in time."]], (60, 520)))
        write(canvas, 60, 200, "The inspectors thank everybody.")

    flow, (advice,) = found(read(page))
    assert advice.header == "Matters to put right"
    left = [line.text for place, line in enumerate(flow.lines) if place not in advice.places]
    assert left == ["Matters to put right", "The inspectors thank everybody."]


def test_a_body_in_a_merged_cell_goes_with_every_row() -> None:
    drawn: tuple[Cell, ...] = (
        (60, 100, 200, 120, "Body in charge"), (200, 100, 520, 120, "Matters to put right"),
        (60, 120, 200, 180, "Wexmoor Council"), (200, 120, 520, 150, "Plan visits."), (200, 150, 520, 180, "Meet each month."),
    )  # fmt: skip
    assert [(item.text, item.addressed_to) for item in items(read(lambda canvas: cells(canvas, *drawn)))] == [
        ("Plan visits.", "Wexmoor Council"),
        ("Meet each month.", "Wexmoor Council"),
    ]


def test_an_item_in_a_merged_cell_is_one_item_for_all_its_bodies() -> None:
    drawn: tuple[Cell, ...] = (
        (60, 100, 200, 120, "Body in charge"), (200, 100, 520, 120, "Matters to put right"),
        (60, 120, 200, 150, "Wexmoor Council"), (60, 150, 200, 180, "Wexmoor Health"), (200, 120, 520, 180, "Plan visits."),
    )  # fmt: skip
    (item,) = items(read(lambda canvas: cells(canvas, *drawn)))
    assert item.addressed_to == "Wexmoor Council, Wexmoor Health"


def test_a_row_that_a_page_cuts_is_one_item_and_its_body_stays_whole() -> None:
    first = [
        ["Body in charge", "Matters to put right"],
        ["Wexmoor Council\nand Wexmoor", "Plan visits in time. This\nneeds the help of"],
    ]
    rest = [["Health", "families."], ["Wexmoor Health", "Meet each month."]]
    source = read(
        lambda canvas: cells(canvas, *table(first, top=720)),
        lambda canvas: cells(canvas, *table(rest, top=60)),
    )
    one, two = items(source)
    assert one.text == "Plan visits in time. This needs the help of families."
    assert one.addressed_to == "Wexmoor Council and Wexmoor Health"
    assert [box.page for box in one.boxes] == [1, 2]
    assert (two.page, two.addressed_to) == (2, "Wexmoor Health")


def test_list_items_in_a_cell_are_lines_of_one_item() -> None:
    rows = [
        ["Matters to put right"],
        ["Plan visits and see that:\n• letters are sent\n• families are asked"],
        ["Meet."],
    ]
    first, second = items(read(lambda canvas: cells(canvas, *table(rows, (60, 520)))))
    assert first.text == "Plan visits and see that:\n• letters are sent\n• families are asked"
    assert second.text == "Meet."


def test_a_title_over_the_header_is_passed_over() -> None:
    drawn = [
        (60.0, 80.0, 520.0, 100.0, "Matters to put right"),
        *table([["Body in charge", "Requirement"], ["Wexmoor", "Meet."]]),
    ]
    (item,) = items(read(lambda canvas: cells(canvas, *drawn)))
    assert (item.text, item.addressed_to) == ("Meet.", "Wexmoor")


def test_a_heading_above_a_table_of_one_column_is_its_header() -> None:
    def page(canvas: Canvas) -> None:
        write(canvas, 60, 60, "Matters to put right", bold=True)
        cells(canvas, *table([["Plan visits in time."], ["Meet each month."]], (60, 520)))

    assert [item.text for item in items(read(page))] == ["Plan visits in time.", "Meet each month."]


def test_a_table_without_upright_rules_is_read_by_its_columns() -> None:
    def page(canvas: Canvas) -> None:
        rows = table(
            [
                ["Body in charge", "Requirement"],
                ["Wexmoor Council", "Plan visits in time\nand meet."],
                ["Both", "Write."],
            ]
        )
        for left, top, _, bottom, words in rows:
            write(canvas, left + 5, top, words)
            for y in (top, bottom):
                canvas.line(60, HEIGHT - y, 520, HEIGHT - y)

    assert [(item.text, item.addressed_to) for item in items(read(page))] == [
        ("Plan visits in time and meet.", "Wexmoor Council"),
        ("Write.", "Both"),
    ]


def test_tables_of_other_things_are_left_alone() -> None:
    rows = [["Council", "Health"], ["Wexmoor Council", "Wexmoor Health"], ["Town Hall", "Mill Lane"]]
    assert found(read(lambda canvas: cells(canvas, *table(rows))))[1] == ()


def test_rows_of_cells_of_a_text_are_read_in_the_same_way() -> None:
    rows = [
        ("Requirement", "Rule", "Due date"),
        ("Plan visits.", "12(1)", "1 May 2031"),
        ("Meet each month.", "", ""),
    ]
    lines = (
        Line("What must be done"),
        *(Line(" ".join(cell for cell in row if cell), cells=row) for row in rows),
        Line("The end."),
    )
    source = SourceFile("paper.txt", "0", "text", (Page(0, lines),))
    _, (advice,) = found(source)
    assert [(item.text, item.regulation, item.due, item.page) for item in advice.items] == [
        ("Plan visits.", "12(1)", "1 May 2031", None),
        ("Meet each month.", None, None, None),
    ]
    assert advice.places == frozenset({1, 2, 3})


def test_a_body_over_several_rows_of_a_web_page_goes_with_each() -> None:
    page = b"""<html><body><table><tr><th>Body in charge</th><th>Requirement</th></tr>
    <tr><td rowspan=2>Wexmoor Council</td><td>Plan visits.</td></tr><tr><td>Meet each month.</td></tr></table></body></html>"""
    source = read_html("paper.html", "0", page, limits=Limits())
    assert [(item.text, item.addressed_to) for item in items(source)] == [
        ("Plan visits.", "Wexmoor Council"),
        ("Meet each month.", "Wexmoor Council"),
    ]


def test_two_tables_one_below_the_other_are_two() -> None:
    rows = [("Requirement", "Due"), ("Plan visits.", "May"), ("Requirement", "Due"), ("Meet.", "June")]
    source = SourceFile(
        "a.txt", "0", "text", (Page(0, tuple(Line(" ".join(row), cells=row) for row in rows)),)
    )
    assert [[item.due for item in advice.items] for advice in found(source)[1]] == [["May"], ["June"]]
