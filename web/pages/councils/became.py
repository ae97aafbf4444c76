"""What became of each recommendation of a council's inspections, as far as later documents here say.

Where a later inspection is here, that is what comparing the two finds; "no evidence" is only said where there is none. This
module must not know how two inspections are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from indexer.document import Document, Recommendation
from search_api.comparing.compare import Compared, Reported, compare
from search_api.comparing.recommendation import follow, latest_status
from search_api.comparing.visits import AskedAgain, asked_again
from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.councils.page import Timeline


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a later document says of a recommendation, in words, and where; `url` is empty where it says nothing."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Became:
    """A recommendation with the last status that was reported on it, and what later documents say of it."""

    passage_id: str
    label: str | None
    text: str
    status: str | None
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Recommended:
    """The recommendations of a report; `later` is the next inspection here."""

    report: Document
    later: Document | None
    rows: tuple[Became, ...]


def recommended(snapshot: Snapshot, timeline: Timeline) -> list[Recommended]:
    """List the recommendations of each inspection and visit, newest first, with what became of each."""
    reports = [entry.document for entry in timeline.inspections]
    found = []
    for report in reversed([report for report in reports if report.recommendations]):
        day = display.day(report)
        later = next((one for one in reports if not one.is_visit and day and display.day(one) > day), None)
        found.append(Recommended(report, later, tuple(_rows(snapshot, report, later))))
    return found


def _rows(snapshot: Snapshot, report: Document, later: Document | None) -> Iterable[Became]:
    statuses = latest_status(snapshot, report)
    again = asked_again(snapshot.index, report.id, snapshot.index.documents())
    compared = _compared(snapshot, report, later, statuses) if later else {}
    for one in report.recommendations:
        status = statuses[one.passage_id][0] if one.passage_id in statuses else None
        yield Became(
            one.passage_id, one.label, one.text, status,
            tuple(
                _outcomes(
                    again.get(one.passage_id),
                    compared.get(one.passage_id),
                    later,
                    None if status else _followed(snapshot, report, one),
                )
            ),
        )  # fmt: skip


def _compared(
    snapshot: Snapshot, report: Document, later: Document, statuses: Mapping[str, tuple[str, str]]
) -> Mapping[str, Compared]:
    one, two = snapshot.index.document(report.id), snapshot.index.document(later.id)
    if one is None or two is None:
        return {}
    reported = {id_: Reported(status, url) for id_, (status, url) in statuses.items()}
    return {item.passage.id: item for item in compare(snapshot.index, one, two, reported).items}


def _followed(snapshot: Snapshot, report: Document, one: Recommendation) -> Outcome | None:
    """The last thing that a paper of the council reports on a recommendation."""
    whole = snapshot.index.document(report.id) if snapshot.index.links(report.id) else None
    if whole is not None:
        reports = [r for r in follow(snapshot, whole, one.passage_id).reports if not r.document.is_visit]
        if reports:
            last = reports[-1]
            return Outcome(f"{last.kind}, {display.date(last.date)}" if last.date else last.kind, last.url)
    return None


def _outcomes(
    again: AskedAgain | None, compared: Compared | None, later: Document | None, followed: Outcome | None
) -> Iterable[Outcome]:
    if followed:
        yield followed
    if again:
        yield Outcome(f"Named again by the visit of {display.date(display.day(again.visit))}", again.url)
    if later is None:
        if not again and not followed:
            yield Outcome("No evidence found: no later inspection is here")
        return
    year = display.day(later)[:4]
    if compared is None or compared.outcome == "no longer mentioned":
        yield Outcome(f"Not mentioned in {year}")
    elif compared.outcome == "reported done":
        yield Outcome(
            f"Not mentioned in {year}, but reported as done",
            compared.reported.url if compared.reported else "",
        )
    else:
        said = "Asked for again" if compared.outcome == "repeated" else "Spoken of"
        yield Outcome(f"{said} in {year}", compared.beside[0].url)
