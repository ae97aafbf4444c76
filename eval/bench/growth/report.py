"""The measurements of `eval growth` as a table and as one chart; knows nothing of how they were made."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 300, 220, 64, 40, 70
# Told apart by those who see few colours too (Okabe and Ito), and by their dashes.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_DASHES = ("", "6 3", "2 2", "8 3 2 3", "1 3", "10 4")


class Measurement(Protocol):
    """What is shown of one kind at one size; see `growth.Measured`."""

    @property
    def kind(self) -> str:
        """A FAISS factory string."""

    @property
    def vectors(self) -> int:
        """How many."""

    @property
    def build_seconds(self) -> float:
        """To build it."""

    @property
    def median_ms(self) -> float:
        """A search, the middle of all."""

    @property
    def p95_ms(self) -> float:
        """A search, the slowest but for one in twenty."""

    @property
    def recall(self) -> float:
        """Recall@10."""

    @property
    def effort(self) -> int:
        """Its nprobe or efSearch, 0 for none."""

    @property
    def memory_mb(self) -> float:
        """What the process that searches holds of its own."""

    @property
    def mapped_mb(self) -> float | None:
        """What it holds of mapped files beside that."""

    @property
    def peak_mb(self) -> float | None:
        """The most of its own that the build held."""

    @property
    def real_recall(self) -> float | None:
        """Recall@10 for real questions."""

    @property
    def disk_mb(self) -> float:
        """The file's size."""


_PANELS: tuple[tuple[str, Callable[[Measurement], float]], ...] = (
    ("search, ms (median)", lambda one: one.median_ms),
    ("build, s", lambda one: one.build_seconds),
    ("recall@10", lambda one: one.recall),
    ("memory of its own, MB", lambda one: one.memory_mb),
    ("memory with mapped files, MB", lambda one: one.memory_mb + (one.mapped_mb or 0.0)),
    ("disk, MB", lambda one: one.disk_mb),
)
_SHARES = frozenset({"recall@10"})
"""Panels whose values are between 0 and 1: not by powers of ten."""

_ACROSS = 3


def table(measured: Sequence[Measurement]) -> str:
    """Write the measurements as a Markdown table, in their order."""
    lines = [
        "| vectors | kind | effort | recall@10 | of real questions | search ms (median) | p95 | build s | peak MB | "
        "memory MB | mapped MB | disk MB |",
        f"|---:|---|{'---:|' * 10}",
    ]
    lines += [
        f"| {one.vectors:,} | {one.kind} | {one.effort or 'all'} | {one.recall:.3f} | {_or_dash(one.real_recall, 3)} | "
        f"{one.median_ms:.2f} | {one.p95_ms:.2f} | {one.build_seconds:.1f} | {_or_dash(one.peak_mb)} | "
        f"{one.memory_mb:.0f} | {_or_dash(one.mapped_mb)} | {one.disk_mb:.0f} |"
        for one in measured
    ]
    return "\n".join(lines)


def _or_dash(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def chart(measured: Sequence[Measurement]) -> str:
    """Draw six panels over the number of vectors, as SVG: axes by powers of ten, but for recall's."""
    families = list(dict.fromkeys(_family(one.kind) for one in measured))
    width = _LEFT + _ACROSS * (_WIDTH + _GAP)
    height = _TOP + 2 * (_HEIGHT + _GAP) + 24 * ((len(families) + 2) // 3)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12" role="img" aria-label="Growth of vector indexes">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for number, (title, value) in enumerate(_PANELS):
        left = _LEFT + (number % _ACROSS) * (_WIDTH + _GAP)
        top = _TOP + (number // _ACROSS) * (_HEIGHT + _GAP)
        parts += _panel(measured, families, title, value, (left, top))
    for number, family in enumerate(families):
        x = _LEFT + (number % 3) * 220
        y = _TOP + 2 * (_HEIGHT + _GAP) + 24 * (number // 3)
        parts.append(
            f'<path d="M{x} {y - 4}h30" {_stroke(number)}/><text x="{x + 38}" y="{y}">{family}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(
    measured: Sequence[Measurement],
    families: Sequence[str],
    title: str,
    value: Callable[[Measurement], float],
    corner: tuple[int, int],
) -> list[str]:
    left, top = corner
    share = title in _SHARES
    points = [
        (math.log10(one.vectors), value(one) if share else math.log10(max(value(one), 0.01)))
        for one in measured
    ]
    x0, x1 = math.floor(min(x for x, _ in points)), math.ceil(max(x for x, _ in points))
    # A share's axis goes by twentieths from below the least to 1, the others' by powers.
    step = 0.05 if share else 1.0
    low, high = math.floor(min(y for _, y in points) / step), math.ceil(max(y for _, y in points) / step)
    high = max(high, low + 1)
    across, up = _WIDTH / max(1, x1 - x0), _HEIGHT / (high - low)
    points = [(x, y / step) for x, y in points]
    parts = [f'<text x="{left}" y="{top - 12}" font-weight="bold">{title}</text>']
    for power in range(x0, x1 + 1):
        x = left + (power - x0) * across
        parts.append(f'<path d="M{x:.1f} {top}v{_HEIGHT}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{top + _HEIGHT + 16}" text-anchor="middle">{_power(power)}</text>'
        )
    for power in range(low, high + 1):
        y = top + _HEIGHT - (power - low) * up
        parts.append(f'<path d="M{left} {y:.1f}h{_WIDTH}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{f"{power * step:.2f}" if share else _power(power)}</text>'
        )
    for number, family in enumerate(families):
        line = sorted(p for p, one in zip(points, measured, strict=True) if _family(one.kind) == family)
        places = [(left + (x - x0) * across, top + _HEIGHT - (y - low) * up) for x, y in line]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{drawn}" fill="none" {_stroke(number)}/>')
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{_COLOURS[number % 6]}"/>' for x, y in places
        ]
    return parts


def _family(kind: str) -> str:
    """A kind without its numbers of cells, which grow with the size."""
    head, comma, rest = kind.partition(",")
    return ("IVF" if head.startswith("IVF") else head) + comma + rest


def _power(power: int) -> str:
    names = {3: "1k", 4: "10k", 5: "100k", 6: "1M", 7: "10M"}
    return names.get(power, f"{10.0**power:g}")


def _stroke(number: int) -> str:
    return f'stroke="{_COLOURS[number % 6]}" stroke-width="2" stroke-dasharray="{_DASHES[number % 6]}"'
