"""A brief before a visit: what every inspection of one organisation said, on four sides of paper.

Gathered from the register: each line is a row of it or a quotation, with where it is printed. What is said about an
organisation is only what its documents here say; what no document says is not made up for. This module must not know
how a brief is printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.document import Document
from indexer.register.areas import AREAS, TITLES
from indexer.register.findings import FindingRows
from indexer.register.inspections import (
    UNGRADED,
    gives_no_overall,
    inspected,
    organisation_of,
    without_duplicates,
)
from indexer.register.subjects import load_subjects
from indexer.text.polarity import POLARITIES
from search_api.citing.citation import Citation, cite
from search_api.question.neighbours import similar_councils
from search_api.register.findings import FindingRow, finding_rows
from search_api.register.promises import PromiseRow, promises_of
from search_api.register.register import JudgementRow, RecommendationRow
from search_api.register.standings import DocumentStanding, standings
from search_api.snapshot import Snapshot

MOST_SUBJECTS, MOST_REPEATED, MOST_VISITS, MOST_OF_A_VISIT, MOST_NEIGHBOURS = 8, 8, 3, 3, 10
MOST_PROMISES = 8
"""What has room on four sides; how many there are beside it is always said."""
_WEAKNESS, _STRENGTH = POLARITIES.index("weakness"), POLARITIES.index("strength")


@dataclass(frozen=True, slots=True)
class GradesOfArea:
    """An area's grade at each inspection of the brief, in their order; None where it wasn't judged."""

    area: str
    grades: tuple[JudgementRow | None, ...]


@dataclass(frozen=True, slots=True)
class CriticisedAgain:
    """A subject that two or more inspections criticised, by the surest statement of each, the newest first.

    `neighbours` of those `neighbours_inspected` are statistical neighbours whose last inspection criticises it too.
    """

    subject: str
    name: str
    said: tuple[FindingRow, ...]
    at_the_last: bool
    neighbours: int


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """A recommendation, and those of earlier inspections or since that it repeats."""

    row: RecommendationRow
    repeats: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class VisitSince:
    """A visit after the last inspection: its advice, and its surest statements of either side."""

    document: Document
    advice: tuple[RecommendationRow, ...]
    weaknesses: tuple[FindingRow, ...]
    strengths: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class NeighbourGrades:
    """A council like this one (or itself) with its last inspection and the grades that hold, by area."""

    council: str
    document: Document
    grades: Mapping[str, JudgementRow]


@dataclass(frozen=True, slots=True)
class Brief:
    """What there is to know of an organisation before a visit; inspections are the newest first.

    `subjects_in_all` and `repeated_in_all` count also those that have no room; `further` are subjects criticised at two
    or more inspections that are only named. `neighbours_missing` have no inspection here. `without_overall` are inspections
    whose framework gives no overall grade.
    """

    organisation: str
    council: str | None
    inspections: tuple[Document, ...]
    grades: tuple[GradesOfArea, ...]
    without_overall: tuple[Document, ...]
    findings_known: bool
    subjects: tuple[CriticisedAgain, ...]
    further: tuple[CriticisedAgain, ...]
    repeated: tuple[AskedBefore, ...]
    repeated_in_all: int
    visits: tuple[VisitSince, ...]
    visits_in_all: int
    promises: tuple[PromiseRow, ...]
    promises_in_all: int
    own: NeighbourGrades | None
    neighbours: tuple[NeighbourGrades, ...]
    neighbours_missing: tuple[str, ...]
    index: str
    built: str

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas in which it is set beside its neighbours: those that hold a grade anywhere among them."""
        rows = [one.grades for one in (*self.neighbours, *([self.own] if self.own else []))]
        return tuple(
            area
            for area in AREAS
            if any(area in grades for grades in rows) and area not in ("adoption", "LSCB")
        )

    def counted(self, area: str) -> list[tuple[str, int]]:
        """Count the neighbours' grades for an area, the commonest first."""
        held = (one.grades[area].grade for one in self.neighbours if area in one.grades)
        return Counter(held).most_common()


