"""Turns the rows of a table into records: one per row of meaning, each value under the role of its column.

Rows arrive as a page left them: a header again after every page break, one row cut in two, a name torn over
two cells so that the dates stand a column too far right, an empty cell where a cell was merged with the one
above. Here each becomes what it was. Knows nothing of documents or of passages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from indexer.document import Box
from indexer.structure.papers.blocks import Row, is_finished, joined, united
from indexer.structure.papers.cell_content import is_code, is_date, is_ref, is_status
from indexer.structure.papers.table_alignment import aligned, mended, own_columns
from indexer.structure.papers.table_columns import Role, column_roles, fits, is_header, role_of

_LEADING_NUMBER = re.compile(r"^(\d{1,3}[a-z]?)(?:[.):]\s*|\s+)(?=[A-Z“‘'\"(])")
_LEADING_REF = re.compile(
    r"^((?:[a-z]|[ivx]{1,4}|[A-Z]{1,3}\d{1,3}(?:\.\d{1,3})*|\d{1,3}(?:\.\d{1,3})+[a-z]?|"
    r"\d{1,3}[a-z]?)[.)]|\([a-z]{1,3}\)|\d{1,3}(?:\.\d{1,3})+)\s+(?=\S)"
)
_PRIMARY: tuple[Role, ...] = ("action", "indicator", "recommendation", "theme", "area", "progress")
_TEXTS: frozenset[Role] = frozenset(
    {"recommendation", "action", "indicator", "progress", "outcome", "theme", "area", "other"}
)
_DETAILS: frozenset[Role] = frozenset(
    {"lead", "start", "finish", "status", "target", "value", "baseline", "progress", "date"}
)
MOST_PIECES = 400
"""A record of more cells than this is joined no further: pages cut a row once or twice."""
MOST_ALIGNED = 5_000
"""Rows of one table whose misplaced cells are put right; no plan has more."""


@dataclass(slots=True)
class Record:
    """One row of meaning. `values` are by role; `group` is the sub-heading or milestone that it stands under.

    `heads` is true for a row that only heads the rows below it. `carried` are the roles whose value was taken
    from the row above, where the cell is merged with it.
    """

    values: dict[Role, str]
    row: tuple[str, ...]
    page: int | None
    end_page: int | None
    boxes: tuple[Box, ...] = ()
    group: str | None = None
    heads: bool = False
    bold: bool = False
    carried: set[Role] = field(default_factory=set)

    def get(self, role: Role) -> str:
        """Give the value under this role; empty where there is none."""
        return self.values.get(role, "")


@dataclass(slots=True)
class Table:
    """Records under one set of columns. `labels` are the header's words by role; `above` a header over it.

    `known` is false where the table has a header whose words say nothing to us, or none at all.
    """

    roles: tuple[Role, ...]
    labels: dict[Role, str]
    records: list[Record]
    rows: list[Row]
    above: str = ""
    header: tuple[str, ...] = ()
    known: bool = True
    warnings: list[str] = field(default_factory=list)

    @property
    def primary(self) -> Role:
        """The role whose text makes a row: what the table is a list of."""
        return next((role for role in _PRIMARY if role in self.roles), "other")


@dataclass(slots=True)
class _Segment:
    header: list[tuple[str, ...]]
    rows: list[Row]


def read_tables(rows: Sequence[Row], before: Table | None = None) -> list[Table]:
    """Give the tables that stand one under the other in `rows`, in order, to be settled when all are read.

    Rows that go on with `before`, the table last read, are added to it and are in no table of the result.
    """
    tables: list[Table] = []
    last = before
    for segment in _segments(rows):
        if last is not None and not segment.header and _suits(last, segment.rows):
            _fill(last, last.roles, segment.rows)
            continue
        table = _opened(segment)
        if tables and last is not None and _same_columns(last, table):
            last.labels = {**table.labels, **last.labels}
            _fill(last, table.roles, segment.rows)
            continue
        _fill(table, table.roles, segment.rows)
        tables.append(table)
        last = table
    return tables


def _segments(rows: Sequence[Row]) -> Iterator[_Segment]:
    current = _Segment([], [])
    for row in rows:
        if is_header(row.cells, row.bold) and not _is_data_like(row, current):
            if current.header and not current.rows and not row.gap:
                current.header.append(row.cells)
                continue
            if current.header or current.rows:
                yield current
            current = _Segment([row.cells], [])
        else:
            current.rows.append(row)
    if current.header or current.rows:
        yield current


def _is_data_like(row: Row, segment: _Segment) -> bool:
    """Whether a row that could be a header is a row of data after all: a bold milestone, a one-word cell."""
    filled = [cell for cell in row.cells if cell.strip()]
    return bool(segment.rows) and len(filled) == 1 and not row.bold and len(row.cells) > 2


def _opened(segment: _Segment) -> Table:
    cells = [row.cells for row in segment.rows]
    if not segment.header:
        width = max((len(row) for row in cells), default=0)
        roles = column_roles(("", *[""] * (width - 1)), cells) if width else ()
        return Table(_bare_roles(roles, cells), {}, [], segment.rows, known=False)
    width = max(len(header) for header in segment.header)
    merged = [""] * width
    for header in segment.header:
        for column, label in enumerate(header):
            merged[column] = label or merged[column]
    above = ""
    if len(segment.header) > 1:
        above = " ".join(label for label in segment.header[0] if label and label not in merged)
    roles = column_roles(merged, cells)
    labels: dict[Role, str] = {}
    for column, label in enumerate(merged):
        if label:
            labels.setdefault(roles[column], " ".join(label.split()))
    known = sum(1 for label in merged if label and role_of(label)) > 0
    return Table(roles, labels, [], segment.rows, above, tuple(merged), known)


def _bare_roles(roles: Sequence[Role], rows: Sequence[Sequence[str]]) -> tuple[Role, ...]:
    """Roles for a table without a header: what the content alone shows, and "other" for the rest."""
    found: list[Role] = []
    for column, role in enumerate(roles):
        cells = [row[column] for row in rows if column < len(row) and row[column].strip()]
        if cells and all(is_status(cell) for cell in cells):
            found.append("status")
        elif role == "ref" and cells and all(is_ref(cell) for cell in cells):
            found.append("ref")
        else:
            found.append("other")
    return tuple(found)


def _same_columns(before: Table, table: Table) -> bool:
    """Whether two headers are one, printed again after a page break, give or take a column."""
    if not table.header:
        return False
    one = [role_of(label) for label in before.header if label]
    two = [role_of(label) for label in table.header if label]
    return one == two and (len(one) > 1 or before.header[0] == table.header[0])


def _suits(table: Table, rows: Sequence[Row]) -> bool:
    """Whether headerless rows go on with the columns of the table before."""
    if not rows or max(len(row.cells) for row in rows) > len(table.roles) + 1:
        return False
    checks = [
        fits(role, cell)
        for row in rows
        for role, cell in zip(table.roles, row.cells, strict=False)
        if cell.strip()
    ]
    return bool(checks) and sum(checks) >= 0.75 * len(checks)


def _fill(table: Table, roles: tuple[Role, ...], rows: Sequence[Row]) -> None:
    """Add the rows, read under `roles`, to the table's records; the first may go on with its last one."""
    primary = table.primary
    records = table.records
    referred = sum(bool(_ref_of(record)) for record in records)
    for row in rows:
        values = _values(row.cells, table, roles)
        if primary in ("recommendation", "area") and not (values.get("ref") or values.get("number")):
            match = _LEADING_NUMBER.match(values.get(primary, ""))
            if match:
                values["ref"] = match.group(1)
                values[primary] = values[primary][match.end() :]
        numbered = referred > 0.5 * len(records)
        previous = records[-1] if records else None
        if previous is not None and _goes_on(values, row, previous, table, numbered):
            _append(previous, values, table, row)
        else:
            records.append(Record(values, row.cells, row.page, row.page, row.boxes, bold=row.bold))
            referred += bool(_ref_of(records[-1]))


