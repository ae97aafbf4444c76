"""Who turned a subject round: both paragraphs side by side, what lies between them, and what the council says it did.

The pairs are `search_api.register.turned`'s; here they are put into words. This module must not know how they are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from indexer.errors import QueryError
from indexer.register.inspections import inspected
from search_api.comparing.recommendation import Report
from search_api.fields import checked, regions
from search_api.question.neighbours import similar_councils
from search_api.register.findings import FindingRow, need_findings
from search_api.register.standings import Standing
from search_api.register.subject_asked import SubjectAsked, subject_asked
from search_api.register.turned import ENDS, TurnedRow, turned
from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.search.page import problem
from web.pages.site import Site, parameters
from web.pages.subjects.address import SubjectAddress, read_subject_address, subject_values

PATH = "/turned-round"
PAIRS_ON_A_PAGE = 8
_LONGEST, _MOST_REPORTED = 700, 6
TURN_WORDS = (
    ("turned-round", "Criticised, then praised"),
    ("got-worse", "Praised, then criticised"),
    ("still-weak", "Criticised at the last two inspections"),
    ("partly", "Criticised, lately both"),
)
_SIDES = {"weakness": "Criticised", "strength": "Praised", "mixed": "Praised and criticised"}
_NEAR = {"own": "this council", "neighbour": "statistical neighbour", "region": "same region"}
_HEADINGS = {
    "turned-round": "Who turned round",
    "got-worse": "Who got worse on",
    "still-weak": "Who is still weak on",
    "partly": "Who got better in part on",
}


@dataclass(frozen=True, slots=True)
class ShownSide:
    """One of two inspections: when, the grade, how many statements agree, and the paragraph with the quote marked."""

    verdict: str
    when: str
    grade: str | None
    agree: str
    text: Markup
    finding: FindingRow


@dataclass(frozen=True, slots=True)
class ShownPair:
    """Two inspections of a council that face each other; `since` says what the newest after them found."""

    number: int
    council: str
    near: str
    apart: str
    sides: tuple[ShownSide, ShownSide]
    visits: tuple[tuple[str, str, str], ...]
    reported: tuple[Report, ...]
    more_reported: int
    since: str


def add_turned_round(site: Site) -> None:
    """Add the page of who turned it round."""

    @site.router.get(PATH)
    def show_turned_round(request: Request) -> Response:
        snapshot = site.engine.snapshot()
        wanted = read_subject_address(parameters(request), ("turn",))
        turn = wanted.own.get("turn", TURN_WORDS[0][0])
        values: dict[str, Any] = {
            "area": "turned",
            "heading": "Who turned it round",
            "turns": TURN_WORDS,
            "turn": turn,
            "regions": regions(),
            "councils": snapshot.holdings.councils,
            "near": wanted.near or similar_councils().own or "",
        }
        asked = None
        try:
            need_findings(snapshot)
            if wanted.subject:
                asked = subject_asked(snapshot, wanted.subject)
                values |= _found(snapshot, wanted, asked, turn)
        except QueryError as error:
            said = problem(str(error)).text
            values |= subject_values(wanted, asked, PATH)
            return site.templates.page(
                "subjects/turned.html", 400, error=said, mend="#subject", pairs=(), **values
            )
        values |= subject_values(wanted, asked, PATH)
        if asked:
            values["heading"] = f"{_HEADINGS[turn]} {values['spoken']}"
        return site.templates.page("subjects/turned.html", **values)


def _found(snapshot: Snapshot, wanted: SubjectAddress, asked: SubjectAsked, turn: str) -> dict[str, Any]:
    if turn not in _HEADINGS:
        raise QueryError(f"turn can't be {turn[:60]!r}; it is one of: {', '.join(_HEADINGS)}")
    filters = checked(wanted.filters, snapshot.holdings.known)
    given = wanted.given("turn") | ({"near": wanted.near} if wanted.near else {})
    rows = turned(snapshot, filters, given)
    pages = max(1, -(-len(rows) // PAIRS_ON_A_PAGE))
    page = min(wanted.page, pages)
    first = (page - 1) * PAIRS_ON_A_PAGE
    shown = rows[first : first + PAIRS_ON_A_PAGE]
    followed = sum(len(held) > 1 for held in snapshot.register().inspections.values())
    return {
        "pairs": [_pair(number, row) for number, row in enumerate(shown, first + 1)],
        "total": len(rows),
        "councils_found": len({row.council for row in rows}),
        "followed": followed,
        "page": page,
        "pages": pages,
        "previous": wanted.same(PATH, page=page - 1 if page > 2 else None) if page > 1 else None,
        "next": wanted.same(PATH, page=page + 1) if page < pages else None,
        "here": wanted.same(PATH, page=page if page > 1 else None),
        "passages": _passages(shown),
        "csv_url": wanted.table_url("turned", near=wanted.near or None),
    }


def _passages(rows: Sequence[TurnedRow]) -> list[str]:
    """Name what a pack of these pairs holds: both paragraphs of each, then what was done between."""
    found: dict[str, None] = {}
    for row in rows:
        said = [one.passage_id for one in row.reported[:_MOST_REPORTED]]
        found |= dict.fromkeys([row.before.citations[0].passage.id, row.after.citations[0].passage.id, *said])
    return list(found)


def _pair(number: int, row: TurnedRow) -> ShownPair:
    return ShownPair(
        number=number,
        council=row.council or row.organisation or "No council named",
        near=_NEAR.get(row.near or "", ""),
        apart=display.years_apart(row.years),
        sides=(
            _side(row.before, ENDS[row.turn][0], row.grade_before, row.before_agree, row.before_statements),
            _side(row.after, ENDS[row.turn][1], row.grade_after, row.after_agree, row.after_statements),
        ),
        visits=tuple(
            (
                display.date(visit.inspected_to or visit.document.published),
                f"/documents/{visit.document.id}",
                _SIDES.get(visit.standing or "", "").lower(),
            )
            for visit in row.visits
        ),
        reported=row.reported[:_MOST_REPORTED],
        more_reported=max(0, len(row.reported) - _MOST_REPORTED),
        since=_since(row),
    )


def _side(row: FindingRow, standing: Standing, grade: str | None, agree: int, of: int) -> ShownSide:
    citation = row.citations[0]
    return ShownSide(
        verdict=_SIDES[standing],
        when=display.date(inspected(row.document)),
        grade=grade,
        agree=_agreeing(agree, of),
        text=display.marked(citation.passage.text, [(citation.start, citation.end)], longest=_LONGEST),
        finding=row,
    )


def _agreeing(agree: int, of: int) -> str:
    """Say how many of a report's verdicts on the subject agree with the one shown."""
    if agree == of:
        return (
            "The report’s only verdict on it."
            if of == 1
            else f"All {of} verdicts on it in the report say so."
        )
    return f"{agree} of {of} verdicts on it in the report {'says' if agree == 1 else 'say'} so."


def _since(row: TurnedRow) -> str:
    """Say what the newest inspection after a pair found; empty where none speaks of the subject."""
    if row.since is None:
        return ""
    return f"{_SIDES[row.since]} at its newest inspection that speaks of it, {display.date(row.since_inspected_to)}."
