"""What a group of inspections has in common: subjects that they are criticised for more often than the rest.

Visits' letters aren't counted. This module must not know how a question was worded.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

from indexer.errors import QueryError
from indexer.json_value import JsonValue, json_value
from indexer.register.findings import FindingRows
from indexer.register.subjects import load_subjects
from indexer.text.polarity import POLARITIES
from search_api.citing.citation import Citation
from search_api.fields import Filters
from search_api.register.findings import finding_rows, need_findings, whole_inspections
from search_api.register.parameter import Given, Parameter
from search_api.snapshot import Snapshot

COMMON_ASKED = (
    Parameter("verdict", "weaknesses that they share, or strengths", "strength", ("weakness", "strength")),
)
_LEAST = 2
"""Documents of the group that must share a subject."""
_CITED = 3


@json_value
class CommonRow(JsonValue):
    """A subject with the documents of the group, and of the rest, that criticise (or praise) it.

    `lift` is how many times likelier that is in the group; null where no other document does. `chance` is how likely as many
    of the group, or more, would be if it were drawn by lot (Fisher's exact test, one-sided). `citations` are the surest
    findings in the group.
    """

    subject: str
    name: str
    weak_in_group: int
    group: int
    weak_in_rest: int
    rest: int
    lift: float | None
    chance: float
    citations: tuple[Citation, ...]


def common(snapshot: Snapshot, filters: Filters, given: Given) -> Sequence[CommonRow]:
    """Answer the table's parameters: the filters choose the group, a grade being the inspection's overall one.

    Subjects come by how much more of the group than of the rest they touch. QueryError for a group of none, or of all.
    """
    need_findings(snapshot)
    column = snapshot.index.columns.document
    documents = snapshot.index.documents_by_number
    chosen = set(whole_inspections(snapshot, filters.without("grade")))
    if filters.grade:
        chosen = {number for number in chosen if documents[number].overall == filters.grade}
    others = set(whole_inspections(snapshot, Filters())) - chosen
    if not chosen or not others:
        raise QueryError("choose a group of inspections by council, region, grade, framework or dates")
    side = POLARITIES.index("strength" if given.get("verdict") == "strength" else "weakness")
    found = snapshot.index.findings.select(mask=np.isin(column, [*chosen, *others]))
    found = found[np.isin(found["verdict"], (side, POLARITIES.index("mixed")))]
    of_document = column[found["row"]]
    in_group = np.isin(of_document, list(chosen))
    rows = []
    for number in np.unique(found["subject"]).tolist():
        its = found["subject"] == number
        weak, beside = (len(np.unique(of_document[its & one])) for one in (in_group, ~in_group))
        if weak >= _LEAST:
            share, rest = weak / len(chosen), beside / len(others)
            rows.append((share - rest, number, weak, beside, share / rest if rest else None))
    rows.sort(key=lambda row: (-row[0], row[1]))
    citations = _citations(snapshot, found[in_group], [number for _, number, *_ in rows])
    return [
        CommonRow(
            subject=load_subjects()[number].id,
            name=load_subjects()[number].name,
            weak_in_group=weak,
            group=len(chosen),
            weak_in_rest=beside,
            rest=len(others),
            lift=round(lift, 2) if lift is not None else None,
            chance=float(f"{_chance(weak, len(chosen), weak + beside, len(chosen) + len(others)):.2g}"),
            citations=citations[number],
        )
        for _, number, weak, beside, lift in rows
    ]


def _chance(hits: int, drawn: int, marked: int, total: int) -> float:
    """Give the chance that of `drawn` out of `total`, `marked` of which are marked, at least `hits` are marked."""
    ways = (
        comb(marked, one) * comb(total - marked, drawn - one) for one in range(hits, min(drawn, marked) + 1)
    )
    return sum(ways) / comb(total, drawn)


def _citations(
    snapshot: Snapshot, found: FindingRows, subjects: Sequence[int]
) -> dict[int, tuple[Citation, ...]]:
    """Cite the surest findings on each subject, of different documents; all are read at once."""
    surest = found[np.argsort(-found["confidence"].astype(np.int64), kind="stable")]
    documents = snapshot.index.columns.document[surest["row"]]
    places: list[int] = []
    for number in subjects:
        its = np.flatnonzero(surest["subject"] == number)
        _, first = np.unique(documents[its], return_index=True)
        places += its[np.sort(first)[:_CITED]].tolist()
    cited: dict[int, list[Citation]] = {number: [] for number in subjects}
    for place, row in zip(places, finding_rows(snapshot, surest[places]), strict=True):
        cited[int(surest["subject"][place])] += row.citations
    return {number: tuple(held) for number, held in cited.items()}
