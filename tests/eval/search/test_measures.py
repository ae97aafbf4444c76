"""Measures by ir-measures, and what becomes of queries without results."""

import pytest

from eval.search.measures import mean, measure
from indexer.errors import UsageError

QRELS = {"a": {"p1": 1}, "b": {"p2": 1, "p3": 1}, "c": {"p4": 1}}


def test_a_query_without_results_scores_its_default_and_stays_in_the_mean() -> None:
    values = measure(QRELS, {"a": ["p1"], "b": ["x", "p2"]}, ["RR@10", "R@10", "nDCG@10"])
    assert values["RR@10"] == {"a": 1.0, "b": 0.5, "c": 0.0}
    assert values["R@10"] == {"a": 1.0, "b": 0.5, "c": 0.0}
    assert set(values["nDCG@10"]) == {"a", "b", "c"}
    assert mean(values["RR@10"]) == pytest.approx(0.5)


def test_an_empty_run_scores_every_query() -> None:
    assert measure(QRELS, {}, ["nDCG@10"])["nDCG@10"] == {"a": 0.0, "b": 0.0, "c": 0.0}


def test_the_order_shown_is_the_order_measured_and_a_repeat_counts_once() -> None:
    values = measure({"a": {"p9": 1}}, {"a": ["x", "x", "y", "p9"]}, ["RR@10"])
    assert values["RR@10"]["a"] == pytest.approx(1 / 3)


def test_topics_count_from_grade_two_where_a_measure_is_of_sets() -> None:
    qrels = {"t": {"p1": 1, "p2": 2}}
    assert measure(qrels, {"t": ["p1", "p2"]}, ["RR@10"], "topics")["RR@10"]["t"] == 0.5
    assert measure(qrels, {"t": ["p1", "p2"]}, ["RR@10"])["RR@10"]["t"] == 1.0


def test_a_measure_that_does_not_exist_is_a_users_mistake() -> None:
    with pytest.raises(UsageError, match="nDCGG"):
        measure(QRELS, {}, ["nDCGG@10"])


def test_a_mean_is_over_the_queries_named() -> None:
    assert mean({"a": 1.0, "b": 0.0}, ["a"]) == 1.0
    assert mean({}, []) == 0.0
