"""What councils promised, beside what inspectors then found: statuses of their own papers and the next report's words.

The cases are `search_api.register.promises`'; here they are counted and put into words. This module must not know how a
status was tied to a recommendation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from indexer.errors import QueryError
from indexer.register.subjects import load_subjects, subject_numbers
from search_api.citing.citation import Citation
from search_api.fields import checked
from search_api.register.promises import FOLLOWED, PromiseRow, one_status, promises
from search_api.register.subject_asked import subject_asked
from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.search.page import problem
from web.pages.site import Site, parameters
from web.pages.subjects.address import SubjectAddress, read_subject_address, subject_values

PATH = "/promises"
CASES_ON_A_PAGE = 10
_LONGEST = 450
FOLLOWED_WORDS = {
    "strength": "Strength",
    "weakness": "Weakness",
    "mixed": "Both",
    "nothing": "Not mentioned",
    "no later inspection": "No later inspection here",
}
MEANINGS = (
    ("Green", "the council says that it is on track, or done: papers differ, and only some say which"),
    ("Amber", "the council says that it is behind, or at risk"),
    ("Red", "the council says that it is off track, or not begun"),
    ("Blue, Complete", "the council says that it is finished"),
    ("Business as usual", "the council says that it is finished and part of everyday work"),
)


@dataclass(frozen=True, slots=True)
class StatusCounts:
    """A status, how many recommendations had it last before an inspection, and what that inspection said of each."""

    status: str
    total: int
    cells: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class PromiseCase:
    """A recommendation with its last status, and the paragraphs of the next inspection on the same subject."""

    row: PromiseRow
    council: str
    subjects: str
    found: str
    inspected: str
    quotes: tuple[tuple[Markup, Citation], ...]


def add_promises(site: Site) -> None:
    """Add the page of what was promised and found."""

    @site.router.get(PATH)
    def show_promises(request: Request) -> Response:
        snapshot = site.engine.snapshot()
        wanted = read_subject_address(parameters(request), ("status", "found"))
        values: dict[str, Any] = {
            "area": "turned",
            "heading": "What councils promised, and what inspectors found",
            "followed": tuple(FOLLOWED_WORDS.items()),
            "meanings": MEANINGS,
        }
        asked, status = None, 200
        try:
            asked = subject_asked(snapshot, wanted.subject) if wanted.subject else None
            values |= _shown(snapshot, wanted)
        except QueryError as error:
            values |= {"error": problem(str(error)).text, "mend": "#subject", "cases": (), "counts": ()}
            status = 400
        values |= subject_values(wanted, asked, PATH)
        return site.templates.page("subjects/promises.html", status, **values)


def _shown(snapshot: Snapshot, wanted: SubjectAddress) -> dict[str, Any]:
    filters = checked(wanted.filters, snapshot.holdings.known)
    subject = {"q": wanted.subject} if wanted.subject else {}
    found = wanted.own.get("found", "any")
    if found not in ("any", *FOLLOWED):
        raise QueryError(f"found can't be {found[:60]!r}; it is one of: {', '.join(FOLLOWED)}")
    every = promises(snapshot, filters, subject)
    status = one_status(wanted.own["status"]) if "status" in wanted.own else None
    rows = [r for r in every if status in (None, r.status) and found in ("any", r.found)]
    pages = max(1, -(-len(rows) // CASES_ON_A_PAGE))
    page = min(wanted.page, pages)
    first = (page - 1) * CASES_ON_A_PAGE
    shown = [_case(row) for row in rows[first : first + CASES_ON_A_PAGE]]
    return {
        "counts": _counts(every, wanted),
        "statuses": tuple(Counter(row.status for row in every)),
        "councils": tuple(
            sorted({r.council for r in promises(snapshot, filters.without("council"), {}) if r.council})
        ),
        "headline": _headline(every, status or "Green"),
        "chosen_status": status or "",
        "cases": shown,
        "total": len(rows),
        "every": len(every),
        "page": page,
        "pages": pages,
        "previous": wanted.same(PATH, page=page - 1 if page > 2 else None) if page > 1 else None,
        "next": wanted.same(PATH, page=page + 1) if page < pages else None,
        "here": wanted.same(PATH, page=page if page > 1 else None),
        "all_of_them": wanted.url(PATH),
        "passages": list(dict.fromkeys(c.passage.id for case in shown for c in case.row.citations)),
        "csv_url": wanted.table_url("promises"),
    }


def _counts(rows: Sequence[PromiseRow], wanted: SubjectAddress) -> list[StatusCounts]:
    """Count by status, the most frequent first, what followed; each count with the address of its cases."""
    found = Counter((row.status, row.found) for row in rows)
    return [
        StatusCounts(
            status,
            total,
            tuple(
                (found[status, one], wanted.url(PATH, status=status, found=one) + "#cases")
                for one in FOLLOWED
            ),
        )
        for status, total in Counter(row.status for row in rows).most_common()
    ]


def _headline(rows: Sequence[PromiseRow], status: str) -> str:
    """Say what followed a status, of those that a later inspection could speak of; empty where there is none."""
    found = Counter(row.found for row in rows if row.status == status)
    del found["no later inspection"]
    total = sum(found.values())
    if not total:
        return ""
    said = (
        f"{found['strength']} as a strength",
        f"{found['weakness']} as a weakness",
        f"{found['mixed']} as both",
    )
    return (
        f"Of {display.count(total, 'recommendation')} last rated “{status}” before the next inspection, that inspection spoke "
        f"of {', '.join(said)}; {found['nothing']} it didn’t mention."
    )


def _case(row: PromiseRow) -> PromiseCase:
    named = (load_subjects()[subject_numbers()[one]].name for one in row.subjects)
    return PromiseCase(
        row=row,
        council=row.council or row.organisation or "No council named",
        subjects=", ".join(named) or "no subject that was recognised",
        found=FOLLOWED_WORDS[row.found],
        inspected=display.date(row.next_inspected_to),
        quotes=tuple(
            (display.marked(one.passage.text, [(one.start, one.end)], longest=_LONGEST), one)
            for one in row.citations[1:]
        ),
    )
