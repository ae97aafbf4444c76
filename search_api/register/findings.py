"""Findings as rows: what inspectors' statements say of a subject, with the verdict about it.

This module must not know how a question was worded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from indexer.errors import QueryError
from indexer.json_value import HIDDEN, json_value
from indexer.register.findings import FindingRows
from indexer.register.inspections import without_duplicates
from indexer.register.subjects import load_subjects
from indexer.register.verdict_model import CHANGES, HOLDERS, Change
from indexer.store.columns import Mask
from indexer.text.polarity import POLARITIES, Polarity
from search_api.citing.citation import cite
from search_api.fields import Filters
from search_api.register.parameter import Given, Parameter
from search_api.register.row import RegisterRow
from search_api.register.subject_asked import OWN_SUBJECT, SubjectAsked, findings_on, subject_asked
from search_api.snapshot import Snapshot

FINDINGS_ASKED = (
    Parameter(
        "q",
        "a subject in your own words, or a subject's id; every subject if not given",
        "supervision of staff",
    ),
    Parameter("verdict", "only this verdict about the subject", "weakness", ("any", *POLARITIES)),
)

_PLACE: dict[str, int] = {verdict: place for place, verdict in enumerate(POLARITIES)}


@json_value
class FindingRow(RegisterRow):
    """A statement's verdict about a subject; `about` is whom it is about, `change` what it reports since before."""

    subject: str
    verdict: Polarity
    change: Change | None
    text: str
    about: str | None
    confidence: float
    row: Annotated[int, HIDDEN]


def findings(snapshot: Snapshot, filters: Filters, given: Given) -> Sequence[FindingRow]:
    """Answer the table's parameters; QueryError where the index holds no findings."""
    found = select_findings(snapshot, filters, given.get("q"))
    verdict = given.get("verdict", "any")
    if verdict != "any":
        found = found[found["verdict"] == _PLACE[verdict]]
    return finding_rows(snapshot, found, given.get("q"))


def select_findings(snapshot: Snapshot, filters: Filters, asked: SubjectAsked | str | None) -> FindingRows:
    """Give the findings of inspections' reports, each held once, on a subject in anybody's words; on every one for None."""
    need_findings(snapshot)
    mask = inspections_mask(snapshot, filters)
    if asked is None:
        return snapshot.index.findings.select(mask=mask)
    return findings_on(snapshot, subject_asked(snapshot, asked) if isinstance(asked, str) else asked, mask)


def need_findings(snapshot: Snapshot) -> None:
    """Raise QueryError where the index was built before there were findings."""
    if not snapshot.index.findings.known:
        raise QueryError("this index holds no findings yet: build it again, which encodes nothing anew")


def inspections_mask(snapshot: Snapshot, filters: Filters) -> Mask:
    """True for the rows of inspections' reports and visits' letters that the filters leave, each report once."""
    index = snapshot.index
    kept = {
        document.id
        for document in without_duplicates(index.documents())
        if document.kind == "inspection report"
    }
    numbers = [number for number, document in enumerate(index.documents_by_number) if document.id in kept]
    return np.asarray(index.select(filters.selection()) & np.isin(index.columns.document, numbers))


def whole_inspections(snapshot: Snapshot, filters: Filters) -> list[int]:
    """Number the reports that filters leave of inspections, which look at everything, as a visit doesn't.

    Visits alone where a framework of visits is asked for.
    """
    numbers = np.unique(snapshot.index.columns.document[inspections_mask(snapshot, filters)]).tolist()
    documents = snapshot.index.documents_by_number
    visits = (filters.framework or "").endswith(" visit")
    return [number for number in numbers if documents[number].is_visit is visits]


def finding_rows(snapshot: Snapshot, found: FindingRows, words: str | None = None) -> list[FindingRow]:
    """Make rows of findings, with their citations; `words` name a subject of the asker's own."""
    subjects = load_subjects()
    passages = snapshot.index.passages([int(row) for row in found["row"]])
    rows = []
    for finding, passage in zip(found, passages, strict=True):
        document = snapshot.document_at(int(finding["row"]))
        start, end, number = int(finding["start"]), int(finding["end"]), int(finding["subject"])
        about = int(finding["about"])
        rows.append(
            FindingRow(
                document,
                (cite(passage, document, start, end),),
                subject=(words or "") if number == OWN_SUBJECT else subjects[number].id,
                verdict=POLARITIES[finding["verdict"]],
                change=CHANGES[finding["change"]],
                text=passage.text[start:end],
                about=HOLDERS[about] if about >= 0 else None,
                confidence=int(finding["confidence"]) / 100,
                row=int(finding["row"]),
            )
        )
    return rows
