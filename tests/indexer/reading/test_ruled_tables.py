"""Tables drawn here in the ways that programs draw them, read back cell by cell."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence

import pytest
from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from indexer.limits import Limits
from indexer.reading.joined_tables import JoinedTable, joined_tables
from indexer.reading.layout import lay_out
from indexer.reading.pdf import read_pdf
from indexer.reading.source import Page, RuledTable, SourceFile

WIDTH, HEIGHT = A4
XS = (60, 200, 520)
Box = tuple[float, float, float, float]


def drawn(*pages: Callable[[Canvas], None]) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    for draw in pages:
        canvas.setFont("Helvetica", 11)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def read(*pages: Callable[[Canvas], None]) -> SourceFile:
    return read_pdf("paper.pdf", "", drawn(*pages), limits=Limits())


def write(canvas: Canvas, box: Box, words: str, bold: bool = False) -> None:
    """The words in a cell (left, top, right, bottom in points from the page's top), a line for each newline."""
    canvas.setFont("Helvetica-Bold" if bold else "Helvetica", 11)
    for number, line in enumerate(words.split("\n")):
        canvas.drawString(box[0] + 5, HEIGHT - box[1] - 12 - 13 * number, line)


def cells(
    rows: Sequence[Sequence[str]], xs: Sequence[float] = XS, top: float = 100
) -> list[list[tuple[Box, str]]]:
    """The box of each cell, a row as high as its longest cell."""
    placed = []
    for row in rows:
        bottom = top + 6 + 13 * max(words.count("\n") + 1 for words in row)
        placed.append([((xs[i], top, xs[i + 1], bottom), words) for i, words in enumerate(row)])
        top = bottom
    return placed


def texts(table: RuledTable) -> list[list[str]]:
    return [[" ".join(line.text for line in cell.lines) for cell in row] for row in table.rows]


def joined(source: SourceFile) -> list[list[list[str]]]:
    flow = lay_out(source)
    return [said(table, flow.vocabulary) for table in joined_tables(source.pages, flow)]


def said(table: JoinedTable, vocabulary: frozenset[str]) -> list[list[str]]:
    return [[cell.text(vocabulary) for cell in row] for row in table.rows]


def stroked_lines(canvas: Canvas, box: Box) -> None:
    left, top, right, bottom = box[0], HEIGHT - box[1], box[2], HEIGHT - box[3]
    canvas.line(left, top, right, top)
    canvas.line(left, bottom, right, bottom)
    canvas.line(left, top, left, bottom)
    canvas.line(right, top, right, bottom)


def stroked_rectangle(canvas: Canvas, box: Box) -> None:
    canvas.rect(box[0], HEIGHT - box[3], box[2] - box[0], box[3] - box[1])


def thin_rectangles(canvas: Canvas, box: Box) -> None:
    for left, top, right, bottom in (
        (box[0], box[1], box[2], box[1] + 0.5), (box[0], box[3], box[2], box[3] + 0.5),
        (box[0], box[1] + 0.5, box[0] + 0.5, box[3]), (box[2], box[1] + 0.5, box[2] + 0.5, box[3]),
    ):  # fmt: skip
        canvas.rect(left, HEIGHT - bottom, right - left, bottom - top, stroke=0, fill=1)


def inside_a_form(canvas: Canvas, box: Box) -> None:
    name = "f" + "-".join(str(int(edge)) for edge in box)
    canvas.beginForm(name)
    canvas.rect(0, 0, box[2] - box[0], box[3] - box[1])
    canvas.endForm()
    canvas.saveState()
    canvas.translate(box[0], HEIGHT - box[3])
    canvas.doForm(name)
    canvas.restoreState()


ROWS = [
    ["Who", "What is asked"],
    ["Wexmoor\nCouncil", "Plan visits\nin good time"],
    ["Both", "Meet each month"],
]


def ruled(rows: Sequence[Sequence[str]], draw: Callable[[Canvas, Box], None] = stroked_lines, top: float = 100,
          xs: Sequence[float] = XS, header: bool = True) -> Callable[[Canvas], None]:  # fmt: skip
    def page(canvas: Canvas) -> None:
        for number, row in enumerate(cells(rows, xs, top)):
            for box, words in row:
                draw(canvas, box)
                write(canvas, box, words, bold=header and number == 0)

    return page


@pytest.mark.parametrize("draw", [stroked_lines, stroked_rectangle, thin_rectangles, inside_a_form])
def test_a_table_is_read_by_its_rules_however_they_are_drawn(draw: Callable[[Canvas, Box], None]) -> None:
    (page,) = read(ruled(ROWS, draw)).pages
    (table,) = page.tables
    assert texts(table) == [
        ["Who", "What is asked"],
        ["Wexmoor Council", "Plan visits in good time"],
        ["Both", "Meet each month"],
    ]
    cell = table.rows[1][1]
    assert (cell.left, cell.right) == (
        pytest.approx(200 / WIDTH, abs=0.004),
        pytest.approx(520 / WIDTH, abs=0.004),
    )
    assert cell.top == pytest.approx(119 / HEIGHT, abs=0.004)


def test_a_grid_drawn_as_one_path_is_a_table() -> None:
    def page(canvas: Canvas) -> None:
        path = canvas.beginPath()
        for row in cells(ROWS):
            for box, words in row:
                path.rect(box[0], HEIGHT - box[3], box[2] - box[0], box[3] - box[1])
                write(canvas, box, words)
        canvas.drawPath(path, stroke=1, fill=0)

    assert texts(read(page).pages[0].tables[0])[2] == ["Both", "Meet each month"]


def test_a_turned_page_has_its_table_where_a_reader_sees_it() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.translate(WIDTH, 0)
        canvas.rotate(90)
        canvas.translate(0, WIDTH - HEIGHT)
        ruled(ROWS)(canvas)

    (page_read,) = read(page).pages
    assert [len(row) for table in page_read.tables for row in table.rows] == [2, 2, 2]


def test_a_line_that_runs_over_two_cells_is_split_between_them() -> None:
    def page(canvas: Canvas) -> None:
        for row in cells([["A", "B"], ["C", "D"]]):
            for box, _ in row:
                stroked_lines(canvas, box)
        write(canvas, (60, 100, 520, 119), "First words" + " " * 30 + "second words")
        write(canvas, (60, 119, 520, 138), "Third words" + " " * 30 + "fourth words")

    assert texts(read(page).pages[0].tables[0]) == [
        ["First words", "second words"],
        ["Third words", "fourth words"],
    ]


def test_lines_are_the_same_with_and_without_rules() -> None:
    def plain(canvas: Canvas) -> None:
        ruled(ROWS, lambda canvas, box: None)(canvas)

    with_rules, without = read(ruled(ROWS)).pages[0], read(plain).pages[0]
    assert with_rules.lines == without.lines
    assert without.tables == ()


def test_a_merged_cell_stands_in_each_row_that_it_covers() -> None:
    def page(canvas: Canvas) -> None:
        for box, words in (
            ((60, 100, 200, 160), "Both"), ((200, 100, 520, 130), "Plan"), ((200, 130, 520, 160), "Meet"),
            ((60, 160, 520, 190), "For the whole partnership"),
        ):  # fmt: skip
            stroked_rectangle(canvas, box)
            write(canvas, box, words)

    (table,) = read(page).pages[0].tables
    assert texts(table) == [["Both", "Plan"], ["Both", "Meet"], ["For the whole partnership"] * 2]
    assert table.rows[0][0] is table.rows[1][0]
    assert table.rows[2][0] is table.rows[2][1]


def test_level_rules_alone_make_a_table_with_columns_where_no_text_stands() -> None:
    def page(canvas: Canvas) -> None:
        placed = cells(ROWS)
        for row in placed:
            canvas.line(60, HEIGHT - row[0][0][1], 520, HEIGHT - row[0][0][1])
            for box, words in row:
                write(canvas, box, words)
        canvas.line(60, HEIGHT - placed[-1][0][0][3], 520, HEIGHT - placed[-1][0][0][3])

    (table,) = read(page).pages[0].tables
    assert texts(table)[1:] == [["Wexmoor Council", "Plan visits in good time"], ["Both", "Meet each month"]]


def level_rules(
    rows: Sequence[Sequence[str]], xs: Sequence[float] = XS, top: float = 100, header: bool = True
) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas, box: Box) -> None:
        canvas.line(60, HEIGHT - box[1], 520, HEIGHT - box[1])
        canvas.line(60, HEIGHT - box[3], 520, HEIGHT - box[3])

    return ruled(rows, draw, top, xs, header)


