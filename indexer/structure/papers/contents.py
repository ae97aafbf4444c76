"""A paper's list of contents, which says nothing: it is left out before the paper is read.

Knows lines; knows nothing of what a paper is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from indexer.reading.source import Line, SourceFile

_HEAD = re.compile(r"(?:table\s+of\s+)?contents(?:\s+page)?\s*:?", re.IGNORECASE)
_ROW = re.compile(
    r"(?=.*[^\W\d_]{2}).{2,140}?(?:\s*[.…·_]{2,}\s*|\s+)(?P<page>\d{1,3})(?:\s?[-–]\s?\d{1,3})?"
)
_FEWEST = 3
_BETWEEN = 4
"""Lines between two rows, at most: a row of two lines, a page's foot, a chapter's parts without pages of their own."""


def without_contents(source: SourceFile) -> SourceFile:
    """The file without the lines of its list of contents; the same where it has none."""
    pages = list(source.pages)
    for at, page in enumerate(pages):
        dropped = _contents(page.lines)
        if dropped:
            kept = tuple(line for place, line in enumerate(page.lines) if place not in dropped)
            pages[at] = replace(page, lines=kept)
    return replace(source, pages=tuple(pages))


def _contents(lines: Sequence[Line]) -> range:
    """The places of the first list of contents among the lines: a heading, then rows whose page numbers never fall."""
    for head, line in enumerate(lines):
        if not _HEAD.fullmatch(line.text.strip()):
            continue
        numbers: list[int] = []
        last, waiting = head, 0
        for place in range(head + 1, len(lines)):
            text = lines[place].text.strip()
            row = _ROW.fullmatch(text)
            if row and int(row["page"]) >= (numbers or [0])[-1]:
                numbers.append(int(row["page"]))
                last, waiting = place, 0
            elif text:
                waiting += 1
                if waiting > _BETWEEN:
                    break
        if len(numbers) >= _FEWEST:
            return range(head, last + 1)
    return range(0)
