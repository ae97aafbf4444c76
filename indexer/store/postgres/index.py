"""An index in PostgreSQL, opened for reading: the same questions, the same answers, as of one in a folder.

What is filtered on is held in memory, as it is of a folder; texts, vectors and postings stay in the database and
are asked for. One generation is read from beginning to end: a build that publishes another is seen by the next
opening. A server that goes away in the middle of a question is replaced by the next host of the address. What is
read here, `postgres_writer` writes. This module must not know what a question is.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, LiteralString, Self, TypeVar

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from indexer.document import Document, Passage
from indexer.encode.context import document_date
from indexer.errors import IndexUnusable
from indexer.store.columns import ROW_TYPE, Columns, Mask, Selection, make_columns
from indexer.store.folder.manifest import Manifest
from indexer.store.folder.originals import find_original
from indexer.store.folder.record import boxes_from_bytes, header_from_text, section_from_text
from indexer.store.folder.sentence_vectors import SentenceVectors
from indexer.store.folder.tables import Origin
from indexer.store.location import DatabaseLocation
from indexer.store.postgres.connections import OPENING, PATIENCE, Connection, Readers
from indexer.store.postgres.lexical import PostgresLexical
from indexer.store.postgres.schema import current_name, read_current, rebuild_command
from indexer.store.postgres.vectors import PostgresVectors
from indexer.store.stored_index import LEXICAL_WEIGHTS, FieldWeights, Found, Vectors
from indexer.structure.links import Link, Relation

Result = TypeVar("Result")

_MOST_ORIGINALS = 64
"""Documents' files kept on this machine while they are shown; the oldest go first."""

_PASSAGE: LiteralString = (
    "SELECT p.row, p.id, d.id, p.kind, p.label, s.path, p.page, p.end_page, p.text, p.boxes FROM {}.passages p "
    "JOIN {}.documents d ON d.number = p.document JOIN {}.sections s ON s.number = p.section "
)
_LINKS: LiteralString = "SELECT from_document, from_label, to_document, to_label, relation, from_passage, to_passage FROM {}.links "


