"""Similar councils, from a table that whoever runs the service gives: statistical neighbours change, and are theirs.

The table is CSV with the columns council and neighbour, the nearest first. This module knows no council's
neighbours itself.
"""

from __future__ import annotations

import csv
from pathlib import Path

from indexer.errors import UsageError
from indexer.text.councils import canonical

MOST_ROWS = 5_000
_COLUMNS = {"council", "neighbour"}

Neighbours = dict[str, tuple[str, ...]]
"""For each council the councils like it, nearest first, by the names that documents here have."""


def load_neighbours(path: Path) -> Neighbours:
    """Read a table of neighbours; UsageError, in one line, where it can't be read or lacks a column.

    Names are taken as people write them; one that is no known council stays as it is written.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = {name.strip().lower(): name for name in reader.fieldnames or () if name}
            if not set(names) >= _COLUMNS:
                raise UsageError(f"{path.name} must have the columns council and neighbour in its first line")
            found: dict[str, dict[str, None]] = {}
            for number, row in enumerate(reader, 2):
                if number > MOST_ROWS:
                    raise UsageError(f"{path.name} has more than {MOST_ROWS:,} lines; give a shorter table")
                council, neighbour = ((row[names[key]] or "").strip() for key in ("council", "neighbour"))
                if council and neighbour:
                    found.setdefault(_name(council), {})[_name(neighbour)] = None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"the table of neighbours {path.name} can't be read ({error}); mend the file"
        ) from error
    return {council: tuple(neighbours) for council, neighbours in found.items()}


def _name(written: str) -> str:
    return canonical(written) or " ".join(written.split())
