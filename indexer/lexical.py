"""Lexical search over FTS5, quick for the questions that people ask: words, any of which may be there.

BM25 adds up over phrases: a row's score for `"a" OR "b"` is its score for `"a"` plus its score for `"b"`. So
the rows and scores of each phrase are kept as arrays, and a question is the sum of its phrases' arrays; the
words that nearly every passage of a field holds are ranked by SQLite once, not with each question. Any other
expression goes to SQLite as it stands. This module must not know what a passage is.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Weights = tuple[float, float, float]
Found = list[tuple[int, float]]

_ANY_OF_PHRASES = re.compile(r'\s*"[^"]+"(?:\s+OR\s+"[^"]+")*\s*')
_PHRASE = re.compile(r'"[^"]+"')

KEPT_POSTINGS = 8_000_000
"""Rows with their scores, 12 bytes each, that are kept over all phrases; the longest unused go first."""

_MASK_IN_SQL = 2_000
"""Up to so many selected rows are given to SQLite; above, its ranking is read until enough rows are
selected."""

_MATCHES = "SELECT rowid, bm25(lexical, ?, ?, ?) AS score FROM lexical WHERE lexical MATCH ?"
_RANKED = _MATCHES + " ORDER BY score, rowid LIMIT ?"
# The plus keeps SQLite from looking each row up in the lexical index: it matches once and then tests.
_AMONG = "AND +rowid IN (SELECT value FROM json_each(?))"
_RANKED_AMONG = " ".join((_MATCHES, _AMONG, "ORDER BY score, rowid LIMIT ?"))


@dataclass(frozen=True, slots=True, eq=False)
class _Postings:
    """The rows that hold a phrase, ascending, and their scores (positive)."""

    rows: NDArray[np.int32]
    scores: NDArray[np.float64]


class LexicalIndex:
    """BM25 over the table `lexical`; safe to use from several threads."""

    def __init__(self, connect: Callable[[], AbstractContextManager[sqlite3.Connection]], rows: int) -> None:
        """`connect` lends a connection; `rows` is the number of rows, which count from 0."""
        self._connect = connect
        self._rows = rows
        self._kept: OrderedDict[tuple[str, Weights], _Postings] = OrderedDict()
        self._kept_postings = 0
        self._lock = threading.Lock()

    def search(self, match: str, limit: int, mask: Mask | None, weights: Weights) -> Found:
        """Rows that match and their scores (positive), highest first, then by row; only where `mask` is true.

        `weights` are of the columns, in their order. Raises sqlite3.OperationalError for an expression that
        FTS5 refuses.
        """
        if limit <= 0:
            return []
        if _ANY_OF_PHRASES.fullmatch(match):
            phrases = list(dict.fromkeys(_PHRASE.findall(match)))
            return self._sum([self._postings(phrase, weights) for phrase in phrases], limit, mask)
        with self._connect() as connection:
            return [(row, -score) for row, score in _ranked(connection, match, limit, mask, weights)]

    def search_terms(
        self, terms: Sequence[Sequence[tuple[str, float]]], limit: int, mask: Mask | None, weights: Weights
    ) -> Found:
        """Rows and scores as `search` gives them, for terms that may be worded in several ways.

        A term is its phrases, plain words parted by blanks, each with a weight. A row's score is the sum over
        the terms of the best of each term's weighted phrases: a passage that words one thing twice doesn't
        say more than one that words it once.
        """
        if limit <= 0:
            return []
        scores = np.zeros(self._rows)
        best = np.zeros(self._rows)
        for term in terms:
            found = [(self._postings(f'"{phrase}"', weights), weight) for phrase, weight in term]
            if len(found) == 1:
                scores[found[0][0].rows] += found[0][0].scores * found[0][1]
                continue
            for postings, weight in found:
                best[postings.rows] = np.maximum(best[postings.rows], postings.scores * weight)
            for postings, _ in found:
                # The first phrase of a row adds the row's best; what is left of it for the others is nothing.
                scores[postings.rows] += best[postings.rows]
                best[postings.rows] = 0.0
        return self._best(scores, limit, mask)

    def frequency(self, phrases: Sequence[str], weights: Weights) -> int:
        """The number of rows that hold any of the phrases, plain words parted by blanks."""
        rows = [self._postings(f'"{phrase}"', weights).rows for phrase in phrases]
        return len(rows[0]) if len(rows) == 1 else len(np.unique(np.concatenate(rows))) if rows else 0

    def _sum(self, phrases: list[_Postings], limit: int, mask: Mask | None) -> Found:
        scores = np.zeros(self._rows)
        for phrase in phrases:
            # A row stands once in a phrase's postings, so that plain indexing adds it once.
            scores[phrase.rows] += phrase.scores
        return self._best(scores, limit, mask)

    def _best(self, scores: NDArray[np.float64], limit: int, mask: Mask | None) -> Found:
        if mask is not None:
            scores[~mask] = 0.0
        rows = np.flatnonzero(scores)
        found = scores[rows]
        if len(rows) > limit:
            # The limit-th highest score, and all that equal it: the order among equals is by row.
            least = np.partition(found, len(found) - limit)[len(found) - limit]
            enough = found >= least
            rows, found = rows[enough], found[enough]
        order = np.argsort(-found, kind="stable")[:limit]
        return list(zip(rows[order].tolist(), found[order].tolist(), strict=True))

    def _postings(self, phrase: str, weights: Weights) -> _Postings:
        key = (phrase, weights)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        with self._connect() as connection:
            found = connection.execute(_MATCHES, (*weights, phrase)).fetchall()
        table = np.array(found, dtype=np.float64).reshape(len(found), 2)
        postings = _Postings(table[:, 0].astype(np.int32), -table[:, 1])
        with self._lock:
            if key not in self._kept:
                self._kept[key] = postings
                self._kept_postings += len(postings.rows)
            while self._kept_postings > KEPT_POSTINGS:
                _, oldest = self._kept.popitem(last=False)
                self._kept_postings -= len(oldest.rows)
        return postings


def _ranked(
    connection: sqlite3.Connection, match: str, limit: int, mask: Mask | None, weights: Weights
) -> Iterator[tuple[int, float]]:
    """Rows and BM25's scores, which SQLite gives as negative numbers, least first."""
    if mask is None or mask.all():
        return connection.execute(_RANKED, (*weights, match, limit))
    selected = np.flatnonzero(mask)
    if len(selected) <= _MASK_IN_SQL:
        return connection.execute(_RANKED_AMONG, (*weights, match, json.dumps(selected.tolist()), limit))
    every = connection.execute(_RANKED, (*weights, match, -1))
    return islice((found for found in every if mask[found[0]]), limit)
