"""The councils, and one council's inspections in the order of time.

Plain values for `councils.html` and `council.html`. This module must not know how a council's name
was recognised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.document import Document
from indexer.register.inspections import organisation_of
from web.pages import display


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
        inspected = sorted((d for d in held if d.is_inspection and display.day(d)), key=display.day)
        last = inspected[-1] if inspected else None
        rows.append(
            CouncilRow(
                name=name,
                slug=display.slug(name),
                documents=len(held),
                latest=display.date(display.day(last)) if last else "",
                grade=last.overall if last else None,
            )
        )
    return rows


def council_named(slug: str, documents: Sequence[Document]) -> str | None:
    """Find the council of this address; None where no document is about it."""
    return next((d.council for d in documents if d.council and display.slug(d.council) == slug), None)


def organisation_named(slug: str, documents: Sequence[Document]) -> str | None:
    """Find the council, or else the other organisation, of this address; None where no document is about it."""
    named = council_named(slug, documents)
    return named or next(
        (name for d in documents if (name := organisation_of(d)) and display.slug(name) == slug), None
    )


def similar(names: Sequence[str], documents: Sequence[Document]) -> list[CouncilRow]:
    """List the councils of these names that there are documents of, in the order given."""
    rows = {row.name: row for row in council_rows(documents)}
    return [rows[name] for name in names if name in rows]


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


# The same grades as a picture, which says nothing that the table above it doesn't say.

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 260, 170, 20, 36
LEVELS = ("Outstanding", "Good", "Requires improvement", "Inadequate")
_PLACE = {**{name.lower(): place for place, name in enumerate(LEVELS)}, "adequate": 2}
SHOWN = ("Overall effectiveness", "Help and protection", "Children in care", "Care leavers", "Leadership")
_APART = 5
"""Units between lines that would otherwise lie on one another."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place of an axis."""

    text: str
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True)
class GradeLine:
    """One area's grades; `points` as SVG writes them."""

    name: str
    dots: tuple[Label, ...]

    @property
    def points(self) -> str:
        """Write the line for a polyline."""
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of `width` by `height` units; `lines` is empty where fewer than two inspections are graded."""

    levels: tuple[Label, ...]
    ticks: tuple[Label, ...]
    lines: tuple[GradeLine, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def chart(timeline: Timeline) -> Chart:
    """Place every graded inspection along the bottom, in order, and each area's grades above."""
    graded = [i for i in timeline.inspections if any(i.grades)]
    step = (WIDTH - LEFT - 60) / max(1, len(graded) - 1)
    lines = []
    for number, area in enumerate(name for name in SHOWN if name in timeline.areas):
        place = timeline.areas.index(area)
        dots = []
        for at, inspection in enumerate(graded):
            grades = inspection.grades[place]
            level = _PLACE.get(grades[0].lower()) if len(grades) == 1 else None
            if level is not None:
                dots.append(
                    Label("", round(LEFT + 30 + at * step, 1), round(_y(level) + (number - 2) * _APART, 1))
                )
        if len(dots) > 1:
            lines.append(GradeLine(area, tuple(dots)))
    return Chart(
        levels=tuple(Label(name, y=_y(level)) for level, name in enumerate(LEVELS)),
        ticks=tuple(
            Label(display.day(i.document)[:4], x=round(LEFT + 30 + at * step, 1))
            for at, i in enumerate(graded)
        ),
        lines=tuple(lines),
    )


def _y(level: int) -> float:
    return round(TOP + level * (HEIGHT - TOP - BOTTOM - 10) / (len(LEVELS) - 1), 1)
