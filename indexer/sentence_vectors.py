"""Vectors of each passage's sentences, made when the index is built so that a question encodes none of them.

A sentence is encoded by itself, without what surrounds its passage. Its vector is kept in a byte a number,
with one scale for each sentence: cosines are off by 0.002 at most, which no ranking notices, and a quarter of
the memory does. Whoever writes this format reads it too. This module must not know what a question is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.arrays import Arrays
from indexer.encoding_cache import text_key
from indexer.sentences import sentences_of
from indexer.vectors import Vectors, inner_products

Rows = Sequence[int] | NDArray[np.integer[Any]]
Spans = NDArray[np.int32]
Offsets = NDArray[np.int64]

_AT_ONCE = 1024
"""Sentences whose bytes are made numbers again at a time: they stay in the processor's cache."""

_LARGEST = 127
_KEY = 16


@dataclass(frozen=True, slots=True, eq=False)
class Parted:
    """Rows of texts parted into sentences.

    Row n's sentences are `offsets[n]` to `offsets[n + 1]` of the others: `spans` are (start, end) characters
    of the row's text, shape (sentences, 2); `keys` find a sentence's vector again, shape (sentences, 16).
    """

    offsets: Offsets
    spans: Spans
    keys: NDArray[np.uint8]


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


def parted(texts: Iterable[str]) -> tuple[Parted, dict[bytes, str]]:
    """Part each row's text into sentences; gives the different sentences by key too."""
    lengths = [0]
    spans: list[tuple[int, int]] = []
    keys: list[bytes] = []
    different: dict[bytes, str] = {}
    for text in texts:
        found = sentences_of(text)
        lengths.append(len(found))
        for sentence in found:
            spans.append((sentence.start, sentence.end))
            keys.append(text_key(sentence.text))
            different.setdefault(keys[-1], sentence.text)
    return (
        Parted(
            np.cumsum(lengths, dtype=np.int64),
            np.array(spans, dtype=np.int32).reshape(-1, 2),
            np.frombuffer(bytearray(b"".join(keys)), dtype=np.uint8).reshape(-1, _KEY),
        ),
        different,
    )


def quantised(vectors: Vectors) -> Quantised:
    """Bring vectors, float32 (n, dimension), to a byte a number; each by itself, so that company changes none."""
    largest = np.abs(vectors).max(axis=1, initial=1e-9)
    scales = (largest / _LARGEST).astype(np.float32)
    return Quantised(np.rint(vectors / scales[:, None]).astype(np.int8), scales)


def sentence_arrays(sentences: Parted, vectors: Quantised) -> Arrays:
    """Lay sentences and their vectors out as they are stored."""
    return {
        "offsets": sentences.offsets,
        "spans": sentences.spans,
        "keys": sentences.keys,
        "codes": vectors.codes,
        "scales": vectors.scales,
    }


def encoded_sentences(texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Arrays:
    """Part and encode each row's text at once: for an index small enough to need no progress and no cache."""
    sentences, different = parted(texts)
    places = {key: place for place, key in enumerate(different)}
    vectors = quantised(encode(list(different.values())))
    order = [places[key] for key in _keys(sentences)]
    return sentence_arrays(sentences, Quantised(vectors.codes[order], vectors.scales[order]))


def joined(
    old: SentenceStore | None,
    new: Parted,
    pairs: NDArray[np.int64],
    vectors: Mapping[bytes, Vectors],
    dimension: int,
) -> Arrays:
    """Lay out the rows of `new`, but for those of `pairs` (row, old row), shape (n, 2), which come from `old`.

    Rows that come from `old` have no sentences in `new`. Of the others' sentences, `vectors` has float32
    vectors of length 1 by key; those that it lacks stand in `old`.
    """
    keys = _keys(new)
    made = [key for key in dict.fromkeys(keys) if key in vectors]
    fresh = quantised(np.array([vectors[key] for key in made], dtype=np.float32).reshape(-1, dimension))
    order = {key: place for place, key in enumerate(made)}
    lengths = np.diff(new.offsets)
    if old is None:
        places = np.array([order[key] for key in keys], dtype=np.int64)
        return sentence_arrays(new, Quantised(fresh.codes[places], fresh.scales[places]))
    order |= {key: len(made) + place for key, place in old.find(set(keys) - set(made)).items()}
    old_places, old_offsets = old.places(pairs[:, 1])
    lengths[pairs[:, 0]] = np.diff(old_offsets)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    # Where each sentence's text and its vector stand, among the new ones followed by the old.
    text_places = np.empty(int(offsets[-1]), dtype=np.int64)
    vector_places = np.empty_like(text_places)
    taken = _ranges(offsets, pairs[:, 0])[0]
    text_places[taken] = len(keys) + old_places
    vector_places[taken] = len(made) + old_places
    is_new = np.ones(len(text_places), dtype=np.bool_)
    is_new[taken] = False
    text_places[is_new] = np.arange(len(keys))
    vector_places[is_new] = [order[key] for key in keys]
    return sentence_arrays(
        Parted(
            offsets,
            np.concatenate([new.spans, old.sentences.spans])[text_places],
            np.concatenate([new.keys, old.sentences.keys])[text_places],
        ),
        Quantised(
            np.concatenate([fresh.codes, old.vectors.codes])[vector_places],
            np.concatenate([fresh.scales, old.vectors.scales])[vector_places],
        ),
    )


class SentenceStore:
    """Sentences of every row, as stored; safe to use from several threads."""

    def __init__(self, arrays: Arrays) -> None:
        """`arrays` are those that `sentence_arrays` made."""
        self.sentences = Parted(arrays["offsets"], arrays["spans"], arrays["keys"])
        self.vectors = Quantised(arrays["codes"], arrays["scales"])

    def take(self, rows: Rows) -> SentenceVectors:
        """The sentences of these rows, in the order asked."""
        places, offsets = self.places(rows)
        codes, scales = self.vectors.codes[places], self.vectors.scales[places]
        return SentenceVectors(offsets, self.sentences.spans[places], codes * scales[:, None])

    def scores(self, vector: Vectors, rows: Rows | None = None) -> NDArray[np.float32]:
        """The highest cosine of each row's sentences to a vector of length 1; 0 for a row without any.

        Shape (number of rows,), in the order asked; of every row where none are named.
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
        return _ranges(self.sentences.offsets, np.asarray(rows, dtype=np.int64))

    def find(self, keys: Collection[bytes]) -> dict[bytes, int]:
        """Where a sentence with each of these keys stands; those that aren't here are left out."""
        if not keys:
            return {}
        stored = {key: place for place, key in enumerate(_keys(self.sentences))}
        return {key: stored[key] for key in keys if key in stored}


def _keys(sentences: Parted) -> list[bytes]:
    data = sentences.keys.tobytes()
    return [data[start : start + _KEY] for start in range(0, len(data), _KEY)]


def _ranges(offsets: Offsets, rows: NDArray[np.int64]) -> tuple[Offsets, Offsets]:
    """Every number from `offsets[row]` to `offsets[row + 1]`, row after row, and where each row's begin."""
    begins = offsets[rows]
    lengths = offsets[rows + 1] - begins
    found = np.concatenate(([0], np.cumsum(lengths)))
    return np.arange(int(found[-1])) + np.repeat(begins - found[:-1], lengths), found
