"""Gives a PDF of a council's own the shape that a text export has: paragraphs, headings, rows with cells.

A PDF knows only where lines stand. A table is known by its header; its rows by what begins at its left edge;
a cell's lines by standing under each other. Which column a cell belongs to is only guessed here from its
place: the reader of tables puts it right by what it holds. Knows nothing of what a table is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from indexer.reading.layout import Flow, FlowLine, join, lay_out
from indexer.reading.source import Line, SourceFile
from indexer.structure.papers.blocks import is_finished
from indexer.structure.papers.cell_content import is_ref
from indexer.structure.papers.table_columns import is_header, role_of

NEAR = 0.012
"""Left edges this close (in page widths) are one column's."""
CHARACTER = 0.5
"""A character's usual width, in heights of its line's font."""
LARGER = 1.12
"""A heading's size, in sizes of the body's text."""
MAX_PROSE = 14
"""A line of more words than this that crosses the columns is text after the table, and no row."""
_NUMBERED = re.compile(r"^\d{1,3}(?:\.\d{1,3}){0,3}[.)]?\s+[A-Z“‘]")


@dataclass(slots=True)
class _Cell:
    left: float
    text: str
    bottom: float


@dataclass(slots=True)
class _Row:
    page: int
    cells: list[_Cell]
    lines: list[Line]

    @property
    def bottom(self) -> float:
        return max(line.bottom for line in self.lines)


@dataclass(slots=True)
class _Grid:
    """A table being read: its header's words, where its columns seem to begin, its rows so far."""

    labels: tuple[str, ...]
    lefts: list[float]
    page: int
    header: Line
    rows: list[_Row] = field(default_factory=list)


def with_rows(source: SourceFile) -> SourceFile:
    """Give the source with one line for each paragraph, heading and table row; others as they are."""
    if source.kind != "pdf":
        return source
    flow = lay_out(source)
    widths = {page.number: page.width or 1.0 for page in source.pages}
    levels = _heading_levels(flow)
    pages: dict[int, list[Line]] = {page.number: [] for page in source.pages}
    for number, line in _shaped(flow, widths, levels):
        pages[number].append(line)
    pages_with_rows = tuple(replace(page, lines=tuple(pages[page.number])) for page in source.pages)
    notes = [Line(""), *(Line(note) for note in flow.footnotes)] if flow.footnotes and pages_with_rows else []
    if notes:
        last = pages_with_rows[-1]
        pages_with_rows = (*pages_with_rows[:-1], replace(last, lines=(*last.lines, *notes)))
    return replace(source, pages=pages_with_rows)


def _heading_levels(flow: Flow) -> dict[float, int]:
    """Give the level of each font size that is larger than the body's, the largest first."""
    sizes = sorted({round(line.line.size, 1) for line in flow.lines}, reverse=True)
    larger = [size for size in sizes if size > LARGER * flow.body_size]
    return {size: min(level, 5) for level, size in enumerate(larger, 1)}


def _shaped(flow: Flow, widths: dict[int, float], levels: dict[float, int]) -> Iterator[tuple[int, Line]]:
    grid: _Grid | None = None
    text: list[FlowLine] = []
    for placed in flow.lines:
        line = placed.line
        if line.cells and is_header(line.cells, line.bold):
            yield from _paragraph(text, flow, levels)
            text = []
            if grid is not None and grid.labels == line.cells:
                continue
            if grid is not None:
                yield from _rows_of(grid)
            grid = _Grid(line.cells, _estimated_lefts(line, widths[placed.page]), placed.page, line)
            continue
        if grid is not None:
            if _joins(grid, placed, widths[placed.page], flow):
                continue
            yield from _rows_of(grid)
            grid = None
        if text and _begins(text[-1], placed, flow):
            yield from _paragraph(text, flow, levels)
            text = []
        text.append(placed)
    if grid is not None:
        yield from _rows_of(grid)
    yield from _paragraph(text, flow, levels)


def _begins(before: FlowLine, placed: FlowLine, flow: Flow) -> bool:
    """Whether a line opens a paragraph of its own, a heading or a list item."""
    if placed.gap and not (placed.opens_page and not is_finished(before.text) and placed.text[:1].islower()):
        return True
    if placed.bullet or placed.line.cells or before.line.cells:
        return True
    if (
        abs(placed.line.size - before.line.size) > 0.08 * flow.body_size
        or placed.line.bold != before.line.bold
    ):
        return True
    return bool(_NUMBERED.match(placed.text)) and is_finished(before.text)


def _paragraph(text: Sequence[FlowLine], flow: Flow, levels: dict[float, int]) -> Iterator[tuple[int, Line]]:
    if not text:
        return
    first = text[0]
    words = join((first.words, *(placed.text for placed in text[1:])), flow.vocabulary)
    own = [placed.line for placed in text if placed.page == first.page]
    level = levels.get(round(first.line.size, 1))
    short = len(words.split()) <= 25
    style = f"h{level}" if level and short else "li" if first.bullet else ""
    if not style and first.line.bold and first.gap and short and not is_finished(words):
        style = "h6"
    yield first.page, Line("")
    yield first.page, replace(
        first.line, text=words, style=style, cells=() if len(text) > 1 else first.line.cells,
        left=min(line.left for line in own), right=max(line.right for line in own),
        bottom=max(line.bottom for line in own),
    )  # fmt: skip