def test_two_tables_of_level_rules_with_a_heading_between_are_two() -> None:
    def page(canvas: Canvas) -> None:
        level_rules([["Who", "What is asked"], ["Wexmoor", "Plan visits."]])(canvas)
        write(canvas, (60, 160, 520, 190), "Other matters", bold=True)
        level_rules([["Other matters"], ["Write to families about all of the visits."]], (60, 520), 200)(
            canvas
        )

    first, second = read(page).pages[0].tables
    assert texts(first) == [["Who", "What is asked"], ["Wexmoor", "Plan visits."]]
    assert texts(second) == [["Other matters"], ["Write to families about all of the visits."]]


def test_a_row_of_level_rules_that_a_page_cuts_is_one_row() -> None:
    first = [["Who", "What is asked"], ["Wexmoor", "Plan visits with the\nhelp of"]]
    rest = [["", "families."], ["Both", "Meet each month in the\nTown Hall."]]
    source = read(level_rules(first, top=700), level_rules(rest, top=60, header=False))
    assert joined(source) == [
        [
            ["Who", "What is asked"],
            ["Wexmoor", "Plan visits with the help of families."],
            ["Both", "Meet each month in the Town Hall."],
        ]
    ]


def test_rules_round_a_header_and_at_the_foot_leave_rows_to_the_gaps() -> None:
    def page(canvas: Canvas) -> None:
        placed = cells(ROWS)
        for y in (100, 119, placed[-1][0][0][3] + 6):
            canvas.line(60, HEIGHT - y, 520, HEIGHT - y)
        for number, row in enumerate(placed):
            for box, words in row:
                write(canvas, (box[0], box[1] + 6 * (number > 1), box[2], box[3]), words)

    (table,) = read(page).pages[0].tables
    assert texts(table)[1:] == [["Wexmoor Council", "Plan visits in good time"], ["Both", "Meet each month"]]


