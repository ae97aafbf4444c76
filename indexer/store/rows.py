"""Documents, passages and links as rows of tables: how each becomes one, and how it is read back, in either store.

The tables are SQLite's in a folder and PostgreSQL's in a database; their columns are the same, and so are the
questions here, written in SQL that both understand: `{}.` stands for the place of the tables, `%s` for a value. Rows
of passages are numbered from 0 without gaps in the order of documents and of the passages in them: a row's number
is also the place of its vector and of its filter columns. This module must not know of files, vectors or questions.
"""

from __future__ import annotations

import functools
import json
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString, TypeVar

from indexer.document import Box, Document, Passage
from indexer.encode.cache import text_key
from indexer.encode.context import about, embedded_text
from indexer.structure.links import Link, Relation

Ask = Callable[[LiteralString, tuple[Any, ...]], Sequence[tuple[Any, ...]]]
"""Asks a statement's rows of a store; safe to use from several threads."""

_T = TypeVar("_T")
_BOX = struct.Struct("<i4d")
_ASKED_AT_ONCE = 500

_PASSAGE: LiteralString = (
    "p.row, p.id, d.id, p.kind, p.label, s.path, p.page, p.end_page, p.text, p.boxes FROM {}.passages p "
    "JOIN {}.documents d ON d.number = p.document JOIN {}.sections s ON s.number = p.section"
)
_LINK: LiteralString = "SELECT from_document, from_label, to_document, to_label, relation, from_passage, to_passage FROM {}.links "


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

    @property
    def rows(self) -> range:
        """Its passages' rows."""
        return range(self.first_row, self.end_row)


def document_row(number: int, document: Document, origin: Origin, first_row: int) -> tuple[Any, ...]:
    """A document's own row, in the order of its table's columns; its passages take the rows from `first_row` on."""
    return (
        number, document.id, document.file, origin.sha256, origin.bytes, origin.source, first_row,
        first_row + len(document.passages), about(document), header_of(document),
    )  # fmt: skip


def header_of(document: Document) -> str:
    """A document without its passages, as it is stored."""
    return _to_text(document.to_json(passages=False))


def passage_row(
    row: int, document: Document, passage: Passage, *, number: int, section: int, grade: int | None
) -> tuple[Any, ...]:
    """A passage's row, in the order of its table's columns, with the numbers of its document, section and grade."""
    return (
        row, passage.id, number, section, passage.kind, grade, passage.label, passage.page, passage.end_page,
        passage.text, b"".join(_BOX.pack(b.page, b.left, b.top, b.right, b.bottom) for b in passage.boxes),
        text_key(embedded_text(document, passage)),
    )  # fmt: skip


def link_row(link: Link) -> tuple[str | None, ...]:
    """A link's row, in the order of its table's columns."""
    return (
        link.from_document, link.from_label, link.to_document, link.to_label, link.relation,
        link.from_passage_id, link.to_passage_id,
    )  # fmt: skip


def section_path(section: tuple[str, ...]) -> str:
    """A heading path as it is stored: as JSON, since headings may hold any separator that one could choose."""
    return _to_text(section)


