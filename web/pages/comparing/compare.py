"""The addresses of comparisons: two inspections of a council, or a theme across councils.

Each reads its parameters, calls `search_api.comparing.compare`, and hands plain values to a template.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from indexer.document import Document
from indexer.errors import QueryError
from search_api.comparing.compare import Comparison, Reported, compare
from search_api.comparing.compare_theme import MOST_COUNCILS, compare_theme
from search_api.comparing.recommendation import latest_status
from search_api.comparing.visits import asked_again
from search_api.fields import Filters
from search_api.register.findings import FindingRow, finding_rows, select_findings
from search_api.register.standings import Standing, standings
from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.councils import page as council_page
from web.pages.search import page as search_page
from web.pages.site import Site, parameters, several

OUTCOMES = (
    ("repeated", "Asked for again", "The later inspection recommends the same matter again."),
    ("spoken of", "Spoken of again", "Not recommended again, but the later inspection speaks of the matter. Read how."),
    ("reported done", "Reported as done",
     "The later inspection says nothing that could be tied to it; a document in between reports it as done."),
    ("no longer mentioned", "No longer mentioned",
     "Nothing in the later inspection could be tied to it. That doesn’t show that it was resolved."),
    ("new", "New in the later inspection", "Nothing that the earlier inspection recommended could be tied to it."),
)  # fmt: skip
_LONGEST = 500
"""Characters shown of a paragraph; half as many where there are many, so that a page stays under 100 kB."""

_MANY = 30
CHANGES = {
    "first": "Spoken of",
    "new": "New since the inspection before",
    "again": "Spoken of again",
    "no longer mentioned": "No longer mentioned",
    "not mentioned": "Not mentioned",
    "visit": "Spoken of by a visit",
}


def add_compare(site: Site) -> None:
    """Add the page that compares."""

    @site.router.get("/compare")
    def show_compare(request: Request) -> Response:
        snapshot = site.engine.snapshot()
        typed = request.query_params
        councils = list(several(parameters(request), "council"))
        theme = " ".join((typed.get("theme") or "").split())
        try:
            if theme:
                return _theme_page(site, snapshot, theme, councils)
            return _inspections_page(site, snapshot, councils[:1], typed.get("a"), typed.get("b"))
        except QueryError as error:
            problem = search_page.problem(str(error))
            return _page(site, snapshot, 400, theme=theme, chosen=councils, error=problem.text, mend="#theme")


def _page(site: Site, snapshot: Snapshot, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 (a template takes any value)
    reports = council_page.inspection_reports(snapshot.index.documents())
    councils = sorted({report.council for report in reports if report.council})
    shown: dict[str, Any] = {
        "area": "compare",
        "heading": "Compare",
        "councils": councils,
        "most_councils": MOST_COUNCILS,
    }
    return site.templates.page("comparing/compare.html", status, **shown | values)


def _theme_page(site: Site, snapshot: Snapshot, theme: str, councils: Sequence[str]) -> Response:
    if not councils:
        raise QueryError("councils are missing; choose at least one to look for the theme in")
    at_councils = compare_theme(snapshot, theme, councils)
    return _page(
        site,
        snapshot,
        heading=f"“{theme[:120]}” across councils",
        theme=theme,
        chosen=[one.council for one in at_councils],
        at_councils=at_councils,
        verdicts=_verdicts(snapshot, theme, [one.council for one in at_councils]),
        changes=CHANGES,
    )


def _verdicts(
    snapshot: Snapshot, theme: str, councils: Sequence[str]
) -> dict[str, tuple[Standing, FindingRow]]:
    """Where each report stands on a theme by its findings, with the surest that agrees, by the reports' ids."""
    if not snapshot.index.findings.known:
        return {}
    found = select_findings(snapshot, Filters(council=tuple(councils)), theme)
    stand = list(standings(snapshot, found).values())
    rows = finding_rows(snapshot, np.array([one.surest() for one in stand], dtype=found.dtype), theme)
    return {row.document.id: (one.standing, row) for one, row in zip(stand, rows, strict=True)}


def _inspections_page(
    site: Site, snapshot: Snapshot, councils: Sequence[str], first: str | None, second: str | None
) -> Response:
    chosen = [
        document for id_ in (first, second) if id_ for document in [snapshot.index.document(id_)] if document
    ]
    if (first and second) and len(chosen) < 2:
        raise QueryError("one of these documents is not here any more; choose two inspections of a council")
    council = councils[0] if councils else next((d.council for d in chosen if d.council), None)
    if council is None and not chosen:
        return _page(site, snapshot, chosen=[])
    held = council_page.inspection_reports([d for d in snapshot.index.documents() if d.council == council])
    if len(chosen) < 2 and len(held) >= 2:
        chosen = [whole for d in held[-2:] for whole in [snapshot.index.document(d.id)] if whole]
    choices = [
        (d.id, f"{display.date(display.day(d)) or 'No date'}: {display.document_name(d)}") for d in held
    ]
    values: dict[str, Any] = {"chosen": [council], "council": council, "choices": choices}
    if len(chosen) < 2:
        return _page(site, snapshot, heading=f"Inspections of {council}", too_few=True, **values)
    earlier, later = sorted(chosen[:2], key=lambda d: (display.day(d), d.file))
    found = compare(snapshot.index, earlier, later, _reported(snapshot, earlier))
    name = earlier.council or display.document_name(earlier)
    return _page(
        site,
        snapshot,
        heading=f"{name}: {display.day(earlier)[:4] or 'no date'} and {display.day(later)[:4] or 'no date'}",
        comparison=found,
        outcomes=[
            (title, said, [item for item in found.items if item.outcome == key])
            for key, title, said in OUTCOMES
        ],
        grades=_grades(found),
        again=asked_again(snapshot.index, earlier.id, snapshot.index.documents()),
        between=[
            d
            for d in sorted(snapshot.index.documents(), key=display.day)
            if d.is_visit
            and d.council == earlier.council
            and display.day(earlier) < display.day(d) < display.day(later)
        ],
        longest=_LONGEST if len(found.items) <= _MANY else _LONGEST // 2,
        **values,
    )


def _reported(snapshot: Snapshot, document: Document) -> dict[str, Reported]:
    latest = latest_status(snapshot, document)
    return {passage_id: Reported(status, url) for passage_id, (status, url) in latest.items()}


def _grades(found: Comparison) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """The grades of both inspections, area by area, where both are placed in time."""
    timeline = council_page.timeline([found.earlier, found.later])
    if len(timeline.inspections) < 2:
        return []
    one, two = timeline.inspections
    return [(area, one.grades[at], two.grades[at]) for at, area in enumerate(timeline.areas)]
