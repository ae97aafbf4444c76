"""Vectors in PostgreSQL: the nearest of them by pgvector, and those of some rows, of passages and of sentences.

Exact while a pass over all vectors is quick enough, and always for few selected rows; else by the graph (HNSW),
walked on until enough of what it finds is selected. A filter travels as one bit a row, so that the database
needs to know nothing of filters. Numbers are kept in half precision, which moves a cosine by some 0.00005: half
the memory, and pgvector's code for it suits itself to the processor it runs on. This module must not know what a passage is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, LiteralString, TypeVar

import numpy as np
from psycopg import sql

from indexer.encode.word_vectors import Asked
from indexer.store.arrays import Arrays
from indexer.store.columns import Mask
from indexer.store.manifest import Manifest
from indexer.store.postgres.connections import Connection, Readers
from indexer.store.postgres.kept import to_halfvec
from indexer.store.sentence_vectors import SentenceStore, SentenceVectors
from indexer.store.stored_index import Found, Rows, Vectors
from indexer.store.words import WordStore

LOOKED_UP = 10_000
"""Up to so many selected rows are looked up and compared one by one, whatever the size of the index."""

MOST_NEAREST = 1_000
"""The graph gives so many at most: pgvector's own limit."""

_FEWER = 0.2
"""Below this share of selected rows, looking them up is quicker than a pass over all."""

_AT_ONCE = 2_000
"""Rows whose vectors are fetched at a time."""

_WALK = (
    "SELECT set_config('hnsw.ef_search', %s, false), set_config('hnsw.iterative_scan', 'strict_order', false), "
    "set_config('hnsw.max_scan_tuples', '200000', false)"
)
_NEAREST: LiteralString = (
    "WITH near AS MATERIALIZED (SELECT row, vector <#> %(query)s AS distance FROM {schema}.vectors {where} "
    "ORDER BY vector <#> %(query)s LIMIT %(limit)s) SELECT row, -distance FROM near ORDER BY distance, row"
)
_EXACT: LiteralString = (
    "WITH compared AS MATERIALIZED (SELECT row, vector <#> %(query)s AS distance FROM {schema}.vectors {where}) "
    "SELECT row, -distance FROM compared ORDER BY distance, row LIMIT %(limit)s"
)
# Which rows: none left out, those of a bit string (one bit a row, lowest first), or those of a list.
_EVERY: LiteralString = ""
_BY_BITS: LiteralString = "WHERE get_bit(%(bits)s, row) = 1"
_LISTED: LiteralString = "WHERE row = ANY(%(rows)s)"