class StoredRows:
    """What is in one generation's tables."""

    def __init__(self, ask: Ask, links_in_order: LiteralString) -> None:
        """`links_in_order` is the column that links are ordered by."""
        self._ask = ask
        self._links_in_order = links_in_order

    def documents(self) -> list[StoredDocument]:
        """Every document's own row, in the order of their numbers."""
        rows = self._ask(
            "SELECT number, id, file, first_row, end_row, sha256, bytes, source FROM {}.documents ORDER BY number",
            (),
        )
        return [
            StoredDocument(number, id_, file, Origin(*origin), first, end)
            for number, id_, file, first, end, *origin in rows
        ]

    def headers(self) -> list[Document]:
        """Every document without its passages, in the order of their numbers."""
        rows = self._ask("SELECT header FROM {}.documents ORDER BY number", ())
        return [Document.from_json(json.loads(text)) for (text,) in rows]

    def vocabularies(self) -> tuple[list[tuple[str, ...]], list[str]]:
        """The heading paths and the grades, each in the order of their numbers."""
        paths = self._ask("SELECT path FROM {}.sections ORDER BY number", ())
        grades = self._ask("SELECT grade FROM {}.grades ORDER BY number", ())
        return [tuple(json.loads(path)) for (path,) in paths], [grade for (grade,) in grades]

    def document(self, document_id: str) -> Document | None:
        """One document with its passages in order; None where there is none of that id."""
        found = self._ask("SELECT header, first_row, end_row FROM {}.documents WHERE id = %s", (document_id,))
        if not found:
            return None
        header, *rows = found[0]
        passages = self._ask(
            "SELECT " + _PASSAGE + " WHERE p.row >= %s AND p.row < %s ORDER BY p.row", tuple(rows)
        )
        return Document.from_json(json.loads(header), tuple(map(_passage, passages)))

    def passage(self, passage_id: str) -> Passage | None:
        """One passage; None where there is none of that id."""
        found = self._ask("SELECT " + _PASSAGE + " WHERE p.id = %s", (passage_id,))
        return _passage(found[0]) if found else None

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of some rows, in the order given; IndexError where there is no such row."""
        return _in_order({row[0]: _passage(row) for row in self._at(_PASSAGE, rows)}, rows)

    def texts(self, rows: Sequence[int]) -> list[str]:
        """The texts of some rows, in the order given; IndexError where there is no such row."""
        found: dict[int, str] = dict(self._at("p.row, p.text FROM {}.passages p", rows))
        return _in_order(found, rows)

    def row_of(self, passage_id: str) -> int | None:
        """The row of a passage; None where there is none of that id."""
        found = self._ask("SELECT row FROM {}.passages WHERE id = %s", (passage_id,))
        return int(found[0][0]) if found else None

    def links(self, document_id: str | None = None) -> list[Link]:
        """The links from and to a document, or all of them, in the order in which they were added."""
        where: LiteralString = "" if document_id is None else "WHERE from_document = %s OR to_document = %s "
        values = () if document_id is None else (document_id, document_id)
        return self._links(where, values)

    def links_of(self, relation: Relation) -> list[Link]:
        """Every link of one relation, in the order in which they were added."""
        return self._links("WHERE relation = %s ", (relation,))

    def _links(self, where: LiteralString, values: tuple[str, ...]) -> list[Link]:
        return [Link(*row) for row in self._ask(_LINK + where + "ORDER BY " + self._links_in_order, values)]

    def _at(self, what: LiteralString, rows: Sequence[int]) -> Iterator[Any]:
        wanted = list(dict.fromkeys(rows))
        for start in range(0, len(wanted), _ASKED_AT_ONCE):
            part = wanted[start : start + _ASKED_AT_ONCE]
            marks: LiteralString = ",".join(["%s"] * len(part))
            yield from self._ask("SELECT " + what + " WHERE p.row IN (" + marks + ")", tuple(part))


def document_to_record(document: Document) -> dict[str, Any]:
    """The whole document as JSON-ready values, its passages under "passages", boxes included; floats bit for bit."""
    record = document.to_json(passages=False)
    record["passages"] = [
        {**passage.to_json(), "boxes": [[b.page, b.left, b.top, b.right, b.bottom] for b in passage.boxes]}
        for passage in document.passages
    ]
    return record


def document_from_record(record: Mapping[str, Any]) -> Document:
    """The document that `document_to_record` was given."""
    return Document.from_json(
        record,
        tuple(
            Passage(**{**p, "section": tuple(p["section"]), "boxes": tuple(Box(*box) for box in p["boxes"])})
            for p in record["passages"]
        ),
    )


def _to_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _in_order(found: Mapping[int, _T], rows: Sequence[int]) -> list[_T]:
    for row in rows:
        if row not in found:
            raise IndexError(f"no passage in row {row}")
    return [found[row] for row in rows]


def _passage(row: tuple[Any, ...]) -> Passage:
    _, id_, document_id, kind, label, path, page, end_page, text, boxes = row
    places = tuple(Box(*fields) for fields in _BOX.iter_unpack(boxes))
    return Passage(id_, document_id, kind, label, _section(path), page, end_page, text, places)


@functools.lru_cache(maxsize=8_192)
def _section(path: str) -> tuple[str, ...]:
    # Passages share their headings: most of a page of results has a few.
    return tuple(json.loads(path))
