"""Parts a report's lines into headed blocks: numbered paragraphs, list items, unnumbered paragraphs.

A block keeps its lines, so that its page, its boxes and its words all come from the same place. Decides only
where blocks begin and end and which headings they stand under; what they are for is decided after.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from indexer.reading.layout import Flow, FlowLine, ends_sentence, join
from indexer.structure.reports.grades import grade_table, known_grade
from indexer.structure.reports.headings import Contents, Outline, opens_known_heading
from indexer.structure.reports.numbering import Numbered

INDENT = 0.012
"""A left edge further in than this (in page widths) is an indent."""

_KEY_TABLE = re.compile(r"^key\s+judge?ments?\b|^judge?ments?\s+grades?$", re.IGNORECASE)
_BARE_GRADE = re.compile(
    r"^(?:grade\s*\d\s*\(\w+\)|outstanding|good|inadequate|adequate|requires?\s+improvement(?:\s+to\s+be\s+good)?)\.?$",
    re.IGNORECASE,
)
_GRADE_PIECE = re.compile(
    rf"(?:{_BARE_GRADE.pattern}|^requires?$|^(?:requires?\s+)?improvement(?:\s+to(?:\s+be)?)?$|^(?:to\s+)?be\s+good$)",
    re.IGNORECASE,
)
_NAME_AND_GRADE = re.compile(
    r"^(?P<name>.*\S)(?<![:–-])(?<!\bis)(?<!\bare)(?<!\bgraded)\s+"
    r"(?P<grade>Outstanding|Good|Inadequate|Adequate|Requires\s+[Ii]mprovement(?:\s+to\s+be\s+good)?)$"
)
_DASHES = "-–—−"
_LETTERED = re.compile(r"^\(?(?:[a-h]|[ivx]{1,4})[.)]\s+\S")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list item or a numbered paragraph with the items inside it.

    `label` is the printed number. `parts` are its paragraphs and items, each a run of lines; `bullet` is true
    where it opens with a list mark of its own; `items` counts the list items inside. `run` is the same for
    blocks between the same two headings.
    """

    label: str | None
    section: tuple[str, ...]
    parts: tuple[tuple[FlowLine, ...], ...]
    bullet: bool
    items: int
    run: int
    at: int

    @property
    def lines(self) -> tuple[FlowLine, ...]:
        """Every line of the block, in reading order."""
        return tuple(line for part in self.parts for line in part)

    def text(self, vocabulary: frozenset[str]) -> str:
        """The block's words: paragraphs and items separated by newlines."""
        texts = (join((line.text for line in part), vocabulary) for part in self.parts)
        return "\n".join(text for text in texts if text)


@dataclass(slots=True)
class _Building:
    label: str | None
    left: float
    text_left: float
    bullet: bool
    at: int
    parts: list[list[FlowLine]] = field(default_factory=list)
    items: int = 0
    item_left: float = 0.0
    item_text_left: float = 0.0

    @property
    def last(self) -> FlowLine:
        return self.parts[-1][-1]

    @property
    def last_text(self) -> str:
        return self.last.text

    @property
    def unfinished(self) -> bool:
        return not ends_sentence(self.last_text)


