"""An index in PostgreSQL, opened for reading.

What is filtered on is held in memory, as it is of a folder; texts, vectors and postings stay in the database and
are asked for. One generation is read from beginning to end: a build that publishes another is seen by the next
opening. A server that goes away in the middle of a question is replaced by the next host of the address. What is
read here, `postgres.writer` writes. This module must not know what a question is.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from functools import lru_cache
from pathlib import Path
from typing import Any, LiteralString, Self

import numpy as np
import psycopg
from psycopg import sql

from indexer.errors import IndexUnusable
from indexer.register.findings import FINDING_TYPE, FindingRows
from indexer.store.columns import ROW_TYPE
from indexer.store.folder.originals import find_original
from indexer.store.location import DatabaseLocation
from indexer.store.postgres.connections import OPENING, PATIENCE, Connection, Readers
from indexer.store.postgres.lexical import FetchedPostings
from indexer.store.postgres.schema import current_name, read_current, rebuild_command
from indexer.store.postgres.vectors import PostgresSentences, PostgresVectors, PostgresWords
from indexer.store.rows import StoredDocument, StoredRows
from indexer.store.stored_index import Index

_MOST_ORIGINALS = 64
"""Documents' files kept on this machine while they are shown; the oldest go first."""


class PostgresIndex(Index):
    """An open index in a database."""

    def __init__(self, location: DatabaseLocation, readers: Readers) -> None:
        """Use `PostgresIndex.open`."""
        self.location = location
        self._readers = readers
        manifest = readers.run(lambda connection: read_current(connection, location))
        self._tables = tables = _Tables(readers, manifest.generation)
        super().__init__(
            manifest,
            StoredRows(tables.ask, "place"),
            postings=FetchedPostings(
                np.frombuffer(tables.array("lengths"), dtype="<i4").reshape(-1, 3),
                tables.postings,
                tables.places,
            ),
            vectors=PostgresVectors(readers, manifest),
            sentences=PostgresSentences(readers, manifest),
            words=PostgresWords(readers, manifest),
            columns=np.frombuffer(tables.array("columns"), dtype=ROW_TYPE),
            polarity=np.frombuffer(tables.array("polarity"), dtype=np.int8),
            findings=tables.findings(),
        )
        self._files: Path | None = None
        self._files_lock = threading.Lock()
        # Readers forget an index that has been replaced; they don't close it.
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

    @property
    def place(self) -> str:
        """The database's address, without its password."""
        return str(self.location)

    @property
    def rebuild_command(self) -> str:
        """The command that rebuilds it."""
        return rebuild_command(self.location)

    def is_current(self) -> bool:
        """False once a build has published another index in the same database."""
        try:
            current = self._readers.run(lambda connection: read_current(connection, self.location))
        except IndexUnusable:
            return True
        return current.generation == self.manifest.generation

    def source_path(self, document_id: str) -> Path | None:
        """A file with the content that a document was read from, fetched to this machine while it is needed."""
        stored = self._stored.get(document_id)
        try:
            return self._fetched(stored) if stored else None
        except OSError:
            return None  # no room for it here

    def _fetched(self, stored: StoredDocument) -> Path | None:
        with self._files_lock:
            if self._files is None:
                self._files = Path(tempfile.mkdtemp(prefix="findings-originals-"))
                weakref.finalize(self, shutil.rmtree, self._files, ignore_errors=True)
            path = self._files / "originals" / stored.origin.sha256
            if not path.exists():
                found = self._tables.ask(
                    "SELECT content FROM findings.originals WHERE sha256 = %s", (stored.origin.sha256,)
                )
                if found:
                    path.parent.mkdir(exist_ok=True)
                    _keep_fewer(path.parent)
                    path.write_bytes(found[0][0])
            return find_original(self._files, stored.origin)

    def close(self) -> None:
        """Close the connections and remove what was fetched; no method may be called after it."""
        self._readers.close()
        if self._files is not None:
            shutil.rmtree(self._files, ignore_errors=True)


class _Tables:
    """One generation's tables."""

    def __init__(self, readers: Readers, generation: str) -> None:
        self._readers = readers
        self._schema = sql.Identifier(generation)

    def ask(self, statement: LiteralString, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement gives; every {} in it is the generation's schema."""
        if any(isinstance(value, str) and "\0" in value for value in values):
            return []  # No text in PostgreSQL holds one.
        text = sql.SQL(statement).format(*[self._schema] * statement.count("{}"))

        def run(connection: Connection) -> list[tuple[Any, ...]]:
            return connection.execute(text, values, binary=True).fetchall()

        return self._readers.run(run)

    def array(self, name: str) -> bytes:
        """An array's bytes, put together from its parts."""
        found = self.ask("SELECT data FROM {}.arrays WHERE name = %s ORDER BY part", (name,))
        return b"".join(data for (data,) in found)

    def findings(self) -> FindingRows | None:
        """The findings; None where the index was built before there were any."""
        found = self.ask("SELECT data FROM {}.arrays WHERE name = 'findings' ORDER BY part")
        return np.frombuffer(b"".join(data for (data,) in found), dtype=FINDING_TYPE) if found else None

    def postings(self, term: str) -> tuple[bytes, bytes]:
        """The rows that hold a term, and how often in each field."""
        found = self.ask("SELECT rows, counts FROM {}.postings WHERE term = %s", (term,))
        return found[0] if found else (b"", b"")

    def places(self, term: str) -> bytes:
        """Where a term stands."""
        found = self.ask("SELECT places FROM {}.postings WHERE term = %s", (term,))
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


def _keep_fewer(folder: Path) -> None:
    held = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in held[: max(0, len(held) - _MOST_ORIGINALS + 1)]:
        path.unlink(missing_ok=True)