def brief_of(snapshot: Snapshot, organisation: str) -> Brief | None:
    """Gather the brief of an organisation, by its name; None where no inspection of it is here."""
    register = snapshot.register()
    held = [inspection.document for inspection in register.inspections.get(organisation, ())][::-1]
    if not held:
        return None
    council = held[0].council
    names = similar_councils().of(council) if council else ()
    neighbours = [one for name in names if (one := _latest(snapshot, name))]
    findings = _Findings(snapshot)
    again = _criticised_again(findings, held, [one.document for one in neighbours])
    repeated = _asked_before(snapshot, organisation)
    visits = _visits_since(snapshot, organisation, inspected(held[0]))
    promises = _promises(snapshot, council)
    return Brief(
        organisation=organisation,
        council=council,
        inspections=tuple(held),
        grades=_grades(register.judgements, organisation, held),
        without_overall=tuple(document for document in held if gives_no_overall(document)),
        findings_known=snapshot.index.findings.known,
        subjects=tuple(findings.quoted(one, held) for one in again[:MOST_SUBJECTS]),
        further=tuple(findings.quoted(one, held) for one in again[MOST_SUBJECTS:]),
        repeated=tuple(repeated[:MOST_REPEATED]),
        repeated_in_all=len(repeated),
        visits=tuple(_visit(findings, register.recommendations, one) for one in visits[:MOST_VISITS]),
        visits_in_all=len(visits),
        promises=tuple(promises[:MOST_PROMISES]),
        promises_in_all=len(promises),
        own=_latest(snapshot, council) if council else None,
        neighbours=tuple(neighbours[:MOST_NEIGHBOURS]),
        neighbours_missing=tuple(name for name in names if name not in {one.council for one in neighbours}),
        index=snapshot.index.digest,
        built=snapshot.index.manifest.built,
    )


def _grades(
    rows: Iterable[JudgementRow], organisation: str, held: Sequence[Document]
) -> tuple[GradesOfArea, ...]:
    found: dict[str, dict[str, JudgementRow]] = {}
    for row in rows:
        if row.organisation == organisation and row.grade != UNGRADED:
            found.setdefault(row.area, {})[row.document.id] = row
    order = [*(area for area in AREAS if area in found), *(area for area in found if area not in AREAS)]
    return tuple(
        GradesOfArea(title_of(area), tuple(found[area].get(document.id) for document in held))
        for area in order
    )


def title_of(area: str) -> str:
    """Name an area as a heading; one that no framework of ours knows keeps its printed words."""
    title = TITLES.get(area, area)
    return title[:1].upper() + title[1:]


@dataclass(frozen=True, slots=True, eq=False)
class _Again:
    """A subject (by number) with the standings that criticise it, and how many neighbours' last inspections do."""

    subject: int
    stands: tuple[DocumentStanding, ...]
    at_the_last: bool
    neighbours: int


class _Findings:
    """Findings of single documents, looked up by what they are about."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._numbers = {document.id: n for n, document in enumerate(snapshot.index.documents_by_number)}

    def of(self, documents: Sequence[Document]) -> FindingRows:
        """The findings of some documents, in the order of passages."""
        index = self._snapshot.index
        numbers = [self._numbers[document.id] for document in documents]
        return index.findings.select(mask=np.isin(index.columns.document, numbers))

    def standings(self, found: FindingRows) -> Mapping[str, DocumentStanding]:
        """Where documents stand by given findings, by the documents' ids."""
        stand = standings(self._snapshot, found)
        return {self._snapshot.index.documents_by_number[number].id: one for number, one in stand.items()}

    def quoted(self, again: _Again, held: Sequence[Document]) -> CriticisedAgain:
        """Quote the surest statement of each inspection on a subject."""
        subject = load_subjects()[again.subject]
        surest = np.array([_criticism(one) for one in again.stands], dtype=again.stands[0].found.dtype)
        said = finding_rows(self._snapshot, surest)
        order = {document.id: place for place, document in enumerate(held)}
        said.sort(key=lambda row: order[row.document.id])
        return CriticisedAgain(subject.id, subject.name, tuple(said), again.at_the_last, again.neighbours)

    def surest(self, document: Document, verdict: int, most: int) -> tuple[FindingRow, ...]:
        """Quote a document's surest statements of one side, each passage and each subject once, as they are printed."""
        found = self.of([document])
        found = found[found["verdict"] == verdict]
        taken: list[int] = []
        for place in np.argsort(-found["confidence"].astype(np.int64), kind="stable").tolist():
            seen = found[taken]
            new = found["row"][place] not in seen["row"] and found["subject"][place] not in seen["subject"]
            if new and len(taken) < most:
                taken.append(place)
        return tuple(finding_rows(self._snapshot, found[sorted(taken)]))


