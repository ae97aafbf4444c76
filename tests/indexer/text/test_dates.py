"""Dates as reports print them."""

from __future__ import annotations

import pytest

from indexer.text.dates import date_range, dates_in, first_date, first_month


@pytest.mark.parametrize(
    ("printed", "first", "last"),
    [
        ("8 – 12 July 2013", "2013-07-08", "2013-07-12"),
        ("15-19 July 2013", "2013-07-15", "2013-07-19"),
        ("23 June – 16 July 2015", "2015-06-23", "2015-07-16"),
        ("22 February 2016–18 March 2016", "2016-02-22", "2016-03-18"),
        ("10 October to 21 October 2022", "2022-10-10", "2022-10-21"),
        ("18 Feb 2014 – 12 March 2014", "2014-02-18", "2014-03-12"),
        ("1st to 3rd May 2019", "2019-05-01", "2019-05-03"),
        ("27 April to 1 May 2026", "2026-04-27", "2026-05-01"),
        ("14 December to 8 January 2019", "2018-12-14", "2019-01-08"),
        ("9 July 2018 to 13 July 2018 and 6 August 2018 to 7 August 2018", "2018-07-09", "2018-08-07"),
        ("4 June 2018", "2018-06-04", "2018-06-04"),
        ("01/05/2018 to 04/05/2018", "2018-05-01", "2018-05-04"),
    ],
)
def test_a_range_is_completed_from_its_end(printed: str, first: str, last: str) -> None:
    assert date_range(printed) == (first, last)


@pytest.mark.parametrize(
    "printed", ["", "spring 2014", "31 June 2015", "12 of 40 children", "0.3% to 0.4%", "1 ſeptember 2015"]
)
def test_what_is_no_date_gives_none(printed: str) -> None:
    assert date_range(printed) == (None, None)
    assert first_date(printed) is None


def test_dates_come_in_the_order_printed() -> None:
    assert dates_in("on 11 and 12 July 2023, and on 3 August 2023") == [
        "2023-07-11",
        "2023-07-12",
        "2023-08-03",
    ]


def test_a_month_without_a_day_is_told_apart() -> None:
    assert first_month("published in July 2019") == "2019-07"
    assert first_month("published soon") is None
    assert first_month("published in auguſt 2019") is None


def test_an_iso_date_is_a_date_and_a_reference_like_one_is_not() -> None:
    assert dates_in("Agreed on 2021-03-12, to be reviewed by 2021-09-30") == ["2021-03-12", "2021-09-30"]
    assert dates_in("Ref 2021-13-45") == []
