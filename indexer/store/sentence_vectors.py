"""Vectors of each passage's sentences, made when the index is built so that a question encodes none of them.

A sentence's vector comes out of the same pass of the encoder as its passage's, where the encoder can
(`encode_with_spans`). It is kept in a byte a number, with one scale for each sentence: cosines are off by
0.002 at most, which no ranking notices, and a quarter of the memory does. `joined` writes the format and
`SentenceStore` reads it. This module must not know what a question is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.store.arrays import Arrays
from indexer.store.vectors import Vectors, inner_products
from indexer.text.sentences import sentences_of

Rows = Sequence[int] | NDArray[np.integer[Any]]
Spans = NDArray[np.int32]
Offsets = NDArray[np.int64]

_AT_ONCE = 1024
"""Sentences whose bytes are made numbers again at a time: they stay in the processor's cache."""

_LARGEST = 127


@dataclass(frozen=True, slots=True, eq=False)
class SentencePlaces:
    """Where the sentences of rows of texts stand.

    Row n's sentences are `offsets[n]` to `offsets[n + 1]` of the others: `spans` are (start, end) characters
    of the row's text, shape (sentences, 2).
    """

    offsets: Offsets
    spans: Spans


@dataclass(frozen=True, slots=True, eq=False)
class Quantised:
    """Vectors in a byte a number: vector n is `codes[n] * scales[n]`; shapes (n, dimension) and (n,)."""

    codes: NDArray[np.int8]
    scales: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class SentenceVectors:
    """Sentences of some rows: row n's are `offsets[n]` to `offsets[n + 1]` of `spans` and `vectors`.

    `spans` are (start, end) characters of the passage's text, shape (sentences, 2); `vectors` are float32 of
    shape (sentences, dimension), of length 1.
    """

    offsets: Offsets
    spans: Spans
    vectors: Vectors


def quantised(vectors: Vectors) -> Quantised:
    """Bring vectors, float32 (n, dimension), to a byte a number; each by itself, so that company changes none."""
    largest = np.abs(vectors).max(axis=1, initial=1e-9)
    scales = (largest / _LARGEST).astype(np.float32)
    return Quantised(np.rint(vectors / scales[:, None]).astype(np.int8), scales)


def sentence_arrays(sentences: SentencePlaces, vectors: Quantised) -> Arrays:
    """Lay sentences and their vectors out as they are stored."""
    return {
        "offsets": sentences.offsets,
        "spans": sentences.spans,
        "codes": vectors.codes,
        "scales": vectors.scales,
    }


@dataclass(frozen=True, slots=True, eq=False)
class SentencedRows:
    """Rows of one text: its sentences' spans, shape (n, 2), and vectors, float32 (n, dimension), length 1."""

    rows: Sequence[int]
    spans: Spans
    vectors: Vectors


def sentence_spans(text: str) -> Spans:
    """Where a text's sentences stand: (start, end) characters, shape (n, 2)."""
    return np.array([(found.start, found.end) for found in sentences_of(text)], dtype=np.int32).reshape(-1, 2)


def joined(
    old: SentenceStore | None,
    pairs: NDArray[np.int64],
    made: Sequence[SentencedRows],
    rows: int,
    dimension: int,
) -> Arrays:
    """Lay out the sentences of `rows` rows: those of `pairs` (row, old row), shape (n, 2), as `old` has them,
    the others as they were made.
    """
    begins, lengths = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    sentences = 0
    for text in made:
        places = np.asarray(text.rows, dtype=np.int64)
        begins[places], lengths[places] = sentences, len(text.spans)
        sentences += len(text.spans)
    spans = [np.empty((0, 2), dtype=np.int32), *(text.spans for text in made)]
    fresh = [quantised(text.vectors) for text in made]
    codes = [np.empty((0, dimension), dtype=np.int8), *(vectors.codes for vectors in fresh)]
    scales = [np.empty(0, dtype=np.float32), *(vectors.scales for vectors in fresh)]
    if old is not None:
        offsets = old.sentences.offsets
        begins[pairs[:, 0]] = sentences + offsets[pairs[:, 1]]
        lengths[pairs[:, 0]] = offsets[pairs[:, 1] + 1] - offsets[pairs[:, 1]]
        spans.append(old.sentences.spans)
        codes.append(old.vectors.codes)
        scales.append(old.vectors.scales)
    ends, order = in_order(begins, lengths)
    return sentence_arrays(
        SentencePlaces(ends, np.concatenate(spans)[order]),
        Quantised(np.concatenate(codes)[order], np.concatenate(scales)[order]),
    )


class SentenceStore:
    """Sentences of every row, as stored; safe to use from several threads."""

    def __init__(self, arrays: Arrays) -> None:
        """`arrays` are those that `sentence_arrays` made."""
        self.sentences = SentencePlaces(arrays["offsets"], arrays["spans"])
        self.vectors = Quantised(arrays["codes"], arrays["scales"])

    def take(self, rows: Rows) -> SentenceVectors:
        """The sentences of these rows, in the order given."""
        places, offsets = self.places(rows)
        codes, scales = self.vectors.codes[places], self.vectors.scales[places]
        return SentenceVectors(offsets, self.sentences.spans[places], codes * scales[:, None])

    def scores(self, vector: Vectors, rows: Rows | None = None) -> NDArray[np.float32]:
        """The highest cosine of each row's sentences to a vector of length 1; 0 for a row without any.

        Shape (number of rows,), in the order given; of every row where none are named.
        """
        if rows is None:
            codes, scales, offsets = self.vectors.codes, self.vectors.scales, self.sentences.offsets
        else:
            places, offsets = self.places(rows)
            codes, scales = self.vectors.codes[places], self.vectors.scales[places]
        cosines = np.empty(len(codes), dtype=np.float32)
        for start in range(0, len(codes), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            cosines[part] = inner_products(codes[part].astype(np.float32), vector)
        cosines *= scales
        found = np.zeros(len(offsets) - 1, dtype=np.float32)
        held = np.flatnonzero(np.diff(offsets))
        if len(held):
            # Rows without sentences take no part: reduceat would give them their neighbour's.
            found[held] = np.maximum.reduceat(cosines, offsets[held])
        return found

    def places(self, rows: Rows) -> tuple[Offsets, Offsets]:
        """Where the sentences of these rows stand, row after row, and where each row's begin among them."""
        return ranges(self.sentences.offsets, np.asarray(rows, dtype=np.int64))


def ranges(offsets: Offsets, rows: NDArray[np.int64]) -> tuple[Offsets, Offsets]:
    """Every number from `offsets[row]` to `offsets[row + 1]`, row after row, and where each row's begin."""
    found, order = in_order(offsets[rows], offsets[rows + 1] - offsets[rows])
    return order, found


def in_order(begins: Offsets, lengths: Offsets) -> tuple[Offsets, Offsets]:
    """For runs of numbers that begin at `begins`: where each run's begin once they stand one after another, and the numbers."""
    ends = np.concatenate(([0], np.cumsum(lengths)))
    return ends, np.arange(int(ends[-1])) + np.repeat(begins - ends[:-1], lengths)
