"""Copies an index from a folder into PostgreSQL as it stands: nothing is read or encoded again.

What comes out answers as what went in, passage by passage and vector by vector. This is the step from one
machine to a database, and needs the folder only. This module must not know what a question is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg

from indexer.encode.cache import text_key
from indexer.encode.context import embedded_text
from indexer.errors import FindingsError
from indexer.store.arrays import load_arrays
from indexer.store.folder.index import FolderIndex
from indexer.store.folder.tables import reading
from indexer.store.folder.writer import LEXICAL, TABLES, WORDS
from indexer.store.location import DatabaseLocation
from indexer.store.manifest import Manifest
from indexer.store.postgres import kept
from indexer.store.postgres.connections import Connection, writer
from indexer.store.postgres.schema import current_name, drop_generations, prepare_database
from indexer.store.postgres.work import refuse_during_build
from indexer.store.postgres.writer import (
    EXACT_UP_TO,
    DocumentFrom,
    RowsMade,
    write_generation,
)
from indexer.store.sentence_vectors import quantised
from indexer.store.words import WordStore


def copy_index(folder: Path, location: DatabaseLocation, exact_up_to: int = EXACT_UP_TO) -> Manifest:
    """Make the index in `folder` the index in a database; gives its manifest there.

    Above `exact_up_to` passages a graph over the vectors is made. Raises IndexUnusable where either can't be
    used, FindingsError where writing fails; the database's index is then as it was.
    """
    with FolderIndex.open(folder) as index, writer(location) as connection:
        try:
            prepare_database(connection, location)
            before = current_name(connection)
            with connection.transaction():
                refuse_during_build(connection, location)
                manifest = _copy(index, connection, before, exact_up_to)
            drop_generations(connection, {manifest.generation, before or manifest.generation})
        except psycopg.Error as error:
            raise FindingsError(f"the index can't be copied ({' '.join(str(error).split())})") from error
    return manifest


def _copy(index: FolderIndex, connection: Connection, before: str | None, exact_up_to: int) -> Manifest:
    with reading(index.folder / index.manifest.generation / TABLES) as (_, rows):
        stored, links = rows.documents(), rows.links()
    entries = []
    for one in stored:
        document = index.document(one.id)
        if document is None:
            raise FindingsError(f"the index lost the document {one.id}; run: python -m indexer doctor")
        entries.append(DocumentFrom(document, one.origin))
    kept.keep_encoded(connection, index.manifest.encoder_digest, _encoded(index, entries))
    _keep_documents(connection, index, entries)
    manifest = write_generation(
        connection,
        entries=entries,
        links=links,
        manifest=replace(index.manifest, generation="", files={}, previous=before),
        old=None,
        exact_up_to=exact_up_to,
        made=RowsMade(
            load_arrays(index.folder / index.manifest.generation / LEXICAL),
            index.columns.polarity,
            index.findings.rows if index.findings.known else None,
        ),
    )
    connection.execute("DELETE FROM findings.encoded")
    return manifest


def _encoded(index: FolderIndex, entries: list[DocumentFrom]) -> Iterator[kept.Encoded]:
    words = WordStore(load_arrays(index.folder / index.manifest.generation / WORDS))
    for entry in entries:
        rows = index.rows_of(entry.document.id)
        vectors, sentences = index.vectors(rows), index.sentence_vectors(rows)
        for place, passage in enumerate(entry.document.passages):
            part = slice(int(sentences.offsets[place]), int(sentences.offsets[place + 1]))
            yield kept.Encoded(
                text_key(embedded_text(entry.document, passage)),
                vectors[place],
                sentences.spans[part],
                quantised(sentences.vectors[part]),
                words.take(rows[place]),
            )


def _keep_documents(connection: Connection, index: FolderIndex, entries: list[DocumentFrom]) -> None:
    """Store the documents and their files as a build would have, so that the next build finds them."""
    for entry in entries:
        document, sha256 = entry.document, entry.origin.sha256
        kept.keep_record(connection, document.file, sha256, index.manifest.reader, document=document)
        path = index.source_path(document.id)
        if path is not None:
            kept.keep_original(connection, sha256, path.read_bytes())
