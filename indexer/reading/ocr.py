"""Reads pages that are pictures, with Tesseract where it is installed.

What it reads is a guess at a picture, so a page read so is marked, and a warning says so. Nothing is
installed or fetched: without Tesseract the caller says how to get it. Knows pictures and words, no PDF.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from indexer.reading.source import Line

HOW_TO_GET_IT = "install tesseract-ocr (ocrmypdf brings it too) and build again"
DOTS_PER_INCH = 200
SAME_SIZE = 0.3
"""Lines whose height differs by less than this share are set in the same type."""
CELL_GAP = 2.5
LEAST_CONFIDENCE = 30.0
"""Words that Tesseract gives less than this (of 100) are specks and rules, not words."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as 8-bit grey pixels, row by row from the top; `dpi` says how large it was printed."""

    width: int
    height: int
    pixels: bytes
    dpi: int = DOTS_PER_INCH


def is_installed() -> bool:
    """Whether pages can be read by OCR on this machine."""
    return shutil.which("tesseract") is not None


def read_picture(picture: Picture, *, seconds: float) -> tuple[Line, ...]:
    """The lines on a picture of a page, top to bottom, with their places as fractions of the page.

    Empty where nothing could be read, where Tesseract isn't installed, or took longer than `seconds`.
    """
    program = shutil.which("tesseract")
    if program is None:
        return ()
    portable_grey_map = b"P5 %d %d 255\n" % (picture.width, picture.height) + picture.pixels
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command; the document's bytes go to its standard input only)
            # Mode 4, one column of lines: the usual analysis loses numbers that stand alone in the margin.
            [program, "stdin", "stdout", "--dpi", str(picture.dpi), "-l", "eng", "--psm", "4", "tsv"],
            input=portable_grey_map,
            capture_output=True,
            timeout=max(seconds, 1.0),
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (subprocess.TimeoutExpired, OSError):
        return ()
    if done.returncode:
        return ()
    return _lines(done.stdout.decode("utf-8", "replace"), picture)


@dataclass(frozen=True, slots=True)
class _OcrWord:
    text: str
    left: int
    top: int
    right: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top


def _lines(table: str, picture: Picture) -> tuple[Line, ...]:
    """The lines of Tesseract's table of words (its TSV output), a number in the margin with its paragraph."""
    found: dict[tuple[int, int, int], list[_OcrWord]] = {}
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row.get("text") or "").strip()
        if row.get("level") == "5" and text and float(row["conf"]) >= LEAST_CONFIDENCE:
            left, top = int(row["left"]), int(row["top"])
            word = _OcrWord(text, left, top, left + int(row["width"]), top + int(row["height"]))
            found.setdefault((int(row["block_num"]), int(row["par_num"]), int(row["line_num"])), []).append(
                word
            )
    rows: list[list[_OcrWord]] = []
    for words in sorted(found.values(), key=_middle):
        if rows and _same_row(rows[-1], words):
            rows[-1].extend(words)
        else:
            rows.append(list(words))
    if not rows:
        return ()
    sizes = _sizes([median(word.height for word in row) for row in rows])
    return tuple(
        _line(sorted(row, key=lambda word: word.left), size, picture)
        for row, size in zip(rows, sizes, strict=True)
    )


def _sizes(heights: list[float]) -> list[float]:
    """The size of type of each line: letters without ascenders make a line look smaller than it is set."""
    usual = median(heights)
    sizes: list[float] = []
    for height in heights:
        near = [size for size in (usual, *sizes[-1:]) if abs(height - size) < SAME_SIZE * size]
        sizes.append(near[0] if near else height)
    return sizes


def _middle(words: list[_OcrWord]) -> float:
    return median((word.top + word.bottom) / 2 for word in words)


def _same_row(row: list[_OcrWord], words: list[_OcrWord]) -> bool:
    height = min(median(w.height for w in row), median(w.height for w in words))
    return abs(_middle(row) - _middle(words)) < 0.5 * height


def _line(words: list[_OcrWord], height: float, picture: Picture) -> Line:
    cells = [[words[0].text]]
    for before, word in pairwise(words):
        if word.left - before.right > CELL_GAP * height and len(cells[-1][0]) > 3:
            cells.append([word.text])
        else:
            cells[-1].append(word.text)
    texts = tuple(" ".join(cell) for cell in cells)
    return Line(
        text=" ".join(texts),
        left=words[0].left / picture.width,
        top=min(word.top for word in words) / picture.height,
        right=max(word.right for word in words) / picture.width,
        bottom=max(word.bottom for word in words) / picture.height,
        size=round(height * 72 / picture.dpi, 1),
        cells=texts if len(texts) > 1 else (),
    )
