"""Ruled tables as they are meant: one that goes on over pages is one table, and a row that a page's end cut is one row.

Programs close a table with a rule at the foot of a page and open it with one on the next, so rules alone don't say
what was cut: the words do. Knows places and words; knows nothing of what a table is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.reading.layout import Flow, FlowLine, ends_sentence, join, without_marks
from indexer.reading.source import Line, Page, RuledCell, RuledTable

SAME_EDGE = 0.008
"""Columns whose edges lie so near (in page widths) on two pages are the same."""

_GOES_ON = re.compile(r"(?:they|this|these|it|its|their|those)\b", re.IGNORECASE)
"""A sentence that begins so speaks of something said before it in its cell."""
_LIST_GOES_ON = re.compile(r"[;,:–—]\s*(?:and|or)?$|\b(?:and|or|of|the|to|for|in|with|by)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class JoinedCell:
    """A cell on one or more pages: its lines in reading order."""

    lines: tuple[FlowLine, ...] = ()

    @property
    def parts(self) -> tuple[tuple[FlowLine, ...], ...]:
        """The cell's paragraphs and list items."""
        parts: list[list[FlowLine]] = []
        for line in self.lines:
            if not parts or line.bullet or (line.gap and ends_sentence(parts[-1][-1].text)):
                parts.append([line])
            else:
                parts[-1].append(line)
        return tuple(tuple(part) for part in parts)

    def text(self, vocabulary: frozenset[str]) -> str:
        """The words, as running text; paragraphs and items, with their list marks, separated by newlines."""
        return "\n".join(join((line.text for line in part), vocabulary) for part in self.parts)


@dataclass(frozen=True, slots=True)
class JoinedTable:
    """A table from its first row to its last, a merged cell as the same object in each place that it covers.

    `pieces` are its page's number and its part there.
    """

    rows: tuple[tuple[JoinedCell, ...], ...]
    pieces: tuple[tuple[int, RuledTable], ...]


def joined_tables(pages: Sequence[Page], flow: Flow) -> tuple[JoinedTable, ...]:
    """Every table of these pages in their order. `flow` is what `lay_out` makes of them: it says what is text."""
    joined: list[JoinedTable] = []
    by_page = {
        page.number: [line for line in flow.lines if line.page == page.number]
        for page in pages
        if page.tables
    }
    for page in pages:
        for place, table in enumerate(page.tables):
            cells = _JoinedCells(page.number, _pitch(table))
            here = JoinedTable(
                tuple(tuple(cells.of(cell) for cell in row) for row in table.rows), ((page.number, table),)
            )
            before = joined[-1] if joined and place == 0 else None
            if before is not None and _goes_on(before.pieces[-1], (page.number, table), by_page):
                whole = _joined(before, here)
                if whole is not None:
                    joined[-1] = whole
                    continue
            joined.append(here)
    return tuple(joined)


class _JoinedCells:
    """The cells of one page's table as joined cells, a merged one always as the same object."""

    def __init__(self, page: int, pitch: float) -> None:
        self._page = page
        self._pitch = pitch
        self._made: dict[int, JoinedCell] = {}

    def of(self, cell: RuledCell) -> JoinedCell:
        if id(cell) not in self._made:
            self._made[id(cell)] = JoinedCell(tuple(self._lines(cell.lines)))
        return self._made[id(cell)]

    def _lines(self, lines: Sequence[Line]) -> list[FlowLine]:
        made: list[FlowLine] = []
        for line in lines:
            text = without_marks(line.text)
            if not text:
                continue
            gap = bool(made) and line.top - made[-1].line.top > 1.3 * self._pitch
            made.append(FlowLine(line, self._page, text, gap, False))
        return made


