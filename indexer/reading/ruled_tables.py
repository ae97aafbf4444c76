"""Finds the tables of a page by their rules and shading, and the lines in each cell.

A table without upright rules has its columns where no text stands from its top to its foot. Knows boxes and
characters, no PDF library, and no table's meaning.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from indexer.reading.pdf_lines import CELL_GAP, LINE_HYPHEN, Boxes, has_ink, printed_lines
from indexer.reading.rule_grids import MAX_COLUMNS, MAX_ROWS, SAME_PLACE, Grid, grids_of
from indexer.reading.source import Line, RuledCell, RuledTable

NARROWEST = 10.0
"""A narrower column without a word lies between double rules."""

_PRINTED = re.compile(r"[^\r\n\ufffe]+\ufffe?|\ufffe")


@dataclass(frozen=True, slots=True)
class Text:
    """A page's characters, their boxes as fractions of the page, its size in points, which are bold, and its lines."""

    characters: str
    boxes: Boxes
    page: tuple[float, float]
    is_bold: Callable[[int], bool]
    lines: tuple[Line, ...]


def ruled_tables(
    rules: Boxes, fills: Boxes, colors: Sequence[tuple[int, int, int]], text: Text
) -> tuple[RuledTable, ...]:
    """The tables of a page, from its top to its foot. `rules` and `fills` are boxes as fractions of the page."""
    scale = np.array([*text.page, *text.page])
    grids, bands = grids_of(rules * scale, fills * scale, colors, text.page)
    placed = _PageText(text)
    for grid in (table for band in bands for table in placed.split(band)):
        columns = placed.columns(grid)
        if len(columns) > 2 or len(grid.ys) > 3 or placed.is_headed(grid):
            grids.append(_with_columns(_with_rows(grid, columns, placed), columns))
    tables = []
    for grid in sorted(grids, key=lambda grid: (grid.ys[0], grid.xs[0])):
        one_column = len(grid.xs) == 2 and len(grid.ys) > 2
        table = placed.table(_with_columns(grid, placed.columns(grid)) if one_column else grid)
        if table is not None:
            tables.append(table)
    return tuple(tables)


def _with_columns(grid: Grid, columns: list[float]) -> Grid:
    """A grid of one column split at these places."""
    if len(columns) <= 2:
        return grid
    count = len(columns) - 1
    regions = grid.regions * count + np.arange(count)
    return Grid(columns, grid.ys, regions, grid.open_top, grid.open_bottom)


def _with_rows(grid: Grid, columns: list[float], placed: _PageText) -> Grid:
    """A table with rules only round its header: its rows are split where its lines stand further apart."""
    if len(grid.ys) != 3 or len(columns) < 3:
        return grid
    ys = [*grid.ys[:2], *placed.row_starts(grid, columns[:2]), grid.ys[2]]
    return Grid(grid.xs, ys, np.arange(len(ys) - 1).reshape(-1, 1), grid.open_top, grid.open_bottom)


