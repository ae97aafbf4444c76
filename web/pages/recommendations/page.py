"""What became of a recommendation: everything that later documents report on it, in the order of time.

`search_api.comparing.recommendation` follows the links; here what it found is put into words, and what is like it is looked
for. Where there is nothing, the page says that no evidence was found, never that nothing was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.document import Document
from search_api.comparing.recommendation import (
    Followed,
    Printing,
    Report,
    follow,
    latest_status,
    recommendation_of,
)
from search_api.fields import Filters
from search_api.search.results import Hit, search_passages
from search_api.snapshot import Snapshot
from web.pages import wording

__all__ = [
    "Elsewhere",
    "Followed",
    "Printing",
    "Report",
    "elsewhere",
    "follow",
    "later_inspections",
    "latest_status",
    "recommendation_of",
    "summary",
    "with_what_came_later",
]  # fmt: skip
MOST_SIMILAR = 5
_QUESTION = 300
"""Characters of a recommendation that are searched for: enough to say what it is about."""


def elsewhere(snapshot: Snapshot, document: Document, text: str) -> list[Hit]:
    """Find the recommendations of other councils that are nearest to this one, best first."""
    filters = Filters(passage_kind="recommendation", kind="inspection report")
    found = search_passages(snapshot, " ".join(text.split())[:_QUESTION], filters, limit=40, without=("all",))
    chosen: list[Hit] = []
    for hit in found.hits:
        council = hit.document.council
        if council != document.council and all(council != other.document.council for other in chosen):
            chosen.append(hit)
    return chosen[:MOST_SIMILAR]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A recommendation of another council that is like this one, and what its next inspections say nearest to it."""

    hit: Hit
    later: Hit | None


def with_what_came_later(snapshot: Snapshot, hits: Sequence[Hit]) -> list[Elsewhere]:
    """Set beside each recommendation what a later inspection of the same council says nearest to it."""
    return [
        Elsewhere(hit, next(iter(later_inspections(snapshot, hit.document, hit.passage.text)), None))
        for hit in hits
    ]


def later_inspections(snapshot: Snapshot, document: Document, text: str) -> list[Hit]:
    """Find what later inspections of the same council say nearest to it; empty where there was none."""
    day = wording.day(document)
    if not document.council or not day:
        return []
    filters = Filters(council=(document.council,), kind="inspection report", published_from=day)
    found = search_passages(snapshot, " ".join(text.split())[:_QUESTION], filters, limit=30, without=("all",))
    return [hit for hit in found.hits if wording.day(hit.document) > day][:MOST_SIMILAR]


def summary(reports: Sequence[Report]) -> str:
    """Say in one sentence what there is: how many reports, and the last status with its date."""
    if not reports:
        return ""
    last = next((r for r in reversed(reports) if r.status), None)
    said = wording.count(len(reports), "entry", "entries") + " in later documents"
    return said + (f"; the last status, of {wording.date(last.date)}, is “{last.status}”" if last else "")
