"""Who turned it round: councils criticised on a subject at one inspection and praised at a later one, and the reverse.

Between the two stand the visits, and what the council's own papers report. This module must not know how a question was
worded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from indexer.document import Document
from indexer.errors import QueryError
from indexer.json_value import HIDDEN, JsonValue, json_value, shown
from indexer.register.findings import FindingRows
from indexer.register.inspections import inspected, organisation_of
from indexer.register.subjects import subject_numbers
from indexer.text.councils import region_of
from search_api.comparing.recommendation import Report
from search_api.fields import Filters, checked
from search_api.question.neighbours import similar_councils
from search_api.register.findings import FindingRow, finding_rows, select_findings
from search_api.register.parameter import Given, Parameter
from search_api.register.promises import reports_on
from search_api.register.row import RegisterRow
from search_api.register.standings import DocumentStanding, Standing, standings
from search_api.register.subject_asked import SubjectAsked, subject_asked
from search_api.snapshot import Snapshot

Turn = Literal["turned-round", "got-worse", "still-weak", "partly"]
TURNS: tuple[Turn, ...] = ("turned-round", "got-worse", "still-weak", "partly")
TURNED_ASKED = (
    Parameter("q", "a subject in your own words, or a subject's id", "supervision of staff"),
    Parameter(
        "turn",
        "criticised and then praised (turned-round), the reverse (got-worse), criticised at the last two (still-weak), or "
        "criticised and lately both (partly)",
        "got-worse",
        (*TURNS, "any"),
    ),
    Parameter("near", "a council: its statistical neighbours first, then others of its region", "Darlington"),
)
ENDS: dict[Turn, tuple[Standing, Standing]] = {
    "turned-round": ("weakness", "strength"),
    "got-worse": ("strength", "weakness"),
    "still-weak": ("weakness", "weakness"),
    "partly": ("weakness", "mixed"),
}
"""Where the earlier and the later report stand."""
Near = Literal["own", "neighbour", "region"]


@json_value
class VisitBetween(JsonValue):
    """A visit between two inspections, and where its letter stands on the subject; None where it doesn't speak of it."""

    document: Annotated[Document, HIDDEN]
    document_id: str = shown("document.id")
    inspected_to: str | None = shown("document.inspected_to")
    standing: Standing | None


@json_value
class TurnedRow(RegisterRow):
    """A council that was said one thing of a subject, and later another; the row is of the later inspection.

    Grades are the overall ones, else those that the paragraphs stand under. `after_agree` of `after_statements` verdicts of
    the later report agree with its side, as `before_agree` do. `since` is where the newest inspection after it stands. `near` says
    how the council is related to the one asked for. `reported` is what its papers say between the two, oldest first.
    """

    turn: Turn
    near: Near | None
    before: FindingRow
    after: FindingRow
    grade_before: str | None
    grade_after: str | None
    years: float | None
    before_agree: int
    before_statements: int
    after_agree: int
    after_statements: int
    since: Standing | None
    since_inspected_to: str | None
    visits: tuple[VisitBetween, ...]
    reported: tuple[Report, ...]
    row: Annotated[int, HIDDEN]


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Two inspections of a council, and how they stand; `since` is the newest inspection after them that speaks of it."""

    turn: Turn
    before: DocumentStanding
    after: DocumentStanding
    since: DocumentStanding | None


def turned(snapshot: Snapshot, filters: Filters, given: Given) -> Sequence[TurnedRow]:
    """Answer the table's parameters, the nearest councils first and of those the newest; QueryError without a subject.

    Filters choose among the later inspections, but for councils and regions, which are both's.
    """
    if "q" not in given:
        raise QueryError("name a subject to see who turned it round (q)")
    asked = subject_asked(snapshot, given["q"])
    found = select_findings(snapshot, Filters(council=filters.council, region=filters.region), given["q"])
    stand = standings(snapshot, found)
    wanted = given.get("turn", "turned-round")
    nearness = _nearness(snapshot, given.get("near"))
    chosen = [pair for pair in _pairs(snapshot, stand, filters) if wanted in ("any", pair.turn)]
    reported = reports_on(snapshot, asked.subjects) if chosen else {}
    rows = [_row(snapshot, pair, asked, nearness=nearness, stand=stand, reported=reported) for pair in chosen]
    order: tuple[Near | None, ...] = ("own", "neighbour", "region", None)
    rows.sort(key=lambda row: inspected(row.document), reverse=True)
    return sorted(rows, key=lambda row: order.index(row.near))


def _pairs(snapshot: Snapshot, stand: Mapping[int, DocumentStanding], filters: Filters) -> Iterator[_Pair]:
    """Go through each council's inspections for those that face each other."""
    numbers = {document.id: number for number, document in enumerate(snapshot.index.documents_by_number)}
    column, mask = snapshot.index.columns.document, snapshot.index.select(filters.selection())
    later = set(np.unique(column[mask]).tolist())
    for held in snapshot.register().inspections.values():
        spoken = [stand[at] for one in held if (at := numbers[one.document.id]) in stand]
        for pair in _faced(spoken):
            if pair.after.document in later:
                yield pair


