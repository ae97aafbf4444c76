"""A line chart as SVG, for reports: curves of numbers from 0 to 1 over numbers from 0 to 1.

Drawn by hand so that a report's picture needs no library and is the same wherever it is made. This module must not know
what the numbers mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

Points = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 30, 50
_COLOURS = ("#1d70b8", "#d4351c", "#00703c", "#4c2c92")
_DASHES = ("", "6 4", "2 3", "10 3 2 3")


def curves(title: str, across: str, lines: Mapping[str, Points], mark: float | None = None) -> str:
    """Draw named lines through (x, y) points, each 0..1; `mark` is an x that is drawn as an upright line.

    Lines differ by dashes as by colour, so that they can be told apart in print.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="13"><title>{escape(title)}</title>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="20" font-weight="bold">{escape(title)}</text>',
    ]
    for step in range(0, 11, 2):
        share = step / 10
        x, y = _x(share), _y(share)
        parts.append(f'<line x1="{_LEFT}" y1="{y}" x2="{_WIDTH - _RIGHT}" y2="{y}" stroke="#b1b4b6"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{share:.1f}</text>')
        parts.append(f'<text x="{x}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{share:.1f}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(across)}</text>')
    if mark is not None:
        x = _x(mark)
        parts.append(f'<line x1="{x}" y1="{_TOP}" x2="{x}" y2="{_HEIGHT - _BOTTOM}" stroke="#505a5f"/>')
    for at, (name, points) in enumerate(lines.items()):
        colour, dash = _COLOURS[at % len(_COLOURS)], _DASHES[at % len(_DASHES)]
        path = " ".join(f"{_x(x)},{_y(y)}" for x, y in points)
        style = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        parts.append(f'<polyline points="{path}" fill="none" {style}/>')
        key = _TOP + 20 + at * 20
        parts.append(f'<line x1="{_LEFT + 20}" y1="{key}" x2="{_LEFT + 60}" y2="{key}" {style}/>')
        parts.append(f'<text x="{_LEFT + 68}" y="{key + 4}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _x(share: float) -> float:
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(share: float) -> float:
    return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)
