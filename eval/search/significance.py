"""Whether one run is better than another by more than chance: a paired randomisation test.

Method: Smucker, Allan and Carterette, "A comparison of statistical significance tests for information
retrieval evaluation" (CIKM 2007): under the null hypothesis each query's two values could as well be swapped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eval.search.measures import PerQuery

_EXACT_BELOW = 15  # queries that differ: below this, every swap is counted
_SAMPLES = 20_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """`b` against `a`: means, two-sided p of their difference, queries won and lost, largest first."""

    mean_a: float
    mean_b: float
    p: float
    gains: tuple[tuple[str, float], ...]
    losses: tuple[tuple[str, float], ...]

    @property
    def difference(self) -> float:
        """How much b's mean is above a's."""
        return self.mean_b - self.mean_a


def compare(a: PerQuery, b: PerQuery, seed: int = 0) -> Comparison:
    """Compare two systems' values over the queries of `a`; a query missing from `b` counts 0 there."""
    queries = list(a)
    before = np.array([a[query] for query in queries])
    after = np.array([b.get(query, 0.0) for query in queries])
    deltas = after - before
    order = sorted(range(len(queries)), key=lambda i: (-abs(deltas[i]), queries[i]))
    gains = tuple((queries[i], float(deltas[i])) for i in order if deltas[i] > 0)
    losses = tuple((queries[i], float(deltas[i])) for i in order if deltas[i] < 0)
    mean_a, mean_b = (float(values.mean()) if queries else 0.0 for values in (before, after))
    return Comparison(mean_a, mean_b, randomisation_p(deltas, seed), gains, losses)


def randomisation_p(deltas: np.ndarray, seed: int = 0) -> float:
    """Give the two-sided p that the mean of paired differences is 0; exact for few, sampled for many."""
    moved = deltas[deltas != 0]
    if not len(moved):
        return 1.0
    observed = abs(moved.sum()) - 1e-12
    if len(moved) < _EXACT_BELOW:
        patterns = np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved)) & 1
        return float(np.mean(np.abs(((patterns * 2 - 1) * moved).sum(axis=1)) >= observed))
    random = np.random.default_rng(seed)
    signs = random.integers(0, 2, size=(_SAMPLES, len(moved)), dtype=np.int8) * 2 - 1
    extreme = int(np.sum(np.abs(signs @ moved) >= observed))
    return (extreme + 1) / (_SAMPLES + 1)