def _criticised_again(
    findings: _Findings, held: Sequence[Document], neighbours: Sequence[Document]
) -> list[_Again]:
    """Find the subjects that two or more inspections criticise: first those that the last one does, then by how many."""
    own, others = findings.of(held), findings.of(neighbours)
    found = []
    for number in np.unique(own["subject"]).tolist():
        stand = findings.standings(own[own["subject"] == number])
        weak = {id_: one for id_, one in stand.items() if _is_criticised(one)}
        if len(weak) < 2:
            continue
        beside = findings.standings(others[others["subject"] == number]).values()
        found.append(
            _Again(
                number,
                tuple(weak.values()),
                held[0].id in weak,
                sum(map(_is_criticised, beside)),
            )
        )

    def order(one: _Again) -> tuple[int, ...]:
        weights = [
            int(stand.found["confidence"][stand.found["verdict"] == _WEAKNESS].astype(np.int64).sum())
            for stand in one.stands
        ]
        return (-one.at_the_last, -len(one.stands), -min(weights), one.subject)

    return sorted(found, key=order)


def _is_criticised(stand: DocumentStanding) -> bool:
    """Whether a document criticises a subject outright, and doesn't praise it for the most part."""
    return stand.standing != "strength" and bool((stand.found["verdict"] == _WEAKNESS).any())


def _criticism(stand: DocumentStanding) -> FindingRows:
    """The surest statement that criticises a subject outright."""
    weak = stand.found[stand.found["verdict"] == _WEAKNESS]
    first: FindingRows = weak[int(weak["confidence"].argmax())]
    return first


def _asked_before(snapshot: Snapshot, organisation: str) -> list[AskedBefore]:
    """List the recommendations that repeat an earlier one, the newest first."""
    found = []
    for row in snapshot.register().recommendations:
        if row.organisation == organisation and row.repeats:
            cited = tuple(one for id_ in row.repeats if (one := _cited(snapshot, id_)))
            if cited:
                found.append(AskedBefore(row, cited))
    return sorted(found, key=lambda one: inspected(one.row.document), reverse=True)


def _cited(snapshot: Snapshot, passage_id: str) -> Citation | None:
    row = snapshot.index.row_of(passage_id)
    passage = snapshot.index.passage(passage_id)
    if row is None or passage is None or not passage.text.strip():
        return None
    return cite(passage, snapshot.document_at(row), 0, len(passage.text))


def _promises(snapshot: Snapshot, council: str | None) -> list[PromiseRow]:
    """List what a council reported on its recommendations: first what an inspection spoke of afterwards."""
    if council is None or not snapshot.index.findings.known:
        return []
    return sorted(promises_of(snapshot, council), key=lambda row: row.after is None)


def _visits_since(snapshot: Snapshot, organisation: str, day: str) -> list[Document]:
    """List the visits to an organisation that ended after a day (ISO 8601), the newest first."""
    visits = [
        document
        for document in without_duplicates(snapshot.index.documents())
        if document.is_visit and organisation_of(document) == organisation and inspected(document) > day
    ]
    return sorted(visits, key=inspected, reverse=True)


def _visit(findings: _Findings, rows: Iterable[RecommendationRow], document: Document) -> VisitSince:
    return VisitSince(
        document,
        tuple(row for row in rows if row.document.id == document.id),
        findings.surest(document, _WEAKNESS, MOST_OF_A_VISIT),
        findings.surest(document, _STRENGTH, MOST_OF_A_VISIT),
    )


def _latest(snapshot: Snapshot, council: str) -> NeighbourGrades | None:
    """Give a council's last inspection and the grades that hold; None where no inspection of it is here."""
    held = snapshot.register().inspections.get(council, ())
    if not held:
        return None
    rows = {
        row.area: row
        for row in snapshot.register().judgements
        if row.organisation == council and row.latest and row.grade != UNGRADED
    }
    return NeighbourGrades(council, held[-1].document, rows)
