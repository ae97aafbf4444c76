"""Puts the rules and shaded boxes of a page together into grids of cells.

Rules that touch make a grid; where no rule separates two cells they are one. Level rules of one length, one below another,
make a grid of one column. Knows lengths in points, and no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.reading.pdf_lines import Boxes

TOUCH = 3.0
"""Rules so many points apart meet: programs stop short of a corner, or draw the corner by itself."""

SAME_PLACE = 2.0
SAME_EDGE = 5.0
SHORTEST = 4.0
SHORTEST_BAND = 60.0
LONGEST_GAP = 8.0
"""Upright rules that stand out so far above the first level one show a row without a rule above."""

MAX_RULES = 1_500
MAX_ROWS = 400
MAX_COLUMNS = 60
MAX_CELLS = 6_000
MAX_SHADES = 500
MAX_BANDS = 100
"""What has more is a drawing, a chart or made to be slow."""

MARGIN = 0.07
"""A level rule by itself so near the page's edge belongs to its head or foot."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule at `at` (y of a level one, x of an upright one) from `start` to `end`, in points."""

    at: float
    start: float
    end: float


@dataclass(slots=True)
class Grid:
    """Columns between `xs` and rows between `ys`, in points. `regions` (rows, columns) has one number for each cell,
    a merged one's in every place; `open_top` and `open_bottom` say that no rule stands there.
    """

    xs: list[float]
    ys: list[float]
    regions: npt.NDArray[np.int64]
    open_top: bool = False
    open_bottom: bool = False

    def holds(self, other: Grid) -> bool:
        """Whether `other` stands inside."""
        return (
            self.xs[0] - TOUCH <= other.xs[0] and other.xs[-1] <= self.xs[-1] + TOUCH
            and self.ys[0] - TOUCH <= other.ys[0] and other.ys[-1] <= self.ys[-1] + TOUCH
        )  # fmt: skip


def grids_of(
    rules: Boxes, fills: Boxes, colors: Sequence[tuple[int, int, int]], page: tuple[float, float]
) -> tuple[list[Grid], list[Grid]]:
    """The grids that rules make, and those of one column that level rules alone may make.

    `rules` and `fills` are boxes in points, `page` is its width and height.
    """
    level, upright = _by_direction(rules)
    shades = _shades(fills, colors, page)
    for left, top, right, bottom in shades:
        level += [_Rule(top, left, right), _Rule(bottom, left, right)]
        if any(left - TOUCH <= r.at <= right + TOUCH and r.start <= bottom and r.end >= top for r in upright):
            upright += [_Rule(left, top, bottom), _Rule(right, top, bottom)]
    level, upright = _merged(level), _merged(upright)
    if len(level) < 2 or len(level) + len(upright) > MAX_RULES:
        return [], []
    grids: list[Grid] = []
    single: list[_Rule] = []
    for levels, uprights in _touching(level, upright):
        grid = _grid(levels, uprights) if uprights else None
        if grid is not None:
            grids.append(grid)
        elif not uprights:
            single += levels
    grids = [g for g in grids if not any(o is not g and o.holds(g) and not g.holds(o) for o in grids)]
    bands = [grid for grid in _bands(single, page[1]) if not any(other.holds(grid) for other in grids)]
    return grids, bands


def _by_direction(rules: Boxes) -> tuple[list[_Rule], list[_Rule]]:
    """The level and the upright rules; what is as wide as high is a corner, and left out."""
    level, upright = [], []
    for left, top, right, bottom in rules.tolist():
        if right - left >= max(SHORTEST, bottom - top):
            level.append(_Rule((top + bottom) / 2, left, right))
        elif bottom - top >= SHORTEST:
            upright.append(_Rule((left + right) / 2, top, bottom))
    return level, upright


def _shades(
    fills: Boxes, colors: Sequence[tuple[int, int, int]], page: tuple[float, float]
) -> list[list[float]]:
    """Boxes of shaded cells: no page's background, no shading of a paragraph inside its cell's."""
    if len(fills) > MAX_SHADES:
        return []
    kept: list[tuple[list[float], tuple[int, int, int]]] = []
    boxes = sorted(zip(fills.tolist(), colors, strict=True), key=lambda pair: _area(pair[0]), reverse=True)
    for box, color in boxes:
        if box[2] - box[0] < 20 or box[3] - box[1] < 6 or _area(box) > 0.6 * page[0] * page[1]:
            continue
        if any(shade == color and _inside(box, other) for other, shade in kept):
            continue
        kept.append((box, color))
    return [box for box, _ in kept]


