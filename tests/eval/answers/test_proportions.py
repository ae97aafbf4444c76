from __future__ import annotations

import pytest

from eval.answers.proportions import Proportion, share_of


def test_the_interval_is_the_published_one() -> None:
    # Newcombe (1998), table I: 81 of 263 by the score method.
    low, high = Proportion(81, 263).interval
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_all_of_few_cases_is_not_certain() -> None:
    low, high = share_of([True, True, True]).interval
    assert low < 0.5
    assert high == pytest.approx(1.0)


def test_no_cases_say_nothing() -> None:
    assert Proportion(0, 0).share == 0.0
    assert Proportion(0, 0).interval == (0.0, 1.0)


def test_more_than_all_is_no_share() -> None:
    with pytest.raises(ValueError, match="no share"):
        Proportion(3, 2)
