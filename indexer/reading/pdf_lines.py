"""Puts characters with boxes together into printed lines.

A PDF has no lines: its reader's own break at every raised footnote mark and run over a hyphen at a line's
end. Here characters that stand on one line make one `Line`, a wide gap separates two cells of a row, and a
raised small figure becomes a superscript. Knows boxes and characters, no PDF library.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from indexer.reading.source import Line

Boxes = npt.NDArray[np.float64]

LINE_HYPHEN = "\ufffe"
"""What pdfium gives for a hyphen at the end of a printed line, and no line break after it."""

SOFT_HYPHEN = "\u00ad"
_REST_OF_WORD = re.compile(r"[^\W\d_]\S*\s*")

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
RAISED_SIZE = 0.8
"""A figure lower than this share of its line's height, and raised, is a footnote mark."""

CELL = "\x1f"
CELL_GAP = 1.2
"""A gap wider than this many line heights separates two cells of a row."""
LIST_MARK = re.compile(r"[\d.]{1,6}\)?|\(?[a-zA-Z]{1,4}[.)]|[^\w\s(\[‘“'\"£]{1,2}|o")
DIGIT = re.compile(r"[0-9]")
_LAST_SPACE = 0x3000
_IS_SPACE = np.array([chr(code).isspace() for code in range(_LAST_SPACE + 2)])
"""Looked up for all of a page at once: a call for each character would take a thirtieth of all reading."""


@dataclass(slots=True)
class _Run:
    """Characters `start` to `end` of the page, all on one printed line. Edges as fractions of the page."""

    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def printed_lines(
    text: str, boxes: Boxes, page: tuple[float, float], is_bold: Callable[[int], bool]
) -> tuple[Line, ...]:
    """Put the characters of a page together into the lines that a reader sees, in the order of the file.

    `boxes` is (n, 4), one row for each character of `text`: left, top, right, bottom as fractions of the page.
    `page` is its width and height in points; `is_bold(i)` says whether character `i` is set bold.
    """
    if not text:
        return ()
    gathered: list[list[_Run]] = []
    for run in _runs(text, boxes):
        if gathered and _belongs(gathered[-1], run):
            gathered[-1].append(run)
        else:
            gathered.append([run])
    gaps = boxes[1:, 0] - boxes[:-1, 2]
    # Most gaps are a word's at most: only those that may separate cells are compared with their line's height.
    least = min((run.height for runs in gathered for run in runs), default=0.0)
    wide = np.flatnonzero(gaps > CELL_GAP * (least * page[1] / page[0]))
    printed = _Printed(text, boxes, gaps, wide.tolist())
    lines = [_line(runs, printed, page, is_bold) for runs in gathered]
    found = [line for line in lines if line is not None]
    # A page that marks where its words may be broken (soft hyphens) prints no other hyphen at a line's end.
    return tuple(_mended(found)) if SOFT_HYPHEN in text and LINE_HYPHEN in text else tuple(found)


def _mended(lines: list[Line]) -> list[Line]:
    """The lines with each word that a line's end broke whole, on the line where it begins."""
    for at in range(len(lines) - 1):
        first, second = lines[at], lines[at + 1]
        rest = _REST_OF_WORD.match(second.text)
        if (
            first.text.endswith("-")
            and first.text[-2:-1].isalpha()
            and rest
            and not (first.cells or second.cells)
        ):
            lines[at] = replace(first, text=first.text[:-1] + rest.group().strip())
            lines[at + 1] = replace(second, text=second.text[rest.end() :])
    return [line for line in lines if line.text]


