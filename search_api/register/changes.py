"""What changed on a subject between two inspections of one council that follow each other.

This module must not know how a question was worded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np

from indexer.document import Document
from indexer.errors import QueryError
from indexer.json_value import HIDDEN, json_value
from indexer.register.verdict_model import CHANGES
from search_api.fields import Filters
from search_api.register.findings import FindingRow, finding_rows, select_findings
from search_api.register.parameter import Given, Parameter
from search_api.register.row import RegisterRow
from search_api.register.standings import DocumentStanding, Standing, standings
from search_api.snapshot import Snapshot

ChangeOfStanding = Literal["improved", "worsened", "still_weak", "still_strong"]
CHANGES_OF_STANDING: tuple[ChangeOfStanding, ...] = ("improved", "worsened", "still_weak", "still_strong")
CHANGES_ASKED = (
    Parameter("q", "a subject in your own words, or a subject's id", "supervision of staff"),
    Parameter("change", "only this change", "improved", ("any", *CHANGES_OF_STANDING)),
)
_SHOWN: dict[ChangeOfStanding, tuple[Standing, Standing]] = {
    "improved": ("weakness", "strength"),
    "worsened": ("strength", "weakness"),
    "still_weak": ("weakness", "weakness"),
    "still_strong": ("strength", "strength"),
}
"""The verdicts of the statements that show a change, before and after."""


@json_value
class ChangeRow(RegisterRow):
    """How two inspections that follow each other stand on a subject; the row is of the later one's report."""

    change: ChangeOfStanding
    before: FindingRow
    after: FindingRow
    row: Annotated[int, HIDDEN]


def changes(snapshot: Snapshot, filters: Filters, given: Given) -> Sequence[ChangeRow]:
    """Answer the table's parameters; QueryError where no subject is asked for.

    Filters choose among the later inspections, but for councils, which are both's.
    """
    if "q" not in given:
        raise QueryError("name a subject to see what changed on it (q)")
    later = {document.id for document in _documents(snapshot, filters)}
    everywhere = Filters(council=filters.council, region=filters.region)
    stand = standings(snapshot, select_findings(snapshot, everywhere, given["q"]))
    numbers = {document.id: number for number, document in enumerate(snapshot.index.documents_by_number)}
    rows = []
    for held in snapshot.register().inspections.values():
        followed = [number for inspection in held if (number := numbers[inspection.document.id]) in stand]
        for before, after in pairwise(followed):
            change = _change(stand[before], stand[after])
            document = snapshot.index.documents_by_number[after]
            wanted = given.get("change", "any") in ("any", change)
            if change and wanted and document.id in later:
                rows.append(_row(snapshot, change, (stand[before], stand[after]), given["q"]))
    return rows


def _documents(snapshot: Snapshot, filters: Filters) -> Iterable[Document]:
    mask = snapshot.index.select(filters.selection())
    numbers = np.unique(snapshot.index.columns.document[mask]).tolist()
    return [snapshot.index.documents_by_number[number] for number in numbers]


def _change(before: DocumentStanding, after: DocumentStanding) -> ChangeOfStanding | None:
    """What two standings come to; from one that is mixed it takes what the later report says of the change itself.

    Of 60 pairs read, those from a weakness had improved in 40 of 44, those from mixed to a strength in six of 15.
    """
    if before.standing == after.standing != "mixed":
        return "still_strong" if after.standing == "strength" else "still_weak"
    reported = [CHANGES[place] for place in after.found["change"].tolist()]
    better = reported.count("improved") - reported.count("worsened")
    if before.standing == "weakness" or (
        before.standing == "mixed" and better > 0 and after.standing != "weakness"
    ):
        return "improved"
    if before.standing == "strength" or (
        before.standing == "mixed" and better < 0 and after.standing != "strength"
    ):
        return "worsened"
    return None if after.standing == "strength" else "still_weak"


def _row(
    snapshot: Snapshot, change: ChangeOfStanding, sides: tuple[DocumentStanding, DocumentStanding], words: str
) -> ChangeRow:
    both = np.array(
        [side.surest(verdict, "mixed") for side, verdict in zip(sides, _SHOWN[change], strict=True)],
        dtype=sides[0].found.dtype,
    )
    before, after = finding_rows(snapshot, both, words)
    return ChangeRow(
        after.document,
        (*after.citations, *before.citations),
        change=change,
        before=before,
        after=after,
        row=after.row,
    )
