from __future__ import annotations

import pytest

from search_api.question.periods import Period, periods_in


def told(text: str, newest: int | None = 2026) -> list[tuple[str, str | None, str | None]]:
    return [(period.kind, period.first, period.last) for period in periods_in(text, newest)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in Durham in 2016", [("year", "2016-01-01", "2016-12-31")]),
        ("care leavers (2014)", [("year", "2014-01-01", "2014-12-31")]),
        ("since 2018", [("range", "2018-01-01", None)]),
        ("2018 onwards", [("range", "2018-01-01", None)]),
        ("after 2019", [("range", "2020-01-01", None)]),
        ("before 2015", [("range", None, "2014-12-31")]),
        ("pre-2015 reports", [("range", None, "2014-12-31")]),
        ("up to 2015", [("range", None, "2015-12-31")]),
        ("between 2016 and 2018", [("range", "2016-01-01", "2018-12-31")]),
        ("from 2018 to 2016", [("range", "2016-01-01", "2018-12-31")]),
        ("2016-2018", [("range", "2016-01-01", "2018-12-31")]),
        ("SGO % 2014/15", [("fact", "2014-04-01", "2015-03-31")]),
        ("rate 2014-15", [("fact", "2014-04-01", "2015-03-31")]),
        ("in late 2017", [("fact", "2017-01-01", "2017-12-31")]),
        ("in March 2017", [("fact", "2017-01-01", "2017-12-31")]),
        ("latest inspection", [("latest", None, None)]),
        ("Brent latest Ofsted: who helps?", [("latest", None, None)]),
        ("most recent report", [("latest", None, None)]),
        ("in the last three years", [("range", "2024-01-01", None)]),
        ("under the Children Act 2004", []),
        ("Working Together 2018", []),
        ("most recent figure", []),
        ("12345", []),
        ("no time at all", []),
    ],
)
def test_times_are_told_apart(text: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    assert told(text) == expected


def test_what_was_raised_and_is_still_so_is_told_in_the_last_year() -> None:
    assert told("raised in 2017 and still there in 2022") == [("year", "2022-01-01", "2022-12-31")]
    assert len(told("changed from the report of 2017 to that of 2022, in 2019")) >= 2


def test_a_period_knows_its_place_and_year() -> None:
    text = "Durham in 2016"
    (period,) = periods_in(text)
    assert text[period.start : period.end] == "2016"
    assert period.year == 2016
    assert Period("latest", 0, 1).year is None
