"""The facts of an index, worked out once when the first question asks for them: judgements and recommendations.

They are few (some thousand rows), so that a question over all of them looks at each. This module must not know of
filters or of how a question was worded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from indexer.document import Document, Passage
from indexer.json_value import HIDDEN, json_value
from indexer.register.inspections import (
    Inspection,
    JudgedArea,
    inspections_of,
    printed_by,
    without_duplicates,
)
from indexer.store.columns import Selection
from indexer.store.stored_index import Index
from indexer.structure.links import Relation
from search_api.citing.citation import Citation, cite
from search_api.register.row import RegisterRow

REPEATED = 0.66
"""The least cosine of two recommendations of which the later repeats the earlier: of pairs looked at by eye nine in ten
above it ask for the same, one in three a little below.
"""

_Rows = Sequence[tuple[int, Passage]]
_Printed = Mapping[str, _Rows]
"""Passages of one kind with their rows, by their document."""
_Repeats = dict[str, dict[str, None]]
"""The passages that a recommendation repeats, in order, by its own passage."""


@json_value
class JudgementRow(RegisterRow):
    """A grade for an area at an inspection. `area` is its name across frameworks, `printed_area` what is printed.

    The previous grade is of the last inspection before it that judged the area. `latest` rows are of the grades that
    hold now, as far as these documents say.
    """

    area: str
    grade: str
    previous_grade: str | None
    previous_inspected_to: str | None
    printed_area: str
    latest: bool
    row: Annotated[int, HIDDEN]


@json_value
class RecommendationRow(RegisterRow):
    """Something that an inspection, or a visit after it, told the authority or its board to do.

    `repeats` are the passages of earlier inspections' recommendations that it repeats.
    """

    label: str | None
    text: str
    addressed_to: str | None
    repeats: tuple[str, ...]
    row: Annotated[int, HIDDEN]


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """The facts of an index: inspections by organisation, oldest first, and rows in that order."""

    inspections: Mapping[str, Sequence[Inspection]]
    judgements: tuple[JudgementRow, ...]
    recommendations: tuple[RecommendationRow, ...]


def register_of(index: Index) -> Register:
    """Work out the register of an index."""
    documents = [document for document in index.documents() if document.kind == "inspection report"]
    inspections = inspections_of(documents)
    return Register(
        inspections,
        tuple(_judgement_rows(inspections, _passages(index, "judgement"))),
        tuple(_recommendation_rows(index, without_duplicates(documents), inspections)),
    )


def _passages(index: Index, kind: str) -> _Printed:
    rows = np.flatnonzero(index.select(Selection(passage_kinds=(kind,)))).tolist()
    found: dict[str, list[tuple[int, Passage]]] = {}
    for row, passage in zip(rows, index.passages(rows), strict=True):
        found.setdefault(passage.document_id, []).append((row, passage))
    return found


def _judgement_rows(
    inspections: Mapping[str, Sequence[Inspection]], printed: _Printed
) -> Iterable[JudgementRow]:
    for held in inspections.values():
        for judged in (one for inspection in held for one in inspection.judged):
            rows = {passage.id: row for row, passage in printed.get(judged.document.id, ())}
            passage = printed_by(judged, [passage for _, passage in printed.get(judged.document.id, ())])
            if passage is not None:
                citation = cite(passage, judged.document, 0, len(passage.text))
                yield _judgement_row(judged, citation, rows[passage.id])


def _judgement_row(judged: JudgedArea, citation: Citation, row: int) -> JudgementRow:
    before = judged.previous
    return JudgementRow(
        judged.document,
        (citation,),
        area=judged.area,
        grade=judged.grade,
        previous_grade=before.grade if before else None,
        previous_inspected_to=before.document.inspected_to if before else None,
        printed_area=judged.printed,
        latest=judged.latest,
        row=row,
    )


def _recommendation_rows(
    index: Index, documents: Sequence[Document], inspections: Mapping[str, Sequence[Inspection]]
) -> Iterable[RecommendationRow]:
    printed = _passages(index, "recommendation")
    again = _repeated(index, {document.id for document in documents})
    for held in inspections.values():
        for inspection in held:
            before = printed.get(inspection.before.id, ()) if inspection.before else ()
            _add_alike(index, printed.get(inspection.document.id, ()), before, again)
    for document in documents:
        passages = {passage.id: (row, passage) for row, passage in printed.get(document.id, ())}
        for one in document.recommendations:
            row, passage = passages.get(one.passage_id) or (0, None)
            if passage is not None and passage.text:
                citation = cite(passage, document, 0, len(passage.text))
                repeats = tuple(again.get(passage.id, ()))
                yield RecommendationRow(
                    document, (citation,), label=one.label, text=passage.text, addressed_to=one.addressed_to,
                    repeats=repeats, row=row,
                )  # fmt: skip


def _repeated(index: Index, inspections: set[str]) -> _Repeats:
    """Read what each recommendation repeats of an earlier inspection's from the links."""
    found: _Repeats = {}
    relations: tuple[Relation, ...] = ("repeats", "same recommendation")
    for link in (link for relation in relations for link in index.links_of(relation)):
        ends = {link.from_document, link.to_document}
        if len(ends) == 2 and ends <= inspections:
            found.setdefault(link.from_passage_id, {})[link.to_passage_id] = None
    return found


def _add_alike(index: Index, later: _Rows, earlier: _Rows, found: _Repeats) -> None:
    """Add to each recommendation the one of the inspection before it that is nearest in meaning, and near."""
    if later and earlier:
        cosines = index.vectors([row for row, _ in later]) @ index.vectors([row for row, _ in earlier]).T
        for (_, passage), nearest, cosine in zip(later, cosines.argmax(1), cosines.max(1), strict=True):
            if cosine >= REPEATED:
                found.setdefault(passage.id, {})[earlier[nearest][1].id] = None
