"""An index on disk, opened for reading: documents, passages, filters, and the two searches.

Everything is checked against the manifest's sums when it is opened; after that the index needs nothing of its
folder's names, so that it goes on answering while a build replaces it. What is read here, `index_writer`
writes; both speak of rows through `tables`, `columns` and `vectors`. This module must not know what a
question is.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from queue import LifoQueue
from typing import Self

import numpy as np
from numpy.typing import NDArray

from indexer.document import Document, Passage
from indexer.encode.context import document_date
from indexer.errors import IndexUnusable
from indexer.store.columns import Columns, Mask, Selection, load_rows, make_columns
from indexer.store.folder import manifest as manifests
from indexer.store.folder.arrays import load_arrays
from indexer.store.folder.lexical import LexicalIndex
from indexer.store.folder.manifest import Manifest, Skipped
from indexer.store.folder.originals import find_original
from indexer.store.folder.sentence_vectors import SentenceStore, SentenceVectors
from indexer.store.folder.tables import (
    StoredDocument,
    headers,
    open_tables,
    read_document,
    read_links,
    read_links_of,
    read_passage,
    read_passages_at,
    read_texts_at,
    stored_documents,
    vocabularies,
)
from indexer.store.folder.vectors import Vectors, VectorStore, load_vectors
from indexer.store.folder.writer import COLUMNS, LEXICAL, POLARITY, ROUGH, SENTENCES, TABLES, VECTORS
from indexer.structure.links import Link, Relation

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
        rough = generation / ROUGH if ROUGH in manifest.files else None
        self._vectors: VectorStore = load_vectors(generation / VECTORS, rough)
        self._connect()
        with self._connection() as connection:
            documents = headers(connection)
            self._stored = {stored.id: stored for stored in stored_documents(connection)}
            sections, grades = vocabularies(connection)
        self._lexical = LexicalIndex(load_arrays(generation / LEXICAL))
        self._sentences = SentenceStore(load_arrays(generation / SENTENCES))
        kept = generation / POLARITY
        polarity = load_arrays(kept)["polarity"] if POLARITY in manifest.files and kept.exists() else None
        self.columns: Columns = make_columns(
            load_rows(generation / COLUMNS), documents, sections, grades, polarity
        )
        self.documents_by_number: tuple[Document, ...] = tuple(documents)
        self._sorted = sorted(
            documents, key=lambda d: (d.council or "\uffff", document_date(d) or "", d.file)
        )
        self._original = _remembering(folder, self._stored)

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
            return read_passages_at(connection, [int(row) for row in rows])

    def texts(self, rows: Sequence[int]) -> list[str]:
        """The texts alone of these rows' passages, in the order asked; IndexError for a row that isn't there."""
        with self._connection() as connection:
            return read_texts_at(connection, [int(row) for row in rows])

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
        """Rows that an expression matches and their BM25 scores (positive), highest first, then by row.

        `match` is phrases in double quotes, joined by OR or by AND; `text:`, `heading:` or `about:` before one
        looks in that field only. Only rows where `mask` is true are returned. Raises QueryError for any other
        expression.
        """
        return self._lexical.search(match, limit, mask, weights)

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
        return self._lexical.frequency(phrases)

    def lexical_scores(
        self,
        terms: Sequence[Sequence[tuple[str, float]]],
        weights: tuple[float, float, float] = LEXICAL_WEIGHTS,
    ) -> NDArray[np.float64]:
        """Every row's BM25 score for such terms, shape (number of passages,); 0 where nothing is found."""
        return self._lexical.scores(terms, weights)

    def rows_with(self, phrase: str, field: str | None = None) -> NDArray[np.int64]:
        """The rows that hold a phrase (plain words parted by blanks), ascending.

        `field` ("text", "heading" or "about") looks in that field only.
        """
        return self._lexical.rows_with(phrase, field)

    def dense(self, vector: Vectors, limit: int, mask: Mask | None = None) -> list[tuple[int, float]]:
        """The rows nearest to a vector of length 1 and their cosines, highest first; only where `mask` is
        true.

        In a large index a few of the nearest may be missing; `vectors` says from which size on, and how few.
        """
        return self._vectors.search(vector, limit, mask)

    def dense_scores(self, vector: Vectors, mask: Mask | None = None) -> Vectors:
        """Every row's cosine to a vector of length 1, float32 (number of passages,).

        Where `mask` is given, rows for which it is false have any value: that may spare the work for them.
        """
        return self._vectors.scores(vector, mask)

    def sentence_scores(
        self, vector: Vectors, rows: Sequence[int] | NDArray[np.integer] | None = None
    ) -> Vectors:
        """The highest cosine of each row's sentences to a vector of length 1; 0 for a row without sentences.

        float32 of shape (number of rows,), in the order asked; of every row where none are named.
        """
        return self._sentences.scores(vector, rows)

    def sentence_vectors(self, rows: Sequence[int] | NDArray[np.integer]) -> SentenceVectors:
        """The sentences of these rows in the order asked: where each stands in its passage, and its vector."""
        return self._sentences.take(rows)

    def vectors(self, rows: Sequence[int] | NDArray[np.integer]) -> Vectors:
        """The vectors of these rows, float32 (number of rows, dimension), in the order asked."""
        return self._vectors.take(rows)

    def links(self, document_id: str) -> list[Link]:
        """The links from and to a document, in the order in which they were found."""
        with self._connection() as connection:
            return read_links(connection, document_id)

    def links_of(self, relation: Relation) -> list[Link]:
        """Every link of one relation, in the order in which they were found."""
        with self._connection() as connection:
            return read_links_of(connection, relation)

    def source_path(self, document_id: str) -> Path | None:
        """The file that a document was read from, with the same content still, for download and page
        pictures.
        """
        return self._original(document_id)

    def release(self) -> None:
        """Let go of what a process may not pass on to those forked from it; each calls `reopen` before it asks."""
        self.close()
        self._opened.clear()

    def reopen(self) -> None:
        """Open again what was let go; IndexUnusable where newer builds have removed these files since."""
        try:
            self._connect()
            with self._connection() as connection:
                connection.execute("SELECT number FROM documents LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise manifests.damaged(self.folder, f"{TABLES} can't be read") from error

    def _connect(self) -> None:
        self._connections: LifoQueue[sqlite3.Connection] = LifoQueue()
        tables = self.folder / self.manifest.generation / TABLES
        self._opened = [open_tables(tables) for _ in range(_CONNECTIONS)]
        for connection in self._opened:
            self._connections.put(connection)
        # A connection and its statements hold each other: without this it would stay open, with all that it keeps
        # in memory, until rubbish is looked for, long after a newer index has taken this one's place.
        weakref.finalize(self, _close_all, self._opened)

    def close(self) -> None:
        """Close the index's files; no method may be called after it."""
        _close_all(self._opened)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = self._connections.get()
        try:
            yield connection
        finally:
            self._connections.put(connection)


def _close_all(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()


def _remembering(folder: Path, stored: Mapping[str, StoredDocument]) -> Callable[[str], Path | None]:
    """Find documents' originals, remembering some: each is read through to see that it is still the same.

    It doesn't hold the index, which would keep one that has been replaced in memory.
    """

    @lru_cache(maxsize=64)
    def original(document_id: str) -> Path | None:
        found = stored.get(document_id)
        if found is None:
            return None
        return find_original(folder, found.origin.sha256, found.origin.bytes, found.origin.source)

    return original