def _ref_of(record: Record) -> str:
    return record.get("ref") or record.get("number") or record.get("code")


def _goes_on(values: dict[Role, str], row: Row, previous: Record, table: Table, numbered: bool) -> bool:
    """Whether a row is the rest of the record before, cut off by a page or set in a row of its own."""
    primary = table.primary
    text = values.get(primary, "")
    if (
        primary == "other"
        or len(previous.row) > MOST_PIECES
        or values.get("ref")
        or values.get("code")
        or values.get("number")
    ):
        return False
    if not text:
        return any(values.values())
    filled = [column for column, cell in enumerate(row.cells) if cell.strip()]
    alone = len(filled) == 1
    begun = previous.get(primary)
    if alone and begun and not is_finished(begun) and text[:1].islower():
        return True
    if not (alone and numbered and _ref_of(previous)) or row.bold:
        return False
    return primary == "recommendation" or filled[0] > 0


def _append(record: Record, values: dict[Role, str], table: Table, row: Row) -> None:
    primary = table.primary
    for role, text in values.items():
        if not text:
            continue
        target = role
        if (
            role == primary == "recommendation"
            and "progress" in table.roles
            and is_finished(record.get(role))
        ):
            target = "progress"
        old = record.get(target)
        record.values[target] = joined(old, text) if target in _TEXTS else (f"{old} {text}" if old else text)
    record.row = (*record.row, *row.cells)
    record.end_page = row.page if row.page is not None else record.end_page
    record.boxes = united((*record.boxes, *row.boxes))


