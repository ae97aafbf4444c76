"""Runs of words as a linear model weighs them: TF-IDF of length 1 for each text, times one column of weights an output.

A vocabulary and its weights are plain arrays, so that reading a model runs no code. This module must not know what is
predicted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, eq=False)
class WordRows:
    """Texts as rows of known runs of words: row n holds `places[starts[n]:starts[n + 1]]`, with their values."""

    starts: NDArray[np.int64]
    places: NDArray[np.int64]
    values: Floats

    def times(self, weights: NDArray[np.generic], scales: Floats) -> Floats:
        """The product with weights, (vocabulary, outputs), each column to be scaled; shape (rows, outputs)."""
        found = np.zeros((len(self.starts) - 1, weights.shape[1]), dtype=np.float32)
        for row, (start, end) in enumerate(
            zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True)
        ):
            if end > start:
                found[row] = self.values[start:end] @ weights[self.places[start:end]].astype(np.float32)
        return found * scales


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Runs of words with their rarity (IDF), by place."""

    places: Mapping[str, int]
    rarity: Floats

    @classmethod
    def read(cls, numbers: Numbers, name: str) -> Vocabulary:
        """Read what `numbers` wrote under a name."""
        words = numbers[f"{name}.words"].tobytes().decode().split("\n")
        return cls(
            {word: place for place, word in enumerate(words)},
            np.asarray(numbers[f"{name}.rarity"], np.float32),
        )

    def numbers(self, name: str) -> dict[str, NDArray[np.generic]]:
        """Write it as arrays under a name."""
        words = "\n".join(self.places).encode()
        return {f"{name}.words": np.frombuffer(words, dtype=np.uint8), f"{name}.rarity": self.rarity}

    def rows(self, texts: Sequence[Sequence[str]]) -> WordRows:
        """Texts' known runs of words, weighed by 1 + log(count) and rarity, each text's of length 1."""
        starts = [0]
        places: list[int] = []
        values: list[float] = []
        for runs in texts:
            counts: dict[int, int] = {}
            for run in runs:
                place = self.places.get(run)
                if place is not None:
                    counts[place] = counts.get(place, 0) + 1
            places.extend(counts)
            values.extend(counts.values())
            starts.append(len(places))
        at = np.array(starts, dtype=np.int64)
        held = np.array(places, dtype=np.int64)
        weighed = ((1 + np.log(np.array(values, dtype=np.float32))) * self.rarity[held]).astype(np.float32)
        squares = np.concatenate(([0.0], np.cumsum(weighed.astype(np.float64) ** 2)))
        lengths = np.sqrt(np.maximum(squares[at[1:]] - squares[at[:-1]], 1e-12))
        weighed /= np.repeat(lengths, np.diff(at)).astype(np.float32)
        return WordRows(at, held, weighed)


def vocabulary_of(texts: Sequence[Sequence[str]], least: int) -> Vocabulary:
    """Every run of words that stands in at least so many texts, with its rarity among them."""
    counts: dict[str, int] = {}
    for runs in texts:
        for run in set(runs):
            counts[run] = counts.get(run, 0) + 1
    kept = sorted(run for run, count in counts.items() if count >= least)
    rarity = [np.log((1 + len(texts)) / (1 + counts[run])) + 1 for run in kept]
    return Vocabulary({run: place for place, run in enumerate(kept)}, np.array(rarity, dtype=np.float32))