def test_shaded_rows_stand_for_rules() -> None:
    def page(canvas: Canvas) -> None:
        rows = [
            ["Who", "What"],
            ["Wexmoor", "Plan visits"],
            ["Both", "Meet each month"],
            ["All", "Write it down"],
            ["End", "Stop"],
        ]
        for number, row in enumerate(cells(rows)):
            if number % 2 == 0:
                box = row[0][0]
                canvas.setFillColor(HexColor("#dddddd"))
                canvas.rect(60, HEIGHT - box[3], 460, box[3] - box[1], stroke=0, fill=1)
                canvas.setFillColor(HexColor("#000000"))
            for box, words in row:
                write(canvas, box, words)

    (table,) = read(page).pages[0].tables
    assert texts(table)[2:4] == [["Both", "Meet each month"], ["All", "Write it down"]]


def test_white_boxes_behind_words_and_a_footer_are_no_table() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFillColor(white)
        for number in range(6):
            canvas.rect(60, 700 - 14 * number, 400, 14, stroke=0, fill=1)
        canvas.setFillColor(HexColor("#000000"))
        write(canvas, (60, 100, 520, 300), "Words in a paragraph\nof several lines")
        canvas.rect(60, 40, 460, 0.4, stroke=0, fill=1)

    assert read(page).pages[0].tables == ()


def test_the_shading_of_a_paragraph_inside_its_cell_makes_no_cell() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFillColor(HexColor("#f2f2f2"))
        canvas.rect(60, HEIGHT - 119, 460, 19, stroke=0, fill=1)
        canvas.rect(65, HEIGHT - 118, 450, 17, stroke=0, fill=1)
        canvas.setFillColor(HexColor("#000000"))
        ruled([["Header"], ["Row"]], xs=(60, 520))(canvas)

    assert texts(read(page).pages[0].tables[0]) == [["Header"], ["Row"]]


