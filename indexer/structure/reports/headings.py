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
from indexer.structure.profiles import Profile, any_of

_RANKED_ROLES = frozenset({"advice", "urgent_advice", "requirement", "next_steps"})
_OWN_WORDS = _RANKED_ROLES | {"enforcement", "details", "team", "history", "strength"}
"""Roles whose headings are known by their words; "summary" stands in too many sentences."""
_ENDS_ADVICE = frozenset({"details", "team", "history", "enforcement", "strength"})
"""Roles of headings that stand under no advice, however they are set."""
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
    advises: bool
    ends_advice: bool


class Outline:
    """The headings that the text being read stands under, outermost first."""

    def __init__(self, contents: Contents, profile: Profile) -> None:
        self._contents = contents
        self._profile = profile
        self._read_to = 0
        self._stack: list[_Heading] = []
        self.path: tuple[str, ...] = ()
        """The heading path at this point."""

    def knows(self, text: str) -> bool:
        """Whether the contents page lists exactly these words, or reports use them as a heading."""
        words = letters_of(text)
        return is_known_heading(text, self._profile) or any(row == words for row, _ in self._contents.rows)

    def opens(self, text: str) -> bool:
        """Whether a text begins as a chapter of such reports does, whatever its length and its last mark."""
        named = self._profile.headings
        return any(
            any_of(patterns).match(text)
            for patterns in (named.section, named.chapter, named.inner, named.part)
        )

    def push(
        self, text: str, level: float, *, boxed: bool = False, quiet: bool = False, declared: bool = False
    ) -> None:
        """Take in a heading.

        `level` is its size in points; `boxed`: a grade is printed beside it; `quiet`: it is set like the text;
        `declared`: the file itself says which level it is, so that its words needn't.
        """
        text = re.sub(r"(?<=[a-z?])\d{1,2}$", "", text)  # a footnote's mark that isn't raised
        rank = None if declared else self._rank(text, boxed=boxed, quiet=quiet)
        heading = _Heading(
            text,
            level,
            rank,
            boxed,
            self._profile.is_advice(text),
            self._profile.role_of(text) in _ENDS_ADVICE,
        )
        if heading.rank is None:
            self._end_unranked(heading)
        else:
            self._end_ranked(heading, heading.rank)
        self._stack.append(heading)
        self.path = tuple(above.text for above in self._stack)

    def _rank(self, text: str, *, boxed: bool, quiet: bool) -> float | None:
        """How far in the heading stands: 0 for a part, 1 for a chapter… None where nothing tells."""
        named = self._profile.headings
        advises = self._profile.role_of(text) in _RANKED_ROLES
        if any_of(named.section).match(text):
            return 2.0  # generated contents pages list some of these by mistake
        words = letters_of(text)
        listed = [i for i, (row, _) in enumerate(self._contents.rows) if row == words]
        if listed:
            at = next((i for i in listed if i >= self._read_to), listed[-1])
            self._read_to = at
            return float(self._contents.rows[at][1])
        if self._profile.role_of(text) == "history":
            return 1.0
        if quiet:
            return 2.0 if advises else None
        if any_of(named.part).match(text):
            return 0.0
        if any_of(named.chapter).match(text):
            return 1.0
        if boxed or any_of(named.inner).match(text):
            return 1.5
        return 2.0 if advises else None

    def _end_ranked(self, heading: _Heading, rank: float) -> None:
        over = any_of(self._profile.headings.over)
        for i, above in enumerate(self._stack):
            outranked = above.rank is not None and above.rank >= rank
            beside = rank == 1.5 and above.rank == 1 and not over.match(above.text)
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
            elif above.advises and heading.ends_advice:
                ends = True
            elif self._contents.rows or above.boxed:
                ends = above.level < heading.level - _SAME and above.advises
            else:
                ends = above.level <= heading.level + _SAME
            if not ends:
                return
            self._stack.pop()


def is_known_heading(text: str, profile: Profile) -> bool:
    """Whether reports use exactly these words as a heading, so that it needs no emphasis to be one."""
    named = profile.headings
    if len(text) < 120 and profile.role_of(text) in _OWN_WORDS:
        return True
    return len(text) < 70 and (
        any(
            (match := any_of(patterns).match(text)) is not None and match.end() >= len(text) - 1
            for patterns in (named.section, named.chapter, named.part)
        )
    )


def opens_known_heading(text: str, profile: Profile) -> bool:
    """Whether a line begins as the headings of reports do, for pages that don't show what is bold."""
    named = profile.headings
    patterns = (named.section, named.chapter, named.inner, named.part)
    return len(text) < 120 and (profile.is_advice(text) or any(any_of(p).match(text) for p in patterns))


def read_contents(flow: Flow, profile: Profile) -> Contents:
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
                if letters_of(words):
                    rows.append((words, first))
                last, waiting = j, ""
        places.update(range(i, last + 1))
    return Contents(frozenset(places), _with_depths(rows, profile))


def _with_depths(rows: Sequence[tuple[str, FlowLine]], profile: Profile) -> tuple[tuple[str, int], ...]:
    """The rows with their depth: by how far each is indented; in a flat list, bold rows stand over plain ones."""
    edges: list[float] = []
    for left in sorted({row.line.left for _, row in rows}):
        if not edges or left - edges[-1] > 0.012:
            edges.append(left)
    if len(edges) == 1:
        plain = not any(row.line.bold for _, row in rows)
        parts = (
            bool(any_of(profile.headings.part).match(words)) if plain else row.line.bold
            for words, row in rows
        )
        return tuple(
            (letters_of(words), 0 if part else 1) for (words, _), part in zip(rows, parts, strict=True)
        )
    return tuple(
        (letters_of(words), max(i for i, edge in enumerate(edges) if edge <= row.line.left + 1e-9))
        for words, row in rows
    )


def letters_of(text: str) -> str:
    """A heading's letters in lower case, words separated by one space, for comparing."""
    return re.sub(r"[^a-z]+", " ", without_marks(text).lower().replace("’", "").replace("'", "")).strip()