class _ByRow:
    """What one generation keeps for each row; safe to use from several threads."""

    def __init__(self, readers: Readers | _One, manifest: Manifest) -> None:
        self._readers = readers
        self._count, self._dimension = manifest.passages, manifest.dimension
        self._word_dimension = manifest.word_dimension
        self._schema = sql.Identifier(manifest.generation)

    def _fetch(self, what: LiteralString, rows: Rows) -> list[tuple[Any, ...]]:
        """The columns of these rows, in the order given; IndexError for a row that isn't there."""
        distinct, places = np.unique(np.asarray(rows, dtype=np.int64), return_inverse=True)
        text = sql.SQL("SELECT " + what + " WHERE row = ANY(%s) ORDER BY row").format(self._schema)
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(distinct), _AT_ONCE):
            found += self._readers.run(partial(_ask, text, distinct[start : start + _AT_ONCE].tolist()))
        if len(found) != len(distinct):
            raise IndexError("one of the rows isn't there")
        return [found[place] for place in places.tolist()]

    def take_vectors(self, rows: Rows) -> Vectors:
        """The vectors of these rows, float32 (number of rows, dimension), in the order given."""
        # pgvector's binary form: two 16-bit numbers, then the vector's half floats.
        data = b"".join(bytes(vector)[4:] for (vector,) in self._fetch("vector FROM {}.vectors", rows))
        return np.frombuffer(data, dtype=">f2").astype(np.float32).reshape(-1, self._dimension)

    def sentences_of(self, rows: Rows) -> SentenceStore:
        """The sentences of these rows, as a store whose row n is the n-th given."""
        found = self._fetch("spans, codes, scales FROM {}.sentences", rows)
        spans, codes, scales = (b"".join(row[part] for row in found) for part in range(3))
        arrays: Arrays = {
            "offsets": np.cumsum([0, *(len(row[2]) // 4 for row in found)], dtype=np.int64),
            "spans": np.frombuffer(spans, dtype="<i4").reshape(-1, 2),
            "codes": np.frombuffer(codes, dtype=np.int8).reshape(-1, self._dimension),
            "scales": np.frombuffer(scales, dtype="<f4"),
        }
        return SentenceStore(arrays)

    def words_of(self, rows: Rows) -> WordStore:
        """The words of these rows, as a store whose row n is the n-th given."""
        found = [words for (words,) in self._fetch("words FROM {}.words", rows)]
        width = self._word_dimension // 2
        codes = np.frombuffer(b"".join(found), dtype=np.uint8)
        return WordStore(
            {
                "offsets": np.cumsum([0, *(len(words) // max(1, width) for words in found)], dtype=np.int64),
                "codes": codes.reshape(len(codes) // max(1, width), width),
            }
        )


class GenerationRows(_ByRow):
    """What a generation that is being written keeps for each row, asked for in its writer's transaction."""

    def __init__(self, connection: Connection, manifest: Manifest) -> None:
        super().__init__(_One(connection), manifest)

    def sentences(self, rows: Rows) -> SentenceVectors:
        """The sentences of these rows, in the order given."""
        return self.sentences_of(rows).take(range(len(rows)))


_Result = TypeVar("_Result")


class _One:
    """One connection, in the place of a reader's many."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, ask: Callable[[Connection], _Result]) -> _Result:
        """Ask it."""
        return ask(self._connection)


class PostgresVectors(_ByRow):
    """The vectors of one generation's passages."""

    def __init__(self, readers: Readers, manifest: Manifest) -> None:
        super().__init__(readers, manifest)
        graphs = readers.run(
            lambda connection: connection.execute(
                "SELECT count(*) FROM pg_indexes WHERE schemaname = %s AND indexdef LIKE '%%USING hnsw%%'",
                (manifest.generation,),
            ).fetchone()
        )
        self._graph = bool(graphs and graphs[0])

    def search(self, vector: Vectors, limit: int, mask: Mask | None) -> Found:
        """The nearest rows and their inner products, highest first, then by row; only where `mask` is true.

        By the graph, MOST_NEAREST at most.
        """
        if len(vector) != self._dimension:
            raise ValueError(f"a vector of length {len(vector)} among vectors of length {self._dimension}")
        allowed = self._count if mask is None else int(np.count_nonzero(mask))
        limit = min(limit, allowed)
        if limit <= 0:
            return []
        asked: dict[str, Any] = {"query": to_halfvec(np.asarray(vector)), "limit": limit}
        statement, where = (_NEAREST if self._graph else _EXACT), _EVERY
        if mask is not None and self._is_looked_up(allowed):
            statement, where, asked["rows"] = _EXACT, _LISTED, np.flatnonzero(mask).tolist()
        elif mask is not None and allowed < self._count:
            where, asked["bits"] = _BY_BITS, np.packbits(mask, bitorder="little").tobytes()
        text = sql.SQL(statement).format(schema=self._schema, where=sql.SQL(where))
        walking = statement is _NEAREST
        if walking:
            asked["limit"] = min(limit, MOST_NEAREST)

        def ask(connection: Connection) -> Found:
            if walking:
                width = min(MOST_NEAREST, max(200, 2 * limit))
                connection.execute(_WALK, (str(width),))
            found = connection.execute(text, asked, binary=True).fetchall()
            return [(int(row), float(cosine)) for row, cosine in found]

        return self._readers.run(ask)

    def scores(self, vector: Vectors, mask: Mask | None = None) -> Vectors:
        """Every row's inner product, float32 (rows,); any value where `mask` is false.

        By the graph, rows beyond the nearest have the score of the last of them, which none exceeds.
        """
        found = self.search(vector, self._count, mask)
        scores = np.zeros(self._count, dtype=np.float32)
        if found:
            scores.fill(found[-1][1])
            scores[[row for row, _ in found]] = [score for _, score in found]
        return scores

    def take(self, rows: Rows) -> Vectors:
        """The vectors of these rows, float32 (number of rows, dimension), in the order given."""
        return self.take_vectors(rows)

    def _is_looked_up(self, selected: int) -> bool:
        return selected <= LOOKED_UP and (self._graph or selected < self._count * _FEWER)


class PostgresSentences(_ByRow):
    """The vectors of one generation's sentences."""

    def take(self, rows: Rows) -> SentenceVectors:
        """The sentences of these rows, in the order given."""
        return self.sentences_of(rows).take(range(len(rows)))

    def scores(self, vector: Vectors, rows: Rows | None = None) -> Vectors:
        """The highest inner product of each row's sentences; 0 for a row without; in the order given."""
        wanted = np.asarray(range(self._count) if rows is None else rows, dtype=np.int64)
        parts = [
            self.sentences_of(wanted[start : start + _AT_ONCE]).scores(vector)
            for start in range(0, len(wanted), _AT_ONCE)
        ]
        return np.concatenate([*parts, np.empty(0, dtype=np.float32)])


class PostgresWords(_ByRow):
    """The words of one generation's passages."""

    def scores(self, asked: Asked, rows: Rows) -> Vectors:
        """How well each row's words answer a question's; in the order given."""
        if not asked.size or not self._word_dimension:
            return np.zeros(len(rows), dtype=np.float32)
        return self.words_of(rows).scores(asked, range(len(rows)))


def _ask(text: sql.Composed, rows: list[int], connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(text, (rows,), binary=True).fetchall()