class _PageText:
    """A page's text in points, to be asked what stands where.

    Lines that stand in one cell are taken as they are; characters are looked at where a line crosses cells.
    """

    def __init__(self, text: Text) -> None:
        self._text = text

    @cached_property
    def _boxes(self) -> Boxes:
        width, height = self._text.page
        return np.asarray(self._text.boxes * np.array([width, height, width, height]))

    @cached_property
    def _inked(self) -> npt.NDArray[np.bool_]:
        return has_ink(self._text.characters, self._boxes)

    @cached_property
    def _x(self) -> npt.NDArray[np.float64]:
        return (self._boxes[:, 0] + self._boxes[:, 2]) / 2

    @cached_property
    def _y(self) -> npt.NDArray[np.float64]:
        return (self._boxes[:, 1] + self._boxes[:, 3]) / 2

    def columns(self, grid: Grid) -> list[float]:
        """The edges of the columns between which no text stands from the table's top to its foot."""
        whole = [grid.xs[0], grid.xs[-1]]
        if self._is_full(grid):
            return whole
        inside = self._within(whole[0], grid.ys[0], whole[1], grid.ys[-1])
        if not inside.any():
            return whole
        boxes = self._boxes[inside]
        height = float(np.median(boxes[:, 3] - boxes[:, 1]))
        lines = len(np.unique(np.round(self._y[inside] / max(0.5 * height, 1))))
        least = (0.7 if lines > 5 else CELL_GAP) * height
        order = np.argsort(boxes[:, 0])
        lefts, rights = boxes[order, 0], np.maximum.accumulate(boxes[order, 2])
        gaps = np.flatnonzero(lefts[1:] - rights[:-1] > least)
        edges = [float(lefts[i + 1]) - min(0.5 * least, 4.0) for i in gaps]
        top = self._within(whole[0], grid.ys[0], whole[1], grid.ys[1])
        kept = [whole[0]]
        for edge in edges:
            column = boxes[(boxes[:, 0] >= kept[-1]) & (boxes[:, 2] <= edge)]
            marks = len(column) == 0 or float(np.ptp(column[:, [0, 2]])) < CELL_GAP * height
            if not marks or bool((top & (self._x >= kept[-1]) & (self._x < edge)).any()):
                kept.append(edge)  # list marks are no column, unless it has a heading
        return [*kept, whole[1]] if len(kept) < MAX_COLUMNS else whole

    def split(self, grid: Grid) -> list[Grid]:
        """Tables of one width below one another: a heading between two stands further below the rule over it."""
        bands = [self._lines_between(grid, high, low) for high, low in pairwise(grid.ys)]
        height = self._text.page[1]
        above = [
            min(line.top for line in band) * height - high if band else float("inf")
            for band, high in zip(bands, grid.ys, strict=False)
        ]
        known = sorted(space for space in above if space < float("inf"))
        if not known:
            return []
        usual = known[len(known) // 2]
        size = max(line.bottom - line.top for band in bands for line in band) * height
        tables: list[list[float]] = [[]]
        for space, edges in zip(above, pairwise(grid.ys), strict=True):
            if space > usual + 0.8 * size:
                tables.append([])
            else:
                tables[-1] = [*(tables[-1] or edges[:1]), edges[1]]
        return [Grid(grid.xs, ys, np.arange(len(ys) - 1).reshape(-1, 1)) for ys in tables if len(ys) > 2]

    def is_headed(self, grid: Grid) -> bool:
        """Whether a bold row stands over one that isn't."""
        first, second = (self._lines_between(grid, *edges) for edges in list(pairwise(grid.ys))[:2])
        return (
            bool(first and second)
            and all(line.bold for line in first)
            and not any(line.bold for line in second)
        )

    def _lines_between(self, grid: Grid, high: float, low: float) -> list[Line]:
        width, height = self._text.page
        return [
            line
            for line in self._text.lines
            if high < (line.top + line.bottom) / 2 * height < low
            and grid.xs[0] - SAME_PLACE <= line.left * width
            and line.right * width <= grid.xs[1] + SAME_PLACE
        ]

    def _is_full(self, grid: Grid) -> bool:
        """Whether one line without cells runs over the table: it has one column then."""
        width, height = self._text.page
        return any(
            not line.cells and (line.right - line.left) * width > 0.75 * (grid.xs[-1] - grid.xs[0])
            and grid.ys[0] < (line.top + line.bottom) / 2 * height < grid.ys[-1]
            for line in self._text.lines
        )  # fmt: skip

    def row_starts(self, grid: Grid, first: list[float]) -> list[float]:
        """Where rows begin below a header, the first left out: at wider gaps, else at each line of the first column."""
        inside = self._within(grid.xs[0], grid.ys[1], grid.xs[-1], grid.ys[2])
        tops = np.sort(self._boxes[inside][:, 1])
        if not len(tops):
            return []
        height = float(np.median(self._boxes[inside][:, 3] - self._boxes[inside][:, 1]))
        lines = [float(tops[0])]
        lines += [float(b) for a, b in pairwise(tops) if b - a > 0.4 * height]
        steps = [b - a for a, b in pairwise(lines)]
        if not steps:
            return []
        usual = sorted(steps)[len(steps) // 4]
        wide = [lines[i + 1] - 1 for i, step in enumerate(steps) if step > 1.35 * usual]
        if wide:
            return wide[: MAX_ROWS - 2]
        column = inside & (self._x >= first[0]) & (self._x < first[1])
        mine = self._boxes[column][:, 1]
        return [y - 1 for y in lines[1:] if len(mine) and np.abs(mine - y).min() < 0.5 * height][
            : MAX_ROWS - 2
        ]

    def table(self, grid: Grid) -> RuledTable | None:
        """The grid with its lines in their cells, rows without a word left out; None if none has any."""
        lines = self._lines_in(grid)
        if not lines:
            return None
        width, height = self._text.page
        cells: dict[int, RuledCell] = {}
        for region in np.unique(grid.regions):
            rows, columns = np.nonzero(grid.regions == region)
            cells[int(region)] = RuledCell(
                round(grid.xs[columns.min()] / width, 5),
                round(grid.ys[rows.min()] / height, 5),
                round(grid.xs[columns.max() + 1] / width, 5),
                round(grid.ys[rows.max() + 1] / height, 5),
                lines.get(int(region), ()),
            )
        worded = np.isin(grid.regions, list(lines))
        wide = np.diff(grid.xs) > NARROWEST
        kept = grid.regions[worded.any(axis=1)][:, worded.any(axis=0) | wide]
        return RuledTable(
            round(grid.xs[0] / width, 5),
            round(grid.ys[0] / height, 5),
            round(grid.xs[-1] / width, 5),
            round(grid.ys[-1] / height, 5),
            tuple(tuple(cells[int(region)] for region in row) for row in kept),
            open_top=grid.open_top,
            open_bottom=grid.open_bottom,
        )

    def _lines_in(self, grid: Grid) -> dict[int, tuple[Line, ...]]:
        """The lines of each cell that has any."""
        width, height = self._text.page
        found: dict[int, list[Line]] = defaultdict(list)
        crossed: set[int] = set()
        last = len(grid.xs) - 2
        for line in self._text.lines:
            row = bisect(grid.ys, (line.top + line.bottom) / 2 * height) - 1
            if not 0 <= row < len(grid.ys) - 1:
                continue
            inset = min(SAME_PLACE, (line.right - line.left) * width / 2)
            first = bisect(grid.xs, line.left * width + inset) - 1
            end = bisect(grid.xs, line.right * width - inset) - 1
            if end < 0 or first > last:
                continue
            regions = {int(region) for region in grid.regions[row, max(first, 0) : min(end, last) + 1]}
            if len(regions) == 1 and first >= 0 and end <= last:
                lines = found[regions.pop()]
                if lines and line.top < lines[-1].top - 0.2 * (line.bottom - line.top):
                    crossed.add(int(grid.regions[row, first]))
                lines.append(line)
            else:
                crossed |= regions
        if crossed:
            for region, stretches in self._texts(grid, crossed).items():
                found[region] = list(self._lines(stretches))
        return {region: tuple(lines) for region, lines in found.items() if lines}

    def _within(self, left: float, top: float, right: float, bottom: float) -> npt.NDArray[np.bool_]:
        return self._inked & (self._x > left) & (self._x < right) & (self._y > top) & (self._y < bottom)

    def _texts(self, grid: Grid, wanted: set[int]) -> dict[int, list[tuple[int, int]]]:
        """The stretches of characters in each of these cells, empty where it has none."""
        inside = self._within(grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1])
        places = np.flatnonzero(inside)
        columns = np.clip(np.searchsorted(grid.xs, self._x[places]) - 1, 0, len(grid.xs) - 2)
        rows = np.clip(np.searchsorted(grid.ys, self._y[places]) - 1, 0, len(grid.ys) - 2)
        owners = grid.regions[rows, columns]
        stretches: dict[int, list[tuple[int, int]]] = {region: [] for region in wanted}
        outside = np.flatnonzero(self._inked & ~inside)
        if not len(places):
            return stretches
        # A stretch ends where the next character stands in another cell, or outside.
        turns = (np.diff(owners) != 0) | (
            np.searchsorted(outside, places[1:]) != np.searchsorted(outside, places[:-1])
        )
        starts = np.concatenate([[0], np.flatnonzero(turns) + 1])
        ends = np.concatenate([np.flatnonzero(turns), [len(places) - 1]])
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if int(owners[start]) in wanted:
                stretches[int(owners[start])].append((int(places[start]), self._end(int(places[end]) + 1)))
        return stretches

    def _end(self, at: int) -> int:
        """The end of a stretch, with the mark that pdfium puts for a hyphen at a line's end."""
        return at + 1 if self._text.characters[at : at + 1] == LINE_HYPHEN else at

    def _lines(self, stretches: list[tuple[int, int]]) -> tuple[Line, ...]:
        if not stretches:
            return ()
        text = self._text
        pieces = [piece for start, end in stretches for piece in self._pieces(start, end)]
        places: list[int] = []
        words = ""
        for start, end in self._in_order(pieces):
            words += text.characters[start:end] + "\n"
            places += [*range(start, end), -1]
        boxes = np.where(np.array(places)[:, None] >= 0, text.boxes[places], 0.0)
        return printed_lines(words, boxes, text.page, lambda i: text.is_bold(places[i]))

    def _pieces(self, start: int, end: int) -> Iterable[tuple[int, int]]:
        for match in _PRINTED.finditer(self._text.characters, start, end):
            if self._inked[match.start() : match.end()].any():
                yield match.span()

    def _in_order(self, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The pieces from the cell's top to its foot, those on one printed line from left to right."""
        rows: list[tuple[float, float, list[tuple[float, int, int]]]] = []
        for start, end in pieces:
            inked = self._inked[start:end]
            left = float(self._boxes[start:end][inked, 0].min())
            top, bottom = (float(np.median(self._boxes[start:end][inked, side])) for side in (1, 3))
            for high, low, row in reversed(rows[-3:]):
                if min(low, bottom) - max(high, top) > 0.55 * min(low - high, bottom - top):
                    row.append((left, start, end))
                    break
            else:
                rows.append((top, bottom, [(left, start, end)]))
        rows.sort(key=lambda row: row[0])
        return [(start, end) for _, _, row in rows for _, start, end in sorted(row)]