def _estimated_lefts(line: Line, width: float) -> list[float]:
    """Where each cell of a line seems to begin: usual character widths, the rest as even gaps."""
    character = CHARACTER * line.size / width
    lengths = [len(cell) * character for cell in line.cells]
    free = max(line.right - line.left - sum(lengths), 0.0) / max(len(lengths) - 1, 1)
    lefts = [line.left]
    for length in lengths[:-1]:
        lefts.append(lefts[-1] + length + free)
    lefts[-1] = max(lefts[-1], line.right - lengths[-1]) if len(lefts) > 1 else lefts[-1]
    return lefts


def _joins(grid: _Grid, placed: FlowLine, width: float, flow: Flow) -> bool:
    """Add the line to the table; False where it no longer belongs to it."""
    line = placed.line
    if line.size > LARGER * flow.body_size or line.left < grid.header.left - 2 * NEAR:
        return False
    row = grid.rows[-1] if grid.rows and grid.rows[-1].page == placed.page else None
    at_edge = line.left <= grid.header.left + NEAR
    crosses = (
        not line.cells and len(grid.lefts) > 1 and line.right > _second_left(grid) + 2 * NEAR and at_edge
    )
    if crosses and len(line.text.split()) > MAX_PROSE and (row is None or line.top >= row.bottom - NEAR):
        return False
    if row is None or (
        at_edge and line.top >= row.bottom - 0.5 * (line.bottom - line.top) and not _wraps(row, line)
    ):
        if not at_edge:
            return _goes_on_page(grid, placed, width)
        grid.rows.append(_Row(placed.page, _cells_of(placed, width), [line]))
        return True
    _into(row, placed, width)
    return True


def _second_left(grid: _Grid) -> float:
    seen = sorted(
        cell.left for row in grid.rows for cell in row.cells if cell.left > grid.header.left + 4 * NEAR
    )
    return seen[0] if seen else grid.lefts[1]


def _goes_on_page(grid: _Grid, placed: FlowLine, width: float) -> bool:
    """Open a row with a page's first line that begins in a later column: the rest of one that was cut."""
    grid.rows.append(_Row(placed.page, _cells_of(placed, width), [placed.line]))
    return True


def _wraps(row: _Row, line: Line) -> bool:
    """Whether a line at the table's edge is the next line of the row's first cell: close below it."""
    first = min(row.cells, key=lambda cell: cell.left)
    gap = line.top - first.bottom
    return (
        abs(first.left - line.left) <= NEAR
        and row.lines[-1].bottom == first.bottom
        and (gap < 0.25 * (line.bottom - line.top))
    )


def _cells_of(placed: FlowLine, width: float) -> list[_Cell]:
    line = placed.line
    texts = line.cells or (placed.text,)
    lefts = _estimated_lefts(line, width) if line.cells else [line.left]
    return [_Cell(left, text, line.bottom) for left, text in zip(lefts, texts, strict=True)]


def _into(row: _Row, placed: FlowLine, width: float) -> None:
    """Put a line's cells under the cells of the row that they go on with, or beside them."""
    for new in _cells_of(placed, width):
        above = [cell for cell in row.cells if _under(cell, new, placed.line)]
        if above:
            cell = min(above, key=lambda c: abs(c.left - new.left))
            cell.text = f"{cell.text} {new.text}" if not cell.text.endswith("-") else cell.text + new.text
            cell.bottom = new.bottom
        else:
            row.cells.append(new)
    row.lines.append(placed.line)


def _under(cell: _Cell, new: _Cell, line: Line) -> bool:
    """Whether a new line stands below a cell's last one, in the same column as far as can be told."""
    if line.top < cell.bottom - 0.5 * (line.bottom - line.top):
        return False
    hanging = 0.0 <= new.left - cell.left <= 5 * NEAR  # the number of the row stands out to the left
    return abs(new.left - cell.left) <= 2 * NEAR or hanging


def _rows_of(grid: _Grid) -> Iterator[tuple[int, Line]]:
    """Give the table's header and rows as lines with cells, one for each column."""
    yield grid.page, Line("")
    yield grid.page, grid.header
    for row in grid.rows:
        cells = _columns(row, grid)
        yield row.page, Line(
            " ".join(cell for cell in cells if cell), min(line.left for line in row.lines),
            min(line.top for line in row.lines), max(line.right for line in row.lines), row.bottom,
            row.lines[0].size, all(line.bold for line in row.lines), cells,
        )  # fmt: skip
    if grid.rows:
        yield grid.rows[-1].page, Line("")


def _columns(row: _Row, grid: _Grid) -> tuple[str, ...]:
    texts = [cell.text for cell in sorted(row.cells, key=lambda cell: cell.left)]
    lefts = [cell.left for cell in sorted(row.cells, key=lambda cell: cell.left)]
    if role_of(grid.labels[0]) in ("ref", "number", "code") and texts:
        start, _, rest = texts[0].partition(" ")
        if rest and is_ref(start):
            texts[:1] = [start, rest]
            lefts[:1] = [lefts[0], lefts[0] + 2 * NEAR]
    width = len(grid.labels)
    if len(texts) >= width:
        return tuple(texts)
    cells = [""] * width
    # What a page's end cut goes on in a later column: nothing stands at the table's edge.
    lowest = int(bool(lefts) and len(texts) < width and lefts[0] > grid.header.left + 2 * NEAR)
    for place, (text, left) in enumerate(zip(texts, lefts, strict=True)):
        highest = width - (len(texts) - place)
        column = min(range(lowest, highest + 1), key=lambda c: abs(grid.lefts[c] - left))
        cells[column] = text
        lowest = column + 1
    return tuple(cells)
