"""Puts a row's cells back under their own columns, where a name torn in two has pushed them aside.

Works on one row at a time, from what each cell holds. Knows nothing of the rows above and below.
"""

from __future__ import annotations

from collections.abc import Sequence

from indexer.structure.papers.cell_content import is_date, is_ref
from indexer.structure.papers.table_columns import TYPED, Role, fits

_SHARED: frozenset[Role] = frozenset(
    {"recommendation", "action", "indicator", "progress", "outcome", "theme", "area", "other", "lead"}
)
"""Roles of which one row may have two cells: running text, and names."""
MAX_ALIGNED = 14
"""Columns of a row up to which misplaced cells are looked for."""


def mended(left: str, right: str) -> str:
    """Give a name whose lines were torn over two cells, put together: the nth word of each in turn."""
    one, two = left.split(), right.split()
    if abs(len(one) - len(two)) > 1:
        return f"{left} {right}"
    words: list[str] = []
    for at in range(max(len(one), len(two))):
        words.extend([*one[at : at + 1], *two[at : at + 1]])
    return " ".join(words)


def aligned(cells: Sequence[str], roles: Sequence[Role]) -> list[tuple[str, int]]:
    """Each filled cell with its column: its own, unless its content belongs in another.

    Cells keep their order. A cell a column away from its own costs 1, two cells in one column 1 more, and a
    cell in a column that it doesn't fit 5: the cheapest way is taken (dynamic programming over the row).
    """
    own = own_columns(cells)
    filled = [(at, cell) for cell, at in own]
    width = len(roles)
    fitting = all(at < width and fits(roles[at], cell) for at, cell in filled)
    if (
        fitting
        or len(filled) < 2
        or not any(role in TYPED for role in roles)
        or max(len(filled), width) > MAX_ALIGNED
    ):
        return own
    best: list[dict[int, tuple[float, int | None]]] = []
    for number, (at, cell) in enumerate(filled):
        here: dict[int, tuple[float, int | None]] = {}
        for column in range(width):
            cost = abs(at - column) + _misfit(roles[column], cell)
            if number == 0:
                here[column] = (cost, None)
                continue
            options = [
                (price + cost + (1.0 if before == column else 0.0), before)
                for before, (price, _) in best[-1].items()
                if before < column or (before == column and roles[column] in _SHARED)
            ]
            if options:
                here[column] = min(options)
        if not here:
            return own
        best.append(here)
    ending: int | None = min(best[-1], key=lambda c: best[-1][c][0])
    placed: list[tuple[str, int]] = []
    for number in range(len(filled) - 1, -1, -1):
        if ending is None:
            return own
        placed.append((filled[number][1], ending))
        ending = best[number][ending][1]
    return placed[::-1]


def own_columns(cells: Sequence[str]) -> list[tuple[str, int]]:
    """Give each filled cell with the column that it stands in."""
    return [(cell, at) for at, cell in enumerate(cells) if cell.strip()]


def _misfit(role: Role, cell: str) -> float:
    if not fits(role, cell):
        return 5.0
    if role not in ("start", "finish", "date", "status") and (is_date(cell) and not is_ref(cell)):
        return 3.0
    return 0.0
