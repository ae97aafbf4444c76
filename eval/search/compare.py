"""`-m eval compare RUN_A RUN_B --qrels FILE`: whether B is better than A by more than chance, and on which queries.

Method: a paired randomisation test (Smucker, Allan and Carterette, "A comparison of statistical significance tests for
information retrieval evaluation", CIKM 2007): under the null hypothesis each query's two values could as well be
swapped.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import permutation_test

from eval.reports import table
from eval.search.measures import PerQuery, measure, read_qrels, read_run
from indexer.errors import UsageError

_SAMPLES = 20_000
"""Swaps that are drawn; where there are no more than these (14 queries that differ), every one is counted."""

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class RunComparison:
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


def compare(a: PerQuery, b: PerQuery, seed: int = 0) -> RunComparison:
    """Compare two systems' values over the queries of `a`; a query missing from `b` counts 0 there."""
    queries = list(a)
    before = np.array([a[query] for query in queries])
    after = np.array([b.get(query, 0.0) for query in queries])
    deltas = after - before
    order = sorted(range(len(queries)), key=lambda i: (-abs(deltas[i]), queries[i]))
    gains = tuple((queries[i], float(deltas[i])) for i in order if deltas[i] > 0)
    losses = tuple((queries[i], float(deltas[i])) for i in order if deltas[i] < 0)
    mean_a, mean_b = (float(values.mean()) if queries else 0.0 for values in (before, after))
    return RunComparison(mean_a, mean_b, randomisation_p(deltas, seed), gains, losses)


def randomisation_p(deltas: np.ndarray, seed: int = 0) -> float:
    """Give the two-sided p that the mean of paired differences is 0; exact for few, sampled for many."""
    moved = deltas[deltas != 0]
    if len(moved) < 2:
        return 1.0
    # Of one sample, `samples` swaps signs: each query's two values change places.
    found = permutation_test(
        (moved,), np.mean, permutation_type="samples", n_resamples=_SAMPLES, batch=_AT_ONCE,
        vectorized=True, rng=np.random.default_rng(seed),
    )  # fmt: skip
    return float(found.pvalue)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("run_a", type=Path, metavar="RUN_A")
    parser.add_argument("run_b", type=Path, metavar="RUN_B")
    parser.add_argument("--qrels", type=Path, required=True, metavar="FILE")
    parser.add_argument("--measures", nargs="+", default=["nDCG@10", "RR@10", "R@10"], metavar="NAME")
    parser.add_argument("--show", type=int, default=10, help="how many gains and losses to name")


def main(options: argparse.Namespace) -> int:
    """Run the command; 0 when it has compared, whichever wins."""
    qrels = read_qrels(options.qrels)
    if not qrels:
        raise UsageError(f"{options.qrels} holds no judgement; name the qrels of these runs")
    a = measure(qrels, read_run(options.run_a), options.measures)
    b = measure(qrels, read_run(options.run_b), options.measures)
    rows = []
    for name in options.measures:
        found = compare(a[name], b[name])
        difference = f"{found.difference:+.4f}"
        rows.append(
            (name, found.mean_a, found.mean_b, difference, found.p, len(found.gains), len(found.losses))
        )
    print(f"A {options.run_a.name}, B {options.run_b.name}, {len(qrels)} queries\n")
    print(table(("measure", "A", "B", "B - A", "p", "gains", "losses"), rows))
    found = compare(a[options.measures[0]], b[options.measures[0]])
    for word, moved in (("gains", found.gains), ("losses", found.losses)):
        print(f"\n{word} in {options.measures[0]}")
        for query, delta in moved[: options.show]:
            print(f"  {delta:+.4f}  {query}")
    return 0
