"""The councils, and one council's inspections in the order of time.

Plain values for `pages/councils.html` and `pages/council.html`. This module must not know how a council's name
was recognised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.document import Document
from web import wording


@dataclass(frozen=True, slots=True)
class CouncilRow:
    """A council of the list: how many documents of it there are, its newest inspection and its overall grade."""

    name: str
    slug: str
    documents: int
    latest: str
    grade: str | None


def council_rows(documents: Sequence[Document]) -> list[CouncilRow]:
    """List every council that a document is about, by name."""
    by_council: dict[str, list[Document]] = {}
    for document in documents:
        if document.council:
            by_council.setdefault(document.council, []).append(document)
    rows = []
    for name in sorted(by_council):
        held = by_council[name]
        inspected = sorted((d for d in held if d.kind == "inspection report" and day(d)), key=day)
        last = inspected[-1] if inspected else None
        rows.append(
            CouncilRow(
                name=name,
                slug=wording.slug(name),
                documents=len(held),
                latest=wording.date(day(last)) if last else "",
                grade=last.overall if last else None,
            )
        )
    return rows


def council_named(slug: str, documents: Sequence[Document]) -> str | None:
    """Find the council of this address; None where no document is about it."""
    return next((d.council for d in documents if d.council and wording.slug(d.council) == slug), None)


@dataclass(frozen=True, slots=True)
class Inspection:
    """An inspection of the timeline: when, the document, and the grade for each area of the table, in order."""

    document: Document
    when: str
    grades: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A council's inspections, oldest first, and the areas that any of them judged."""

    areas: tuple[str, ...]
    inspections: tuple[Inspection, ...]


def timeline(documents: Sequence[Document]) -> Timeline:
    """Set a council's inspections beside each other; areas in the order in which they were first judged."""
    reports = sorted((d for d in documents if d.kind == "inspection report"), key=lambda d: (day(d), d.file))
    areas: dict[str, str] = {}
    for report in reports:
        for judgement in report.judgements:
            areas.setdefault(_folded(judgement.area), judgement.area)
    inspections = []
    for report in reports:
        grades = {_folded(j.area): j.grade for j in report.judgements}
        inspections.append(
            Inspection(
                document=report,
                when=wording.date(day(report)) or "No date",
                grades=tuple(grades.get(area, "") for area in areas),
            )
        )
    return Timeline(tuple(areas.values()), tuple(inspections))


def day(document: Document) -> str:
    """Give the day that a document is placed at in time: the inspection's end, or its publication."""
    return document.inspected_to or document.inspected_from or document.published or ""


def _folded(area: str) -> str:
    return " ".join(area.casefold().split())
