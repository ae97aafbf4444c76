"""The index's tables: their definition, and how a document and its passages become rows and come back.

Writing a row and reading it stand side by side, so that a change to one is seen beside the other; a change to
the definition raises `manifest.FORMAT`. Rows are numbered from 0 without gaps in the order of documents and
of the passages in them: a row's number is also the place of its vector and of its filter columns. This module
must not know of files, of vectors or of questions.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from indexer.document import Document, Passage
from indexer.encode.context import about
from indexer.store.folder.record import (
    boxes_from_bytes,
    boxes_to_bytes,
    header_from_text,
    header_to_text,
    section_from_text,
    section_to_text,
)
from indexer.structure.links import Link

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

_T = TypeVar("_T")

_PASSAGE = (
    "p.id, d.id, p.kind, p.label, s.path, p.page, p.end_page, p.text, p.boxes FROM passages p "
    "JOIN documents d ON d.number = p.document JOIN sections s ON s.number = p.section"
)

_ASKED_AT_ONCE = 500

_OWN_CACHE_KB = 256
"""What a connection keeps of the file for itself: the system keeps it for all of them, and reads here are as quick
with SQLite's own 2,000 kB a connection as with this.
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that a document was read from: its content's sum, its size, and where it stood."""

    sha256: str
    bytes: int
    source: str


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document's own row: where its passages' rows begin and end (one past the last), and its file."""

    number: int
    id: str
    file: str
    origin: Origin
    first_row: int
    end_row: int


def insert_document(
    connection: sqlite3.Connection, number: int, document: Document, origin: Origin, first_row: int
) -> None:
    """Add a document's own row; its passages take the rows from `first_row` on."""
    connection.execute(
        "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?)",
        (
            number, document.id, document.file, origin.sha256, origin.bytes, origin.source, first_row,
            first_row + len(document.passages), about(document), header_to_text(document),
        ),
    )  # fmt: skip


def insert_passages(
    connection: sqlite3.Connection,
    document_number: int,
    first_row: int,
    passages: Iterable[tuple[Passage, int, int | None, bytes]],
) -> None:
    """Add passages, each with the numbers of its section and of its grade and with its text's key."""
    connection.executemany(
        "INSERT INTO passages VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            (
                first_row + offset, p.id, document_number, section, p.kind, grade, p.label, p.page,
                p.end_page, p.text, boxes_to_bytes(p.boxes), key,
            )
            for offset, (p, section, grade, key) in enumerate(passages)
        ),
    )  # fmt: skip


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


def section_number(connection: sqlite3.Connection, section: tuple[str, ...], heading: str) -> int:
    """The number of a heading path, added if it is new."""
    path = section_to_text(section)
    connection.execute("INSERT OR IGNORE INTO sections(path, heading) VALUES (?,?)", (path, heading))
    (number,) = connection.execute("SELECT number FROM sections WHERE path = ?", (path,)).fetchone()
    return int(number)


def grade_number(connection: sqlite3.Connection, grade: str | None) -> int | None:
    """The number of a grade, added if it is new; None for none."""
    if grade is None:
        return None
    connection.execute("INSERT OR IGNORE INTO grades(grade) VALUES (?)", (grade,))
    (number,) = connection.execute("SELECT number FROM grades WHERE grade = ?", (grade,)).fetchone()
    return int(number)


def vocabularies(connection: sqlite3.Connection) -> tuple[list[tuple[str, ...]], list[str]]:
    """The heading paths and the grades, each in the order of their numbers."""
    return (
        [section_from_text(p) for (p,) in connection.execute("SELECT path FROM sections ORDER BY number")],
        [grade for (grade,) in connection.execute("SELECT grade FROM grades ORDER BY number")],
    )


def insert_links(connection: sqlite3.Connection, links: Iterable[Link]) -> None:
    """Add links between documents, in the order given."""
    connection.executemany(
        "INSERT INTO links VALUES (?,?,?,?,?,?,?)",
        (
            (
                link.from_document, link.from_label, link.to_document, link.to_label, link.relation,
                link.from_passage_id, link.to_passage_id,
            )
            for link in links
        ),
    )  # fmt: skip


def all_links(connection: sqlite3.Connection) -> list[Link]:
    """Every link between documents, in the order in which they were added."""
    return [Link(*row) for row in connection.execute("SELECT * FROM links ORDER BY rowid")]


