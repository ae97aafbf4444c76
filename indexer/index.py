"""An index on disk, opened for reading: documents, passages, filters, and the two searches.

Everything is checked against the manifest's sums when it is opened; after that the index needs nothing of its
folder's names, so that it goes on answering while a build replaces it. What is read here, `index_writer`
writes; both speak of rows through `tables`, `columns` and `vectors`. This module must not know what a
question is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from queue import LifoQueue
from typing import Self

import numpy as np
from numpy.typing import NDArray

from indexer import manifest as manifests
from indexer.columns import Columns, Mask, Selection, load_rows, make_columns
from indexer.context import document_date
from indexer.document import Document, Passage
from indexer.errors import IndexUnusable, QueryError
from indexer.index_writer import COLUMNS, TABLES, VECTORS
from indexer.lexical import LexicalIndex
from indexer.links import Link
from indexer.manifest import Manifest, Skipped
from indexer.originals import find_original
from indexer.tables import (
    headers,
    open_tables,
    read_document,
    read_links,
    read_passage,
    read_passage_at,
    stored_documents,
    vocabularies,
)
from indexer.vectors import Vectors, VectorStore, load_vectors

__all__ = ["Columns", "Index", "Manifest", "Mask", "Selection", "Skipped"]

_CONNECTIONS = 8
"""Threads that read at the same moment; others wait for one of these to be free."""

LEXICAL_WEIGHTS = (1.0, 0.4, 0.3)
"""BM25's weights of a passage's own words, of its headings, and of its document (council, kind, year)."""


class Index:
    """An open index; safe to use from several threads. Rows are numbered from 0 to `len(index) - 1`."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Use `Index.open`."""
        generation = folder / manifest.generation
        self.folder = folder
        self.manifest = manifest
        self._vectors: VectorStore = load_vectors(generation / VECTORS)
        self._connections: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._opened = [open_tables(generation / TABLES) for _ in range(_CONNECTIONS)]
        for connection in self._opened:
            self._connections.put(connection)
        self._lexical = LexicalIndex(self._connection, len(self))
        with self._connection() as connection:
            documents = headers(connection)
            self._stored = {stored.id: stored for stored in stored_documents(connection)}
            sections, grades = vocabularies(connection)
        self.columns: Columns = make_columns(load_rows(generation / COLUMNS), documents, sections, grades)
        self.documents_by_number: tuple[Document, ...] = tuple(documents)
        self._sorted = sorted(
            documents, key=lambda d: (d.council or "\uffff", document_date(d) or "", d.file)
        )
        self._original: Callable[[str], Path | None] = lru_cache(maxsize=64)(self._find_original)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The index in `folder`, after checking its version and every file's checksum.

        Raises IndexUnusable, which says how to rebuild, where there is none, or it is of another version or
        damaged.
        """
        manifest = manifests.read_manifest(folder)
        while True:
            try:
                manifests.verify_files(folder, manifest)
                return cls(folder, manifest)
            except OSError as error:
                # Two builds may have been published since the manifest was read; then there is a newer one.
                newer = manifests.read_manifest(folder)
                if newer.generation == manifest.generation:
                    raise manifests.damaged(folder, f"{error.filename or 'a file'} can't be read") from error
                manifest = newer
            except (sqlite3.DatabaseError, ValueError, KeyError, RuntimeError) as error:
                raise manifests.damaged(folder, "its files don't fit together") from error

    def __len__(self) -> int:
        """The number of passages."""
        return self._vectors.count

    @property
    def digest(self) -> str:
        """Hex digest of the contents: documents, encoder, format."""
        return self.manifest.digest

    def is_current(self) -> bool:
        """False once a build has published another index in the same folder."""
        try:
            return manifests.read_manifest(self.folder).generation == self.manifest.generation
        except IndexUnusable:
            return True

    def check_encoder(self, name: str, digest: str) -> None:
        """Raise IndexUnusable unless this encoder made the index's vectors: others' can't be compared with
        them.
        """
        if digest != self.manifest.encoder_digest:
            raise IndexUnusable(
                f"the index in {self.folder} was made with the model {self.manifest.encoder!r}, not with "
                f"these files of {name!r}; rebuild with: {manifests.rebuild_command(self.folder)}"
            )

    def documents(self) -> list[Document]:
        """Every document without its passages, by council (those of none last), date published and file."""
        return list(self._sorted)

    def document(self, document_id: str) -> Document | None:
        """One document with its passages in order; None where there is none of that id."""
        with self._connection() as connection:
            return read_document(connection, document_id)

    def passage(self, passage_id: str) -> Passage | None:
        """One passage; None where there is none of that id."""
        with self._connection() as connection:
            return read_passage(connection, passage_id)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in the order asked; IndexError for a row that isn't there."""
        with self._connection() as connection:
            return [read_passage_at(connection, int(row)) for row in rows]

    def row_of(self, passage_id: str) -> int | None:
        """The row of a passage; None where there is none of that id."""
        with self._connection() as connection:
            found = connection.execute("SELECT row FROM passages WHERE id = ?", (passage_id,)).fetchone()
        return int(found[0]) if found else None

    def rows_of(self, document_id: str) -> range:
        """The rows of a document's passages, in order; empty where there is none of that id."""
        stored = self._stored.get(document_id)
        return range(stored.first_row, stored.end_row) if stored else range(0)

    def select(self, selection: Selection) -> Mask:
        """True for every row that the selection asks for; shape (number of passages,)."""
        return self.columns.select(selection)

    def lexical(
        self,
        match: str,
        limit: int,
        mask: Mask | None = None,
        weights: tuple[float, float, float] = LEXICAL_WEIGHTS,
    ) -> list[tuple[int, float]]:
        """Rows that an FTS5 expression matches and their BM25 scores (positive), highest first, then by row.

        `match` may name the columns text, heading and about; only rows where `mask` is true are returned.
        Raises QueryError for an expression that FTS5 refuses.
        """
        try:
            return self._lexical.search(match, limit, mask, weights)
        except sqlite3.OperationalError as error:
            raise QueryError("the question can't be looked up as it stands; use plain words") from error

    def lexical_terms(
        self,
        terms: Sequence[Sequence[tuple[str, float]]],
        limit: int,
        mask: Mask | None = None,
        weights: tuple[float, float, float] = LEXICAL_WEIGHTS,
    ) -> list[tuple[int, float]]:
        """Rows and BM25 scores of terms that may be worded in several ways, highest first, then by row.

        A term is its phrases (plain words parted by blanks), each with a weight; a row's score is the sum
        over the terms of the best of each term's weighted phrases.
        """
        return self._lexical.search_terms(terms, limit, mask, weights)

    def frequency(self, phrases: Sequence[str]) -> int:
        """The number of passages that hold any of the phrases (plain words parted by blanks)."""
        return self._lexical.frequency(phrases, LEXICAL_WEIGHTS)

    def dense(self, vector: Vectors, limit: int, mask: Mask | None = None) -> list[tuple[int, float]]:
        """The rows nearest to a vector of length 1 and their cosines, highest first; only where `mask` is
        true.
        """
        return self._vectors.search(vector, limit, mask)

    def vectors(self, rows: Sequence[int] | NDArray[np.integer]) -> Vectors:
        """The vectors of these rows, float32 (number of rows, dimension), in the order asked."""
        return self._vectors.take(rows)

    def links(self, document_id: str) -> list[Link]:
        """The links from and to a document, in the order in which they were found."""
        with self._connection() as connection:
            return read_links(connection, document_id)

    def source_path(self, document_id: str) -> Path | None:
        """The file that a document was read from, with the same content still, for download and page
        pictures.
        """
        return self._original(document_id)

    def close(self) -> None:
        """Close the index's files; no method may be called after it."""
        for connection in self._opened:
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _find_original(self, document_id: str) -> Path | None:
        stored = self._stored.get(document_id)
        if stored is None:
            return None
        return find_original(self.folder, stored.origin.sha256, stored.origin.bytes, stored.origin.source)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = self._connections.get()
        try:
            yield connection
        finally:
            self._connections.put(connection)
