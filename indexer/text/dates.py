"""Dates as reports print them, in ISO 8601.

A range leaves out of its first date what it shares with the last ("8 – 12 July 2013", "29 October to 9
November 2018"). Only the text of a date is known here, not where a document prints it.
"""

from __future__ import annotations

import datetime as dt
import re

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
# Of ASCII letters alone: where letters of either case match, a long s is an s, and no month is found by it.
ANY_MONTH = rf"(?a:{'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)"
"""A pattern for a month's name, in full or short, to be used with re.IGNORECASE; `month_number` reads what it finds."""

_MONTH = rf"({ANY_MONTH})\b\.?"
_PART = re.compile(
    rf"\b(\d{{1,2}})\s*(?:st|nd|rd|th)?(?:\s*(?:of\s+)?{_MONTH})?(?:,?\s*((?:19|20)\d\d))?(?![\d.:]\d|\d|/)",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.]((?:19|20)?\d\d)\b")
_ISO = re.compile(r"(?<![\d-])((?:19|20)\d\d)-(\d{2})-(\d{2})(?![\d-])")
_MONTH_YEAR = re.compile(rf"\b{_MONTH}\s+((?:19|20)\d\d)\b", re.IGNORECASE)


def dates_in(text: str) -> list[str]:
    """Every date in `text`, in the order printed, each completed from the one after it; ISO 8601."""
    iso = [_iso(int(d), int(m), int(y)) for y, m, d in _ISO.findall(text)]
    if any(iso):
        return [date for date in iso if date]
    slashed = [_iso(int(d), int(m), _full_year(y)) for d, m, y in _SLASHED.findall(text)]
    if slashed:
        return [date for date in slashed if date]
    month: int | None = None
    year: int | None = None
    found: list[str] = []
    for match in reversed(list(_PART.finditer(text))):
        day, month_name, year_digits = match.groups()
        if month_name:
            month = month_number(month_name)
        if year_digits:
            year = int(year_digits)
        if month_name is None and year_digits is not None and month is None:
            continue
        if month is None or year is None:
            continue
        date = _iso(int(day), month, year)
        if date and found and date > found[-1] and not year_digits:
            date = _iso(int(day), month, year - 1)  # "15 December to 9 January 2019"
        if date:
            found.append(date)
    return found[::-1]


def date_range(text: str) -> tuple[str | None, str | None]:
    """The first and the last date of `text`, which holds one or more ranges; (None, None) without a date."""
    found = dates_in(text)
    return (min(found), max(found)) if found else (None, None)


def first_date(text: str) -> str | None:
    """The first date of `text`, or None."""
    found = dates_in(text)
    return found[0] if found else None


def first_month(text: str) -> str | None:
    """The first "July 2019" of `text` as "2019-07", or None."""
    match = _MONTH_YEAR.search(text)
    return f"{match.group(2)}-{month_number(match.group(1)):02d}" if match else None


def month_number(name: str) -> int:
    """The number, from 1, of a month's name that `ANY_MONTH` matches."""
    return next(i for i, month in enumerate(MONTHS, 1) if month[:3] == name[:3].title())


def _full_year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _iso(day: int, month: int, year: int) -> str | None:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None
