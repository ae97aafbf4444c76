"""One council's inspections in the order of time, area by area.

Plain values for `council.html`. This module must not know how a council's name was recognised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.document import Document
from web.pages import display

FAMILIES = (
    ("Overall effectiveness", r"overall (effectiveness|experiences)|^overall$"),
    ("Help and protection", r"help and protection|need(ing)? help|safeguarding services"),
    ("Children in care", r"looked after|in care|permanence"),
    ("Adoption", r"adoption"),
    ("Care leavers", r"care leavers|leaving care"),
    ("Leadership", r"leaders|management and governance"),
    ("Local Safeguarding Children Board", r"safeguarding children board|lscb"),
)
"""Areas that frameworks name differently and that are about the same children, in the order of the table."""

_FAMILIES = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in FAMILIES)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An inspection of the timeline: when, the document, and the grades for each area of the table, in order.

    A visit between inspections has no grades, but the inspection that it follows where that is here.
    """

    document: Document
    when: str
    grades: tuple[tuple[str, ...], ...]
    follows: Document | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A council's inspections, oldest first, and the areas that any of them judged."""

    areas: tuple[str, ...]
    inspections: tuple[TimelineEntry, ...]

    @property
    def has_visits(self) -> bool:
        """Whether a visit stands among the inspections."""
        return any(inspection.document.is_visit for inspection in self.inspections)


def timeline(documents: Sequence[Document], inspection_of: Mapping[str, str] | None = None) -> Timeline:
    """Set a council's inspections beside each other, and between them visits by the `inspection_of` each, by ids.

    Areas about the same children stand in one row.

    An area of no family has a row of its own; where several areas of an inspection fall in one row, each grade
    is given once.
    """
    by_id = {document.id: document for document in documents}
    visits = [document for document in documents if document.is_visit]
    reports = sorted([*inspection_reports(documents), *visits], key=_in_time)
    inspections, areas = [], dict[str, None]()
    for report in reports:
        grades: dict[str, list[str]] = {}
        for judgement in report.judgements:
            for family in families_of(judgement.area):
                held = grades.setdefault(family, [])
                if judgement.grade not in held:
                    held.append(judgement.grade)
        if report.overall and FAMILIES[0][0] not in grades:
            grades[FAMILIES[0][0]] = [report.overall]
        areas |= dict.fromkeys(grades)
        inspections.append((report, grades))
    usual = [name for name, _ in FAMILIES if name in areas]
    order = (*usual, *(area for area in areas if area not in usual))
    return Timeline(
        order,
        tuple(
            TimelineEntry(
                document=report,
                when=display.date(display.day(report)) or "No date",
                grades=tuple(tuple(grades.get(area, ())) for area in order),
                follows=by_id.get((inspection_of or {}).get(report.id, "")),
            )
            for report, grades in inspections
        ),
    )


def inspection_reports(documents: Sequence[Document]) -> list[Document]:
    """List reports of inspections, oldest first; of two files of the same report, the one with more pages."""
    found: dict[tuple[object, ...], Document] = {}
    for document in documents:
        if not document.is_inspection:
            continue
        grades = tuple((_folded(j.area), j.grade) for j in document.judgements)
        # Without a date or a grade nothing shows that two files are one report.
        key = (display.day(document), grades) if grades and display.day(document) else (document.id,)
        if key not in found or found[key].pages < document.pages:
            found[key] = document
    return sorted(found.values(), key=_in_time)


def _in_time(document: Document) -> tuple[str, str]:
    return display.day(document), document.file


def _folded(area: str) -> str:
    return " ".join(area.casefold().split())


def families_of(area: str) -> list[str]:
    """Name the rows that a judged area belongs in: its families, or itself."""
    return [name for name, pattern in _FAMILIES if pattern.search(area)] or [area]
