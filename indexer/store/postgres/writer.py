"""One generation of an index in PostgreSQL, loaded by binary COPY and made the index, in one transaction.

Until it commits no reader sees any of it; a writer that dies leaves nothing behind, since making tables is
undone with the rest. Vectors never travel twice: they are taken by their texts' keys from the generation before
or from `findings.encoded`, within the server. What is written here, `postgres` reads. This module must not know
how documents are read or texts encoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from indexer.document import PASSAGE_KINDS, Document
from indexer.encode.context import about, grade_of, heading_of
from indexer.encode.word_pieces import load_word_pieces
from indexer.register.findings import FINDING_TYPE, FindingRows, find_findings, taken_over
from indexer.register.statements import PassageText
from indexer.store.arrays import Arrays
from indexer.store.columns import ROW_TYPE
from indexer.store.findings import stating
from indexer.store.lexical import lexical_arrays, stream_of
from indexer.store.manifest import Manifest
from indexer.store.postgres.connections import Connection
from indexer.store.postgres.lexical import stored_terms
from indexer.store.postgres.schema import (
    create_generation,
    finish_generation,
    new_generation,
    publish,
    storable,
)
from indexer.store.postgres.vectors import GenerationRows
from indexer.store.rows import Origin, document_row, link_row, passage_row, section_path
from indexer.structure.links import Link
from indexer.text.polarity import POLARITIES, polarity_of

EXACT_UP_TO = 50_000
"""Passages up to which every vector is compared with the question's; above, a graph leads to the nearest."""

PART = 8_000_000
"""Bytes in one row of an array."""

_GRAPH_MEMORY = "SET LOCAL maintenance_work_mem = '1GB'; SET LOCAL max_parallel_maintenance_workers = 2"


@dataclass(frozen=True, slots=True)
class DocumentFrom:
    """A document with its passages and the file that it was read from."""

    document: Document
    origin: Origin


@dataclass(frozen=True, slots=True, eq=False)
class RowsMade:
    """What is made of rows: `lexical.lexical_arrays`, each row's polarity, and their findings where they are known."""

    lexical: Arrays
    polarity: NDArray[np.integer[Any]]
    findings: FindingRows | None


def write_generation(
    connection: Connection,
    *,
    entries: Sequence[DocumentFrom],
    links: Sequence[Link],
    manifest: Manifest,
    old: Manifest | None,
    exact_up_to: int = EXACT_UP_TO,
    made: RowsMade | None = None,
) -> Manifest:
    """Write a generation and make it the index, within the caller's transaction; returns its manifest.

    `made` is what is known already of these entries' rows, None for nothing. Every passage's vector must stand in `findings.encoded` or, where `old` was made by the same encoder, in
    that generation; RuntimeError where one is missing.
    """
    manifest = replace(manifest, generation=new_generation())
    # A killed writer's tables are undone; waiting for the disk at the end is what makes the rest last.
    connection.execute(_GRAPH_MEMORY)
    create_generation(connection, manifest.generation, manifest.dimension)
    rows = _Numbered(entries)
    loader = _Loader(connection, manifest.generation)
    loader.load(
        "documents", ("int4", "text", "text", "text", "int8", "text", "int4", "int4", "text", "text"),
        rows.documents,
    )  # fmt: skip
    loader.load(
        "passages",
        ("int4", "text", "int4", "int4", "text", "int4", "text", "int4", "int4", "text", "bytea", "bytea"),
        rows.passages,
    )
    loader.load(
        "sections",
        ("int4", "text", "text"),
        ((number, path, heading) for path, (number, heading) in rows.sections.items()),
    )
    loader.load("grades", ("int4", "text"), ((number, grade) for grade, number in rows.grades.items()))
    loader.load(
        "links", ("int4", "text", "text", "text", "text", "text", "text", "text"),
        ((place, *link_row(link)) for place, link in enumerate(links)),
    )  # fmt: skip
    if made is None:
        polarity = [POLARITIES.index(polarity_of(p)) for entry in entries for p in entry.document.passages]
        made = RowsMade(lexical_arrays(stream_of(_texts(entries))), np.array(polarity, dtype=np.int8), None)
    loader.load(
        "postings", ("text", "bytea", "bytea", "bytea"),
        ((term.term, term.rows, term.counts, term.places) for term in stored_terms(made.lexical)),
    )  # fmt: skip
    columns = np.array(rows.columns, dtype=ROW_TYPE)
    loader.load(
        "arrays",
        ("text", "int4", "bytea"),
        _parts(
            (
                ("columns", columns),
                ("lengths", made.lexical["lengths"].astype("<i4")),
                ("polarity", made.polarity.astype(np.int8)),
            )
        ),
    )
    _fill_vectors(connection, manifest, old)
    findings = made.findings if made.findings is not None else _findings(connection, manifest, old, entries)
    loader.load("arrays", ("text", "int4", "bytea"), _parts((("findings", findings),)))
    finish_generation(
        connection, manifest.generation, manifest.dimension, graph=manifest.passages > exact_up_to
    )
    publish(connection, manifest)
    return manifest