def _pitch(table: RuledTable) -> float:
    """The distance from one line of a paragraph to the next, as a fraction of the page's height."""
    cells = {id(cell): cell for row in table.rows for cell in row}.values()
    steps = sorted(
        below.top - above.top
        for cell in cells
        for above, below in zip(cell.lines, cell.lines[1:], strict=False)
    )
    heights = [line.bottom - line.top for cell in cells for line in cell.lines]
    return steps[len(steps) // 4] if steps else 1.25 * max(heights, default=0.0)


def _goes_on(
    before: tuple[int, RuledTable], here: tuple[int, RuledTable], by_page: dict[int, list[FlowLine]]
) -> bool:
    """Whether the columns are the same, and no text stands between the two parts."""
    (page, above), (number, below) = before, here
    if number != page + 1 or _edges(above) is None or len(above.rows[0]) != len(below.rows[0]):
        return False
    pairs = zip(_edges(above), _edges(below), strict=True)
    if any(abs(first - second) > SAME_EDGE for first, second in pairs):
        return False
    after = any(line.line.top > above.bottom - 0.002 for line in by_page[page])
    return not after and not any(line.line.bottom < below.top + 0.002 for line in by_page[number])


def _edges(table: RuledTable) -> list[float]:
    """The left edge of each column, and the right edge of the last."""
    columns = range(len(table.rows[0]))
    return [max(row[column].left for row in table.rows) for column in columns] + [table.right]


def _joined(above: JoinedTable, below: JoinedTable) -> JoinedTable | None:
    """Both as one; None where the second begins with a header of its own."""
    rows = list(below.rows)
    header = above.rows[0]
    if len(above.rows) + len(rows) > 1 and _words(rows[0]) == _words(header):
        rows.pop(0)
    elif _bold(rows[0]) and _bold(header):
        return None
    pieces = above.pieces + below.pieces
    if not rows:
        return JoinedTable(above.rows, pieces)
    if not _cut(above, below, rows[0]):
        return JoinedTable((*above.rows, *_carried(above, rows)), pieces)
    return JoinedTable(_mended(above.rows, rows), pieces)


def _mended(
    above: Sequence[tuple[JoinedCell, ...]], rows: Sequence[tuple[JoinedCell, ...]]
) -> tuple[tuple[JoinedCell, ...], ...]:
    """The last row and the first one joined, cell by cell; a merged cell in all the rows that it covers."""
    whole: dict[int, JoinedCell] = {}
    for first, second in zip(above[-1], rows[0], strict=True):
        lines = first.lines if first is second or not second.lines else first.lines + second.lines
        cell = whole.get(id(first)) or JoinedCell(lines)
        whole[id(first)] = whole[id(second)] = cell
    kept = [tuple(whole.get(id(cell), cell) for cell in row) for row in (*above, *rows[1:])]
    return tuple(kept)


def _carried(above: JoinedTable, rows: list[tuple[JoinedCell, ...]]) -> list[tuple[JoinedCell, ...]]:
    """Rows below a page's end, an empty first cell filled with the one above: it is merged with that, and was cut."""
    if len(above.rows) < 2 or len(rows[0]) < 2 or rows[0][0].lines:
        return rows
    empty, filled = rows[0][0], above.rows[-1][0]
    return [tuple(filled if cell is empty else cell for cell in row) for row in rows]


def _cut(above: JoinedTable, below: JoinedTable, first: Sequence[JoinedCell]) -> bool:
    """Whether the page's end cut a row, so that `first` is its rest."""
    last = above.rows[-1]
    if len(above.rows) == 1 and _bold(last):
        return False  # a header alone at the foot
    end, begin = above.pieces[-1][1], below.pieces[-1][1]
    if end.open_bottom or begin.open_top:
        return True
    if any(_runs_on(a, b) for a, b in zip(last, first, strict=True) if a.lines and b.lines):
        return True
    longest = max(range(len(last)), key=lambda at: sum(len(line.text) for line in last[at].lines))
    others = [b for at, b in enumerate(first) if at != longest]
    if not others or any(cell.lines for cell in others) or not first[longest].lines:
        return False
    return any(cell.lines for at, cell in enumerate(last) if at != longest) and not _merged(above, longest)


def _merged(above: JoinedTable, but: int) -> bool:
    """Whether the last row's other cells cover the row above it too: then the next row may belong to them."""
    if len(above.rows) < 2:
        return False
    return any(
        cell is over
        for at, (cell, over) in enumerate(zip(above.rows[-1], above.rows[-2], strict=True))
        if at != but
    )


def _runs_on(first: JoinedCell, second: JoinedCell) -> bool:
    """Whether the second cell's words can only be the rest of the first one's."""
    end, begin = first.lines[-1], second.lines[0]
    if begin.bullet:
        return not first.lines[0].bullet
    if begin.text[:1].islower() or _LIST_GOES_ON.search(end.text):
        return True
    if ends_sentence(end.text):
        return len(first.lines) > 1 and bool(_GOES_ON.match(begin.text))
    return len(first.lines) > 1 and _fills(first, second)


def _fills(first: JoinedCell, second: JoinedCell) -> bool:
    """Whether the last line has no room for the next word: a paragraph that ends would end earlier."""
    end, begin = first.lines[-1].line, second.lines[0]
    right = max(placed.line.right for placed in (*first.lines, *second.lines))
    word = len(begin.text.split()[0]) + 1
    return end.right + word * (end.right - end.left) / max(len(end.text), 1) > right


def _words(row: Sequence[JoinedCell]) -> list[str]:
    return [" ".join(line.text for line in cell.lines).casefold() for cell in row]


def _bold(row: Sequence[JoinedCell]) -> bool:
    lines = [line for cell in row for line in cell.lines]
    return bool(lines) and all(line.line.bold for line in lines)
