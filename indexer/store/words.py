"""The words of every row, as vectors of half a byte a number: what a question's words are compared with.

`encode.word_vectors` makes them when a passage is encoded. They are read from where they lie, a few hundred rows for a
question. `joined_words` writes the format and `WordStore` reads it. This module must not know how words are chosen or weighed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.encode.word_vectors import Asked, Words, unpacked
from indexer.store.arrays import Arrays
from indexer.store.sentence_vectors import Rows, in_order, ranges

_AT_ONCE = 1024
"""Words whose bytes are made numbers again at a time: they stay in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class WordedRows:
    """Rows of one text and its words, as `encode.word_vectors` packs them."""

    rows: Sequence[int]
    words: Words


def joined_words(
    old: WordStore | None,
    pairs: NDArray[np.int64],
    made: Sequence[WordedRows],
    rows: int,
    width: int,
) -> Arrays:
    """Lay out the words of `rows` rows: those of `pairs` (row, old row), shape (n, 2), as `old` has them, the others as
    they were made. A word takes `width` bytes.
    """
    begins, lengths = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    count = 0
    for text in made:
        places = np.asarray(text.rows, dtype=np.int64)
        begins[places], lengths[places] = count, len(text.words)
        count += len(text.words)
    codes = [np.empty((0, width), dtype=np.uint8), *(text.words for text in made)]
    if old is not None:
        begins[pairs[:, 0]] = count + old.offsets[pairs[:, 1]]
        lengths[pairs[:, 0]] = old.offsets[pairs[:, 1] + 1] - old.offsets[pairs[:, 1]]
        codes.append(old.codes)
    ends, order = in_order(begins, lengths)
    return {"offsets": ends, "codes": np.concatenate(codes)[order]}


class WordStore:
    """Words of every row, as stored; safe to use from several threads."""

    def __init__(self, arrays: Arrays) -> None:
        """`arrays` are those that `joined_words` made."""
        self.offsets, self.codes = arrays["offsets"], arrays["codes"]

    def take(self, row: int) -> Words:
        """The words of a row."""
        found: Words = self.codes[self.offsets[row] : self.offsets[row + 1]]
        return found

    def scores(self, asked: Asked, rows: Rows) -> NDArray[np.float32]:
        """How well each row's words answer a question's: the sum over the question's of the best cosine, weighed.

        `asked` is float32 (words, dimension), whose lengths add up to 1. Shape (number of rows,), in the order given; 0
        for a row without words.
        """
        places, offsets = ranges(self.offsets, np.asarray(rows, dtype=np.int64))
        found = np.zeros(len(offsets) - 1, dtype=np.float32)
        if not asked.size or asked.shape[1] != 2 * self.codes.shape[1]:
            return found
        codes = self.codes.take(places, axis=0)
        cosines = np.empty((len(codes), len(asked)), dtype=np.float32)
        columns = np.ascontiguousarray(asked.T)
        for start in range(0, len(codes), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            np.matmul(unpacked(codes[part]), columns, out=cosines[part])
        held = np.flatnonzero(np.diff(offsets))
        if len(held):
            # Rows without words take no part: reduceat would give them their neighbour's.
            found[held] = np.maximum.reduceat(cosines, offsets[held], axis=0).sum(axis=1)
        return found
