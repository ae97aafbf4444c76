"""Weights fitted to cases put what is wanted first, and are written where the ranking reads them."""

import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest

from eval.search.fit_ranking import Example, fit, left_out, normalised, quality, write
from indexer.errors import UsageError
from search_api.fits import RANKING as FILE
from search_api.fits import RankingSettings, weights_of


def example(report: str, seed: int) -> Example:
    """Ten candidates of which the fourth is wanted; only the second of five parts tells it."""
    parts = np.random.default_rng(seed).random((10, 5))
    parts[:, 1] = 0.2
    parts[3, 1] = 0.9
    wanted = np.arange(10) == 3
    return Example(report, parts, np.zeros(10), wanted, 1)


EXAMPLES = [example(f"report {number % 4}", number) for number in range(24)]


def test_the_part_that_tells_gets_the_weight() -> None:
    weights = normalised(fit(EXAMPLES, 0.3))
    assert int(np.argmax(weights)) == 1
    assert weights[:4].sum() == pytest.approx(1)
    assert (weights >= 0).all()
    assert all(quality(e, weights, "questions") == 1 for e in EXAMPLES)


def test_each_report_is_scored_by_weights_of_the_others() -> None:
    turned = [
        Example("odd one", e.parts[:, [1, 0, 2, 3, 4]], e.fixed, e.wanted, e.relevant)
        if e.report == "report 0"
        else e
        for e in EXAMPLES
    ]
    by_example = left_out(turned, 0.3)
    inside = fit([e for e in turned if e.report != "odd one"], 0.3)
    assert np.allclose(by_example[0], normalised(inside))
    assert not np.allclose(by_example[0], by_example[1])


def test_quality_is_discounted_by_rank_and_by_what_is_missing() -> None:
    parts = np.array([[1.0], [0.5], [0.2]])
    second = Example("r", parts, np.zeros(3), np.array([False, True, False]), 1)
    assert quality(second, np.array([1.0]), "evidence") == pytest.approx(1 / np.log2(3))
    assert quality(second, np.array([1.0]), "questions") == 0.5
    half = Example("r", parts, np.zeros(3), np.array([True, False, False]), 2)
    assert quality(half, np.array([1.0]), "evidence") == pytest.approx(1 / (1 + 1 / np.log2(3)))
    nowhere = Example("r", parts, np.zeros(3), np.zeros(3, dtype=bool), 1)
    assert quality(nowhere, np.array([1.0]), "questions") == 0


def test_written_weights_are_read_again_and_nothing_else_changes(tmp_path: Path) -> None:
    copy = tmp_path / FILE.name
    shutil.copy(FILE, copy)
    write("demand", {"dense": 0.61, "part": 0.44}, "another", copy)
    data = tomllib.loads(copy.read_text(encoding="utf-8"))
    assert (data["demand"]["dense"], data["demand"]["part"]) == (0.61, 0.44)
    assert data["encoder"] == "another"
    assert weights_of(data["question"]) == RankingSettings().question
    assert copy.read_text(encoding="utf-8").count("#") == FILE.read_text(encoding="utf-8").count("#")
    with pytest.raises(UsageError, match="no magic"):
        write("demand", {"magic": 1.0}, "another", copy)
