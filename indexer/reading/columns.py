"""Two columns that a file draws row by row, put in the order in which people read them.

A table of two columns looks the same; it is text where the right column goes on with the left one's numbers or
sentence. Knows characters and boxes, no PDF library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.reading.pdf_lines import CELL_GAP, LIST_MARK, Boxes, has_ink
from indexer.reading.source import Line

Order = npt.NDArray[np.intp]

BREAK = -1
"""In an order of characters: the end of a line."""
FEWEST_ROWS = 4
SAME_EDGE = 0.012
FEWEST_WORDS = 4
"""Words of the middle one of a column's lines: a table's cells have fewer."""
_LINE = re.compile(r"\S(?:[^\r\n]*\S)?")
_NUMBER = re.compile(r"(\d{1,3})[.)]?\s+(?=\S)")
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class _ColumnPart:
    """A stretch of a printed line without a wide gap: its characters, words, left edge and middle height."""

    start: int
    end: int
    text: str
    left: float
    top: float
    bottom: float


def may_be_columns(lines: Sequence[Line]) -> bool:
    """Whether enough of a page's lines have two cells of several words each: most pages have none."""
    worded = sum(
        len(line.cells) == 2 and min(len(cell.split()) for cell in line.cells) >= FEWEST_WORDS - 1
        for line in lines
    )
    return worded >= FEWEST_ROWS


def reading_order(text: str, boxes: Boxes, page: tuple[float, float]) -> Order | None:
    """The characters in reading order, `BREAK` where a line ends; None where the file's own order is right."""
    rows = list(_rows(text, boxes, page))
    if sum(len(row) == 2 for row in rows) < FEWEST_ROWS:
        return None
    pieces: list[list[_ColumnPart]] = []
    moved = False
    at = 0
    while at < len(rows):
        end = _block(rows, at)
        if end - at >= FEWEST_ROWS and _goes_on(rows[at:end]):
            pieces.extend([row[0]] for row in rows[at:end])
            pieces.extend([row[1]] for row in rows[at:end] if len(row) > 1)
            moved = True
            at = end
        else:
            pieces.append(rows[at])
            at += 1
    if not moved:
        return None
    order: list[int] = []
    for row in pieces:
        order.extend(range(row[0].start, row[-1].end))
        order.append(BREAK)
    return np.array(order, dtype=np.intp)


def _rows(text: str, boxes: Boxes, page: tuple[float, float]) -> Iterator[list[_ColumnPart]]:
    """The page's parts, those beside each other together."""
    inked = has_ink(text, boxes)
    row: list[_ColumnPart] = []
    for match in _LINE.finditer(text):
        own = match.start() + np.flatnonzero(inked[match.start() : match.end()])
        if not len(own):
            continue
        heights = boxes[own, 3] - boxes[own, 1]
        wide = CELL_GAP * float(np.median(heights)) * page[1] / page[0]
        cuts = np.flatnonzero(boxes[own[1:], 0] - boxes[own[:-1], 2] > wide) + 1
        for group in np.split(own, cuts):
            part = _ColumnPart(
                int(group[0]), int(group[-1]) + 1, text[group[0] : group[-1] + 1], float(boxes[group[0], 0]),
                float(np.median(boxes[group, 1])), float(np.median(boxes[group, 3])),
            )  # fmt: skip
            if row and row[-1].left < part.left and _overlap(row[-1], part):
                row.append(part)
            else:
                if row:
                    yield _with_marks(row, text)
                row = [part]
    if row:
        yield _with_marks(row, text)


def _overlap(one: _ColumnPart, two: _ColumnPart) -> bool:
    shared = min(one.bottom, two.bottom) - max(one.top, two.top)
    return shared > 0.55 * min(one.bottom - one.top, two.bottom - two.top)


def _with_marks(row: list[_ColumnPart], text: str) -> list[_ColumnPart]:
    """The row with each number or list mark joined to what it stands before."""
    joined: list[_ColumnPart] = []
    for part in row:
        before = joined[-1] if joined else None
        if before is not None and LIST_MARK.fullmatch(before.text) and before.end <= part.start:
            joined[-1] = _ColumnPart(
                before.start, part.end, text[before.start : part.end], before.left, before.top, part.bottom
            )
        else:
            joined.append(part)
    return joined


def _block(rows: Sequence[list[_ColumnPart]], at: int) -> int:
    """Where the rows of two columns end that begin at `at`; a row of the left column alone may be among them."""
    if len(rows[at]) != 2:
        return at
    left, right = rows[at][0].left, rows[at][1].left
    end = at
    while end < len(rows):
        row = rows[end]
        if abs(row[0].left - left) > 4 * SAME_EDGE or len(row) > 2:
            break
        if len(row) == 2 and abs(row[1].left - right) > 3 * SAME_EDGE:
            break
        if len(row) == 1 and end + 1 < len(rows) and len(rows[end + 1]) != 2:
            break
        end += 1
    while end > at and len(rows[end - 1]) != 2:
        end -= 1
    return end


def _goes_on(rows: Sequence[list[_ColumnPart]]) -> bool:
    """Whether the right column goes on where the left one ends: its numbers, or its sentence."""
    first = [row[0].text for row in rows]
    second = [row[1].text for row in rows if len(row) > 1]
    for column in (first, second):
        if sorted(len(text.split()) for text in column)[len(column) // 2] < FEWEST_WORDS:
            return False
    before = [int(m[1]) for m in map(_NUMBER.match, first) if m]
    after = [int(m[1]) for m in map(_NUMBER.match, second) if m]
    if before and after and after[0] == before[-1] + 1:
        return True
    return not _SENTENCE_END.search(first[-1]) and second[0][:1].islower()
