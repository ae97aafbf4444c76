"""What public registers say of an authority: its numbers and the councils like it, read from council_register.csv.

Knows no spelling of a name: `councils` joins this to its own list by the canonical one.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_suffix(".csv")


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """Ofsted's URN, the codes of the DfE and the ONS (None where there is none), and the statistical neighbours,
    nearest first.
    """

    urn: str
    la_code: str
    ons_code: str | None
    neighbours: tuple[str, ...]


def load_register() -> dict[str, RegisterEntry]:
    """Read the register, by canonical name."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {
            row["council"]: RegisterEntry(
                row["urn"],
                row["la_code"],
                row["ons_code"] or None,
                tuple(name for name in row["neighbours"].split("; ") if name),
            )
            for row in rows
        }