class BodyReader:
    """Reads one flow into blocks; `skipped` are places used up elsewhere, `numbers` open paragraphs."""

    def __init__(
        self, flow: Flow, numbers: Mapping[int, Numbered], contents: Contents, skipped: frozenset[int]
    ) -> None:
        self._flow = flow
        self._lines = flow.lines
        self._numbers = numbers
        self._skipped = skipped
        self._blocks: list[Block] = []
        self._outline = Outline(contents)
        self._has_contents = bool(contents.rows)
        self._current: _Building | None = None
        self._run = 0
        self._plain = flow.paged and flow.plain
        self._hanging = self._hangs(list(self._numbers))
        self._items_hang = self._hangs([i for i, line in enumerate(self._lines) if line.bullet])

    def read(self) -> list[Block]:
        """The blocks in reading order."""
        at = 0
        while at < len(self._lines):
            at += self._step(at)
        self._close()
        return self._blocks

    def _step(self, at: int) -> int:
        """Take in the line at `at`, and those that go with it; return how many."""
        placed = self._lines[at]
        if at in self._skipped:
            if self._current and not self._current.unfinished:
                self._close()
            return 1
        if at in self._numbers:
            self._open_numbered(at, self._numbers[at])
            return 1
        table = self._key_table(at)
        if table:
            return table
        taken = self._heading(at)
        if taken:
            return taken
        if self._is_bullet(at):
            self._bullet(at)
        elif self._continues(at):
            self._extend(placed)
        else:
            self._open(at, placed, bullet=False)
        return 1

    # Headings

    def _key_table(self, at: int) -> int:
        """A chapter named by a one-row table of judgement and grade: taken as its heading."""
        placed = self._lines[at]
        if not _KEY_TABLE.match(placed.text) or len(placed.text) > 40:
            return 0
        table = grade_table(self._lines, at + 1, self._flow.vocabulary)
        if len(table.rows) != 1:
            return 0
        self._push(table.rows[0].area, placed.line.size + 0.8, boxed=True)
        return max(table.places) - at + 1

    def _heading(self, at: int) -> int:
        """Take a heading that begins at `at`; return how many lines it is, 0 where there is none."""
        if not self._may_head(at):
            return 0
        group = [at]
        while group[-1] + 1 < len(self._lines) and self._goes_on(group[-1]):
            group.append(group[-1] + 1)
        lines = [self._lines[i] for i in group]
        words, grade = _without_grade(lines)
        text = join(words, self._flow.vocabulary)
        if self._has_contents and not grade:
            text, grade = _part_grade(text)
        if not text:  # a grade in a box of its own
            return len(group) if grade else 0
        if not self._reads_as_heading(text, group):
            return 0
        if _BARE_GRADE.match(text) and self._outline.path:
            return len(group)
        first = lines[0]
        emphasised = self._emphasised(first) or not self._flow.paged or self._plain
        level = (
            first.line.size + (0.3 if first.line.bold else 0.0) if emphasised else 0.5 * self._flow.body_size
        )
        self._push(text, level, boxed=bool(grade), quiet=not emphasised)
        return len(group)

    def _may_head(self, at: int) -> bool:
        placed = self._lines[at]
        if placed.line.style.startswith("h") and placed.line.style[1:].isdigit():
            return True
        if placed.bullet and not _is_dash(placed.bullet):
            return False
        if not self._flow.paged:
            return placed.gap and self._outline.knows(placed.text)
        if self._plain and placed.gap and opens_known_heading(placed.text):
            return not ends_sentence(placed.text)
        if self._emphasised(placed):
            return placed.gap or self._after_heading(at) or not (self._current and self._current.unfinished)
        return self._is_quiet_heading(at)

    def _after_heading(self, at: int) -> bool:
        return self._current is None and at > 0

    def _emphasised(self, placed: FlowLine) -> bool:
        size, body = placed.line.size, self._flow.body_size
        return (placed.line.bold and size >= 0.85 * body) or size >= 1.25 * body

    def _goes_on(self, at: int) -> bool:
        """Whether the heading line at `at` runs on into the next line."""
        this, following = self._lines[at], self._lines[at + 1]
        if at + 1 in self._numbers or at + 1 in self._skipped or following.page != this.page:
            return False
        if self._plain and not following.gap and not following.bullet:
            return opens_known_heading(this.text) and len(following.text) < 60
        if not self._emphasised(this) or not self._emphasised(following) or following.bullet:
            return False
        if _GRADE_PIECE.match(following.text) and following.line.left > 0.5:
            return True
        same = abs(this.line.size - following.line.size) < 0.6 and this.line.bold == following.line.bold
        return same and not following.gap and following.line.top - this.line.top < 0.05

    def _reads_as_heading(self, text: str, group: Sequence[int]) -> bool:
        if len(text) > 240 or not re.search(r"[^\W\d_]{2}", text):
            return False
        if text.endswith((".", ";", ",")) and len(text) > 90:
            return False
        following = group[-1] + 1
        if following < len(self._lines) and following not in self._numbers and not self._plain:
            after = self._lines[following]
            runs_on = not after.gap and after.page == self._lines[group[-1]].page and after.text[:1].islower()
            if runs_on and not self._emphasised(after):
                return False
        return True

    def _is_quiet_heading(self, at: int) -> bool:
        """A short plain line alone in the number column, over a numbered paragraph or a list."""
        placed = self._lines[at]
        if not placed.gap or len(placed.text) > 90 or ends_sentence(placed.text) or placed.text.endswith(","):
            return False
        if not placed.text[:1].isupper() or placed.line.right > 0.9 * self._flow.column_right:
            return False
        if self._current and self._current.unfinished:
            return False
        if at + 1 >= len(self._lines) or not self._lines[at + 1].gap:
            return False
        if self._outline.knows(placed.text):
            return True
        if at + 1 in self._numbers:
            return placed.line.left < self._lines[at + 1].line.left + INDENT
        return bool(self._lines[at + 1].bullet) and placed.line.left < self._lines[at + 1].line.left + INDENT

    def _push(self, text: str, level: float, *, boxed: bool = False, quiet: bool = False) -> None:
        self._close()
        self._run += 1
        self._outline.push(text, level, boxed=boxed, quiet=quiet)

    # Paragraphs and items

    def _open_numbered(self, at: int, number: Numbered) -> None:
        placed = self._lines[at]
        words = _relabelled(placed, placed.text[number.length :].strip())
        self._close()
        self._current = _Building(str(number.number), placed.line.left, self._hang_of(at), False, at)
        self._current.parts.append([words])

    def _open(self, at: int, placed: FlowLine, *, bullet: bool) -> None:
        self._close()
        words = _relabelled(placed, placed.words) if bullet else placed
        self._current = _Building(None, placed.line.left, self._hang_of(at), bullet, at)
        self._current.parts.append([words])

    def _extend(self, placed: FlowLine) -> None:
        current = self._current
        if current is None:
            return
        new_part = placed.gap and not placed.opens_page and not current.unfinished
        if new_part or (_LETTERED.match(placed.text) and not current.unfinished):
            current.parts.append([placed])
        else:
            current.parts[-1].append(placed)

    def _is_bullet(self, at: int) -> bool:
        placed = self._lines[at]
        if not placed.bullet:
            return False
        if placed.bullet not in _DASHES + "*o§" or placed.gap or self._current is None:
            return True
        last = self._current.last
        return abs(placed.line.left - last.line.left) > INDENT or (
            self._current.items > 0 and abs(placed.line.left - self._current.item_left) < INDENT
        )

    def _bullet(self, at: int) -> None:
        placed = self._lines[at]
        current = self._current
        if current is not None and self._item_of(current, placed):
            current.parts.append([_relabelled(placed, placed.words)])
            current.items += 1
            current.item_left = placed.line.left
            current.item_text_left = self._hang_of(at)
        else:
            self._open(at, placed, bullet=True)

    def _item_of(self, current: _Building, placed: FlowLine) -> bool:
        """Whether a list item belongs to the block being built, rather than standing alone."""
        if current.label is not None:
            deeper = placed.line.left > current.left + INDENT
            return deeper or current.items > 0 or current.last_text.endswith(":")
        if current.bullet:
            return placed.line.left > current.left + INDENT
        return current.items > 0 or current.last_text.rstrip().endswith((":", ": -"))

    def _continues(self, at: int) -> bool:
        placed, current = self._lines[at], self._current
        if current is None:
            return False
        if not placed.gap and not placed.opens_page:
            outdented = current.bullet and self._items_hang and placed.line.left < current.left + INDENT
            return current.unfinished or not outdented
        if current.unfinished and (placed.text[:1].islower() or placed.opens_page):
            return True
        if current.unfinished and not self._flow.paged and placed.text[:1].isdigit():
            return True
        indented = placed.line.left > current.left + INDENT
        if current.label is not None:
            return indented if self._hanging else placed.opens_page and self._ran_to_edge(current)
        if current.bullet or current.items:
            return placed.opens_page and indented
        if placed.opens_page:
            return placed.text[:1].islower() or (current.unfinished and not current.last_text.endswith(":"))
        return False

    def _ran_to_edge(self, current: _Building) -> bool:
        return current.last.line.right > 0.85 * self._flow.column_right

    def _hang_of(self, at: int) -> float:
        """Where the words of the block that opens at `at` are indented to, by its second line."""
        here = self._lines[at]
        if at + 1 < len(self._lines):
            following = self._lines[at + 1]
            if following.page == here.page and not following.gap:
                return following.line.left
        return here.line.left

    def _hangs(self, openings: Sequence[int]) -> bool:
        """Whether these blocks are printed with their number or list mark out in the margin."""
        hanging = total = 0
        for at in openings:
            after = at + 1
            if after >= len(self._lines) or after in self._numbers or ends_sentence(self._lines[at].text):
                continue
            if not self._lines[after].gap and not self._lines[after].bullet:
                total += 1
                hanging += self._lines[after].line.left > self._lines[at].line.left + INDENT
        return total == 0 or hanging > 0.6 * total

    def _close(self) -> None:
        current, self._current = self._current, None
        if current is None:
            return
        parts = tuple(tuple(part) for part in current.parts if any(line.text for line in part))
        if not parts:
            return
        self._blocks.append(
            Block(
                label=current.label,
                section=self._outline.path,
                parts=parts,
                bullet=current.bullet,
                items=current.items,
                run=self._run,
                at=current.at,
            )
        )


def _without_grade(lines: Sequence[FlowLine]) -> tuple[list[str], str]:
    """A heading's words and the grade that stands in a column of its own beside them."""
    words, grade = [], ""
    for placed in lines:
        cells = placed.line.cells
        if len(cells) > 1 and _GRADE_PIECE.match(cells[-1]):
            words.append(" ".join(cells[:-1]))
            grade = f"{grade} {cells[-1]}".strip()
        elif placed.line.left > 0.5 and _GRADE_PIECE.match(placed.text):
            grade = f"{grade} {placed.text}".strip()
        else:
            words.append(placed.text)
    return words, known_grade(grade) or "" if grade else ""


def _part_grade(text: str) -> tuple[str, str]:
    """A chapter's name and the grade printed close beside it, which the contents page leaves out."""
    match = _NAME_AND_GRADE.match(text)
    return (match["name"], match["grade"]) if match else (text, "")


def _is_dash(bullet: str) -> bool:
    return bullet in _DASHES


def _relabelled(placed: FlowLine, text: str) -> FlowLine:
    return FlowLine(placed.line, placed.page, text, placed.gap, placed.opens_page)
