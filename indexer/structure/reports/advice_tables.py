"""Advice that stands in tables: a row is an item, and its columns say to whom it goes and by when.

What the columns are headed by is an inspectorate's own and comes as patterns. Tables of a PDF are read by their rules,
those of other files by their rows' cells. Decides nothing of the headings above a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from indexer.document import Box
from indexer.reading.joined_tables import JoinedCell, JoinedTable, joined_tables
from indexer.reading.layout import Flow, FlowLine, boxes, join
from indexer.reading.source import Page

HEADER_ROWS = 3
"""A table's header is looked for in so many rows: titles may stand above it."""

_OPEN = re.compile(r"(?:[,;:/&]|\b(?:and|or|of|the|for))$", re.IGNORECASE)
"""What ends so goes on in the next paragraph, without a comma."""

Pattern = re.Pattern[str]
Row = Sequence[JoinedCell]


@dataclass(frozen=True, slots=True)
class AdviceColumns:
    """What the headers of a table's columns match, each whole; a column without a pattern isn't looked for."""

    text: Pattern
    addressed: Pattern | None = None
    due: Pattern | None = None
    regulation: Pattern | None = None
    status: Pattern | None = None
    settled: Pattern | None = None
    """A row whose status matches is advice no more."""
    label: Pattern | None = None
    """Opens the first cell of rows that have no header: the item's label, with what else is said of it."""


@dataclass(frozen=True, slots=True)
class TableAdvice:
    """One item. `text` has a newline between paragraphs and list items, and the items' marks as printed.

    `page` is where it begins, None for files without pages; `lines` are those of its text, for files with pages. `label`
    and the words `beside` it are those of its row's first cell.
    """

    text: str
    page: int | None
    addressed_to: str | None = None
    due: str | None = None
    regulation: str | None = None
    lines: tuple[FlowLine, ...] = ()
    label: str | None = None
    beside: str = ""

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Where the text stands, one box for each page."""
        return boxes(self.lines)


@dataclass(frozen=True, slots=True)
class AdviceTable:
    """A table whose header names advice: that header, its items, and the places of its lines in `flow.lines`."""

    header: str
    items: tuple[TableAdvice, ...]
    places: frozenset[int]


def advice_tables(flow: Flow, pages: Sequence[Page], columns: AdviceColumns) -> tuple[AdviceTable, ...]:
    """The tables of advice in reading order; `pages` are those that `flow` was laid out from."""
    found = []
    for table in joined_tables(pages, flow):
        places = places_in(flow, table)
        read = (
            _read(table.rows, columns, flow)
            or _labelled(table.rows, columns, flow)
            or _under_heading(table.rows, columns, flow, places)
        )
        if read is not None:
            found.append(AdviceTable(*read, places))
    if not flow.paged:
        found += _in_cells(flow, columns)
    return tuple(sorted(found, key=lambda table: min(table.places, default=0)))


def places_in(flow: Flow, table: JoinedTable) -> frozenset[int]:
    """The places of the lines that stand in a ruled table."""
    places = set()
    boxes_of = dict(table.pieces)
    for place, line in enumerate(flow.lines):
        box = boxes_of.get(line.page)
        if box is not None:
            x, y = (line.line.left + line.line.right) / 2, (line.line.top + line.line.bottom) / 2
            if box.left <= x <= box.right and box.top <= y <= box.bottom:
                places.add(place)
    return frozenset(places)


def _read(
    rows: Sequence[Row], columns: AdviceColumns, flow: Flow
) -> tuple[str, tuple[TableAdvice, ...]] | None:
    """The header of the column of advice and the items below; None where no header names advice."""
    headers = [(at, _roles(row, columns)) for at, row in enumerate(rows[:HEADER_ROWS])]
    named = [(at, roles) for at, roles in headers if "text" in roles]
    if not named:
        return None
    at, roles = max(named, key=lambda header: len(header[1]))
    items = _items(rows[at + 1 :], roles, _words(rows[at]), flow, settled_by=columns.settled)
    return _flat(rows[at][roles["text"]]), tuple(items)


def _labelled(
    rows: Sequence[Row], columns: AdviceColumns, flow: Flow
) -> tuple[str, tuple[TableAdvice, ...]] | None:
    """A table whose rows open with a label of advice; rows without one say more of it, and aren't it."""
    items = []
    for row in rows:
        first = _flat(row[0]) if row else ""
        match = columns.label.match(first) if columns.label else None
        cell = next((cell for cell in row[1:] if cell.lines and cell is not row[0]), None)
        if match is None or cell is None:
            continue
        items.append(
            TableAdvice(
                text=cell.text(flow.vocabulary),
                page=cell.lines[0].page or None,
                lines=cell.lines if cell.lines[0].page else (),
                label=match.group(),
                beside=first[match.end() :].strip(),
            )
        )
    return (_flat(rows[0][0]), tuple(items)) if items else None


