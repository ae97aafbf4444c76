"""Which heading stands under which: the outline of a report.

Size alone misleads: reports print "Recommendations" larger than the chapter after it, or everything in one
size. The report's own table of contents is believed first, then what such headings are called, and size only
among headings that neither knows. Knows headings, not paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.reading.layout import Flow, FlowLine, without_marks
from indexer.structure.reports.statements import BOARD

ADVISING = re.compile(
    r"^(?:recommendations?(?:\s+for\s+.{3,60})?"
    r"|(?:key\s+|main\s+)?areas?\s+(?:for|of|requiring)\s+(?:priority\s+action|improvement|development"
    r"|priority\s+and\s+immediate\s+action|immediate\s+action)s?"
    r"|priority\s+(?:and\s+immediate\s+)?actions?|immediate\s+actions?"
    r"|what\s+(?:(?:do|does|the)\s+.{2,80}?\s+)?(?:needs?|must|should)\s+(?:to\s+)?(?:improve|be\s+improved)\b.*"
    r"|next\s+steps|statutory\s+requirements|requirements)\s*[?:.]*$",
    re.IGNORECASE,
)
"""Headings over what somebody is told to do."""

_PART = re.compile(
    rf"^(?:(?:section|part)\s+\d|the\s+local\s+authority$|(?:the\s+)?{BOARD}$"
    r"|information\s+about\s+this\s+(?:inspection|review|visit)|about\s+this\s+inspection"
    r"|what\s+the\s+inspection\s+judge?ments?\s+mean)",
    re.IGNORECASE,
)
_CHAPTER = re.compile(
    r"^(?:executive\s+summary|summary\s+of\s+(?:key\s+)?findings|summary\s+for\s+children|recommendations?$"
    r"|what\s+(?:do|does|needs?)\b.*\bimprove|the\s+(?:local\s+authority|lscb|board)[’']s\s+strengths"
    r"|progress\s+since\s+the\s+last|information\s+about\s+th(?:is|e)\s+(?:local\s+authority\s+)?area"
    r"|inspection\s+judge?ments?\s+about|inspection\s+findings\s+[–—─−-]|key\s+strengths\s+and\s+weaknesses)",
    re.IGNORECASE,
)
_INNER_CHAPTER = re.compile(
    r"^(?:(?:the\s+)?experiences?\s+(?:and\s+progress\s+)?of\s|the\s+impact\s+of\s+leaders"
    r"|leadership,?\s+management\s+and\s+governance)",
    re.IGNORECASE,
)
_OVER_CHAPTERS = re.compile(r"^inspection\s+judge?ments?\s+about", re.IGNORECASE)
_SECTION = re.compile(
    r"^(?:summary$|inspection\s+findings$|(?:the\s+)?graded\s+judge?ment|key\s+judge?ments?"
    r"|th(?:e|is)\s+(?:local\s+authority|lscb|board)\s+(?:has|is|requires)\b)",
    re.IGNORECASE,
)
_ROW_END = re.compile(r"(?:\.{2,}|…|\s|^)\s*\d{1,3}$")
_SAME = 0.05
"""Levels nearer than this (points) are one level."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A report's table of contents: its places in the flow, and each row's words with its depth from 0."""

    places: frozenset[int] = frozenset()
    rows: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Heading:
    text: str
    level: float
    rank: float | None
    boxed: bool

    @property
    def advises(self) -> bool:
        return bool(ADVISING.match(self.text))


