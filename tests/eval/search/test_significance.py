"""The paired randomisation test, held against its definition and against chance."""

from itertools import product

import numpy as np
import pytest

from eval.search.compare import compare, randomisation_p


def by_definition(deltas: list[float]) -> float:
    sums = [
        abs(sum(s * d for s, d in zip(signs, deltas, strict=True)))
        for signs in product((1, -1), repeat=len(deltas))
    ]
    return sum(total >= abs(sum(deltas)) - 1e-12 for total in sums) / len(sums)


@pytest.mark.parametrize("deltas", [[0.3], [1.0, 1.0, 1.0], [0.5, -0.25, 0.1, 0.4], [0.2, -0.2]])
def test_few_queries_are_counted_exactly(deltas: list[float]) -> None:
    assert randomisation_p(np.array(deltas)) == pytest.approx(by_definition(deltas))


def test_many_queries_are_sampled_close_to_the_exact_value() -> None:
    deltas = [0.3, -0.1, 0.2, 0.25, -0.3, 0.1, 0.05, 0.4, -0.2, 0.15, 0.35, -0.05, 0.1, 0.2, -0.1, 0.3]
    assert randomisation_p(np.array(deltas)) == pytest.approx(by_definition(deltas), abs=0.01)


def test_no_difference_is_no_evidence() -> None:
    found = compare({"a": 0.4, "b": 0.6}, {"a": 0.4, "b": 0.6})
    assert (found.p, found.gains, found.losses, found.difference) == (1.0, (), (), 0.0)


def test_gains_and_losses_are_named_largest_first_and_a_missing_query_counts_nothing() -> None:
    found = compare({"a": 0.0, "b": 0.5, "c": 0.5}, {"a": 1.0, "b": 0.75})
    assert [query for query, _ in found.gains] == ["a", "b"]
    assert found.losses == (("c", -0.5),)


def test_the_same_seed_gives_the_same_p() -> None:
    deltas = np.random.default_rng(3).normal(0.02, 0.2, size=80)
    assert randomisation_p(deltas) == randomisation_p(deltas)


def test_a_true_null_is_seldom_called_significant() -> None:
    random = np.random.default_rng(5)
    called = sum(randomisation_p(random.normal(0, 1, size=12)) < 0.05 for _ in range(200))
    assert called <= 22
