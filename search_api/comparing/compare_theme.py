"""A theme at several councils: what each of their inspections says of it, and how that changed.

An inspection that says nothing of a theme shows only that. This module must not know how a page looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from indexer.document import Document
from indexer.encode.context import document_date
from indexer.register.inspections import without_duplicates
from search_api.fields import Filters
from search_api.search.result_set import find
from search_api.search.results import Hit
from search_api.snapshot import Snapshot

Change = Literal["first", "new", "again", "no longer mentioned", "not mentioned", "visit"]

MOST_COUNCILS = 6
MOST_PASSAGES = 4
"""Passages of one inspection that are set beside the others; the rest are counted."""


@dataclass(frozen=True, slots=True)
class AtInspection:
    """What one inspection says of a theme: its nearest passages, how many there are, and the change.

    "first" is said of the first inspection here that speaks of it, "new" where the inspection before didn't,
    "again" where it did; "no longer mentioned" where only the one before did; "visit" of a visit between them.
    """

    document: Document
    hits: tuple[Hit, ...]
    passages: int
    change: Change


@dataclass(frozen=True, slots=True)
class AtCouncil:
    """A theme at one council, inspection by inspection, oldest first."""

    council: str
    inspections: tuple[AtInspection, ...]


def compare_theme(snapshot: Snapshot, question: str, councils: Sequence[str]) -> list[AtCouncil]:
    """Set beside each other what councils' inspections say of a theme.

    QueryError for a question that can't be searched for or a council that isn't one. A council without an
    inspection report is given with none.
    """
    chosen = list(dict.fromkeys(councils))[:MOST_COUNCILS]
    filters = Filters(council=tuple(chosen), kind="inspection report")
    found = find(snapshot, question, filters)
    rows = found.rows.tolist() if found.close else []
    columns = found.snapshot.index.columns
    by_document: dict[str, list[int]] = {}
    for row in rows:
        by_document.setdefault(columns.document_ids[int(columns.document[row])], []).append(row)
    compared = []
    for council in chosen:
        reports = sorted(
            (
                document
                for document in without_duplicates(found.snapshot.index.documents())
                if document.council == council and document.kind == "inspection report"
            ),
            key=lambda document: (document_date(document) or "", document.file),
        )
        inspections: list[AtInspection] = []
        for report in reports:
            here = by_document.get(report.id, [])
            # A visit looks at one area: that it doesn't speak of a theme says nothing.
            if here or not report.is_visit:
                before = [one.passages for one in inspections if one.change != "visit"]
                change: Change = "visit" if report.is_visit else _change(before, len(here))
                inspections.append(
                    AtInspection(report, tuple(found.hits(here[:MOST_PASSAGES])), len(here), change)
                )
        compared.append(AtCouncil(council, tuple(inspections)))
    return compared


def _change(before: Sequence[int], now: int) -> Change:
    if not now:
        return "no longer mentioned" if before and before[-1] else "not mentioned"
    if not any(before):
        return "new" if before else "first"
    return "again" if before[-1] else "new"