def at_foot(rows: Sequence[Sequence[str]], xs: Sequence[float] = XS) -> Callable[[Canvas], None]:
    height = sum(6 + 13 * max(words.count("\n") + 1 for words in row) for row in rows)
    return ruled(rows, top=780 - height, xs=xs)


def test_a_table_goes_on_over_a_page_and_its_header_is_not_repeated() -> None:
    first = [["Who", "What"], ["Wexmoor", "Plan visits in time."]]
    source = read(at_foot(first), ruled([["Who", "What"], ["Both", "Meet each month."]], top=60))
    assert joined(source) == [
        [["Who", "What"], ["Wexmoor", "Plan visits in time."], ["Both", "Meet each month."]]
    ]


def test_a_row_cut_by_a_pages_end_is_one_row() -> None:
    first = [["Who", "What"], ["Wexmoor", "Plan visits in time."], ["Both", "Meet each month."]]
    source = read(
        at_foot(first), ruled([["", "Write down what was said."], ["All", "Read it."]], top=60, header=False)
    )
    assert joined(source) == [
        [
            ["Who", "What"],
            ["Wexmoor", "Plan visits in time."],
            ["Both", "Meet each month. Write down what was said."],
            ["All", "Read it."],
        ]
    ]


@pytest.mark.parametrize(
    ("end", "begin", "one"),
    [
        ("Plan the visits of", "Wexmoor in time.", True),
        ("Plan visits, ready for", "spring.", True),
        ("Plan visits.\nShare plans in time.", "This includes letters.", True),
        ("Plan visits, and see that:", "• letters are sent", True),
        ("Plan visits.", "Meet each month.", False),
    ],
)
def test_words_say_whether_a_page_cut_a_row_of_one_column(end: str, begin: str, one: bool) -> None:
    xs = (60, 180)
    source = read(
        at_foot([["What"], [end]], xs), ruled([[begin], ["Last row."]], top=60, xs=xs, header=False)
    )
    (table,) = joined(source)
    assert len(table) == (3 if one else 4)


def test_text_between_two_tables_keeps_them_apart() -> None:
    def second(canvas: Canvas) -> None:
        write(canvas, (60, 60, 520, 80), "Another matter altogether")
        ruled([["Row of another table"]], top=120, xs=(60, 520))(canvas)

    assert len(joined(read(at_foot([["What"], ["Plan visits."]], (60, 520)), second))) == 2


def test_a_word_broken_at_a_lines_end_is_mended_as_in_a_paragraph() -> None:
    def page(canvas: Canvas) -> None:
        write(canvas, (60, 50, 520, 80), "The services of Wexmoor are many.")
        ruled([["What"], ["Join the ser-\nvices of all"]], xs=(60, 520))(canvas)

    assert joined(read(page)) == [[["What"], ["Join the services of all"]]]


def test_a_page_of_many_drawn_things_is_read_in_time_and_has_no_tables() -> None:
    def page(canvas: Canvas) -> None:
        write(canvas, (60, 20, 520, 60), "A drawing")
        for number in range(7_000):
            canvas.rect(50 + number % 97 * 5, 60 + number // 97 * 9, 4, 8)

    started = time.process_time()
    (read_page,) = read(page).pages
    assert read_page.tables == ()
    assert [line.text for line in read_page.lines] == ["A drawing"]
    assert time.process_time() - started < 3


def test_a_grid_of_too_many_cells_is_no_table() -> None:
    def page(canvas: Canvas) -> None:
        for number in range(150):
            canvas.line(50, 60 + 5 * number, 550, 60 + 5 * number)
        for number in range(55):
            canvas.line(50 + 9 * number, 60, 50 + 9 * number, 805)
        write(canvas, (60, 100, 520, 120), "Squared paper")

    assert read(page).pages[0].tables == ()


def test_pages_are_as_before_where_no_tables_are_given() -> None:
    assert Page(1, ()).tables == ()
