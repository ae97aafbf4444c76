"""Which of the numbers that stand at the start of a line are paragraph numbers.

A line may begin with "15. Support groups" because a year was broken over two lines; a table on the front
page numbers its rows. The paragraph numbers are the longest run of consecutive numbers that stand in the
number column; this is found over the whole document at once, so that one false number can't derail the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from indexer.reading.layout import FlowLine

_NUMBER = re.compile(r"^(\d{1,3})(\.|\))?(?:\s+(?=\S)|$)")
_GLUED = re.compile(r"^(\d{1,3})\.(?=[A-Z‘“])")

NEAR = 0.012
"""Left edges this close (in page widths) stand in the same column."""

RESTART_COST = 4.0
GAP_COST = 1.5
MAX_GAP = 6
_SURE = 1.15
"""A number with a full stop, in the number column."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line (by its place in the flow) that may open a paragraph printed `number`."""

    at: int
    number: int
    length: int
    strength: float


def paragraph_numbers(candidates: Sequence[Numbered]) -> dict[int, Numbered]:
    """The lines that open numbered paragraphs, by their place in the flow.

    A single number alone makes no numbering: the result is empty for fewer than two.
    """
    chain = _best_chain(candidates)
    return {c.at: c for c in chain} if len(chain) >= 2 else {}


def left_out(candidates: Sequence[Numbered], numbers: Mapping[int, Numbered]) -> list[int]:
    """Numbers that look like a paragraph's and aren't in the numbering: a second "57" among them."""
    if not numbers:
        return []
    within = range(min(numbers), max(numbers) + 1)
    known = {number.number for number in numbers.values()}
    return [
        c.number
        for c in candidates
        if c.at in within and c.at not in numbers and c.strength >= _SURE and c.number in known
    ]


def may_be_numbered(flow: Sequence[FlowLine], skipped: frozenset[int] = frozenset()) -> list[Numbered]:
    """The lines that begin with a number, in order; `skipped` are places that hold no paragraphs (contents, grades)."""
    found: list[tuple[int, int, int, bool]] = []
    for at, placed in enumerate(flow):
        if at in skipped:
            continue
        match = _NUMBER.match(placed.text) or _GLUED.match(placed.text)
        if match and int(match.group(1)) > 0:
            dotted = match.re is _GLUED or bool(match.group(2))
            found.append((at, int(match.group(1)), match.end(), dotted))
    columns = _columns(flow, found)
    candidates = []
    for at, number, length, dotted in found:
        left = flow[at].line.left
        in_column = not flow[at].page or any(abs(left - column) <= NEAR for column in columns)
        hangs = _hangs(flow, at)
        strength = (0.6 if dotted else 0.1) + (0.6 if in_column else 0.0) + (0.3 if hangs else 0.0)
        strength += 0.1 if flow[at].gap else 0.0
        candidates.append(Numbered(at, number, length, strength))
    return candidates


def _columns(flow: Sequence[FlowLine], found: Sequence[tuple[int, int, int, bool]]) -> list[float]:
    """Left edges at which enough dotted numbers stand to be number columns."""
    lefts: Counter[float] = Counter()
    for at, _, _, dotted in found:
        if dotted:
            lefts[round(flow[at].line.left, 2)] += 1
    if not lefts:
        return []
    most = lefts.most_common(1)[0][1]
    return [left for left, count in lefts.items() if count >= max(2, 0.15 * most)]


def _hangs(flow: Sequence[FlowLine], at: int) -> bool:
    """Whether the following line is indented under the words, as in a numbered paragraph."""
    if at + 1 >= len(flow) or flow[at + 1].page != flow[at].page:
        return False
    return flow[at + 1].line.left - flow[at].line.left > 0.015


def _best_chain(candidates: Sequence[Numbered]) -> list[Numbered]:
    """The run of numbers, in reading order, with the most strength less the cost of its breaks."""
    scores: list[float] = []
    came_from: list[int] = []
    best_of: dict[int, int] = {}  # for each number, the best run that ends in it, by its last candidate
    best = -1
    for i, candidate in enumerate(candidates):
        score = candidate.strength - _opening_cost(candidate.number)
        came = -1
        for j, cost in _ways_to(candidate.number, best_of, best):
            if scores[j] + candidate.strength - cost > score:
                score, came = scores[j] + candidate.strength - cost, j
        scores.append(score)
        came_from.append(came)
        known = best_of.get(candidate.number)
        if known is None or score > scores[known]:
            best_of[candidate.number] = i
        if best < 0 or score > scores[best]:
            best = i
    chain = []
    while best >= 0:
        chain.append(candidates[best])
        best = came_from[best]
    return chain[::-1]


def _opening_cost(number: int) -> float:
    """What it costs a numbering to begin with this number."""
    return 0.0 if number == 1 else 1.0 + 0.2 * min(number, 15)


def _ways_to(number: int, best_of: Mapping[int, int], best: int) -> Iterator[tuple[int, float]]:
    """The runs that may go on with `number`, by their last candidate, and what going on costs."""
    for missing in range(MAX_GAP + 1):
        before = best_of.get(number - missing - 1)
        if before is not None:
            yield before, (GAP_COST + 0.4 * missing if missing else 0.0)
    if number == 1 and best >= 0:
        yield best, RESTART_COST