class _Loader:
    def __init__(self, connection: Connection, generation: str) -> None:
        self._connection = connection
        self._schema = sql.Identifier(generation)

    def load(self, table: LiteralString, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        # Frozen at once: the table was made in this transaction, so nobody can see it too early.
        statement = sql.SQL("COPY {}.{} FROM STDIN (FORMAT BINARY, FREEZE)").format(
            self._schema, sql.Identifier(table)
        )
        with self._connection.cursor().copy(statement) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row([storable(value) if isinstance(value, str) else value for value in row])


class _Numbered:
    """Documents as rows, numbered as the index in a folder numbers them."""

    def __init__(self, entries: Sequence[DocumentFrom]) -> None:
        self.documents: list[tuple[Any, ...]] = []
        self.passages: list[tuple[Any, ...]] = []
        self.sections: dict[str, tuple[int, str]] = {}
        self.grades: dict[str, int] = {}
        self.columns: list[tuple[int, int, int, int]] = []
        for number, entry in enumerate(entries):
            document = entry.document
            self.documents.append(document_row(number, document, entry.origin, len(self.passages)))
            for p in document.passages:
                section, _ = self.sections.setdefault(
                    section_path(p.section), (len(self.sections) + 1, heading_of(p))
                )
                stands_under = grade_of(document, p)
                grade = None
                if stands_under is not None:
                    grade = self.grades.setdefault(stands_under, len(self.grades) + 1)
                self.columns.append((number, section - 1, (grade or 0) - 1, PASSAGE_KINDS.index(p.kind)))
                self.passages.append(
                    passage_row(len(self.passages), document, p, number=number, section=section, grade=grade)
                )


def _findings(
    connection: Connection, manifest: Manifest, old: Manifest | None, entries: Sequence[DocumentFrom]
) -> FindingRows:
    """Every row's findings, those of texts that the generation before held too taken from there if they aren't stale."""
    known, pairs = None, np.empty((0, 2), dtype=np.int64)
    if old is not None and (old.reader, old.encoder_digest) == (manifest.reader, manifest.encoder_digest):
        known, pairs = _findings_before(connection, manifest, old)
    have = set(pairs[:, 0].tolist())
    passages = (passage for entry in entries for passage in entry.document.passages)
    texts = (
        (row, PassageText(passage.kind, tuple(passage.section), passage.text))
        for row, passage in enumerate(passages)
        if row not in have
    )
    rows = GenerationRows(connection, manifest)
    found = find_findings(
        stating(texts, rows.take_vectors, rows.sentences), manifest.encoder, load_word_pieces()
    )
    return found if known is None else taken_over(known, pairs, found)


def _findings_before(
    connection: Connection, manifest: Manifest, old: Manifest
) -> tuple[FindingRows | None, NDArray[np.int64]]:
    """The findings of the generation before, and for each row whose text stood there (row, row there)."""
    schemas = {"new": sql.Identifier(manifest.generation), "old": sql.Identifier(old.generation)}
    parts = connection.execute(
        sql.SQL("SELECT data FROM {old}.arrays WHERE name = 'findings' ORDER BY part").format(**schemas),
        binary=True,
    ).fetchall()
    if not parts:
        return None, np.empty((0, 2), dtype=np.int64)
    pairs = connection.execute(
        sql.SQL(
            "SELECT p.row, k.row FROM {new}.passages p JOIN (SELECT text_key, min(row) AS row FROM {old}.passages "
            "GROUP BY 1) k ON k.text_key = p.text_key"
        ).format(**schemas)
    ).fetchall()
    known = np.frombuffer(b"".join(data for (data,) in parts), dtype=FINDING_TYPE)
    return known, np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _texts(entries: Sequence[DocumentFrom]) -> Iterable[tuple[str, str, str]]:
    for entry in entries:
        described = about(entry.document)
        yield from ((p.text, heading_of(p), described) for p in entry.document.passages)


def _parts(arrays: Iterable[tuple[str, NDArray[Any]]]) -> Iterable[tuple[str, int, bytes]]:
    for name, array in arrays:
        yield from ((name, part, data) for part, data in _cut(array.tobytes()))


def _cut(data: bytes) -> Iterable[tuple[int, bytes]]:
    return ((part, data[start : start + PART]) for part, start in enumerate(range(0, len(data) or 1, PART)))


_MADE_OF: dict[str, dict[str, LiteralString]] = {
    "vectors": {"vector": "halfvec"},
    "sentences": {"spans": "bytea", "codes": "bytea", "scales": "bytea"},
    "words": {"words": "bytea"},
}
"""What is taken over by a text's key: the tables' columns and their types."""


def _fill_vectors(connection: Connection, manifest: Manifest, old: Manifest | None) -> None:
    new = sql.Identifier(manifest.generation)
    for table, columns in _MADE_OF.items():
        names = [sql.Identifier(name) for name in columns]
        nothing = sql.SQL(", ").join(
            sql.SQL("NULL::{} AS {}").format(sql.SQL(kind), name)
            for kind, name in zip(columns.values(), names, strict=True)
        )
        before = sql.SQL("SELECT NULL::bytea AS text_key, {} WHERE false").format(nothing)
        if old is not None and old.encoder_digest == manifest.encoder_digest:
            before = sql.SQL(
                "SELECT p.text_key, v.* FROM (SELECT text_key, min(row) AS row FROM {old}.passages GROUP BY 1) p "
                "JOIN {old}.{table} v ON v.row = p.row"
            ).format(old=sql.Identifier(old.generation), table=sql.Identifier(table))
        taken = [sql.SQL("coalesce(e.{name}, o.{name})").format(name=name) for name in names]
        try:
            connection.execute(
                sql.SQL(
                    "INSERT INTO {new}.{table} SELECT p.row, {taken} FROM {new}.passages p "
                    "LEFT JOIN findings.encoded e ON e.key = p.text_key AND e.encoder = %s "
                    "LEFT JOIN ({before}) o ON o.text_key = p.text_key ORDER BY p.row"
                ).format(
                    new=new, table=sql.Identifier(table), taken=sql.SQL(", ").join(taken), before=before
                ),
                (manifest.encoder_digest,),
            )  # fmt: skip
        except psycopg.errors.NotNullViolation as error:
            raise RuntimeError("a passage was left without its vector") from error
