"""Similar councils: the register's statistical neighbours, or those of a table of the user's, and questions that mean them.

Such a table is CSV with the columns council and neighbour, the nearest first; of a council that it names, the register's
aren't used. The service's own council ("our statistical neighbours") is a setting. This module knows no index.
"""

from __future__ import annotations

import csv
import functools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indexer.errors import UsageError
from indexer.text.councils import Mention, canonical, neighbours_of

TABLE, OWN = "FINDINGS_NEIGHBOURS", "FINDINGS_COUNCIL"
MOST_ROWS = 5_000
_COLUMNS = {"council", "neighbour"}
_COUNCILS = r"(?:local authorities|authorities|councils|LAs)"
_GROUP = re.compile(
    r"(?:\b(?P<whose>our|my|its|their)\s+)?(?:own\s+)?"
    rf"\b(?:(?:statistical|nearest)\s+neighbou?rs?|(?:statistically\s+)?(?:similar|comparable)\s+{_COUNCILS}"
    rf"|comparator\s+{_COUNCILS}|(?P<like>{_COUNCILS}\s+(?:like|similar\s+to|comparable\s+(?:to|with))))(?:['’]s?)?(?!\w)",
    re.IGNORECASE,
)
_BEFORE_OWNER = re.compile(r"\s+(?:(?:of|to|for|with)\s+)?(?:the\s+)?", re.IGNORECASE)
_AFTER_OWNER = re.compile(r"(?:['’]s?)?\s+")

Neighbours = dict[str, tuple[str, ...]]
"""For each council the councils like it, nearest first, by the names that documents here have."""


@dataclass(frozen=True, slots=True)
class SimilarCouncils:
    """Which councils are like which, by a user's `table` and then by the register, and the service's `own` council."""

    table: Mapping[str, Sequence[str]] = field(default_factory=dict)
    own: str | None = None

    def of(self, council: str) -> tuple[str, ...]:
        """List the councils like this one, nearest first; empty where none are known."""
        return tuple(self.table.get(council, ())) or neighbours_of(council)


@dataclass(frozen=True, slots=True)
class SimilarGroup:
    """`text[start:end]` means the councils like the `owners`; none where the service's own council is meant.

    `within` says that the group's words name their owner, which is then not asked for itself.
    """

    start: int
    end: int
    owners: tuple[str, ...]
    within: Mention | None = None


def similar_councils(environment: Mapping[str, str] = os.environ) -> SimilarCouncils:
    """Read which councils are alike by the settings; UsageError, in one line, where the table can't be used."""
    return _similar(environment.get(TABLE, "").strip(), environment.get(OWN, "").strip())


@functools.lru_cache(maxsize=4)
def _similar(table: str, own: str) -> SimilarCouncils:
    return SimilarCouncils(load_neighbours(Path(table)) if table else {}, _name(own) if own else None)


def groups_in(text: str, mentions: Sequence[Mention]) -> Iterator[SimilarGroup]:
    """Find where a question means the councils like another: "statistical neighbours of Durham", "councils like Leeds".

    `mentions` are the councils that it names.
    """
    for found in _GROUP.finditer(text):
        whose, (start, end) = (found["whose"] or "").lower(), found.span()
        after = next((m for m in mentions if _BEFORE_OWNER.fullmatch(text, end, m.start)), None)
        before = next((m for m in mentions if _AFTER_OWNER.fullmatch(text, m.end, start)), None)
        owner = after or before
        if owner and not whose:
            yield SimilarGroup(min(start, owner.start), max(end, owner.end), (owner.name,), owner)
        elif found["like"]:
            continue  # "what councils like to hear"
        elif whose in ("our", "my"):
            yield SimilarGroup(start, end, ())
        else:
            yield SimilarGroup(start, end, tuple(dict.fromkeys(mention.name for mention in mentions)))


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
