"""Lexical search: where each term stands, laid out so that a question is a few array operations.

The passages' terms stand one after another in one long array, `stream`: a row's own words, then its headings,
then what is said of its document. Beside it stand, for each term, its places in the stream and the rows that
hold it with how often in each field. A row's score for a phrase is BM25 (Robertson and Zaragoza 2009) with
weighted fields, as SQLite's FTS5 computes it: k1 1.2, b 0.75, over the row's whole length. Of a
question nothing is kept but where its phrases stand. `lexical_arrays` writes the format and `ArrayPostings` reads
it; `LexicalIndex` scores. This module must not know what a passage is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.errors import QueryError
from indexer.store.arrays import Arrays
from indexer.store.vectors import best_of_all
from indexer.text.terms import term_of, terms_of, tokens_of

Mask = NDArray[np.bool_]
Scores = NDArray[np.float64]
Rows = NDArray[np.int64]
Weights = tuple[float, float, float]
Found = list[tuple[int, float]]
Texts = tuple[str, str, str]

FIELDS = ("text", "heading", "about")
"""A row's fields in their order: its own words, its headings, its document."""

_K1, _B = 1.2, 0.75
_LEAST_IDF = 1e-6
"""FTS5's own, for a phrase that more than half of the rows hold."""

_MOST_COUNTED = 255
"""How often a term can count in one field; BM25 hardly tells more from this."""

_PASS_SHARE = 8
"""Where a term's phrases hold more than this part of all rows, one pass over all is quicker than picking."""

_FEW_SHARE = 4
"""Where a mask leaves this part of all rows or less, the others are left out before anything is computed."""

_REMEMBERED = 512
"""Phrases whose rows are kept; each takes seven bytes a row."""

_JOINED = re.compile(r"\s+(OR|AND)\s+")
_PHRASE = re.compile(r'(?:(?P<field>[a-z]+)\s*:\s*)?"(?P<words>[^"]*)"')


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """Rows of terms: `terms` as numbers in `vocabulary`, row after row; `lengths` of each row's fields.

    `lengths` is of shape (rows, 3).
    """

    vocabulary: Sequence[str]
    terms: NDArray[np.int32]
    lengths: NDArray[np.int32]

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each row begins in `terms`, and where the last ends; shape (rows + 1,)."""
        return np.concatenate(([0], np.cumsum(self.lengths.sum(axis=1, dtype=np.int64))))


class _TermNumbers(dict[str, int]):
    """Numbers for words as they come; words of one term have one number."""

    def __init__(self) -> None:
        super().__init__()
        self.terms: dict[str, int] = {}

    def __missing__(self, token: str) -> int:
        number = self.terms.setdefault(term_of(token), len(self.terms))
        self[token] = number
        return number


def stream_of(rows: Iterable[Texts]) -> Stream:
    """Cut rows of texts into terms, in their order."""
    numbers = _TermNumbers()
    terms: list[NDArray[np.int32]] = []
    lengths: list[tuple[int, ...]] = []
    nothing = np.empty(0, dtype=np.int32)
    for texts in rows:
        if not any(texts):
            lengths.append((0,) * len(FIELDS))
            terms.append(nothing)
            continue
        parts = [[numbers[token] for token in tokens_of(text)] for text in texts]
        lengths.append(tuple(map(len, parts)))
        terms.append(np.array([number for part in parts for number in part], dtype=np.int32))
    return Stream(
        list(numbers.terms),
        np.concatenate([*terms, np.empty(0, dtype=np.int32)]),
        np.array(lengths, dtype=np.int32).reshape(len(lengths), len(FIELDS)),
    )


def taken_together(old: Stream, new: Stream, pairs: NDArray[np.int64]) -> Stream:
    """The rows of `new`, but for those of `pairs` (row, old row), shape (n, 2), which are taken from `old`.

    Rows that are taken are empty in `new`.
    """
    numbers = {term: number for number, term in enumerate(new.vocabulary)}
    renumbered = np.array([numbers.setdefault(term, len(numbers)) for term in old.vocabulary], dtype=np.int32)
    lengths = new.lengths.copy()
    lengths[pairs[:, 0]] = old.lengths[pairs[:, 1]]
    whole = Stream(list(numbers), np.empty(int(lengths.sum()), dtype=np.int32), lengths)
    fresh = np.ones(len(lengths), dtype=np.bool_)
    fresh[pairs[:, 0]] = False
    rows = np.flatnonzero(fresh)
    whole.terms[_places(whole.starts, rows)] = new.terms[_places(new.starts, rows)]
    taken = old.terms[_places(old.starts, pairs[:, 1])]
    whole.terms[_places(whole.starts, pairs[:, 0])] = renumbered[taken] if len(renumbered) else taken
    return whole


def _places(starts: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every place of these rows, row after row."""
    lengths = starts[rows + 1] - starts[rows]
    ends = np.cumsum(lengths)
    places: NDArray[np.int64] = np.arange(int(lengths.sum())) + np.repeat(
        starts[rows] - (ends - lengths), lengths
    )
    return places


