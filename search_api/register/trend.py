"""How findings on a subject run over the years, over frameworks or over regions, counted in reports of inspections.

A visit's letter isn't counted: it looks at one area, so that what it leaves out says nothing. This module must not know
how a question was worded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from indexer.document import Document
from indexer.errors import QueryError
from indexer.json_value import JsonValue, json_value
from indexer.register.inspections import inspected
from indexer.text.councils import region_of
from search_api.citing.citation import Citation
from search_api.fields import Filters
from search_api.register.findings import finding_rows, select_findings, whole_inspections
from search_api.register.parameter import Given, Parameter
from search_api.register.standings import DocumentStanding, standings
from search_api.snapshot import Snapshot

_BY: dict[str, Callable[[Document], str | None]] = {
    "year": lambda document: inspected(document)[:4] or None,
    "framework": lambda document: document.framework,
    "region": lambda document: region_of(document.council) if document.council else None,
}
TREND_ASKED = (
    Parameter("q", "a subject in your own words, or a subject's id", "caseloads"),
    Parameter("by", "what to count by", "framework", tuple(_BY)),
)
_CITED = 3


@json_value
class TrendRow(JsonValue):
    """Documents of one year, framework or region: inspected, with findings, and with each standing on the subject.

    Of year, framework and region one is given. `citations` are some of the findings, those that criticise first.
    """

    year: str | None
    framework: str | None
    region: str | None
    inspected: int
    with_findings: int
    strength: int
    weakness: int
    mixed: int
    citations: tuple[Citation, ...]


def trend(snapshot: Snapshot, filters: Filters, given: Given) -> Sequence[TrendRow]:
    """Answer the table's parameters, in order of the years or names; QueryError where no subject is asked for."""
    if "q" not in given:
        raise QueryError("name a subject to see how it runs (q)")
    by = given.get("by", "year")
    stand = standings(snapshot, select_findings(snapshot, filters, given["q"]))
    documents = snapshot.index.documents_by_number
    groups: dict[str, list[int]] = {}
    for number in whole_inspections(snapshot, filters):
        name = _BY[by](documents[number])
        if name:
            groups.setdefault(name, []).append(number)
    return [
        _row(snapshot, by, name, [stand.get(number) for number in held], given["q"])
        for name, held in sorted(groups.items())
    ]


def _row(
    snapshot: Snapshot, by: str, name: str, held: Sequence[DocumentStanding | None], words: str
) -> TrendRow:
    said = sorted((one for one in held if one), key=lambda one: one.standing != "weakness")
    found = [one.surest() for one in said[:_CITED]]
    rows = finding_rows(snapshot, np.array(found, dtype=said[0].found.dtype), words) if said else []
    counts = [sum(one.standing == standing for one in said) for standing in ("strength", "weakness", "mixed")]
    return TrendRow(
        **{kind: name if kind == by else None for kind in _BY},
        inspected=len(held),
        with_findings=len(said),
        strength=counts[0],
        weakness=counts[1],
        mixed=counts[2],
        citations=tuple(citation for row in rows for citation in row.citations),
    )
