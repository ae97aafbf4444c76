"""The picture of a council's grades over time: places of lines and dots, for the SVG of the council's page.

It says nothing that the table above it doesn't say. This module must not know of documents.
"""

from __future__ import annotations

from dataclasses import dataclass

from web.pages import display
from web.pages.councils.page import Timeline

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 260, 170, 20, 36
LEVELS = ("Outstanding", "Good", "Requires improvement", "Inadequate")
_PLACE = {**{name.lower(): place for place, name in enumerate(LEVELS)}, "adequate": 2}
SHOWN = ("Overall effectiveness", "Help and protection", "Children in care", "Care leavers", "Leadership")
_APART = 5
"""Units between lines that would otherwise lie on one another."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place of an axis."""

    text: str
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One area's grades; `points` as SVG writes them."""

    name: str
    dots: tuple[Label, ...]

    @property
    def points(self) -> str:
        """Write the line for a polyline."""
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of `width` by `height` units; `lines` is empty where fewer than two inspections are graded."""

    levels: tuple[Label, ...]
    ticks: tuple[Label, ...]
    lines: tuple[Line, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def chart(timeline: Timeline) -> Chart:
    """Place every graded inspection along the bottom, in order, and each area's grades above."""
    graded = [i for i in timeline.inspections if any(i.grades)]
    step = (WIDTH - LEFT - 60) / max(1, len(graded) - 1)
    lines = []
    for number, area in enumerate(name for name in SHOWN if name in timeline.areas):
        place = timeline.areas.index(area)
        dots = []
        for at, inspection in enumerate(graded):
            grades = inspection.grades[place]
            level = _PLACE.get(grades[0].lower()) if len(grades) == 1 else None
            if level is not None:
                dots.append(
                    Label("", round(LEFT + 30 + at * step, 1), round(_y(level) + (number - 2) * _APART, 1))
                )
        if len(dots) > 1:
            lines.append(Line(area, tuple(dots)))
    return Chart(
        levels=tuple(Label(name, y=_y(level)) for level, name in enumerate(LEVELS)),
        ticks=tuple(
            Label(display.day(i.document)[:4], x=round(LEFT + 30 + at * step, 1))
            for at, i in enumerate(graded)
        ),
        lines=tuple(lines),
    )


def _y(level: int) -> float:
    return round(TOP + level * (HEIGHT - TOP - BOTTOM - 10) / (len(LEVELS) - 1), 1)