def _values(cells: Sequence[str], table: Table, roles: Sequence[Role]) -> dict[Role, str]:
    columns = aligned(cells, roles) if len(table.records) < MOST_ALIGNED else own_columns(cells)
    values: dict[Role, str] = {}
    torn: dict[int, list[str]] = {}
    for cell, column in columns:
        torn.setdefault(column, []).append(cell)
    for column, parts in sorted(torn.items()):
        role = roles[column] if column < len(roles) else "other"
        text = parts[0]
        for part in parts[1:]:
            text = mended(text, part) if role == "lead" else joined(text, part)
            if role == "lead":
                table.warnings.append(f"A name torn over two cells was put together as “{text}”.")
        old = values.get(role, "")
        values[role] = joined(old, text) if old else text
    return values


def settle(table: Table) -> None:
    """Tell rows that head others from the rest, give each record its group, and fill merged cells."""
    primary = table.primary
    details = [role for role in table.roles if role in _DETAILS]
    detailed = [record for record in table.records if _has_details(record, details)]
    refs = Counter(_family(record, primary) for record in detailed)
    usual = refs.most_common(1)[0][0] if refs else None
    plain = sum(1 for record in detailed if not record.bold) > 0.5 * len(detailed)
    group: str | None = None
    before: Record | None = None
    for record in table.records:
        ref = record.get("ref") or record.get("code")
        alone = sum(1 for cell in record.row if cell.strip()) == 1
        if alone and ref and not is_ref(ref) and not is_code(ref):
            record.heads = True
        elif primary in ("action", "indicator") and usual is not None and not _has_details(record, details):
            set_off = record.bold and plain
            record.heads = set_off or (
                _family(record, primary) != usual if usual else alone and _is_title(record, primary)
            )
        if record.heads:
            group = " ".join(part for part in (ref, record.get(primary) or record.get("other")) if part)
            before = None
            continue
        record.group = group
        if before is not None:
            _carry(record, before, table)
        before = record


def _is_title(record: Record, primary: Role) -> bool:
    text = record.get(primary)
    return bool(text) and not text.endswith(".") and len(text.split()) <= 25


def _has_details(record: Record, details: Sequence[Role]) -> bool:
    return any(record.get(role) for role in details)


def _family(record: Record, primary: Role) -> str:
    """Tell what the record's reference looks like: "T" for T1, "a" for "b.", "1" for a number or ""."""
    ref = record.get("ref") or record.get("code")
    if not ref:
        match = _LEADING_REF.match(record.get(primary))
        ref = match.group(1) if match else ""
    letters = re.match(r"\(?([A-Za-z]*)", ref)
    word = letters.group(1) if letters else ""
    if not ref:
        return ""
    if re.search(r"\d", ref):
        return word or "1"
    return "a"


def _carry(record: Record, before: Record, table: Table) -> None:
    """Fill a merged cell from the row above: who leads, and which recommendation an action serves."""
    wanted: list[Role] = []
    if table.primary == "action":
        wanted = ["theme"] if record.get("recommendation") else ["recommendation", "number", "theme"]
        if any(record.get(role) for role in ("start", "finish", "status")):
            wanted.append("lead")
    for role in wanted:
        if role in table.roles and not record.get(role) and before.get(role):
            record.values[role] = before.get(role)
            record.carried.add(role)


def split_ref(text: str) -> tuple[str | None, str]:
    """Give the reference that a text begins with ("b.", "3.2", "(iv)") and the rest, or (None, text)."""
    match = _LEADING_REF.match(text)
    if not match or is_date(text[:20]):
        return None, text
    return match.group(1), text[match.end() :]
