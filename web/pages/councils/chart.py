"""A council's grades as a picture, which says nothing that the table above it doesn't say.

Years are as far apart as they were. This module must not know how grades are read.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from web.pages import display
from web.pages.councils.page import Timeline

LEVELS = ("Outstanding", "Good", "Requires improvement", "Inadequate")
_SHORT = ("Outst.", "Good", "Req. imp.", "Inad.")
_PLACE = {**{name.lower(): place for place, name in enumerate(LEVELS)}, "adequate": 2}
SHOWN = ("Overall effectiveness", "Help and protection", "Children in care", "Care leavers", "Leadership")
_TOP, _BOTTOM, _RIGHT = 20, 50, 20
_APART = 5
"""Units between lines that would otherwise lie on one another."""
_LEAST_BETWEEN = 34
"""Units between two years that are both written."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place of the picture."""

    text: str
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True)
class GradeLine:
    """One area's grades; `points` as SVG writes them."""

    name: str
    dots: tuple[Label, ...]

    @property
    def points(self) -> str:
        """Write the line for a polyline."""
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of `width` by `height` units; `lines` is empty where fewer than two inspections are graded.

    `ticks` are the years, `inspections` and `visits` the days of each along the bottom.
    """

    levels: tuple[Label, ...]
    ticks: tuple[Label, ...]
    inspections: tuple[Label, ...]
    visits: tuple[Label, ...]
    lines: tuple[GradeLine, ...]
    width: int
    height: int
    left: int

    @property
    def axis(self) -> int:
        """How far down the line of time lies."""
        return self.height - _BOTTOM + 14


def charts(timeline: Timeline) -> tuple[Chart, Chart]:
    """Draw the chart for a desk and for a telephone."""
    return chart(timeline), chart(timeline, width=340, left=78, levels=_SHORT)


def chart(
    timeline: Timeline,
    *,
    width: int = 720,
    height: int = 300,
    left: int = 170,
    levels: Sequence[str] = LEVELS,
) -> Chart:
    """Place inspections and visits along the bottom by their days, and each area's grades above."""
    dated = [i for i in timeline.inspections if _years(display.day(i.document)) is not None]
    graded = [i for i in dated if any(i.grades)]
    days = [_years(display.day(i.document)) or 0.0 for i in dated]
    first, last = (min(days), max(days)) if days else (0.0, 0.0)
    step = (width - left - _RIGHT - 30) / max(last - first, 1.0)

    def across(iso: str) -> float:
        return round(left + 20 + ((_years(iso) or first) - first) * step, 1)

    def down(level: int) -> float:
        return round(_TOP + level * (height - _TOP - _BOTTOM - 10) / (len(LEVELS) - 1), 1)

    lines = []
    for number, area in enumerate(name for name in SHOWN if name in timeline.areas):
        place = timeline.areas.index(area)
        dots = []
        for inspection in graded:
            grades = inspection.grades[place]
            level = _PLACE.get(grades[0].lower()) if len(grades) == 1 else None
            if level is not None:
                dots.append(
                    Label("", across(display.day(inspection.document)), down(level) + (number - 2) * _APART)
                )
        if len(dots) > 1:
            lines.append(GradeLine(area, tuple(dots)))
    ticks = [
        Label(str(year), across(f"{year}-01-01"))
        for year in range(int(first) + (first > int(first)), int(last) + 1)
    ]
    every = max(1, round(_LEAST_BETWEEN / step + 0.5)) if ticks else 1
    marked = [(i.document.is_visit, Label(i.when, across(display.day(i.document)))) for i in dated]
    return Chart(
        levels=tuple(Label(name, y=down(level)) for level, name in enumerate(levels)),
        ticks=tuple(ticks[::every]),
        inspections=tuple(label for is_visit, label in marked if not is_visit),
        visits=tuple(label for is_visit, label in marked if is_visit),
        lines=tuple(lines),
        width=width,
        height=height,
        left=left,
    )


def _years(iso: str) -> float | None:
    """Put an ISO date as a number of years; a month or a year at its beginning. None for what is none."""
    try:
        day = datetime.date.fromisoformat(iso + "-01-01"[: 3 * (2 - iso.count("-"))])
    except ValueError:
        return None
    return day.year + (day.timetuple().tm_yday - 1) / 366