def _area(box: list[float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _inside(box: list[float], other: list[float]) -> bool:
    return (
        box[0] >= other[0] - 1
        and box[1] >= other[1] - 1
        and box[2] <= other[2] + 1
        and box[3] <= other[3] + 1
    )


def _merged(rules: list[_Rule]) -> list[_Rule]:
    """Rules in one line, and that meet, as one."""
    groups: list[list[_Rule]] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if groups and rule.at - groups[-1][0].at <= SAME_PLACE:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return [_as_one(run) for group in groups for run in _runs(group)]


def _runs(rules: list[_Rule]) -> list[list[_Rule]]:
    runs: list[list[_Rule]] = []
    end = float("-inf")
    for rule in sorted(rules, key=lambda rule: rule.start):
        if runs and rule.start <= end + TOUCH:
            runs[-1].append(rule)
        else:
            runs.append([rule])
            end = rule.end
        end = max(end, rule.end)
    return runs


def _as_one(rules: list[_Rule]) -> _Rule:
    longest = max(rules, key=lambda rule: rule.end - rule.start)
    return _Rule(longest.at, rules[0].start, max(rule.end for rule in rules))


def _touching(level: list[_Rule], upright: list[_Rule]) -> list[tuple[list[_Rule], list[_Rule]]]:
    """Groups of rules that hang together, each its level and its upright ones."""
    if not upright:
        return [(level, [])]
    h = np.array([(rule.at, rule.start, rule.end) for rule in level])
    v = np.array([(rule.at, rule.start, rule.end) for rule in upright])
    meets = (
        (v[None, :, 0] >= h[:, None, 1] - TOUCH) & (v[None, :, 0] <= h[:, None, 2] + TOUCH)
        & (h[:, None, 0] >= v[None, :, 1] - TOUCH) & (h[:, None, 0] <= v[None, :, 2] + TOUCH)
    )  # fmt: skip
    waiting = set(range(len(level)))
    groups = []
    while waiting:
        levels: set[int] = set()
        uprights: set[int] = set()
        grown = {min(waiting)}
        while grown:
            levels |= grown
            reached = {int(j) for i in grown for j in np.flatnonzero(meets[i])} - uprights
            uprights |= reached
            grown = {int(i) for j in reached for i in np.flatnonzero(meets[:, j])} - levels
        waiting -= levels
        groups.append(([level[i] for i in sorted(levels)], [upright[j] for j in sorted(uprights)]))
    return groups


def _grid(level: list[_Rule], upright: list[_Rule]) -> Grid | None:
    """The grid that rules make, cells joined where no rule separates them."""
    xs = _edges([rule.at for rule in upright], [r.start for r in level], [r.end for r in level], TOUCH + 1)
    ys = _edges(
        [rule.at for rule in level], [r.start for r in upright], [r.end for r in upright], LONGEST_GAP
    )
    rows, columns = len(ys) - 1, len(xs) - 1
    if not (0 < rows <= MAX_ROWS and 0 < columns <= MAX_COLUMNS and rows * columns <= MAX_CELLS):
        return None
    if len(upright) < 2 and len(level) < 3:
        return None  # a rule with a bar
    across, down = _covered(level, ys, xs), _covered(upright, xs, ys)
    regions = np.arange(rows * columns).reshape(rows, columns)
    for row in range(rows):
        for column in range(columns):
            if column and not down[column][row]:
                _join(regions, regions[row, column], regions[row, column - 1])
            if row and not across[row][column]:
                _join(regions, regions[row, column], regions[row - 1, column])
    return Grid(xs, ys, regions, not across[0].any(), not across[-1].any())


def _edges(at: list[float], starts: list[float], ends: list[float], beyond: float) -> list[float]:
    """Where the rules stand, each place once, and the ends of those that cross them where they stand out further."""
    places = sorted(at)
    first, last = min(starts), max(ends)
    kept = [places[0]]
    for place in places[1:]:
        if place - kept[-1] > SAME_PLACE:
            kept.append(place)
    if first < kept[0] - beyond:
        kept.insert(0, first)
    if last > kept[-1] + beyond:
        kept.append(last)
    return kept


def _covered(rules: list[_Rule], places: list[float], steps: list[float]) -> npt.NDArray[np.bool_]:
    """For each place, which of the stretches between two steps have a rule along them."""
    covered = np.zeros((len(places), len(steps) - 1), dtype=bool)
    at, starts, ends = np.array(places), np.array(steps[:-1]), np.array(steps[1:])
    for rule in rules:
        along = np.minimum(ends, rule.end) - np.maximum(starts, rule.start) >= 0.6 * (ends - starts)
        covered[np.abs(at - rule.at) <= SAME_PLACE] |= along
    return covered


def _join(regions: npt.NDArray[np.int64], first: int, second: int) -> None:
    if first != second:
        regions[regions == max(first, second)] = min(first, second)


def _bands(rules: list[_Rule], height: float) -> list[Grid]:
    """Level rules of one length one below another, three or more: a table without upright rules."""
    groups: list[list[_Rule]] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if rule.end - rule.start < SHORTEST_BAND or not MARGIN * height < rule.at < (1 - MARGIN) * height:
            continue
        for group in groups:
            if abs(group[0].start - rule.start) <= SAME_EDGE and abs(group[0].end - rule.end) <= SAME_EDGE:
                group.append(rule)
                break
        else:
            groups.append([rule])
    return [
        Grid(
            [group[0].start, group[0].end],
            [rule.at for rule in group],
            np.arange(len(group) - 1).reshape(-1, 1),
        )
        for group in groups
        if 3 <= len(group) <= MAX_BANDS
    ]
