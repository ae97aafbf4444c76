"""What councils' own papers report on a recommendation, beside what the next inspection says of the same subject.

A status ("Green") is the rating of the paper's own author, never an inspector's; that nothing follows it in the next
report shows only that the subject wasn't mentioned. This module must not know how a question was worded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from indexer.document import Document
from indexer.json_value import HIDDEN, json_value
from indexer.register.findings import FindingRows
from indexer.register.inspections import inspected
from indexer.register.subjects import load_subjects
from search_api.citing.citation import Citation
from search_api.comparing.recommendation import Report, follow
from search_api.fields import Filters
from search_api.register.findings import FindingRow, finding_rows, inspections_mask, need_findings
from search_api.register.parameter import Given, Parameter
from search_api.register.register import RecommendationRow
from search_api.register.row import RegisterRow
from search_api.register.standings import DocumentStanding, standings
from search_api.register.subject_asked import subject_asked
from search_api.snapshot import Snapshot

Followed = Literal["strength", "weakness", "mixed", "nothing", "no later inspection"]
FOLLOWED: tuple[Followed, ...] = ("strength", "weakness", "mixed", "nothing", "no later inspection")
PROMISES_ASKED = (
    Parameter("q", "only on this subject, in your own words or by its id", "caseloads"),
    Parameter("status", "only where the last status that was reported is this", "Green"),
    Parameter("found", "only where the next inspection said this of it", "weakness", ("any", *FOLLOWED)),
)
_SURE, _MOST_SUBJECTS = 40, 3
"""The least confidence (in hundredths) of a subject of a recommendation, and how many of them are looked for later."""
_QUOTED = 3
_COLOURS = {"g": "Green", "a": "Amber", "r": "Red", "b": "Blue"}


@json_value
class PromiseRow(RegisterRow):
    """A recommendation, the last status that the council's own papers give it, and the next inspection's findings on it.

    The row is of the inspection that recommended it, and its first citation is the recommendation. `found` is what the
    next inspection (`next_inspected_to`) says of its `subjects`; `after` the surest finding there.
    """

    label: str | None
    text: str
    subjects: tuple[str, ...]
    status: str
    printed_status: str
    status_date: str
    status_by: str
    status_url: str
    found: Followed
    next_inspected_to: str | None
    after: FindingRow | None
    passage_id: str
    reports: Annotated[tuple[Report, ...], HIDDEN] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Answered:
    """A recommendation of an inspection with what its council's papers report on it, oldest first, and its subjects."""

    row: RecommendationRow
    reports: tuple[Report, ...]
    subjects: tuple[int, ...]


def promises(snapshot: Snapshot, filters: Filters, given: Given) -> Sequence[PromiseRow]:
    """Answer the table's parameters: the newest statuses first; filters choose among the inspections that recommend."""
    need_findings(snapshot)
    mask = snapshot.index.select(filters.without("grade").selection())
    wanted = set(subject_asked(snapshot, given["q"]).subjects) if "q" in given else None
    status, found = given.get("status"), given.get("found", "any")
    return [
        row
        for recommended, row in snapshot.once(_promises)
        if mask[recommended]
        and (filters.grade is None or row.document.overall == filters.grade)
        and (wanted is None or wanted & set(row.subjects))
        and (status is None or row.status == one_status(status))
        and found in ("any", row.found)
    ]


def promises_of(snapshot: Snapshot, council: str) -> Sequence[PromiseRow]:
    """List what one council reported on its recommendations, the newest statuses first."""
    return promises(snapshot, Filters(council=(council,)), {})


def reports_on(snapshot: Snapshot, subjects: Sequence[str]) -> Mapping[str, Sequence[Report]]:
    """Give by council what its own papers report on recommendations about any of some subjects (ids), oldest first."""
    names = load_subjects()
    found: dict[str, dict[str, Report]] = {}
    for one in snapshot.once(_answered):
        council = one.row.document.council
        if council and any(names[number].id in subjects for number in one.subjects):
            found.setdefault(council, {}).update((report.url, report) for report in one.reports)
    return {council: sorted(held.values(), key=lambda one: one.date) for council, held in found.items()}


