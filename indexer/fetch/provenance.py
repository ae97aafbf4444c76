"""Where the files of a corpus come from, for builds: what was fetched, beside what the documents print.

Reads the table of a folder and writes nothing, not even where a run is at work in it. This module must not know how
anything is fetched.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

from indexer.document import Document, ListedKind, Provenance
from indexer.errors import SourceError
from indexer.fetch.table import TABLE
from indexer.json_value import json_of
from indexer.text.councils import canonical

OWN_FOLDER = ".fetch"
OWN_FILES = (TABLE, f"{TABLE}-wal", f"{TABLE}-shm", OWN_FOLDER)
"""What fetching keeps in a corpus folder beside the documents."""

_LISTED = "Its publisher lists "
_REPORTED_WITHIN = timedelta(days=550)

_ROWS = (
    "SELECT file, sha256, address, publisher, title, organisation, organisation_id, kind, listed, fetched, licence, "
    "source, document_id, delisted, NULL, NULL FROM documents WHERE file IS NOT NULL UNION ALL "
    "SELECT e.file, e.sha256, d.address, d.publisher, d.title, d.organisation, d.organisation_id, d.kind, d.listed, "
    "e.fetched, d.licence, d.source, d.document_id, d.delisted, e.replaced, d.file "
    "FROM editions e JOIN documents d USING (source, document_id)"
)
_ORGANISATIONS = (
    "SELECT o.source, o.organisation_id, o.name, coalesce(d.kind, ''), count(d.document_id), count(d.file) FROM organisations o "
    "LEFT JOIN documents d ON d.source = o.source AND d.organisation_id = o.organisation_id AND d.delisted IS NULL "
    "WHERE o.delisted IS NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 2, 4"
)


@dataclass(frozen=True, slots=True)
class FetchedFolder:
    """What a folder's table says: its files' provenance by name and content, and what is listed."""

    files: Mapping[tuple[str, str], Provenance]
    listed: tuple[ListedKind, ...]


def fetched_in(folder: Path) -> FetchedFolder:
    """What is known of a folder; nothing where nothing was fetched into it. Raises SourceError where it can't be read."""
    path = folder / TABLE
    if not path.is_file():
        return FetchedFolder({}, ())
    # Without a log beside it the file is whole, and can be read where nothing may be written.
    still = "" if path.with_name(f"{TABLE}-wal").exists() else "&immutable=1"
    try:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro{still}", uri=True)
        try:
            rows = connection.execute(_ROWS).fetchall()
            listed = connection.execute(_ORGANISATIONS).fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise SourceError(f"{path}, the table of what was fetched, can't be read: {error}") from error
    files = {
        (file, sha256): Provenance(*(value or None for value in values)) for file, sha256, *values in rows
    }
    return FetchedFolder(files, tuple(ListedKind(*row) for row in listed))


def with_provenance(document: Document, provenance: Provenance | None) -> Document:
    """The document with where it comes from, and a warning where its publisher lists it otherwise than it prints."""
    warnings = tuple(warning for warning in document.warnings if not warning.startswith(_LISTED))
    if provenance:
        warnings += tuple(_otherwise(document, provenance))
    if provenance == document.provenance and warnings == document.warnings:
        return document
    return replace(document, provenance=provenance, warnings=warnings)


def provenance_digest(provenances: Iterable[Provenance | None], listed: Iterable[ListedKind]) -> str:
    """A sum, hex, over where documents come from and what is listed; empty where nothing was fetched."""
    lines = [json.dumps(json_of(one)) for one in (*filter(None, provenances), *listed)]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest() if lines else ""


def _otherwise(document: Document, listed: Provenance) -> Iterable[str]:
    council = canonical(listed.organisation or "")
    if council and document.council and council != document.council:
        yield f"{_LISTED}it under {listed.organisation}, and it names {document.council}."
    if not listed.listed:
        return
    if document.published and document.published != listed.listed:
        yield f"{_LISTED}it with the date {listed.listed}, and it prints {document.published}."
    elif not document.published and document.inspected_to:
        ended = date.fromisoformat(document.inspected_to)
        if not ended <= date.fromisoformat(listed.listed) <= ended + _REPORTED_WITHIN:
            yield f"{_LISTED}it with the date {listed.listed}, and its inspection ended on {document.inspected_to}."