def lexical_arrays(stream: Stream) -> Arrays:
    """Lay a stream out for searching; the same rows give the same arrays, however they came together."""
    used = np.unique(stream.terms)
    vocabulary = sorted((stream.vocabulary[number], number) for number in used.tolist())
    renumbered = np.zeros(len(stream.vocabulary) + 1, dtype=np.int32)
    renumbered[[number for _, number in vocabulary]] = np.arange(len(vocabulary), dtype=np.int32)
    terms = renumbered[stream.terms]
    sizes = stream.lengths.ravel()
    # Three fields a row: a field's number is that of its place among all rows' fields.
    fields = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    positions = np.argsort(terms, kind="stable").astype(np.uint32)
    holding, first = _runs(terms[positions], fields[positions] // len(FIELDS))
    field = fields[positions] % len(FIELDS)
    counts = np.zeros((len(FIELDS), len(first)), dtype=np.uint8)
    for number in range(len(FIELDS)):
        if len(first):
            found = np.add.reduceat((field == number).astype(np.int64), first)
            counts[number] = np.minimum(found, _MOST_COUNTED)
    names = [term.encode() for term, _ in vocabulary]
    return {
        "vocabulary": np.frombuffer(b"\n".join(names), dtype=np.uint8),
        "stream": terms,
        "lengths": stream.lengths,
        "positions": positions,
        "position_starts": _starts(terms[positions], len(names)),
        "postings": holding,
        "counts": counts,
        "posting_starts": _starts(terms[positions][first], len(names)),
    }


def _runs(terms: NDArray[np.int32], rows: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The row of each run of one term in one row, and where the run begins."""
    if not len(terms):
        return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
    first = np.flatnonzero(np.r_[True, (terms[1:] != terms[:-1]) | (rows[1:] != rows[:-1])])
    return rows[first], first


def _starts(sorted_terms: NDArray[np.int32], terms: int) -> NDArray[np.int64]:
    starts: NDArray[np.int64] = np.searchsorted(sorted_terms, np.arange(terms + 1)).astype(np.int64)
    return starts


def stored_stream(arrays: Arrays) -> Stream:
    """The stream that the arrays were made of."""
    names = bytes(arrays["vocabulary"]).decode()
    return Stream(names.split("\n") if names else [], arrays["stream"], arrays["lengths"])


@dataclass(frozen=True, slots=True, eq=False)
class Holding:
    """The rows that hold a phrase, ascending, and how often in each field: shape (3, rows)."""

    rows: NDArray[np.int32]
    counts: NDArray[Any]


def nothing_held() -> Holding:
    """No rows."""
    return Holding(np.empty(0, dtype=np.int32), np.zeros((len(FIELDS), 0), dtype=np.uint8))


def counted(
    begins: NDArray[np.int64], length: int, starts: NDArray[np.int64], lengths: NDArray[np.int32]
) -> Holding:
    """The rows in which a phrase of `length` terms begins at these places (ascending), and how often in each field.

    `starts` and `lengths` are those of the stream.
    """
    rows = np.searchsorted(starts, begins, side="right") - 1
    left = begins - starts[rows]
    field = np.zeros(len(rows), dtype=np.int64)
    room = lengths[rows].T
    ends = room[0].astype(np.int64)
    for number in range(1, len(FIELDS)):
        field += left >= ends
        ends = np.where(left >= ends, ends + room[number], ends)
    # A phrase stands within one field.
    whole = left + length <= ends
    rows, field = rows[whole], field[whole]
    # Places ascend, and with them the rows.
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    slots = np.cumsum(np.diff(rows, prepend=-1) > 0) - 1
    counts = np.bincount(field * len(first) + slots, minlength=len(FIELDS) * len(first))
    often = np.minimum(counts, _MOST_COUNTED).astype(np.uint8).reshape(len(FIELDS), len(first))
    return Holding(rows[first].astype(np.int32), often)


class Postings(Protocol):
    """Where terms stand: what `LexicalIndex` scores, from wherever it is stored."""

    lengths: NDArray[np.int32]
    """How many terms each row's fields have, shape (rows, 3)."""

    def holding(self, terms: Sequence[str]) -> Holding:
        """The rows that hold terms one after another in one field."""


class ArrayPostings:
    """Postings in the arrays that `lexical_arrays` made."""

    def __init__(self, arrays: Arrays) -> None:
        stream = stored_stream(arrays)
        self.lengths = stream.lengths
        self._numbers = {term: number for number, term in enumerate(stream.vocabulary)}
        self._arrays = arrays
        # Most phrases of questions are the vocabulary's, and come again.
        self._phrase = lru_cache(_REMEMBERED)(partial(_holding_phrase, stream, stream.starts, arrays))

    def holding(self, terms: Sequence[str]) -> Holding:
        """The rows that hold terms one after another in one field."""
        numbers = [self._numbers.get(term, -1) for term in terms]
        if not numbers or -1 in numbers:
            return nothing_held()
        if len(numbers) == 1:
            part = slice(*self._arrays["posting_starts"][numbers[0] : numbers[0] + 2].tolist())
            return Holding(self._arrays["postings"][part], self._arrays["counts"][:, part])
        return self._phrase(tuple(numbers))


def _holding_phrase(
    stream: Stream, starts: NDArray[np.int64], arrays: Arrays, numbers: tuple[int, ...]
) -> Holding:
    places = arrays["position_starts"]
    rarest = min(range(len(numbers)), key=lambda at: int(places[numbers[at] + 1] - places[numbers[at]]))
    part = slice(*places[numbers[rarest] : numbers[rarest] + 2].tolist())
    begins = arrays["positions"][part].astype(np.int64) - rarest
    begins = begins[(begins >= 0) & (begins + len(numbers) <= len(stream.terms))]
    for at, number in enumerate(numbers):
        if at != rarest:
            begins = begins[stream.terms[begins + at] == number]
    return counted(begins, len(numbers), starts, stream.lengths)


class LexicalIndex:
    """BM25 over postings; safe to use from several threads."""

    def __init__(self, postings: Postings) -> None:
        self._postings = postings
        self._rows = len(postings.lengths)
        lengths = postings.lengths.sum(axis=1, dtype=np.int64)
        mean = float(lengths.mean()) if self._rows else 1.0
        self._norms: Scores = _K1 * (1 - _B + _B * lengths / max(mean, 1e-9))

    def scores(
        self, terms: Sequence[Sequence[tuple[str, float]]], weights: Weights, mask: Mask | None = None
    ) -> Scores:
        """Every row's score, shape (rows,), 0 where nothing is found, for terms worded in several ways.

        Where `mask` is false, a score may be 0 though something is found.

        A term is its phrases, plain words separated by blanks, each with a weight. A row's score is the sum over
        the terms of the best of each term's weighted phrases: a passage that words one thing twice doesn't
        say more than one that words it once.
        """
        scores: Scores = np.zeros(self._rows)
        best: Scores = np.zeros(self._rows)
        # Of a question about one council most rows that hold a word are others': they are left out first.
        few = mask is not None and np.count_nonzero(mask) <= self._rows // _FEW_SHARE
        among = mask if few else None
        for term in terms:
            found = [(*self._scored(phrase, weights, among=among), weight) for phrase, weight in term]
            if len(found) == 1:
                rows, values, weight = found[0]
                # A row stands once among a phrase's rows, so that plain indexing adds it once.
                scores[rows] += values * weight
                continue
            for rows, values, weight in found:
                best[rows] = np.maximum(best.take(rows), values * weight)
            if sum(len(rows) for rows, _, _ in found) > self._rows // _PASS_SHARE:
                scores += best
                best[:] = 0.0
                continue
            for rows, _, _ in found:
                # The first phrase of a row adds the row's best; what is left of it for the others is nothing.
                scores[rows] += best.take(rows)
                best[rows] = 0.0
        return scores

    def search_terms(
        self, terms: Sequence[Sequence[tuple[str, float]]], limit: int, mask: Mask | None, weights: Weights
    ) -> Found:
        """The rows that `scores` puts highest, then by row, and their scores; only where `mask` is true."""
        return _best(self.scores(terms, weights, mask), limit, mask) if limit > 0 else []

    def search(self, match: str, limit: int, mask: Mask | None, weights: Weights) -> Found:
        """Rows and scores as `search_terms` gives them, for phrases in double quotes joined by OR or by AND.

        `text:`, `heading:` or `about:` before a phrase looks in that field only. Raises QueryError for any
        other expression.
        """
        parts = _JOINED.split(match.strip().removeprefix("(").removesuffix(")"))
        joins = set(parts[1::2])
        phrases = [_PHRASE.fullmatch(part) for part in parts[::2]]
        if len(joins) > 1 or not all(phrases):
            raise QueryError("the question can't be looked up as it stands; use plain words")
        asked = dict.fromkeys((found["words"], found["field"]) for found in phrases if found)
        scores: Scores = np.zeros(self._rows)
        holding = np.zeros(self._rows, dtype=np.int32)
        for words, field in asked:
            rows, values = self._scored(words, weights, field)
            scores[rows] += values
            holding[rows] += 1
        if joins == {"AND"}:
            scores[holding < len(asked)] = 0.0
        return _best(scores, limit, mask) if limit > 0 else []

    def rows_with(self, phrase: str, field: str | None = None) -> Rows:
        """The rows that hold a phrase (plain words separated by blanks), ascending; in one field where named."""
        return self._held(self._holding(phrase), field).rows.astype(np.int64)

    def frequency(self, phrases: Sequence[str]) -> int:
        """The number of rows that hold any of the phrases."""
        rows = [self._holding(phrase).rows for phrase in phrases]
        return len(rows[0]) if len(rows) == 1 else len(np.unique(np.concatenate(rows))) if rows else 0

    def _scored(
        self, phrase: str, weights: Weights, field: str | None = None, among: Mask | None = None
    ) -> tuple[Rows, Scores]:
        held = self._held(self._holding(phrase), field)
        count = len(held.rows)
        idf = max(float(np.log((self._rows - count + 0.5) / (count + 0.5))), _LEAST_IDF)
        if among is not None:
            kept = np.flatnonzero(among.take(held.rows))
            held = Holding(held.rows.take(kept), held.counts.take(kept, axis=1))
            count = len(kept)
        often: Scores = np.zeros(count)
        for weight, counts in zip(weights, held.counts, strict=True):
            if weight:
                often += weight * counts
        # Turned into what arrays are indexed by once, not at each use.
        rows = held.rows.astype(np.intp)
        values: Scores = idf * (_K1 + 1) * often
        often += self._norms.take(rows)
        values /= often
        return rows, values

    def _held(self, held: Holding, field: str | None) -> Holding:
        if field is None:
            return held
        if field not in FIELDS:
            raise QueryError(f"there is no field {field!r}; use {', '.join(FIELDS)}")
        number = FIELDS.index(field)
        here = held.counts[number] > 0
        counts = np.zeros((len(FIELDS), int(np.count_nonzero(here))), dtype=held.counts.dtype)
        counts[number] = held.counts[number][here]
        return Holding(held.rows[here], counts)

    def _holding(self, phrase: str) -> Holding:
        return self._postings.holding(terms_of(phrase))


def _best(scores: Scores, limit: int, mask: Mask | None) -> Found:
    if mask is not None:
        scores *= mask
    rows = best_of_all(scores, limit, 0.0)
    return list(zip(rows.tolist(), scores[rows].tolist(), strict=True))
