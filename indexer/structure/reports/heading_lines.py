"""Which lines of a report are headings, and what their words are without the grade that stands beside them.

A heading is larger or bolder than the text, or is declared one by the file, or is set like the text and known by its words
and its place. Knows lines; which heading stands under which is the outline's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.reading.layout import Flow, FlowLine, ends_sentence, join
from indexer.structure.profiles import Profile
from indexer.structure.reports.headings import Outline, opens_known_heading
from indexer.structure.reports.numbering import Numbered

INDENT = 0.012
"""A left edge further in than this (in page widths) is an indent."""

_GRADE_PIECE = re.compile(
    r"^requires?$|^(?:requires?\s+)?improvement(?:\s+to(?:\s+be)?)?$|^(?:to\s+)?be\s+good$|^grade\s*\d\s*\(\w+\)$",
    re.IGNORECASE,
)
_RUNS_INTO_GRADE = re.compile(r"(?:[:–-]|\b(?:is|are|graded))$")
_DASHES = "-–—−"


@dataclass(frozen=True, slots=True)
class FoundHeading:
    """A heading over `lines` lines; no `text` where they hold only a grade, which heads nothing."""

    lines: int
    text: str = ""
    level: float = 0.0
    boxed: bool = False
    quiet: bool = False
    declared: bool = False


class HeadingLines:
    """Finds headings in one flow; `skipped` are places used up elsewhere, `numbers` open paragraphs."""

    def __init__(
        self,
        flow: Flow,
        numbers: Mapping[int, Numbered],
        outline: Outline,
        skipped: frozenset[int],
        profile: Profile,
        *,
        has_contents: bool,
    ) -> None:
        self._flow = flow
        self._lines = flow.lines
        self._numbers = numbers
        self._outline = outline
        self._skipped = skipped
        self._profile = profile
        self._has_contents = has_contents
        self._plain = flow.paged and flow.plain

    def at(self, at: int, *, open_: bool, unfinished: bool) -> FoundHeading | None:
        """The heading that begins at `at`, None where none does.

        `open_` and `unfinished` say whether a paragraph is being read, and whether its last sentence has no end yet.
        """
        if not self._may_head(at, open_=open_, unfinished=unfinished):
            return None
        group = [at]
        while group[-1] + 1 < len(self._lines) and self._goes_on(group[-1]):
            group.append(group[-1] + 1)
        lines = [self._lines[i] for i in group]
        words, grade = self._without_grade(lines)
        text = join(words, self._flow.vocabulary)
        if self._has_contents and not grade:
            text, grade = self._split_grade(text)
        if not text:  # a grade in a box of its own
            return FoundHeading(len(group)) if grade else None
        if not self._reads_as_heading(text, group):
            return None
        if self._profile.scale.whole(text) and self._outline.path:
            return FoundHeading(len(group))
        first = lines[0]
        emphasised = self._emphasised(first) or not self._flow.paged or self._plain
        level = (
            first.line.size + (0.3 if first.line.bold else 0.0) if emphasised else 0.5 * self._flow.body_size
        )
        declared = declared_level(first) if not self._flow.paged else 0
        return FoundHeading(
            lines=len(group),
            text=text,
            level=40.0 - declared if declared else level,
            boxed=bool(grade),
            quiet=not emphasised,
            declared=bool(declared),
        )

    def _may_head(self, at: int, *, open_: bool, unfinished: bool) -> bool:
        placed = self._lines[at]
        if declared_level(placed):
            return True
        if placed.bullet and placed.bullet not in _DASHES:
            return False
        if not self._flow.paged:
            opens = placed.gap or (not open_ and at > 0 and at - 1 not in self._numbers)
            return opens and self._outline.knows(placed.text)
        if self._plain and placed.gap and opens_known_heading(placed.text, self._profile):
            return not ends_sentence(placed.text)
        if self._emphasised(placed):
            stands_out = placed.line.bold and placed.line.size >= 1.1 * self._flow.body_size
            return (
                placed.gap
                or (not open_ and at > 0)
                or not unfinished
                or (stands_out and self._outline.knows(placed.text))
            )
        return self._is_quiet_heading(at, unfinished=unfinished)

    def _is_grade_piece(self, text: str) -> bool:
        return bool(_GRADE_PIECE.match(text) or self._profile.scale.whole(text))

    def _without_grade(self, lines: Sequence[FlowLine]) -> tuple[list[str], str]:
        """A heading's words and the grade that stands in a column of its own beside them."""
        words, grade = [], ""
        for placed in lines:
            cells = placed.line.cells
            if len(cells) > 1 and self._is_grade_piece(cells[-1]):
                words.append(" ".join(cells[:-1]))
                grade = f"{grade} {cells[-1]}".strip()
            elif placed.line.left > 0.5 and self._is_grade_piece(placed.text):
                grade = f"{grade} {placed.text}".strip()
            else:
                words.append(placed.text)
        return words, self._profile.scale.named(grade) or "" if grade else ""

    def _split_grade(self, text: str) -> tuple[str, str]:
        """A chapter's name and the grade printed close beside it, which the contents page leaves out."""
        match = self._profile.scale.trailing.match(text)
        if match is None or not match["grade"][0].isupper() or _RUNS_INTO_GRADE.search(match["area"]):
            return text, ""
        return match["area"], match["grade"]

    def _goes_on(self, at: int) -> bool:
        """Whether the heading line at `at` runs on into the next line."""
        this, following = self._lines[at], self._lines[at + 1]
        if at + 1 in self._numbers or at + 1 in self._skipped or following.page != this.page:
            return False
        if not self._flow.paged:
            return not following.gap and not self._outline.knows(this.text) and not declared_level(this)
        if self._plain and not following.gap and not following.bullet:
            return opens_known_heading(this.text, self._profile) and len(following.text) < 60
        if not self._emphasised(this) or not self._emphasised(following) or following.bullet:
            return False
        if self._is_grade_piece(following.text) and following.line.left > 0.5:
            return True
        same = abs(this.line.size - following.line.size) < 0.6 and this.line.bold == following.line.bold
        return same and not following.gap and following.line.top - this.line.top < 0.05

    def _reads_as_heading(self, text: str, group: Sequence[int]) -> bool:
        if len(text) > 240 or not re.search(r"[^\W\d_]{2}", text):
            return False
        following = group[-1] + 1
        if text.endswith((".", ";", ",")) and len(text) > 90 and not self._outline.opens(text):
            return False
        if following < len(self._lines) and following not in self._numbers and not self._plain:
            after = self._lines[following]
            runs_on = not after.gap and after.page == self._lines[group[-1]].page and after.text[:1].islower()
            if runs_on and not self._emphasised(after):
                return False
        return True

    def _is_quiet_heading(self, at: int, *, unfinished: bool) -> bool:
        """A short plain line alone in the number column, over a numbered paragraph or a list."""
        placed = self._lines[at]
        if not placed.gap or len(placed.text) > 90 or ends_sentence(placed.text) or placed.text.endswith(","):
            return False
        if not placed.text[:1].isupper() or placed.line.right > 0.9 * self._flow.column_right:
            return False
        if unfinished:
            return False
        if at + 1 >= len(self._lines) or not self._lines[at + 1].gap:
            return False
        if self._outline.knows(placed.text):
            return True
        if at + 1 in self._numbers:
            return placed.line.left < self._lines[at + 1].line.left + INDENT
        return bool(self._lines[at + 1].bullet) and placed.line.left < self._lines[at + 1].line.left + INDENT

    def _emphasised(self, placed: FlowLine) -> bool:
        size, body = placed.line.size, self._flow.body_size
        return (placed.line.bold and size >= 0.85 * body) or size >= 1.25 * body


def declared_level(placed: FlowLine) -> int:
    """The heading level that the file itself gives a line, 0 where it gives none."""
    style = placed.line.style
    return int(style[1:]) if style.startswith("h") and style[1:].isdigit() else 0
