"""The inspections of each organisation in the order of time, and what each judged beside what the one before did.

Worked out of documents: a visit is no inspection, and a report that is held twice (a PDF and its text) counts once.
This module must not know of questions or of how documents are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from indexer.document import Document, Judgement, Passage
from indexer.register.areas import areas_of
from indexer.structure.reports.grades import known_grade, one_spelling

UNGRADED = "Not judged"


@dataclass(frozen=True, slots=True)
class JudgedArea:
    """A grade for an area at an inspection, and the last one before it; `printed` is the area as printed.

    `latest` says that no later inspection's report is here that judges the area, or would have to.
    """

    document: Document
    area: str
    printed: str
    grade: str
    previous: JudgedArea | None
    latest: bool


@dataclass(frozen=True, slots=True)
class Inspection:
    """An inspection of an organisation with its judgements; `before` is the one before it that is here."""

    document: Document
    judged: tuple[JudgedArea, ...]
    before: Document | None


def inspections_of(documents: Iterable[Document]) -> dict[str, list[Inspection]]:
    """Give the inspections of every organisation, by its name, each oldest first."""
    by_organisation: dict[str, list[Document]] = {}
    for document in without_duplicates(documents):
        name = organisation_of(document)
        if document.is_inspection and name and inspected(document):
            by_organisation.setdefault(name, []).append(document)
    return {name: _in_order(held) for name, held in sorted(by_organisation.items())}


def organisation_of(document: Document) -> str | None:
    """Name whom a report is about."""
    return document.organisation or document.council


def inspected(document: Document) -> str:
    """Give the day (ISO 8601) at which an inspection ended, or else of its report; "" where neither is known."""
    return document.inspected_to or document.published or ""


def without_duplicates(documents: Iterable[Document]) -> list[Document]:
    """Leave out reports that are held twice: of those of one inspection, the file with the most pages is kept.

    Reports without a day can't be known for the same; documents that report no inspection all stay.
    """
    kept: dict[tuple[object, ...], Document] = {}
    for document in documents:
        day = inspected(document)
        same = document.kind == "inspection report" and day
        key = (organisation_of(document), document.framework, day) if same else (document.id,)
        if key not in kept or _better(document, kept[key]):
            kept[key] = document
    return list(kept.values())


def gives_no_overall(document: Document) -> bool:
    """Whether an inspection of all of a council's services gave no grade for them together, as since April 2026."""
    areas = _grades(document)
    return "overall" not in areas and {"help and protection", "in care"} <= set(areas)


def printed_by(judged: JudgedArea, passages: Sequence[Passage]) -> Passage | None:
    """Find the passage of kind judgement that prints a judgement, among those of its report."""
    graded = [p for p in passages if p.kind == "judgement" and _says(p.text, judged.grade)]
    words = " ".join(judged.printed.casefold().split())
    exact = [p for p in graded if words in " ".join(p.text.casefold().split())]
    named = [p for p in graded if judged.area in areas_of(p.text, None)]
    rest = [p for p in graded if areas_of(p.text, None) == (p.text,)]
    # A report may say only that "children's services are inadequate", first of all its judgements.
    order = rest if judged.area == "overall" else list(reversed(rest))
    return next(iter([*exact, *named, *order]), None)


def _says(text: str, grade: str) -> bool:
    return known_grade(text) == grade or grade.casefold() in text.casefold()


def _better(one: Document, other: Document) -> bool:
    return (one.pages, len(one.judgements), other.id) > (other.pages, len(other.judgements), one.id)


def _in_order(documents: list[Document]) -> list[Inspection]:
    documents.sort(key=lambda document: (inspected(document), document.file))
    found: list[Inspection] = []
    last: dict[str, JudgedArea] = {}
    final = _last_judging(documents)
    before: Document | None = None
    for document in documents:
        judged = []
        for area, (printed, grade) in _grades(document).items():
            latest = final.get(area) == document.id
            judged.append(JudgedArea(document, area, printed, grade, last.get(area), latest))
        last |= {one.area: one for one in judged if one.grade != UNGRADED}
        found.append(Inspection(document, tuple(judged), before))
        before = document
    return found


def _last_judging(documents: Sequence[Document]) -> Mapping[str, str]:
    """Give the id of the last report that judges each area.

    An overall grade isn't current any more once an inspection of all services gave none, as those since 2026 do.
    """
    last: dict[str, str] = {}
    for document in documents:
        areas = _grades(document)
        last |= dict.fromkeys(areas, document.id)
        if gives_no_overall(document):
            last.pop("overall", None)
    return last


def _grades(document: Document) -> dict[str, tuple[str, str]]:
    """Give the printed area and the grade of each area, overall first where it is printed anywhere."""
    found: dict[str, tuple[str, str]] = {}
    for printed, grade in _printed(document):
        for area in areas_of(printed, document.framework):
            found.setdefault(area, (printed, one_spelling(grade)))
    return found


def _printed(document: Document) -> Iterator[tuple[str, str]]:
    rows: Sequence[Judgement] = document.judgements
    if document.overall and not any("overall" in areas_of(row.area, None) for row in rows):
        yield "Overall effectiveness", document.overall
    # An area that is judged on its own goes before one that judges two.
    for row in sorted(rows, key=lambda row: len(areas_of(row.area, document.framework))):
        yield row.area, row.grade