def _faced(spoken: Sequence[DocumentStanding]) -> Iterator[_Pair]:
    """Pair inspections, oldest first: one that is both strong and weak stands between the two, and ends none but the last."""
    clear: DocumentStanding | None = None
    for place, one in enumerate(spoken):
        last = place == len(spoken) - 1
        if clear is not None:
            ends = (clear.standing, one.standing)
            for turn, wanted in ENDS.items():
                # That it was still weak, or better in part, holds only of the newest.
                if ends == wanted and (last or turn in ("turned-round", "got-worse")):
                    yield _Pair(turn, clear, one, None if last else spoken[-1])
        if one.standing != "mixed":
            clear = one


def _row(
    snapshot: Snapshot,
    pair: _Pair,
    asked: SubjectAsked,
    *,
    nearness: Mapping[str, Near],
    stand: Mapping[int, DocumentStanding],
    reported: Mapping[str, Sequence[Report]],
) -> TurnedRow:
    before, after = finding_rows(snapshot, _facing(pair, asked), asked.words)
    first, last = inspected(before.document), inspected(after.document)
    council = after.document.council or ""
    return TurnedRow(
        after.document,
        (*after.citations, *before.citations),
        turn=pair.turn,
        near=nearness.get(council),
        before=before,
        after=after,
        grade_before=before.document.overall or snapshot.grade_at(before.row),
        grade_after=after.document.overall or snapshot.grade_at(after.row),
        years=_years(first, last),
        before_agree=len(pair.before.agreeing()),
        before_statements=len(pair.before.found),
        after_agree=len(pair.after.agreeing()),
        after_statements=len(pair.after.found),
        since=pair.since.standing if pair.since else None,
        since_inspected_to=_day_of(snapshot, pair.since),
        visits=_visits(snapshot, after.document, first, last, stand),
        reported=tuple(one for one in reported.get(council, ()) if first <= one.date <= last),
        row=after.row,
    )


def _facing(pair: _Pair, asked: SubjectAsked) -> FindingRows:
    """Choose a finding of each side: where they share a subject, on the one that was meant most, the surest."""
    before, after = pair.before.agreeing(), pair.after.agreeing()
    shared = set(before["subject"].tolist()) & set(after["subject"].tolist())
    meant = next((number for one in asked.subjects if (number := subject_numbers()[one]) in shared), None)
    sides = [side if meant is None else side[side["subject"] == meant] for side in (before, after)]
    return np.array([side[0] for side in sides], dtype=before.dtype)


def _visits(
    snapshot: Snapshot, after: Document, first: str, last: str, stand: Mapping[int, DocumentStanding]
) -> tuple[VisitBetween, ...]:
    name = organisation_of(after)
    found = [
        VisitBetween(document, stand[number].standing if number in stand else None)
        for number, document in enumerate(snapshot.index.documents_by_number)
        if document.is_visit and organisation_of(document) == name and first < inspected(document) < last
    ]
    return tuple(sorted(found, key=lambda visit: inspected(visit.document)))


def _nearness(snapshot: Snapshot, near: str | None) -> Mapping[str, Near]:
    """Give how councils are related to one; empty where none is given. QueryError for a council that there isn't."""
    alike = similar_councils()
    if not (near or alike.own):
        return {}
    council = (
        checked(Filters(council=(near,)), snapshot.holdings.known).council[0] if near else alike.own or ""
    )
    region = region_of(council)
    found: dict[str, Near] = {}
    for name in snapshot.holdings.councils:
        if region and region_of(name) == region:
            found[name] = "region"
    found |= dict.fromkeys(alike.of(council), "neighbour")
    return found | {council: "own"}


def _years(first: str, last: str) -> float | None:
    """Say how many years lie between two days, to a tenth; None where either isn't known to the month."""
    if len(first) < 7 or len(last) < 7:
        return None
    return round(int(last[:4]) - int(first[:4]) + (int(last[5:7]) - int(first[5:7])) / 12, 1)


def _day_of(snapshot: Snapshot, standing: DocumentStanding | None) -> str | None:
    if standing is None:
        return None
    return inspected(snapshot.index.documents_by_number[standing.document]) or None
