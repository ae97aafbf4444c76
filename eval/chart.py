"""Line charts as SVG, for reports: panels side by side that share their lines' names.

Drawn by hand so that a report's picture needs no library and is the same wherever it is made. This module must not know
what the numbers mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

Points = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 300, 220, 64, 40, 70
_ACROSS = 3
# Distinguishable with colour blindness too (Okabe and Ito), and by their dashes.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_DASHES = ("", "6 3", "2 2", "8 3 2 3", "1 3", "10 4")
_POWERS = {3: "1k", 4: "10k", 5: "100k", 6: "1M", 7: "10M"}


@dataclass(frozen=True, slots=True)
class Axis:
    """Where values stand, by ticks: one each `step`, or one each power of ten where that is 0."""

    step: float = 0.0
    name: str = ""

    def place(self, value: float) -> float:
        """Give a value's place, in ticks."""
        return value / self.step if self.step else math.log10(max(value, 0.01))

    def label(self, tick: int) -> str:
        """Write what a tick stands for."""
        return f"{tick * self.step:.2f}" if self.step else _POWERS.get(tick, f"{10.0**tick:g}")


@dataclass(frozen=True, slots=True)
class Panel:
    """Named lines through (x, y) points; `mark` is an x that is drawn as an upright line."""

    title: str
    lines: Mapping[str, Points]
    across: Axis
    up: Axis
    mark: float | None = None


def draw(title: str, panels: Sequence[Panel]) -> str:
    """Draw panels, three beside each other, with a key of their lines beneath."""
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    columns, rows = min(_ACROSS, len(panels)), -(-len(panels) // _ACROSS)
    width, below = _LEFT + columns * (_WIDTH + _GAP), _TOP + rows * (_HEIGHT + _GAP)
    height = below + 24 * len(names)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12" role="img"><title>{escape(title)}</title>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for number, panel in enumerate(panels):
        row, column = divmod(number, _ACROSS)
        parts += _drawn(panel, names, _LEFT + column * (_WIDTH + _GAP), _TOP + row * (_HEIGHT + _GAP))
    for number, name in enumerate(names):
        y = below + 24 * number
        parts.append(f'<path d="M{_LEFT} {y - 4}h30" {_stroke(number)}/>')
        parts.append(f'<text x="{_LEFT + 38}" y="{y}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _drawn(panel: Panel, names: Sequence[str], left: int, top: int) -> list[str]:
    lines = {
        name: [(panel.across.place(x), panel.up.place(y)) for x, y in points]
        for name, points in panel.lines.items()
    }
    (first, last), (low, high) = (
        _ends([p[side] for line in lines.values() for p in line]) for side in (0, 1)
    )

    def across(tick: float) -> float:
        return round(left + (tick - first) * _WIDTH / (last - first), 1)

    def up(tick: float) -> float:
        return round(top + _HEIGHT - (tick - low) * _HEIGHT / (high - low), 1)

    bottom = top + _HEIGHT
    parts = [f'<text x="{left}" y="{top - 12}" font-weight="bold">{escape(panel.title)}</text>']
    for tick in range(first, last + 1):
        x, label = across(tick), panel.across.label(tick)
        parts.append(f'<path d="M{x} {top}v{_HEIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{label}</text>')
    for tick in range(low, high + 1):
        y, label = up(tick), panel.up.label(tick)
        parts.append(f'<path d="M{left} {y}h{_WIDTH}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{label}</text>')
    if panel.across.name:
        middle = left + _WIDTH // 2
        parts.append(
            f'<text x="{middle}" y="{bottom + 34}" text-anchor="middle">{escape(panel.across.name)}</text>'
        )
    if panel.mark is not None:
        x = across(panel.across.place(panel.mark))
        parts.append(f'<line x1="{x}" y1="{top}" x2="{x}" y2="{bottom}" stroke="#505a5f"/>')
    for name, line in lines.items():
        number = names.index(name)
        places = [(across(x), up(y)) for x, y in line]
        drawn = " ".join(f"{x},{y}" for x, y in places)
        parts.append(f'<polyline points="{drawn}" fill="none" {_stroke(number)}/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3" fill="{_COLOURS[number % 6]}"/>' for x, y in places]
    return parts


def _ends(ticks: Sequence[float]) -> tuple[int, int]:
    """The ticks that hold all of these, two at least."""
    low, high = math.floor(min(ticks)), math.ceil(max(ticks))
    return low, max(high, low + 1)


def _stroke(number: int) -> str:
    return f'stroke="{_COLOURS[number % 6]}" stroke-width="2" stroke-dasharray="{_DASHES[number % 6]}"'
