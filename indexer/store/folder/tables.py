"""An index's tables in a folder: their definition, and how a finished generation is opened and taken over from.

What their rows hold is `rows`' business; a change to the definition raises `manifest.FORMAT`. This module must
not know of vectors or of questions.
"""

from __future__ import annotations

import functools
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import LifoQueue
from typing import Any, LiteralString

from indexer.store.manifest import damaged
from indexer.store.rows import StoredDocument, StoredRows

SCHEMA = """
CREATE TABLE documents (
    number     INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    file       TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    source     TEXT NOT NULL,     -- where the file stood when it was read
    first_row  INTEGER NOT NULL,
    end_row    INTEGER NOT NULL,  -- one past the last
    about      TEXT NOT NULL,     -- the document's share of its passages' context
    header     TEXT NOT NULL      -- the document without its passages, as JSON
);
CREATE TABLE sections (
    number     INTEGER PRIMARY KEY,   -- from 1, without gaps, as are those of grades
    path       TEXT NOT NULL UNIQUE,  -- the heading path, as JSON
    heading    TEXT NOT NULL          -- the same in a line
);
CREATE TABLE grades (number INTEGER PRIMARY KEY, grade TEXT NOT NULL UNIQUE);
CREATE TABLE passages (
    row        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    document   INTEGER NOT NULL,
    section    INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    grade      INTEGER,               -- null for none
    label      TEXT,
    page       INTEGER,
    end_page   INTEGER,
    text       TEXT NOT NULL,
    boxes      BLOB NOT NULL,
    text_key   BLOB NOT NULL          -- of the text as embedded: finds its vector again in a later build
);
CREATE TABLE links (
    from_document TEXT NOT NULL,
    from_label    TEXT,
    to_document   TEXT NOT NULL,
    to_label      TEXT,
    relation      TEXT NOT NULL,
    from_passage  TEXT NOT NULL,
    to_passage    TEXT NOT NULL
);
"""

# After all rows are in: one pass each is quicker than keeping an index up to date row by row.
FINISH = """
CREATE INDEX links_from ON links(from_document);
CREATE INDEX links_to ON links(to_document);
ANALYZE;
"""

_CONNECTIONS = 8
"""Threads that read at the same moment; others wait for one of these to be free."""

_OWN_CACHE_KB = 256
"""What a connection keeps of the file for itself: the system keeps it for all of them, and reads here are as quick
with SQLite's own 2,000 kB a connection as with this.
"""


def stored_rows(connection: sqlite3.Connection) -> StoredRows:
    """What a connection's tables hold; for one thread."""
    return StoredRows(
        lambda statement, values: connection.execute(_for_sqlite(statement), values).fetchall(), "rowid"
    )


@contextmanager
def reading(path: Path) -> Iterator[tuple[sqlite3.Connection, StoredRows]]:
    """A finished generation's tables, for one thread, and what they hold."""
    with closing(open_tables(path)) as connection:
        yield connection, stored_rows(connection)


class Connections:
    """A finished generation's tables, open for several threads at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: list[sqlite3.Connection] = []
        self.reopen()

    def reopen(self) -> None:
        """Open again what `close` has closed."""
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._open = [open_tables(self._path) for _ in range(_CONNECTIONS)]
        for connection in self._open:
            self._idle.put(connection)
        # A connection and its statements hold each other: without this it would stay open, with all that it keeps
        # in memory, until the next garbage collection, long after a newer index has taken this one's place.
        weakref.finalize(self, _close_all, self._open)

    def close(self) -> None:
        """Close the files; nothing can be read afterwards."""
        _close_all(self._open)
        self._open.clear()

    def ask(self, statement: LiteralString, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement gives. Raises IndexUnusable where the file is damaged."""
        connection = self._idle.get()
        try:
            return connection.execute(_for_sqlite(statement), values).fetchall()
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.DatabaseError as error:
            # Cut or overwritten in place since it was opened.
            raise damaged(self._path.parents[1], f"{self._path.name} can't be read") from error
        finally:
            self._idle.put(connection)


def open_tables(path: Path) -> sqlite3.Connection:
    """A finished generation's tables, to read only, from any one thread at a time.

    "immutable": nobody writes to a finished generation, so that no lock files are needed beside it.
    """
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(address, uri=True, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    connection.execute(f"PRAGMA cache_size = -{_OWN_CACHE_KB}")
    return connection


def take_over_document(
    connection: sqlite3.Connection, number: int, old: StoredDocument, source: str, first_row: int
) -> None:
    """Copy a document and its passages from the attached database `old`; it now stands at `source`."""
    shift = first_row - old.first_row
    connection.execute(
        "INSERT INTO documents SELECT ?, id, file, sha256, bytes, ?, first_row + ?, end_row + ?, about, "
        "header FROM old.documents WHERE number = ?",
        (number, source, shift, shift, old.number),
    )
    rows = (old.first_row, old.end_row)
    for table, columns, column in (("sections", "path, heading", "section"), ("grades", "grade", "grade")):
        connection.execute(
            f"INSERT OR IGNORE INTO {table}({columns}) SELECT {columns} FROM old.{table} WHERE number IN "  # noqa: S608 (our own constants)
            f"(SELECT {column} FROM old.passages WHERE row >= ? AND row < ?) ORDER BY number",
            rows,
        )
    connection.execute(
        "INSERT INTO passages SELECT p.row + ?, p.id, ?, s.number, p.kind, g.number, p.label, p.page, "
        "p.end_page, p.text, p.boxes, p.text_key FROM old.passages p "
        "JOIN old.sections os ON os.number = p.section JOIN main.sections s ON s.path = os.path "
        "LEFT JOIN old.grades og ON og.number = p.grade LEFT JOIN main.grades g ON g.grade = og.grade "
        "WHERE p.row >= ? AND p.row < ? ORDER BY p.row",
        (shift, number, *rows),
    )


def number_of(connection: sqlite3.Connection, table: str, **values: str) -> int:
    """The number of a heading path or grade in its table, whose first value tells it from others; added if new."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    first = next(iter(values))
    connection.execute(f"INSERT OR IGNORE INTO {table}({names}) VALUES ({marks})", tuple(values.values()))  # noqa: S608 (our own names)
    found = connection.execute(f"SELECT number FROM {table} WHERE {first} = ?", (values[first],))  # noqa: S608
    return int(found.fetchone()[0])


@functools.lru_cache(maxsize=1_024)
def _for_sqlite(statement: str) -> str:
    return statement.replace("{}.", "").replace("%s", "?")


def _close_all(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()
