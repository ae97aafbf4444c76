"""Which of a council document's lines are its numbered paragraphs.

Reports to committees number their paragraphs "1", "1.", "- 1" or "1.1", all in one document, among dates,
lists and tables that begin with numbers too. The paragraphs are the longest run of numbers that follow each
other; it is found over the whole document at once, so that one stray number can't derail the rest. Knows
nothing of what the paragraphs say.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from indexer.structure.papers.blocks import Block
from indexer.text.dates import first_date

_NUMBER = re.compile(r"^(\d{1,3}(?:\.\d{1,3}){0,3})(?:[.):]\s*|\s+)(?=[A-Z“‘'\"(\[£]|\d{2,4}\b|e-|i[A-Z])")
MIN_RUN = 3
GAP_COST = 1.5
MAX_GAP = 3
Number = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NumberedBlock:
    """The block at `place` is printed with this label; its words begin at `start`."""

    place: int
    label: str
    start: int


def numbered_paragraphs(blocks: Sequence[Block]) -> tuple[dict[int, NumberedBlock], tuple[str, ...]]:
    """Give the numbered paragraphs by their place among the blocks, and warnings where the numbers have gaps.

    A number that the file itself gives its paragraph counts by itself; others only in a run of three that follow
    each other.
    """
    found: list[tuple[NumberedBlock, Number]] = []
    for place, block in enumerate(blocks):
        if block.kind not in ("paragraph", "item"):
            continue
        match = _NUMBER.match(block.text)
        if match and not _is_dated(block.text):
            number = tuple(int(part) for part in match.group(1).split("."))
            found.append((NumberedBlock(place, match.group(1), match.end()), number))
    run = _longest_run([number for _, number in found])
    declared = {
        place: NumberedBlock(place, block.label, block.text.index(" ") + 1)
        for place, block in enumerate(blocks)
        if block.label and " " in block.text
    }
    if len(run) < MIN_RUN:
        return declared, ()
    warnings: list[str] = []
    for one, two in itertools.pairwise(run):
        if not _follows(found[one][1], found[two][1]) and found[two][0].place not in declared:
            warnings.append(
                f"No paragraph was found between those numbered {found[one][0].label} and "
                f"{found[two][0].label}."
            )
    return {found[at][0].place: found[at][0] for at in run} | declared, tuple(warnings)


def _is_dated(text: str) -> bool:
    """Whether the number that a line begins with is a day: "29 September 2031" on its own."""
    return len(text) <= 40 and first_date(text) is not None


def _follows(one: Number, two: Number) -> bool:
    """Whether `two` comes after `one` in a numbering: 4 after 3, 2.1 after 1.7, 1.1 after 1."""
    if len(two) > len(one) and two[: len(one)] == one:
        return all(part == 1 for part in two[len(one) :])
    for at in range(min(len(one), len(two))):
        if one[at] != two[at]:
            return two[at] - one[at] == 1 and all(part == 1 for part in two[at + 1 :])
    return False


def _longest_run(numbers: Sequence[Number]) -> list[int]:
    """Give the places of the longest run of following numbers; a gap costs more than one number gains.

    For each number it keeps the best run that ends in it, and the best that ends in it or in anything under
    it, so that the time grows with the count of numbers alone.
    """
    ends: dict[Number, tuple[float, int]] = {}
    ends_under: dict[Number, tuple[float, int]] = {}
    before: list[int | None] = []
    best = (float("-inf"), 0)
    for at, number in enumerate(numbers):
        price, previous = (1.0 if number[-1] == 1 else 1.0 - GAP_COST), None
        for gain, earlier in _before(number, ends, ends_under):
            if gain + 1.0 > price:
                price, previous = gain + 1.0, earlier
        before.append(previous)
        best = max(best, (price, -at))
        if price >= ends.get(number, (price, 0))[0]:
            ends[number] = (price, at)
        for depth in range(1, len(number) + 1):
            if price >= ends_under.get(number[:depth], (price, 0))[0]:
                ends_under[number[:depth]] = (price, at)
    place: int | None = -best[1] if numbers else None
    run: list[int] = []
    while place is not None:
        run.append(place)
        place = before[place]
    return run[::-1]


def _before(
    number: Number, ends: Mapping[Number, tuple[float, int]], ends_under: Mapping[Number, tuple[float, int]]
) -> Iterator[tuple[float, int]]:
    """Give the runs that `number` may go on with, each with its worth after the cost of a gap."""
    for depth in range(len(number)):
        if any(part != 1 for part in number[depth + 1 :]):
            continue
        for gap in range(1, MAX_GAP + 1):
            found = ends_under.get((*number[:depth], number[depth] - gap))
            if found:
                yield found[0] - (GAP_COST if gap > 1 else 0.0), found[1]
        if depth and all(part == 1 for part in number[depth:]) and number[:depth] in ends:
            yield ends[number[:depth]]
