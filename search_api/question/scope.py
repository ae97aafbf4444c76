"""Whether a question is of the kind that inspection documents answer, by its likeness to example questions.

"What does a place in a nursery cost?" and "how many places do nurseries keep for children in need?" share their
words; one of them is asked of these documents. The examples are in scope.toml. This module looks at no
document.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.encode.encoder import Encoder

_FILE = Path(__file__).with_name("scope.toml")
_NEIGHBOURS = 5
"""Examples of each list that a question is compared with: the nearest ones say what it is about."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The example questions' vectors, float32 of shape (examples, dimension) each."""

    inside: NDArray[np.float32]
    outside: NDArray[np.float32]

    def of(self, vector: NDArray[np.float32]) -> float:
        """Say how much nearer a question (a vector of length 1) is to what is asked here than to what isn't.

        Above 0 is inside, below 0 outside; seldom beyond 0.5 either way.
        """
        return _near(self.inside, vector) - _near(self.outside, vector)


def scope_of(encoder: Encoder) -> Scope:
    """Encode the example questions."""
    inside, outside = _examples()
    return Scope(_encoded(encoder, inside), _encoded(encoder, outside))


def _near(examples: NDArray[np.float32], vector: NDArray[np.float32]) -> float:
    cosines = np.sort(examples @ vector)[::-1][:_NEIGHBOURS]
    return float(np.mean(cosines))


def _encoded(encoder: Encoder, questions: tuple[str, ...]) -> NDArray[np.float32]:
    return np.stack([encoder.encode_query(question) for question in questions])


@functools.cache
def _examples() -> tuple[tuple[str, ...], tuple[str, ...]]:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(data["inside"]), tuple(data["outside"])