class PostgresIndex:
    """An open index; safe to use from several threads. See `stored_index.Index` for what each method gives."""

    def __init__(self, location: DatabaseLocation, readers: Readers) -> None:
        """Use `PostgresIndex.open`."""
        self._location = location
        self._readers = readers
        self.manifest: Manifest = readers.run(lambda connection: read_current(connection, location))
        self._schema = sql.Identifier(self.manifest.generation)
        self._vectors = PostgresVectors(readers, self.manifest)
        stored = self._ask(
            "SELECT id, header, sha256, bytes, source, first_row, end_row FROM {}.documents ORDER BY number"
        )
        self.documents_by_number: tuple[Document, ...] = tuple(header_from_text(row[1]) for row in stored)
        self._origins = {row[0]: Origin(row[2], row[3], row[4]) for row in stored}
        self._ranges = {row[0]: range(row[5], row[6]) for row in stored}
        sections = [
            section_from_text(path) for (path,) in self._ask("SELECT path FROM {}.sections ORDER BY number")
        ]
        grades = [grade for (grade,) in self._ask("SELECT grade FROM {}.grades ORDER BY number")]
        self.columns: Columns = make_columns(
            np.frombuffer(self._array("columns"), dtype=ROW_TYPE),
            self.documents_by_number,
            sections,
            grades,
            np.frombuffer(self._array("polarity"), dtype=np.int8),
        )
        self._lexical = PostgresLexical(
            np.frombuffer(self._array("lengths"), dtype="<i4").reshape(-1, 3),
            self._postings,
            self._places,
        )
        self._sorted = sorted(
            self.documents_by_number, key=lambda d: (d.council or "\uffff", document_date(d) or "", d.file)
        )
        self._files: Path | None = None
        self._files_lock = threading.Lock()
        # An index that has been replaced is forgotten by whoever still reads it, not closed.
        weakref.finalize(self, readers.close)

    @classmethod
    def open(cls, location: DatabaseLocation) -> Self:
        """The index in a database; raises IndexUnusable where there is none or the database doesn't answer."""
        readers = Readers(location, patience=OPENING)
        try:
            while True:
                try:
                    index = cls(location, readers)
                    readers.patience = PATIENCE
                    return index
                except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                    # Two builds were published since the first look; then there is a newer one.
                    continue
        except BaseException:
            readers.close()
            raise

    def __len__(self) -> int:
        """The number of passages."""
        return self.manifest.passages

    @property
    def location(self) -> DatabaseLocation:
        """Where it is stored."""
        return self._location

    @property
    def digest(self) -> str:
        """Hex digest of the contents: documents, encoder, format."""
        return self.manifest.digest

    def is_current(self) -> bool:
        """False once a build has published another index in the same database."""
        try:
            current = self._readers.run(lambda connection: read_current(connection, self._location))
        except IndexUnusable:
            return True
        return current.generation == self.manifest.generation

    def check_encoder(self, name: str, digest: str) -> None:
        """Raise IndexUnusable unless this encoder made the index's vectors."""
        if digest != self.manifest.encoder_digest:
            raise IndexUnusable(
                f"the index in {self._location} was made with the model {self.manifest.encoder!r}, not with "
                f"these files of {name!r}; rebuild with: {rebuild_command(self._location)}"
            )

    def documents(self) -> list[Document]:
        """Every document without its passages, by council (those of none last), date published and file."""
        return list(self._sorted)

    def document(self, document_id: str) -> Document | None:
        """One document with its passages in order; None where there is none of that id."""
        rows = self._ranges.get(document_id)
        if rows is None:
            return None
        (header,) = self._ask("SELECT header FROM {}.documents WHERE id = %s", (document_id,))
        found = self._ask(
            _PASSAGE + "WHERE p.row >= %s AND p.row < %s ORDER BY p.row", (rows.start, rows.stop)
        )
        return header_from_text(header[0], tuple(_passage(row) for row in found))

    def passage(self, passage_id: str) -> Passage | None:
        """One passage; None where there is none of that id."""
        if "\0" in passage_id:
            return None
        found = self._ask(_PASSAGE + "WHERE p.id = %s", (passage_id,))
        return _passage(found[0]) if found else None

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in the order asked; IndexError for a row that isn't there."""
        wanted = [int(row) for row in rows]
        found = (
            {row[0]: row for row in self._ask(_PASSAGE + "WHERE p.row = ANY(%s)", (wanted,))}
            if wanted
            else {}
        )
        for row in wanted:
            if row not in found:
                raise IndexError(f"no passage in row {row}")
        return [_passage(found[row]) for row in wanted]

    def texts(self, rows: Sequence[int]) -> list[str]:
        """The texts alone of these rows' passages, in the order asked; IndexError for a row that isn't there."""
        return [passage.text for passage in self.passages(rows)]

    def row_of(self, passage_id: str) -> int | None:
        """The row of a passage; None where there is none of that id."""
        if "\0" in passage_id:
            return None
        found = self._ask("SELECT row FROM {}.passages WHERE id = %s", (passage_id,))
        return int(found[0][0]) if found else None

    def rows_of(self, document_id: str) -> range:
        """The rows of a document's passages, in order; empty where there is none of that id."""
        return self._ranges.get(document_id, range(0))

    def select(self, selection: Selection) -> Mask:
        """True for every row that the selection asks for; shape (number of passages,)."""
        return self.columns.select(selection)

    def lexical(
        self, match: str, limit: int, mask: Mask | None = None, weights: FieldWeights = LEXICAL_WEIGHTS
    ) -> Found:
        """Rows that an expression matches and their BM25 scores (positive), highest first, then by row.

        Raises QueryError for an expression that is more than phrases in quotes joined by OR or by AND, each
        perhaps of one field.
        """
        return self._lexical.search(match, limit, mask, weights)

    def lexical_terms(
        self,
        terms: Sequence[Sequence[tuple[str, float]]],
        limit: int,
        mask: Mask | None = None,
        weights: FieldWeights = LEXICAL_WEIGHTS,
    ) -> Found:
        """Rows and BM25 scores of terms that may be worded in several ways, highest first, then by row."""
        return self._lexical.search_terms(terms, limit, mask, weights)

    def lexical_scores(
        self, terms: Sequence[Sequence[tuple[str, float]]], weights: FieldWeights = LEXICAL_WEIGHTS
    ) -> NDArray[np.float64]:
        """Every row's BM25 score for such terms, shape (number of passages,); 0 where nothing is found."""
        return self._lexical.scores(terms, weights)

    def rows_with(self, phrase: str, field: str | None = None) -> NDArray[np.int64]:
        """The rows that hold a phrase (plain words parted by blanks), ascending; in one field where named."""
        return self._lexical.rows_with(phrase, field)

    def frequency(self, phrases: Sequence[str]) -> int:
        """The number of passages that hold any of the phrases (plain words parted by blanks)."""
        return self._lexical.frequency(phrases)

    def dense(self, vector: Vectors, limit: int, mask: Mask | None = None) -> Found:
        """The rows nearest to a vector of length 1 and their cosines, highest first, then by row."""
        return self._vectors.nearest(vector, limit, mask)

    def dense_scores(self, vector: Vectors, mask: Mask | None = None) -> Vectors:
        """Every row's cosine to a vector of length 1, float32 (number of passages,).

        Where `mask` is given, rows for which it is false have any value. Where there is a graph and more rows
        are selected than are looked up one by one, rows beyond the nearest share the cosine of the last of
        them, which none of them exceeds.
        """
        return self._vectors.scores(vector, mask)

    def sentence_scores(
        self, vector: Vectors, rows: Sequence[int] | NDArray[np.integer] | None = None
    ) -> Vectors:
        """The highest cosine of each row's sentences to a vector of length 1; 0 for a row without sentences.

        float32 of shape (number of rows,), in the order asked; of every row where none are named.
        """
        return self._vectors.sentence_scores(vector, range(len(self)) if rows is None else rows)

    def sentence_vectors(self, rows: Sequence[int] | NDArray[np.integer]) -> SentenceVectors:
        """The sentences of these rows in the order asked: where each stands in its passage, and its vector."""
        return self._vectors.sentences(rows).take(range(len(rows)))

    def vectors(self, rows: Sequence[int] | NDArray[np.integer]) -> Vectors:
        """The vectors of these rows, float32 (number of rows, dimension), in the order asked."""
        return self._vectors.take(rows)

    def links(self, document_id: str) -> list[Link]:
        """The links from and to a document, in the order in which they were found."""
        if "\0" in document_id:
            return []
        found = self._ask(
            _LINKS + "WHERE from_document = %s OR to_document = %s ORDER BY place",
            (document_id, document_id),
        )
        return [Link(*row) for row in found]

    def links_of(self, relation: Relation) -> list[Link]:
        """Every link of one relation, in the order in which they were found."""
        return [Link(*row) for row in self._ask(_LINKS + "WHERE relation = %s ORDER BY place", (relation,))]

    def source_path(self, document_id: str) -> Path | None:
        """A file with the content that a document was read from, fetched to this machine while it is needed."""
        origin = self._origins.get(document_id)
        if origin is None:
            return None
        with self._files_lock:
            if self._files is None:
                self._files = Path(tempfile.mkdtemp(prefix="findings-originals-"))
                weakref.finalize(self, shutil.rmtree, self._files, ignore_errors=True)
            path = self._files / "originals" / origin.sha256
            if not path.exists():
                found = self._ask(
                    "SELECT content FROM findings.originals WHERE sha256 = %s", (origin.sha256,), binary=True
                )
                if found:
                    path.parent.mkdir(exist_ok=True)
                    _keep_fewer(path.parent)
                    path.write_bytes(found[0][0])
            return find_original(self._files, origin.sha256, origin.bytes, origin.source)

    def close(self) -> None:
        """Close the connections and remove what was fetched; no method may be called after it."""
        self._readers.close()
        if self._files is not None:
            shutil.rmtree(self._files, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _ask(
        self, statement: LiteralString, values: tuple[Any, ...] = (), *, binary: bool = False
    ) -> list[tuple[Any, ...]]:
        """Ask this generation's tables; every {} in the statement is its schema."""
        text = sql.SQL(statement).format(*[self._schema] * statement.count("{}"))

        def ask(connection: Connection) -> list[tuple[Any, ...]]:
            return connection.execute(text, values, binary=binary).fetchall()

        return self._readers.run(ask)

    def _array(self, name: str) -> bytes:
        found = self._ask("SELECT data FROM {}.arrays WHERE name = %s ORDER BY part", (name,), binary=True)
        return b"".join(data for (data,) in found)

    def _postings(self, term: str) -> tuple[bytes, bytes]:
        found = self._ask("SELECT rows, counts FROM {}.postings WHERE term = %s", (term,), binary=True)
        return found[0] if found else (b"", b"")

    def _places(self, term: str) -> bytes:
        found = self._ask("SELECT places FROM {}.postings WHERE term = %s", (term,), binary=True)
        return found[0][0] if found else b""


def published_generation(location: DatabaseLocation) -> str | None:
    """Name the generation that is the index now; None where that can't be known."""
    try:
        return _watcher(location).run(current_name)
    except (IndexUnusable, psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None


@lru_cache(maxsize=8)
def _watcher(location: DatabaseLocation) -> Readers:
    """Connections that only look which generation is the index; they wait for no lost server."""
    return Readers(location, at_once=4, patience=0.0)


def _passage(row: tuple[Any, ...]) -> Passage:
    _, id_, document_id, kind, label, path, page, end_page, text, boxes = row
    return Passage(
        id_, document_id, kind, label, section_from_text(path), page, end_page, text,
        boxes_from_bytes(bytes(boxes)),
    )  # fmt: skip


def _keep_fewer(folder: Path) -> None:
    held = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in held[: max(0, len(held) - _MOST_ORIGINALS + 1)]:
        path.unlink(missing_ok=True)