def one_status(printed: str) -> str:
    """Give one spelling to a status: Green for "G", "GREEN" and "green."."""
    words = " ".join(printed.split()).strip(" .:;")
    return (
        _COLOURS.get(words.casefold()[:1], words)
        if len(words) == 1
        else words[:1].upper() + words[1:].lower()
    )


def _answered(snapshot: Snapshot) -> Sequence[_Answered]:
    """Find the recommendations of inspections that a later paper of their council prints or reports on."""
    relations: tuple[Literal["progress on", "same recommendation"], ...] = (
        "progress on",
        "same recommendation",
    )
    linked = {link.to_passage_id for relation in relations for link in snapshot.index.links_of(relation)}
    rows = [
        row
        for row in snapshot.register().recommendations
        if row.document.is_inspection and row.citations[0].passage.id in linked
    ]
    found = snapshot.index.findings.rows
    answered = []
    for row in rows:
        reports = follow(snapshot, row.document, row.citations[0].passage.id).reports
        first, last = np.searchsorted(found["row"], [row.row, row.row + 1])
        if reports:
            answered.append(_Answered(row, reports, _subjects(found[first:last])))
    return answered


def _subjects(found: FindingRows) -> tuple[int, ...]:
    surest = found[np.argsort(-found["confidence"].astype(np.int64), kind="stable")]
    sure = surest["subject"][surest["confidence"] >= _SURE].tolist() or surest["subject"][:1].tolist()
    return tuple(dict.fromkeys(sure))[:_MOST_SUBJECTS]


def _promises(snapshot: Snapshot) -> Sequence[tuple[int, PromiseRow]]:
    """Set each recommendation that was given a status beside the next inspection, with the recommendation's row."""
    numbers = {document.id: number for number, document in enumerate(snapshot.index.documents_by_number)}
    found = snapshot.index.findings.select(mask=inspections_mask(snapshot, Filters()))
    of_document = snapshot.index.columns.document[found["row"]]
    rows = []
    for one in snapshot.once(_answered):
        held = snapshot.register().inspections.get(one.row.organisation or "", ())
        later = [i.document for i in held if inspected(i.document) > inspected(one.row.document)]
        last = _last_status(one.reports, inspected(later[0]) if later else "9999")
        if last is None:
            continue
        stand = None
        if later:
            its = found[(of_document == numbers[later[0].id]) & np.isin(found["subject"], one.subjects)]
            stand = next(iter(standings(snapshot, its).values()), None)
        rows.append((one.row.row, _row(snapshot, one, last, later[0] if later else None, stand)))
    return sorted(rows, key=lambda pair: pair[1].status_date, reverse=True)


def _last_status(reports: Sequence[Report], before: str) -> Report | None:
    """Find the last status that was reported before a day: of the recommendation itself, or else of an action for it."""
    given = [report for report in reports if report.status and report.date < before]
    own = [report for report in given if report.kind != "Action planned"]
    return next(reversed(own or given), None)


def _row(
    snapshot: Snapshot, one: _Answered, last: Report, later: Document | None, stand: DocumentStanding | None
) -> PromiseRow:
    quoted = tuple(_quoted(snapshot, stand)) if stand else ()
    citations: tuple[Citation, ...] = (*one.row.citations, *(c for row in quoted for c in row.citations))
    return PromiseRow(
        one.row.document,
        citations,
        label=one.row.label,
        text=one.row.text,
        subjects=tuple(load_subjects()[number].id for number in one.subjects),
        status=one_status(last.status or ""),
        printed_status=last.status or "",
        status_date=last.date,
        status_by=last.document.title or last.document.file,
        status_url=last.url,
        found=stand.standing if stand else "nothing" if later else "no later inspection",
        next_inspected_to=inspected(later) or None if later else None,
        after=quoted[0] if quoted else None,
        passage_id=one.row.citations[0].passage.id,
        reports=one.reports,
    )


def _quoted(snapshot: Snapshot, stand: DocumentStanding) -> Iterator[FindingRow]:
    """Give the surest findings of where a document stands, one of a passage; where it stands for both, of each verdict."""
    surest = stand.agreeing()
    if stand.standing == "mixed" and len(surest) == len(stand.found):
        _, each = np.unique(surest["verdict"], return_index=True)
        surest = surest[each]
    _, first = np.unique(surest["row"], return_index=True)
    yield from finding_rows(snapshot, surest[np.sort(first)[:_QUOTED]])