def _under_heading(
    rows: Sequence[Row], columns: AdviceColumns, flow: Flow, places: frozenset[int]
) -> tuple[str, tuple[TableAdvice, ...]] | None:
    """A table of one column whose header stands above it as a heading: every row is an item."""
    above = min(places, default=0) - 1
    if above < 0 or len(rows) < 2 or len(rows[0]) > 1 or not _names(columns.text, flow.lines[above].text):
        return None
    if any(not row[0].lines or row[0].lines[0].bullet for row in rows):
        return None
    return flow.lines[above].text, tuple(_items(rows, {"text": 0}, [], flow))


def _roles(row: Row, columns: AdviceColumns) -> dict[str, int]:
    """The column of each role whose pattern a header's cell matches; a merged cell names one role at most."""
    roles: dict[str, int] = {}
    used: set[int] = set()
    for role in ("text", "addressed", "due", "regulation", "status"):
        pattern = getattr(columns, role)
        for column, cell in enumerate(row):
            if pattern is not None and id(cell) not in used and _names(pattern, _flat(cell)):
                roles[role] = column
                used.add(id(cell))
                break
    return roles


def _names(pattern: Pattern, text: str) -> bool:
    return bool(pattern.fullmatch(text) or pattern.fullmatch(text.rstrip(" :.*")))


def _items(
    rows: Sequence[Row],
    roles: dict[str, int],
    header: list[str],
    flow: Flow,
    *,
    ditto: bool = False,
    settled_by: Pattern | None = None,
) -> Iterator[TableAdvice]:
    """Each row's advice. `ditto`: an empty cell says what the one above says, as merged cells read outside PDFs."""
    waiting: TableAdvice | None = None
    before: Row = ()
    for row in rows:
        if _words(row) == header or (len(row) > 1 and all(cell is row[0] for cell in row)):
            continue  # the header once more, or a heading over rows
        cell = row[roles["text"]]
        merged = any(cell is other for other in before)
        values = {
            role: _value(row[at])
            for role, at in roles.items()
            if role != "text" and not (merged and any(row[at] is other for other in before))
        }
        before = row
        if waiting is not None and (merged or not cell.lines):
            waiting = _with_more(waiting, values)
            continue
        if waiting is not None:
            yield waiting
        settled = settled_by is not None and settled_by.match(values.get("status", ""))
        if not cell.lines or settled:
            waiting = None
            continue
        addressed = values.get("addressed") or (waiting.addressed_to if ditto and waiting else None)
        waiting = TableAdvice(
            text=cell.text(flow.vocabulary),
            page=cell.lines[0].page or None,
            addressed_to=addressed or None,
            due=values.get("due") or None,
            regulation=values.get("regulation") or None,
            lines=cell.lines if cell.lines[0].page else (),
        )
    if waiting is not None:
        yield waiting


def _with_more(item: TableAdvice, values: dict[str, str]) -> TableAdvice:
    """An item over several rows: what each says beside it."""

    def both(first: str | None, second: str) -> str | None:
        return ", ".join(value for value in (first, second) if value) or None

    return replace(
        item,
        addressed_to=both(item.addressed_to, values.get("addressed", "")),
        due=both(item.due, values.get("due", "")),
        regulation=both(item.regulation, values.get("regulation", "")),
    )


def _in_cells(flow: Flow, columns: AdviceColumns) -> Iterator[AdviceTable]:
    """The tables of a file without pages: lines with cells one after another, below one that is a header."""
    lines = flow.lines
    at = 0
    while at < len(lines):
        header = _row(lines[at])
        roles = _roles(header, columns) if lines[at].line.cells else {}
        labelled = _labelled([header], columns, flow) if lines[at].line.cells else None
        if labelled:
            yield AdviceTable(labelled[0], labelled[1], frozenset({at}))
        at += 1
        if "text" not in roles:
            continue
        start, rows = at, []
        while at < len(lines) and lines[at].line.cells and "text" not in _roles(_row(lines[at]), columns):
            row = _row(lines[at])
            rows.append([*row, *(JoinedCell() for _ in range(len(header) - len(row)))])
            at += 1
        items = tuple(_items(rows, roles, _words(header), flow, ditto=True, settled_by=columns.settled))
        yield AdviceTable(_flat(header[roles["text"]]), items, frozenset(range(start - 1, at)))


def _row(placed: FlowLine) -> list[JoinedCell]:
    return [
        JoinedCell(tuple(replace(placed, text=text, gap=True) for text in cell.split("\n") if text.strip()))
        for cell in placed.line.cells
    ]


def _flat(cell: JoinedCell) -> str:
    return " ".join(" ".join(line.text for line in cell.lines).split())


def _value(cell: JoinedCell) -> str:
    """A cell's whole text on one line, several paragraphs or list items as an enumeration."""
    values: list[list[str]] = []
    for line in cell.lines:
        if line.bullet or line.gap or not values:
            values.append([])
        values[-1].append(line.words)
    texts = [join(value, frozenset()) for value in values]
    return "".join(
        text if last else text + (" " if _OPEN.search(text) else ", ")
        for last, text in ((at == len(texts) - 1, text) for at, text in enumerate(texts))
    )


def _words(row: Row) -> list[str]:
    return [_flat(cell).casefold() for cell in row]
