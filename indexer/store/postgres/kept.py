"""What PostgreSQL keeps between builds: documents as they were read, their files, and vectors not yet published.

All are found again by content, so that nothing is done twice by however many programs. Vectors go once they stand in
a generation, documents and files once no generation has them. This module must not know who builds what.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from indexer.document import Document
from indexer.encode.word_vectors import Words
from indexer.store.manifest import Manifest
from indexer.store.postgres.connections import Connection, PgHalfvec
from indexer.store.postgres.schema import storable
from indexer.store.rows import document_from_record, document_to_record
from indexer.store.sentence_vectors import Quantised, Spans
from indexer.store.vectors import Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A text as embedded, by its key: its vector, float32 (dimension,); its sentences' places and vectors;
    its words.
    """

    key: bytes
    vector: Vectors
    spans: Spans
    sentences: Quantised
    words: Words


def find_record(connection: Connection, name: str, sha256: str, reader: str) -> Document | None:
    """The document that this reading code made of a file; None where it hasn't read it, or couldn't."""
    row = connection.execute(
        "SELECT record FROM findings.read WHERE sha256 = %s AND name = %s AND reader = %s "
        "AND record IS NOT NULL",
        (sha256, name, reader),
    ).fetchone()
    return document_from_record(json.loads(row[0])) if row else None


def keep_record(
    connection: Connection,
    name: str,
    sha256: str,
    reader: str,
    *,
    document: Document | None,
    reason: str = "",
) -> None:
    """Store what became of a file: a document, or the reason why not."""
    record = None if document is None else json.dumps(document_to_record(document), ensure_ascii=True)
    connection.execute(
        "INSERT INTO findings.read VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (storable(name), sha256, reader, record, storable(reason)),
    )


def keep_original(connection: Connection, sha256: str, content: bytes) -> None:
    """Store a file by its content."""
    connection.execute(
        "INSERT INTO findings.originals VALUES (%s, %b) ON CONFLICT DO NOTHING", (sha256, content)
    )


def keep_encoded(connection: Connection, encoder_digest: str, encoded: Iterable[Encoded]) -> None:
    """Store vectors until they stand in a generation, loaded by binary COPY; within the caller's transaction."""
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS arriving (key bytea, vector halfvec, spans bytea, codes bytea, "
        "scales bytea, words bytea) ON COMMIT DELETE ROWS"
    )
    with connection.cursor().copy("COPY arriving FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["bytea", "halfvec", "bytea", "bytea", "bytea", "bytea"])
        for text in encoded:
            copy.write_row((
                text.key, to_halfvec(text.vector), text.spans.astype("<i4").tobytes(),
                text.sentences.codes.tobytes(), text.sentences.scales.astype("<f4").tobytes(),
                text.words.tobytes(),
            ))  # fmt: skip
    # In the order of keys, so that two writers of the same texts never wait for each other in a circle.
    connection.execute(
        "INSERT INTO findings.encoded SELECT DISTINCT ON (key) key, %s, vector, spans, codes, scales, words "
        "FROM arriving ORDER BY key ON CONFLICT DO NOTHING",
        (encoder_digest,),
    )
    connection.execute("TRUNCATE arriving")


def not_encoded(
    connection: Connection, keys: list[bytes], encoder_digest: str, old: Manifest | None
) -> list[bytes]:
    """Of texts' keys, those whose vectors are neither kept here nor in the generation `old`."""
    before: sql.Composable = sql.SQL("false")
    if old is not None:
        before = sql.SQL("EXISTS (SELECT FROM {}.passages p WHERE p.text_key = asked.key)").format(
            sql.Identifier(old.generation)
        )
    rows = connection.execute(
        sql.SQL(
            "SELECT asked.key FROM unnest(%s::bytea[]) AS asked(key) WHERE NOT {} AND NOT EXISTS "
            "(SELECT FROM findings.encoded e WHERE e.key = asked.key AND e.encoder = %s)"
        ).format(before),
        (keys, encoder_digest),
    ).fetchall()
    return [bytes(key) for (key,) in rows]


def count_encoded(connection: Connection, encoder_digest: str) -> tuple[int, int]:
    """How many vectors of an encoder are kept, and how long they are; 0 for none."""
    row = connection.execute(
        "SELECT count(*), coalesce(min(vector_dims(vector)), 0) FROM findings.encoded WHERE encoder = %s",
        (encoder_digest,),
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def files_of(connection: Connection, generation: str) -> set[str]:
    """The names of a generation's files."""
    names = sql.SQL("SELECT file FROM {}.documents").format(sql.Identifier(generation))
    return {name for (name,) in connection.execute(names)}


def clean_up(connection: Connection, build: int, generations: Iterable[str]) -> None:
    """Remove what a published build makes needless: every vector, and what is in none of these generations."""
    connection.execute("DELETE FROM findings.encoded")
    connection.execute(
        "DELETE FROM findings.read r WHERE NOT EXISTS "
        "(SELECT FROM findings.work w WHERE w.build = %s AND w.name = r.name AND w.sha256 = r.sha256)",
        (build,),
    )
    needed = sql.SQL(" UNION ").join(
        sql.SQL("SELECT sha256 FROM {}.documents").format(sql.Identifier(name)) for name in generations
    )
    connection.execute(sql.SQL("DELETE FROM findings.originals WHERE sha256 NOT IN ({})").format(needed))


def to_halfvec(vector: NDArray[np.floating[Any]]) -> PgHalfvec:
    """Write a vector in pgvector's binary form: two 16-bit numbers (length, 0), then big-endian half floats."""
    return PgHalfvec(len(vector).to_bytes(2, "big") + b"\0\0" + vector.astype(">f2").tobytes())
