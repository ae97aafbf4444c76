"""Times that a question names: a year, "since", "before", "latest", or the year that a figure is of.

Two things must be kept apart. "Durham in 2016" means the inspection of 2016; "the 2014/15 figure" or "late
2017" is the time of a fact, which a later report may print. This module knows nothing of any document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from indexer.text.dates import MONTHS

PeriodKind = Literal["year", "range", "fact", "latest"]

_YEAR = r"(?:19|20)\d\d"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.I))
    for name, pattern in (
        ("act", rf"\b(?:Act|Together|Regulations|Standards)(?: to Safeguard Children)?,? \(?({_YEAR})\)?"),
        ("between", rf"\b(?:between|from)\s+({_YEAR})\s+(?:and|to|until|till)\s+({_YEAR})\b"),
        ("financial", rf"\b({_YEAR})\s?[/–-]\s?(\d\d)(?!\d)"),
        ("financial", rf"\b({_YEAR})\s?/\s?({_YEAR})\b"),
        ("between", rf"\b({_YEAR})\s?(?:–|-|to)\s?({_YEAR})\b"),
        ("since", rf"\b(?:since|from)\s+({_YEAR})(?:\s+(?:on|onwards?|forward))?\b"),
        ("since", rf"\b({_YEAR})\s+onwards?\b"),
        ("after", rf"\b(?:after|post|later than)[\s-]+({_YEAR})\b"),
        ("before", rf"\b(?:before|pre|earlier than|prior to)[\s-]+({_YEAR})\b"),
        ("until", rf"\b(?:until|till|up to)\s+({_YEAR})\b"),
        (
            "fact",
            rf"\b(?:early|mid|late|end of|start of|spring|summer|autumn|winter|{'|'.join(MONTHS)})[\s-]+"
            rf"({_YEAR})\b(?!\s+(?:inspection|report|ofsted))",
        ),
        ("year", rf"\b({_YEAR})(?!\d)(?:'s|s)?"),
    )
)  # fmt: skip
_LATEST = re.compile(
    r"\b(?:(?:latest|most recent|newest|last|current)\s+(?:\w+\s+){0,2}?"
    r"(?:inspections?|ofsted|reports?|ilacs|judgements?|visit)"
    r"|(?:latest|newest|most recent)(?=\s*(?:[,:?]|$)))",
    re.I,
)
_RECENT_YEARS = re.compile(
    r"\b(?:in|over|during|for)?\s*(?:the\s+)?(?:last|past)\s+((?a:\d{1,2}|two|three|four|five|six|ten))\s+years\b",
    re.I,
)
# Where a number or a name is looked up by its letters, only ASCII ones match: re.I takes a long s for an s.
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_STILL = re.compile(r"\b(?:still|remain(?:s|ed|ing)?|yet|again|ever since)\b", re.I)


@dataclass(frozen=True, slots=True)
class Period:
    """`text[start:end]` of a question names a time.

    A "year" is that of an inspection or report, a "range" limits them (ISO dates, either end open), a "fact"
    is when something was so (both ends set), "latest" has neither.
    """

    kind: PeriodKind
    start: int
    end: int
    first: str | None = None
    last: str | None = None

    @property
    def year(self) -> int | None:
        """The first year that it names."""
        date = self.first or self.last
        return int(date[:4]) if date else None


def periods_in(text: str, newest: int | None = None) -> list[Period]:
    """List every time that the text names, in order, without overlaps.

    `newest` is the year that "the last three years" counts back from. Years before a "still" lose to the last
    one: what was raised in 2017 and still so in 2022 is of 2022.
    """
    taken: list[tuple[int, int]] = []
    found: list[Period] = []
    for period in _all(text, newest):
        if not any(period.start < end and start < period.end for start, end in taken):
            taken.append((period.start, period.end))
            if period.kind != "fact" or period.first:
                found.append(period)
    found.sort(key=lambda period: period.start)
    years = [period for period in found if period.kind == "year"]
    if len(years) > 1 and _STILL.search(text):
        last = max(years, key=lambda period: period.first or "")
        found = [period for period in found if period.kind != "year" or period is last]
    return found


def _all(text: str, newest: int | None) -> Iterator[Period]:
    for match in _LATEST.finditer(text):
        yield Period("latest", match.start(), match.end())
    for match in _RECENT_YEARS.finditer(text):
        if newest is not None:
            count = _NUMBERS.get(match.group(1).lower()) or int(match.group(1))
            yield Period("range", match.start(), match.end(), f"{newest - count + 1}-01-01", None)
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield _period(name, match)


def _period(name: str, match: re.Match[str]) -> Period:
    start, end = match.start(), match.end()
    first = int(match.group(1))
    match name:
        case "act":
            # The year of a law is part of its name: taken, and not a time.
            return Period("fact", start, end)
        case "between":
            years = sorted((first, int(match.group(2))))
            return Period("range", start, end, f"{years[0]}-01-01", f"{years[1]}-12-31")
        case "financial":
            return Period("fact", start, end, f"{first}-04-01", f"{first + 1}-03-31")
        case "since":
            return Period("range", start, end, f"{first}-01-01", None)
        case "after":
            return Period("range", start, end, f"{first + 1}-01-01", None)
        case "before":
            return Period("range", start, end, None, f"{first - 1}-12-31")
        case "until":
            return Period("range", start, end, None, f"{first}-12-31")
        case "fact":
            return Period("fact", start, end, f"{first}-01-01", f"{first}-12-31")
        case _:
            return Period("year", start, end, f"{first}-01-01", f"{first}-12-31")
