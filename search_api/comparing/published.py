"""What publishers list beside what is here: by organisation and kind, and what came last.

A count over councils can say how many there are to be counted, and a report that is listed and isn't here is named. Known only
of what was fetched. This module must not know how anything is fetched.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass

from indexer.document import Document, ListedKind
from indexer.encode.context import document_date
from indexer.json_value import JsonValue
from search_api.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class PublishedKind(JsonValue):
    """Documents of a kind: how many are listed, were fetched, could be read, and were read with warnings."""

    kind: str
    listed: int
    fetched: int
    read: int
    warned: int


@dataclass(frozen=True, slots=True)
class PublishedBy(JsonValue):
    """What a source lists of an organisation; `council` is its name here, None where nothing of it was read."""

    source: str
    organisation: str
    organisation_id: str
    council: str | None
    kinds: tuple[PublishedKind, ...]

    @property
    def read(self) -> int:
        """How many of its documents can be searched."""
        return sum(kind.read for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class PublishedHere(JsonValue):
    """Every organisation that is listed, in the order of their names, and how many of them have a document here."""

    organisations: tuple[PublishedBy, ...]
    listed: int
    here: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The documents that were fetched on one day, an ISO date, by council."""

    day: str
    documents: tuple[Document, ...]


def published_here(snapshot: Snapshot) -> PublishedHere:
    """Set what is listed beside what is here."""
    read: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for document in snapshot.index.documents():
        if document.provenance and document.provenance.source:
            read[document.provenance.source, document.provenance.organisation_id or ""].append(document)
    listed = sorted(snapshot.index.manifest.listed, key=_by_organisation)
    rows = []
    for (source, organisation_id), kinds in itertools.groupby(
        listed, lambda one: (one.source, one.organisation_id)
    ):
        entries = list(kinds)
        documents = read[source, organisation_id]
        councils = Counter(d.council for d in documents if d.council)
        name = next((one.organisation for one in entries if one.organisation), organisation_id)
        council = councils.most_common(1)[0][0] if councils else None
        shown = tuple(_kind(one, documents) for one in entries if one.listed)
        rows.append(PublishedBy(source, name, organisation_id, council, shown))
    rows.sort(key=lambda row: (row.organisation.casefold(), row.organisation_id))
    return PublishedHere(tuple(rows), len(rows), sum(1 for row in rows if row.read))


def arrivals(snapshot: Snapshot, most: int) -> list[Arrivals]:
    """The documents that were fetched last, at most `most`, by the day, the latest first."""
    dated = [d for d in snapshot.index.documents() if d.provenance and d.provenance.fetched]
    dated.sort(key=lambda d: (_fetched(d), document_date(d) or ""), reverse=True)
    return [
        Arrivals(day, tuple(sorted(documents, key=lambda d: (d.council or "\uffff", document_date(d) or ""))))
        for day, documents in itertools.groupby(dated[:most], _fetched)
    ]


def _fetched(document: Document) -> str:
    return (document.provenance.fetched or "") if document.provenance else ""


def _by_organisation(one: ListedKind) -> tuple[str, str, str]:
    return one.source, one.organisation_id, one.kind


def _kind(one: ListedKind, documents: list[Document]) -> PublishedKind:
    of_kind = [d for d in documents if d.provenance and (d.provenance.kind or "") == one.kind]
    warned = sum(1 for document in of_kind if document.warnings)
    return PublishedKind(one.kind, one.listed, one.fetched, len(of_kind), warned)
