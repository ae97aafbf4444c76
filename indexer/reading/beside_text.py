"""What is printed across a page's text or beside its lines: slanted stamps and watermarks, numbers of lines.

Knows characters, their boxes and directions; knows no PDF library.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from indexer.reading.pdf_lines import Boxes, has_ink

Mask = npt.NDArray[np.bool_]
Angles = npt.NDArray[np.float64]

SLANTED = math.radians(8)
"""A scan that was laid in askew is less; what is printed across a page on purpose is more."""
MOST_SLANTED = 0.4
"""More of a page's characters aren't across its text: they are its text."""
FEWEST_NUMBERS = 5
_LINE = re.compile(r"\S(?:[^\r\n]*\S)?")
_NUMBER_FIRST = re.compile(r"\s*(\d{1,4})(?=\s|$)")
_NUMBERED_LINES = re.compile(r"^\s*\d{1,4}(?=\s|$)", re.MULTILINE)
_QUARTER = math.pi / 2


@dataclass(frozen=True, slots=True)
class Directions:
    """Which characters are slanted, and by how many quarter turns most of the others are turned."""

    slanted: Mask
    turns: int


def directions(text: str, boxes: Boxes, angles_of: Callable[[Sequence[int]], Angles]) -> Directions:
    """Look at the direction of each printed line's first and last character, and of all where those differ.

    `angles_of` gives the directions of these characters in radians, clockwise.
    """
    slanted = np.zeros(len(text), dtype=bool)
    spans = [match.span() for match in _LINE.finditer(text)]
    angles = angles_of([place for start, end in spans for place in (start, end - 1)])
    if not angles.any():
        return Directions(slanted, 0)
    turned = [0, 0, 0, 0]
    for (start, end), first, last in zip(spans, angles[::2], angles[1::2], strict=True):
        turned[round(first / _QUARTER) % 4] += end - start
        if abs(first - last) < 0.01:
            slanted[start:end] = _is_slanted(first)
        else:
            slanted[start:end] = _is_slanted(angles_of(range(start, end)))
    if not slanted.any():
        return Directions(slanted, max(range(4), key=turned.__getitem__))
    inked = has_ink(text, boxes)
    if slanted.sum() > MOST_SLANTED * max(inked.sum(), 1) and inked.sum() > 40:
        slanted[:] = False
    return Directions(slanted, max(range(4), key=turned.__getitem__))


def _is_slanted(angles: Angles) -> Mask:
    slanted: Mask = np.abs(angles - np.round(angles / _QUARTER) * _QUARTER) > SLANTED
    return slanted


@dataclass(frozen=True, slots=True)
class _Number:
    value: int
    start: int
    end: int
    left: float
    right: float


def line_numbers(text: str, boxes: Boxes) -> Mask:
    """Which characters number the lines of a page in its left margin: a column that counts up, left of all else."""
    mask = np.zeros(len(text), dtype=bool)
    if len(_NUMBERED_LINES.findall(text)) < FEWEST_NUMBERS:
        return mask
    inked = has_ink(text, boxes)
    numbers: list[_Number] = []
    lefts: list[float] = []
    for match in _LINE.finditer(text):
        number = _NUMBER_FIRST.match(match.group())
        start = match.start()
        if number:
            own = range(start + number.start(1), start + number.end(1))
            numbers.append(
                _Number(int(number[1]), own.start, own.stop, boxes[own.start, 0], boxes[own.stop - 1, 2])
            )
            start = own.stop
        rest = start + np.flatnonzero(inked[start : match.end()])
        if len(rest):
            lefts.append(float(boxes[rest, 0].min()))
    if len(numbers) < FEWEST_NUMBERS or not lefts:
        return mask
    right = max(number.right for number in numbers)
    # Every line of text begins to the right of the numbers, with room between, but for a running head or two.
    if np.quantile(lefts, 0.02 if len(lefts) > 50 else 0.0) < right + 0.004:
        numbers = [number for number in numbers if number.right <= min(lefts)]
        if len(numbers) < FEWEST_NUMBERS:
            return mask
    steps = {second.value - first.value for first, second in pairwise(numbers)}
    aligned = min(np.ptp([n.right for n in numbers]), np.ptp([n.left for n in numbers])) < 0.006
    if len(steps) == 1 and steps & {1, 5, 10} and aligned and _are_of_lines(numbers, boxes, steps.pop()):
        for one in numbers:
            mask[one.start : one.end] = True
    return mask


def _are_of_lines(numbers: list[_Number], boxes: Boxes, step: int) -> bool:
    """Whether they stand as evenly as lines do, or (all but a few) one line's height from the next."""
    tops = [float(boxes[number.start, 1]) for number in numbers]
    gaps = np.diff(tops)
    height = float(np.median([boxes[number.start, 3] - boxes[number.start, 1] for number in numbers]))
    near = (gaps > 0) & (gaps < 4 * height * step)
    return bool(near.mean() >= 0.9)
