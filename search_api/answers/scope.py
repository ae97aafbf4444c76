"""Whether a question is of the kind that is asked of inspection documents, by its vector.

"What does a place in a nursery cost?" and "how many places do nurseries keep for children in need?" share their
words; one of them is asked of these documents. A support vector machine (Cortes and Vapnik 1995) with a Gaussian
kernel compares a question with some hundred others of both kinds, fitted by `eval.answers.calibrate_refusal`. This
module looks at no document.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).with_name("scope.npz")
_STEPS = 127
"""Steps of a stored number on either side of 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The questions compared with: `vectors`, float32 of shape (n, dimension), length 1, with a weight each."""

    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: float
    gamma: float

    def of(self, vector: NDArray[np.float32]) -> float:
        """Say how plainly a question (a vector of length 1) is one that is asked here: above 0 it is, seldom beyond 2."""
        if not len(self.vectors):
            return 0.0
        distances = 2 - 2 * (self.vectors @ vector)
        return self.bias + float(np.exp(-self.gamma * distances) @ self.weights)


NO_SCOPE = Scope(np.empty((0, 0), dtype=np.float32), np.empty(0, dtype=np.float32), 0.0, 1.0)
"""Says 0 of every question."""


@functools.cache
def load_scope(file: Path = FILE) -> Scope:
    """Read what `save_scope` wrote; once, until `fits.read_again`."""
    with np.load(file, allow_pickle=False) as arrays:
        vectors = arrays["vectors"].astype(np.float32) * float(arrays["step"])
        return Scope(vectors, arrays["weights"], float(arrays["bias"]), float(arrays["gamma"]))


def save_scope(scope: Scope, file: Path = FILE) -> None:
    """Write a scope, its vectors in a byte a number; one file for the same scope, whenever it is written."""
    step = float(np.abs(scope.vectors).max()) / _STEPS
    np.savez(
        file,
        vectors=np.round(scope.vectors / step).astype(np.int8),
        step=np.float32(step),
        weights=scope.weights.astype(np.float32),
        bias=np.float32(scope.bias),
        gamma=np.float32(scope.gamma),
    )
