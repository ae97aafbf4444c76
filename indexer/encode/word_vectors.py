"""Vectors of single words in their context: late interaction, out of the states that the encoder makes anyway.

A passage's one vector says what it is about; which of its forty statements a question means is lost in the mean. Its
words' states, brought to few numbers by two trained matrices, keep that: a passage is worth the sum over the
question's words of the best cosine among its own words (MaxSim; ColBERT, Khattab and Zaharia 2020). The states come out of the
pass that makes the vector, so that neither a build nor a question encodes anything twice.

Beside them stands one more, for the question's own vector: everyday words lie apart from inspectors', and a linear map of
what is asked brings them nearer, while the passages' vectors stay as they are.

The matrices stand in the encoder's folder (`words.npz`, written by training.words); an encoder without them gives no words, and the
ranking goes without. This module must not know what a passage is, nor how words are stored.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.errors import UsageError

FILE = "words.npz"

Words = NDArray[np.uint8]
"""A passage's words, half a byte for each number: shape (words, dimension / 2), as `packed` makes them."""

Asked = NDArray[np.float32]
"""A question's words: shape (words, dimension); the longer one is, the more it counts."""

_STEP = 0.335
"""Between two of the sixteen numbers that are told apart, in standard deviations: what loses least of a normal
distribution (Max 1960).
"""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedQuestion:
    """A question's vector, float32 (dimension,), length 1; the same moved to where its answers are, `reach`; and its words,
    whose lengths add up to 1.
    """

    vector: NDArray[np.float32]
    reach: NDArray[np.float32]
    words: Asked


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """A text's tokens as the encoder leaves them: their states, (tokens, width), their numbers in the vocabulary, and the
    word that each is a piece of (None for the marks of a text's beginning and end).
    """

    states: NDArray[np.float32]
    ids: Sequence[int]
    words: Sequence[int | None]


NO_WORDS: Asked = np.empty((0, 0), dtype=np.float32)
"""A question's, from an encoder that gives none."""


class WordHead:
    """What makes words' vectors of an encoder's states."""

    def __init__(self, folder: Path) -> None:
        """Read the folder's matrices. Raises UsageError where they can't be read."""
        try:
            with np.load(folder / FILE, allow_pickle=False) as file:
                self._passage, self._question, self._weight = (
                    file[name].astype(np.float32) for name in ("passage", "question", "weight")
                )
                self._bias = float(file["bias"])
                self._reach = file["reach"].astype(np.float32)
                self._silent = frozenset(file["silent"].tolist())
        except (OSError, ValueError, KeyError) as error:
            raise UsageError(f"{folder / FILE} can't be read ({error}); restore it") from error
        self.dimension = int(self._passage.shape[1])

    def of_passage(self, tokens: Tokens, own: NDArray[np.bool_]) -> Words:
        """The words of a passage; `own` are the tokens that count."""
        return packed(_unit(telling_words(tokens, own, self._silent) @ self._passage))

    def reach_of(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """A question's vector, moved from how people ask to how passages answer; length 1."""
        moved = _unit((vector + vector @ self._reach)[None])
        return np.asarray(moved[0], dtype=np.float32)

    def of_question(self, tokens: Tokens) -> Asked:
        """The words of a question, float32 (tokens, dimension): each token but the first and the last."""
        inner = _unit(tokens.states[1:-1])
        weights = np.logaddexp(0.0, inner @ self._weight + self._bias)
        found = _unit(inner @ self._question) * (weights / max(float(weights.sum()), 1e-9))[:, None]
        return np.asarray(found, dtype=np.float32)


def telling_words(tokens: Tokens, own: NDArray[np.bool_], silent: Set[int]) -> NDArray[np.float32]:
    """Add up the states of each word's pieces, for the `own` tokens, in their order; float32 (words, width).

    Words all of whose pieces are `silent` ("the", a comma) say nothing by themselves and are left out.
    """
    groups: dict[int, list[int]] = {}
    telling = set()
    for place in np.flatnonzero(own).tolist():
        word = tokens.words[place]
        if word is not None:
            groups.setdefault(word, []).append(place)
            if tokens.ids[place] not in silent:
                telling.add(word)
    kept = [places for word, places in groups.items() if word in telling]
    if not kept:
        return np.empty((0, tokens.states.shape[1]), dtype=np.float32)
    begins = np.cumsum([0, *(len(places) for places in kept[:-1])])
    summed: NDArray[np.float32] = np.add.reduceat(tokens.states[np.concatenate(kept)], begins)
    return summed


def packed(vectors: NDArray[np.float32]) -> Words:
    """Bring vectors of length 1, (n, dimension), to half a byte a number; the dimension is a multiple of 4."""
    levels = np.clip(np.floor(vectors / _step(vectors.shape[1])) + 8, 0, 15).astype(np.uint8)
    found: Words = levels[:, 0::2] | levels[:, 1::2] << 4
    return found


def unpacked(words: Words) -> NDArray[np.float32]:
    """The vectors of words, float32 (n, dimension), of about length 1."""
    dimension = 2 * words.shape[1]
    # Two bytes, four numbers, at a time: a fifth of the time that shifting and masking takes.
    pairs = np.ascontiguousarray(words).view("<u2")
    return _fours(_step(dimension)).take(pairs).view(np.float32).reshape(len(words), dimension)


@functools.cache
def _fours(step: float) -> NDArray[np.complex128]:
    """The four numbers that each two bytes stand for, 16 bytes together."""
    halves = np.arange(65_536)[:, None] >> np.array([0, 4, 8, 12]) & 15
    found: NDArray[np.complex128] = ((halves - 7.5) * step).astype(np.float32).view(np.complex128)[:, 0]
    return found


def _step(dimension: int) -> float:
    return _STEP / float(np.sqrt(dimension)) if dimension else 1.0


def head_of(folder: Path) -> WordHead | None:
    """The folder's; None where its encoder gives no words."""
    return WordHead(folder) if (folder / FILE).is_file() else None


def _unit(rows: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))
