"""Shares as pictures: lines over years, or bars side by side, as plain values for `trend.html`.

No colour says anything that a dash, a marker or a number doesn't say too. This module must not know what is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, LEFT, RIGHT = 720, 50, 20
TOP, LINE_HEIGHT, BOTTOM = 12, 240, 26
BAR_LEFT, BAR, GAP, BAR_END = 210, 15, 16, 60
LEVELS = (0, 25, 50, 75, 100)
_TICKS = 16


@dataclass(frozen=True, slots=True)
class Share:
    """What one mark stands for: its group, and the percentages (0 to 100) of the two series, of how many reports."""

    name: str
    first: float
    second: float
    of: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A text, a point or a bar: x and y in units of the picture, `width` of a bar."""

    text: str
    x: float
    y: float
    width: float = 0
    few: bool = False


@dataclass(frozen=True, slots=True)
class SharesChart:
    """Marks of two series within `width` by `height`; `paths` are the lines' points, none for bars."""

    height: int
    grid: tuple[Mark, ...]
    ticks: tuple[Mark, ...]
    series: tuple[tuple[Mark, ...], tuple[Mark, ...]]
    paths: tuple[str, ...] = ()
    width: int = WIDTH
    left: int = LEFT
    bar: int = BAR


def lines(shares: Sequence[Share], few: int) -> SharesChart:
    """Draw years along the bottom and two lines of percentages; years with fewer reports than `few` are hollow points."""
    first_year, last_year = int(shares[0].name), int(shares[-1].name)
    step = (WIDTH - LEFT - RIGHT - 30) / max(1, last_year - first_year)
    every = 1 + (last_year - first_year) // _TICKS

    def across(name: str) -> float:
        return round(LEFT + 15 + (int(name) - first_year) * step, 1)

    def up(percentage: float) -> float:
        return round(TOP + (100 - percentage) * LINE_HEIGHT / 100, 1)

    series = tuple(
        tuple(Mark(f"{value:.0f}%", across(one.name), up(value), few=one.of < few) for one, value in pairs)
        for pairs in ([(one, one.first) for one in shares], [(one, one.second) for one in shares])
    )
    return SharesChart(
        height=TOP + LINE_HEIGHT + BOTTOM,
        grid=tuple(Mark(f"{level}%", LEFT, up(level)) for level in LEVELS),
        ticks=tuple(
            Mark(str(year), across(str(year)), TOP + LINE_HEIGHT + 20)
            for year in range(first_year, last_year + 1, every)
        ),
        series=(series[0], series[1]),
        paths=tuple(" ".join(f"{mark.x},{mark.y}" for mark in marks) for marks in series),
    )


def bars(shares: Sequence[Share]) -> SharesChart:
    """Draw each group's two percentages as bars under each other, with the number at their end."""
    height = 2 * BAR + GAP
    unit = (WIDTH - BAR_LEFT - BAR_END) / 100
    tops = [place * height + GAP / 2 for place in range(len(shares))]
    series = tuple(
        tuple(
            Mark(f"{value:.0f}%", BAR_LEFT, top + number * BAR, round(value * unit, 1))
            for top, value in zip(tops, values, strict=True)
        )
        for number, values in enumerate(([one.first for one in shares], [one.second for one in shares]))
    )
    return SharesChart(
        height=len(shares) * height,
        grid=(),
        ticks=tuple(
            Mark(one.name, BAR_LEFT - 8, top + BAR + 4) for one, top in zip(shares, tops, strict=True)
        ),
        series=(series[0], series[1]),
        left=BAR_LEFT,
    )