def has_ink(text: str, boxes: Boxes) -> npt.NDArray[np.bool_]:
    """Which characters are neither white space nor without a box."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    spaces: npt.NDArray[np.bool_] = _IS_SPACE[np.minimum(codes, _LAST_SPACE + 1)]
    return ~spaces & (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])


def _belongs(runs: list[_Run], run: _Run) -> bool:
    """Whether a run stands on the printed line of these, to the right of the last."""
    last = runs[-1]
    tallest = last if len(runs) == 1 else max(runs, key=lambda r: r.height)
    overlap = min(tallest.bottom, run.bottom) - max(tallest.top, run.top)
    if overlap < 0.55 * min(tallest.height, run.height):
        return False
    return run.left > last.right - 0.5 * max(last.height, run.height)


def _runs(text: str, boxes: Boxes) -> list[_Run]:
    runs: list[_Run] = []
    inked = has_ink(text, boxes)
    for match in re.finditer(r"[^\r\n\ufffe]+\ufffe?|\ufffe", text):
        start, end = match.span()
        part = boxes[start:end][inked[start:end]]
        if not len(part):
            continue
        # Each side's values in their order, sorted together: a call for each would take a third of all reading.
        part = np.sort(part, axis=0)
        # Medians up and down: one raised mark or large initial mustn't stretch the line.
        middle = (part[(len(part) - 1) // 2] + part[len(part) // 2]) / 2
        runs.append(
            _Run(start, end, float(part[0, 0]), float(middle[1]), float(part[-1, 2]), float(middle[3]))
        )
    return runs


@dataclass(frozen=True, slots=True)
class _Printed:
    """A page's characters: their boxes, the gap after each, and after which a gap is wide (ascending)."""

    text: str
    boxes: Boxes
    gaps: npt.NDArray[np.float64]
    wide: list[int]


def _line(
    runs: list[_Run], printed: _Printed, page: tuple[float, float], is_bold: Callable[[int], bool]
) -> Line | None:
    text = printed.text
    main = runs[0] if len(runs) == 1 else max(runs, key=lambda r: r.end - r.start)
    height = main.height
    em = height * page[1] / page[0]  # the line's height as a fraction of the width
    pieces: list[str] = []
    right: float | None = None
    for run in runs:
        if right is not None:
            gap = run.left - right
            pieces.append(CELL if gap > CELL_GAP * em else " " if gap > 0.12 * em else "")
        pieces.append(_words(run, printed, main, CELL_GAP * em))
        right = run.right
    cells = [clean for clean in (" ".join(cell.split()) for cell in "".join(pieces).split(CELL)) if clean]
    if not cells:
        return None
    if len(cells) > 1 and LIST_MARK.fullmatch(cells[0]):
        cells[:2] = [f"{cells[0]} {cells[1]}"]
    middle = (main.start + main.end) // 2
    while middle < main.end - 1 and text[middle].isspace():
        middle += 1
    edges = main if len(runs) == 1 else _around(runs, [r for r in runs if r.height >= RAISED_SIZE * height])
    return Line(
        text=" ".join(cells),
        left=round(edges.left, 5),
        top=round(edges.top, 5),
        right=round(edges.right, 5),
        bottom=round(edges.bottom, 5),
        size=round(height * page[1], 2),
        bold=is_bold(middle),
        cells=tuple(cells) if len(cells) > 1 else (),
    )


def _around(runs: list[_Run], upright: list[_Run]) -> _Run:
    return _Run(
        runs[0].start,
        runs[-1].end,
        min(r.left for r in runs),
        min(r.top for r in upright),
        max(r.right for r in runs),
        max(r.bottom for r in upright),
    )


def _words(run: _Run, printed: _Printed, main: _Run, cell_gap: float) -> str:
    """The run's text, with raised small figures as superscripts, and CELL where a wide gap stands."""
    words = printed.text[run.start : run.end]
    characters: list[str] | None = None
    wide = printed.wide
    for i in wide[bisect_left(wide, run.start) : bisect_left(wide, run.end - 1)]:
        if printed.gaps[i] > cell_gap:
            characters = characters or list(words)
            characters[i - run.start] += CELL
    for match in DIGIT.finditer(words):
        box = printed.boxes[run.start + match.start()]
        small = box[3] - box[1] < RAISED_SIZE * main.height
        if small and box[3] < main.bottom - 0.12 * main.height:
            characters = characters or list(words)
            characters[match.start()] = characters[match.start()].translate(SUPERSCRIPTS)
    if characters is not None:
        words = "".join(characters)
    return words.replace(LINE_HYPHEN, "-").replace("\u00ad", "").replace("\x02", "-")
