"""Visits between inspections: which inspection each follows, and what of its advice their letters ask for again.

Read from the links that were found when the index was built. This module must not know how they were found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from indexer.document import Document
from indexer.store.stored_index import Index


@dataclass(frozen=True, slots=True)
class Visits:
    """The inspection that each visit follows, and the visits after each in order of time: all by ids."""

    inspection_of: dict[str, str]
    after: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class TiedDocument(Document):
    """A document with the inspection that it follows as a visit, or the visits that follow it, by their ids."""

    visit_of: str | None = None
    visits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A visit whose letter repeats a recommendation, and where it does."""

    visit: Document
    url: str


def visits_in(index: Index) -> Visits:
    """Read every visit that follows an inspection of the index."""
    found = Visits({}, {})
    for link in index.links_of("visit of"):
        found.inspection_of[link.from_document] = link.to_document
        found.after.setdefault(link.to_document, []).append(link.from_document)
    return found


def tied(documents: Iterable[Document], visits: Visits) -> list[TiedDocument]:
    """Put to each document what it is tied to."""
    return [
        TiedDocument(
            **{each.name: getattr(document, each.name) for each in fields(Document)},
            visit_of=visits.inspection_of.get(document.id),
            visits=tuple(visits.after.get(document.id, ())),
        )
        for document in documents
    ]


def asked_again(index: Index, inspection_id: str, documents: Iterable[Document]) -> dict[str, AskedAgain]:
    """Find the last visit that repeats each recommendation of an inspection, by the recommendation's passage id."""
    by_id = {document.id: document for document in documents}
    found: dict[str, AskedAgain] = {}
    for link in index.links(inspection_id):
        if link.relation == "repeats" and link.to_document == inspection_id and link.from_document in by_id:
            document_id, key = link.from_passage_id.rsplit(".", 1)
            url = f"/documents/{document_id}/{key}#{key}"
            found[link.to_passage_id] = AskedAgain(by_id[link.from_document], url)
    return found
