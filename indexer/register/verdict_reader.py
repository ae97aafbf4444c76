"""What is said of a subject, read word by word: convolutions over word pieces, to which each subject attends by itself.

It stands beside the linear model of verdicts (verdict_model.py), which weighs runs of words wherever they stand; each errs
where the other doesn't. A piece's first layer depends on nothing but the piece, so that it is kept as a table. Attention of
each label after Mullenbach et al. 2018. This module must not know how its weights were learned (training/verdicts.py).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.register.verdict_model import OUTPUTS
from indexer.register.windows import Window
from indexer.register.word_weights import Floats

READER_FILE = Path(__file__).with_name("verdict_reader.npz")
DILATIONS = (1, 2, 1)
"""How far apart the pieces stand that a layer joins, three at a time."""
VECTOR_SCALE = 4.0
_EPSILON = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class VerdictReader:
    """Weights; `row` is each piece's row in `table`, (pieces,) and (rows, width); `layers` are (layers, 3 * width, width).

    `gains` and `shifts` are those of the normalisation after each layer, (layers, width); `query` and `own` are by subject.
    """

    encoder: str
    row: NDArray[np.int32]
    table: NDArray[np.int8]
    scales: Floats
    layers: Floats
    biases: Floats
    gains: Floats
    shifts: Floats
    key: Floats
    key_bias: Floats
    query: Floats
    own: Floats
    vector: Floats
    vector_bias: Floats
    hidden: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: Floats

    @classmethod
    def read(cls, path: Path) -> VerdictReader:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as numbers:
            whole = {"row": np.int32, "table": np.int8}
            arrays = {
                name: np.asarray(numbers[name], dtype=whole.get(name, np.float32))
                for name in cls.__slots__
                if name != "encoder"
            }
            return cls(encoder=numbers["encoder"].tobytes().decode(), **arrays)

    def save(self, path: Path) -> None:
        """Write the weights as plain arrays, in half precision where they aren't whole numbers."""
        arrays = {name: getattr(self, name) for name in self.__slots__ if name != "encoder"}
        halved = {
            name: one.astype(np.float16) if one.dtype == np.float32 else one for name, one in arrays.items()
        }
        encoder = np.frombuffer(self.encoder.encode(), dtype=np.uint8)
        np.savez_compressed(path, allow_pickle=False, encoder=encoder, **halved)

    def states(self, window: Window) -> Floats:
        """The states of a window's pieces, (pieces, width)."""
        rows = self.row[list(window.ids)]
        x = self.table[rows] * self.scales[rows, None]
        for layer, dilation in enumerate(DILATIONS):
            around = np.zeros((len(x) + 2 * dilation, x.shape[1]), dtype=np.float32)
            around[dilation:-dilation] = x
            joined = np.hstack([around[: len(x)], x, around[2 * dilation :]])
            x = x + _gelu(joined @ self.layers[layer] + self.biases[layer])
            mean = x.mean(axis=1, keepdims=True)
            spread = np.sqrt(((x - mean) ** 2).mean(axis=1, keepdims=True) + _EPSILON)
            x = (x - mean) / spread * self.gains[layer] + self.shifts[layer]
        return x

    def odds(
        self,
        windows: Sequence[Window],
        statement: NDArray[np.int64],
        subject: NDArray[np.int64],
        vectors: Floats,
    ) -> Floats:
        """The odds of every output for pairs, by number of sentence and subject, shape (pairs, outputs).

        `vectors` are the sentences', of length 1, by the encoder that is named, or else 0.
        """
        joined = np.zeros((len(statement), self.hidden.shape[0]), dtype=np.float32)
        order = np.argsort(statement, kind="stable")
        sorted_statements = statement[order]
        for window in windows:
            first, last = window.sentences[0][0], window.sentences[-1][0]
            if np.searchsorted(sorted_statements, first) == np.searchsorted(
                sorted_statements, last, side="right"
            ):
                continue
            states = self.states(window)
            keys = states @ self.key + self.key_bias
            for sentence, start, end in window.sentences:
                held = order[
                    np.searchsorted(sorted_statements, sentence) : np.searchsorted(
                        sorted_statements, sentence, side="right"
                    )
                ]
                if len(held) and start < end:
                    joined[held] = self._joined(states[start:end], keys[start:end], subject[held])
        width = self.vector.shape[1]
        own = self.own.shape[1]
        seen = vectors[statement] * np.float32(VECTOR_SCALE) @ self.vector + self.vector_bias
        joined[:, -own - width : -own] = _gelu(np.asarray(seen, dtype=np.float32))
        return np.asarray(
            _gelu(joined @ self.hidden + self.hidden_bias) @ self.out + self.out_bias, dtype=np.float32
        )

    def _joined(self, states: Floats, keys: Floats, subject: NDArray[np.int64]) -> Floats:
        """What is looked at of one sentence for some subjects; the sentence's vector is left for later."""
        odds = keys @ self.query[subject].T / np.sqrt(self.query.shape[1])
        weights = np.exp(odds - odds.max(axis=0))
        weights /= weights.sum(axis=0)
        whole = np.concatenate([states.mean(axis=0), states.max(axis=0), np.zeros(self.vector.shape[1])])
        return np.hstack(
            [weights.T @ states, np.tile(whole, (len(subject), 1)), self.own[subject]], dtype=np.float32
        )


@functools.cache
def load_verdict_reader() -> VerdictReader:
    """Read the fitted weights."""
    return VerdictReader.read(READER_FILE)


def together(one: Floats, other: Floats) -> Floats:
    """The odds of both models as one: the mean of their log chances, by output."""
    ends = np.cumsum(OUTPUTS)[:-1]
    parts = [
        _log_chances(a) + _log_chances(b)
        for a, b in zip(np.split(one, ends, axis=1), np.split(other, ends, axis=1), strict=True)
    ]
    return np.asarray(np.hstack(parts) / 2, dtype=np.float32)


def _log_chances(odds: Floats) -> Floats:
    highest = odds.max(axis=1, keepdims=True, initial=-np.inf)
    return np.asarray(odds - highest - np.log(np.exp(odds - highest).sum(axis=1, keepdims=True)))


def _gelu(x: Floats) -> Floats:
    """The usual approximation (Hendrycks and Gimpel 2016)."""
    return np.asarray(
        np.float32(0.5)
        * x
        * (1 + np.tanh(np.float32(0.7978845608) * x * (1 + np.float32(0.044715) * x * x))),
        dtype=np.float32,
    )