def read_links(connection: sqlite3.Connection, document_id: str) -> list[Link]:
    """The links from and to a document, in the order in which they were added."""
    rows = connection.execute(
        "SELECT * FROM links WHERE from_document = ? OR to_document = ? ORDER BY rowid",
        (document_id, document_id),
    )
    return [Link(*row) for row in rows]


def read_links_of(connection: sqlite3.Connection, relation: str) -> list[Link]:
    """Every link of one relation, in the order in which they were added."""
    rows = connection.execute("SELECT * FROM links WHERE relation = ? ORDER BY rowid", (relation,))
    return [Link(*row) for row in rows]


def stored_texts(connection: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    """Each row's own words, headings in a line and document in a line, by row."""
    yield from connection.execute(
        "SELECT p.text, s.heading, d.about FROM passages p JOIN documents d ON d.number = p.document "
        "JOIN sections s ON s.number = p.section ORDER BY p.row"
    )


def open_tables(path: Path) -> sqlite3.Connection:
    """A finished generation's tables, to read only, from any one thread at a time.

    "immutable": nobody writes to a finished generation, so that no lock files are needed beside it.
    """
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(address, uri=True, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    connection.execute(f"PRAGMA cache_size = -{_OWN_CACHE_KB}")
    return connection


def stored_documents(connection: sqlite3.Connection) -> Iterator[StoredDocument]:
    """Every document's row, in the order of their numbers."""
    for number, id_, file, sha256, size, source, first, end in connection.execute(
        "SELECT number, id, file, sha256, bytes, source, first_row, end_row FROM documents ORDER BY number"
    ):
        yield StoredDocument(number, id_, file, Origin(sha256, size, source), first, end)


def headers(connection: sqlite3.Connection) -> list[Document]:
    """Every document without its passages, in the order of their numbers."""
    return [
        header_from_text(text)
        for (text,) in connection.execute("SELECT header FROM documents ORDER BY number")
    ]


def read_document(connection: sqlite3.Connection, document_id: str) -> Document | None:
    """One document with its passages in order; None where there is none of that id."""
    found = connection.execute(
        "SELECT header, first_row, end_row FROM documents WHERE id = ?", (document_id,)
    ).fetchone()
    if found is None:
        return None
    header, first, end = found
    rows = connection.execute(
        f"SELECT {_PASSAGE} WHERE p.row >= ? AND p.row < ? ORDER BY p.row",
        (first, end),
    )
    return header_from_text(header, tuple(map(_passage, rows)))


def read_passage(connection: sqlite3.Connection, passage_id: str) -> Passage | None:
    """One passage; None where there is none of that id."""
    row = connection.execute(
        f"SELECT {_PASSAGE} WHERE p.id = ?",
        (passage_id,),
    ).fetchone()
    return _passage(row) if row else None


def read_passages_at(connection: sqlite3.Connection, rows: Sequence[int]) -> list[Passage]:
    """The passages of some rows, in the order asked; IndexError where there is no such row."""
    found = {row: _passage(tuple(stored)) for row, *stored in _at(connection, f"p.row, {_PASSAGE}", rows)}
    return _in_order(found, rows)


def read_texts_at(connection: sqlite3.Connection, rows: Sequence[int]) -> list[str]:
    """The texts of some rows, in the order asked; IndexError where there is no such row."""
    return _in_order(dict(_at(connection, "p.row, p.text FROM passages p", rows)), rows)


def _at(connection: sqlite3.Connection, what: str, rows: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    wanted = list(dict.fromkeys(rows))
    for start in range(0, len(wanted), _ASKED_AT_ONCE):
        part = wanted[start : start + _ASKED_AT_ONCE]
        marks = ",".join("?" * len(part))
        # `what` is this module's own words; rows are bound.
        yield from connection.execute(f"SELECT {what} WHERE p.row IN ({marks})", part)


def _in_order(found: Mapping[int, _T], rows: Sequence[int]) -> list[_T]:
    for row in rows:
        if row not in found:
            raise IndexError(f"no passage in row {row}")
    return [found[row] for row in rows]


def _passage(row: tuple[Any, ...]) -> Passage:
    id_, document_id, kind, label, path, page, end_page, text, boxes = row
    return Passage(
        id_, document_id, kind, label, _section(path), page, end_page, text, boxes_from_bytes(boxes)
    )


@functools.lru_cache(maxsize=8_192)
def _section(path: str) -> tuple[str, ...]:
    # Passages share their headings: most of a page of results has a few.
    return section_from_text(path)
