"""Visits between inspections: which inspection a visit's letter follows, and what of its advice the letter repeats.

An inspectorate visits between two inspections and writes a letter without grades. Its areas for improvement are
worded anew, so they are tied to the inspection's recommendations by their matter. Knows documents as values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from indexer.document import Document, Recommendation
from indexer.structure.likeness import Subjects, matter

_JUDGED = ("SIF", "ILACS")
"""The frameworks whose inspections such visits lie between."""
_LAST_INSPECTION = re.compile(
    r"\b(?:last|previous)\s+(?:\w+\s+){0,3}inspection,?\s+(?:was\s+)?(?:in\s+)?(?:[A-Z][a-z]+\s+)?(20\d\d)\b"
)
_LONGEST_CYCLE = 54
"""Months from an inspection to a visit that follows it: councils are inspected every three years, around 2020 less
often. After a longer time the inspection between is one that isn't here.
"""
REPEATED = 0.25
"""Two pieces of advice share at least this much of their matter (harmonic mean of both shares)."""


def inspection_before(visit: Document, documents: Iterable[Document]) -> Document | None:
    """Find the inspection that a visit follows among its council's documents: the latest that ended before it.

    A letter that says when the last inspection was ("at the last inspection in 2023") follows none of another
    year: the right one isn't here.
    """
    named = {year for passage in visit.passages for year in _LAST_INSPECTION.findall(passage.text)}
    before = [
        document
        for document in documents
        if document.framework in _JUDGED
        and document.council == visit.council
        and _day(document) < _day(visit)
        and 0 < _month(document) >= _month(visit) - _LONGEST_CYCLE
        and (not named or named & _years(document))
    ]
    return max(before, key=lambda document: (_day(document), document.pages, document.id), default=None)


def repeated(visit: Document, inspection: Document) -> Iterator[tuple[Recommendation, Recommendation]]:
    """Pair each area for improvement of a visit with the recommendation whose matter it repeats, if any does.

    Words weigh more, the rarer they are in the two documents' texts: "plans" and "quality" stand in all advice.
    """
    areas = visit.recommendations
    advice = [r for r in inspection.recommendations if r.addressed_to != "LSCB"]
    findings = [p.text for d in (visit, inspection) for p in d.passages if p.kind in ("paragraph", "text")]
    subjects = Subjects([*(matter(r.text) for r in (*areas, *advice)), *findings])
    for one, area in enumerate(areas):
        likeness, place = max(
            ((_shared(subjects, one, len(areas) + at), -at) for at in range(len(advice))), default=(0.0, 0)
        )
        if likeness >= REPEATED:
            yield area, advice[-place]


def _shared(subjects: Subjects, one: int, other: int) -> float:
    shares = subjects.share(one, other), subjects.share(other, one)
    # A single word in common, however rare, is no common matter.
    if subjects.common(one, other) < 2:
        return 0.0
    return 2 * shares[0] * shares[1] / sum(shares)


def _day(document: Document) -> str:
    return document.inspected_to or document.published or ""


def _month(document: Document) -> int:
    """Count the months to the document's day; 0 where it has none."""
    year, _, rest = _day(document).partition("-")
    return 12 * int(year) + int(rest[:2] or 1) if year else 0


def _years(document: Document) -> set[str]:
    dates = (document.inspected_from, document.inspected_to, document.published)
    return {date[:4] for date in dates if date}