class Outline:
    """The headings that the text being read stands under, outermost first."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._read_to = 0
        self._stack: list[_Heading] = []

    @property
    def path(self) -> tuple[str, ...]:
        """The heading path at this point."""
        return tuple(heading.text for heading in self._stack)

    def knows(self, text: str) -> bool:
        """Whether the contents page lists exactly these words, or reports use them as a heading."""
        words = _letters(text)
        return is_known_heading(text) or any(row == words for row, _ in self._contents.rows)

    def push(self, text: str, level: float, *, boxed: bool = False, quiet: bool = False) -> None:
        """Take in a heading.

        `level` is its size in points; `boxed`: a grade is printed beside it; `quiet`: it is set like the text.
        """
        text = re.sub(r"(?<=[a-z?])\d{1,2}$", "", text)  # a footnote's mark that isn't raised
        heading = _Heading(text, level, self._rank(text, boxed=boxed, quiet=quiet), boxed)
        if heading.rank is None:
            self._end_unranked(heading)
        else:
            self._end_ranked(heading, heading.rank)
        self._stack.append(heading)

    def _rank(self, text: str, *, boxed: bool, quiet: bool) -> float | None:
        """How far in the heading stands: 0 for a part, 1 for a chapter… None where nothing tells."""
        if _SECTION.match(text):
            return 2.0  # generated contents pages list some of these by mistake
        words = _letters(text)
        listed = [i for i, (row, _) in enumerate(self._contents.rows) if row == words]
        if listed:
            at = next((i for i in listed if i >= self._read_to), listed[-1])
            self._read_to = at
            return float(self._contents.rows[at][1])
        if quiet:
            return 2.0 if ADVISING.match(text) else None
        if _PART.match(text):
            return 0.0
        if _CHAPTER.match(text):
            return 1.0
        if boxed or _INNER_CHAPTER.match(text):
            return 1.5
        return 2.0 if ADVISING.match(text) else None

    def _end_ranked(self, heading: _Heading, rank: float) -> None:
        for i, above in enumerate(self._stack):
            outranked = above.rank is not None and above.rank >= rank
            beside = rank == 1.5 and above.rank == 1 and not _OVER_CHAPTERS.match(above.text)
            advice_over = above.advises and not heading.advises
            passing = above.rank is None and (rank < 2 or above.level <= heading.level + _SAME)
            if outranked or beside or advice_over or passing:
                del self._stack[i:]
                return

    def _end_unranked(self, heading: _Heading) -> None:
        while self._stack:
            above = self._stack[-1]
            if above.rank is None:
                ends = above.level <= heading.level + _SAME
            elif self._contents.rows or above.boxed:
                ends = above.level < heading.level - _SAME and above.advises
            else:
                ends = above.level <= heading.level + _SAME
            if not ends:
                return
            self._stack.pop()


def is_known_heading(text: str) -> bool:
    """Whether reports use exactly these words as a heading, so that it needs no emphasis to be one."""
    return len(text) < 70 and any(
        (match := pattern.match(text)) is not None and match.end() >= len(text) - 1
        for pattern in (ADVISING, _SECTION, _CHAPTER, _PART)
    )


def opens_known_heading(text: str) -> bool:
    """Whether a line begins as the headings of reports do, for pages that don't show what is bold."""
    patterns = (ADVISING, _SECTION, _CHAPTER, _INNER_CHAPTER, _PART)
    return len(text) < 120 and any(pattern.match(text) for pattern in patterns)


def read_contents(flow: Flow) -> Contents:
    """The table of contents: its heading and the rows that end in a page number; empty where there is none."""
    lines = flow.lines
    places: set[int] = set()
    rows: list[tuple[str, FlowLine]] = []
    for i, placed in enumerate(lines):
        if placed.text.strip().lower() not in {"contents", "table of contents"}:
            continue
        last, waiting, first = i, "", placed
        for j in range(i + 1, len(lines)):
            if lines[j].page > placed.page + 1 or j - last > 4:
                break
            if lines[j].page > placed.page and j - last > 3:
                break
            first = lines[j] if not waiting else first
            waiting = f"{waiting} {lines[j].text}".strip()
            if _ROW_END.search(lines[j].text):
                words = re.sub(r"[\s.…]*\d{1,3}$", "", waiting)
                if _letters(words):
                    rows.append((words, first))
                last, waiting = j, ""
        places.update(range(i, last + 1))
    return Contents(frozenset(places), _with_depths(rows))


def _with_depths(rows: Sequence[tuple[str, FlowLine]]) -> tuple[tuple[str, int], ...]:
    """The rows with their depth: by how far each is indented; in a flat list, bold rows stand over plain ones."""
    edges: list[float] = []
    for left in sorted({row.line.left for _, row in rows}):
        if not edges or left - edges[-1] > 0.012:
            edges.append(left)
    if len(edges) == 1:
        plain = not any(row.line.bold for _, row in rows)
        parts = (bool(_PART.match(words)) if plain else row.line.bold for words, row in rows)
        return tuple(
            (_letters(words), 0 if part else 1) for (words, _), part in zip(rows, parts, strict=True)
        )
    return tuple(
        (_letters(words), max(i for i, edge in enumerate(edges) if edge <= row.line.left + 1e-9))
        for words, row in rows
    )


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]+", " ", without_marks(text).lower().replace("’", "").replace("'", "")).strip()
