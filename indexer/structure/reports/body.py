"""Parts a report's lines into headed blocks: numbered paragraphs, list items, unnumbered paragraphs.

A block keeps its lines, so that its page, its boxes and its words all come from the same place. Decides only
where blocks begin and end and which headings they stand under; what they are for is decided after.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from indexer.reading.layout import Flow, FlowLine, ends_sentence
from indexer.structure.profiles import Profile, any_of, whole
from indexer.structure.reports.advice_tables import AdviceTable
from indexer.structure.reports.block import ReportBlock
from indexer.structure.reports.grades import grade_table
from indexer.structure.reports.heading_lines import INDENT, HeadingLines
from indexer.structure.reports.headings import Contents, Outline
from indexer.structure.reports.numbering import Numbered

_KEY_TABLE = re.compile(r"^key\s+judge?ments?\b|^judge?ments?\s+grades?$", re.IGNORECASE)
_DASHES = "-–—−"
_LETTERED = re.compile(r"^\(?(?:[a-h]|[ivx]{1,4})[.)]\s+\S")


@dataclass(slots=True)
class _Building:
    label: str | None
    left: float
    text_left: float
    bullet: bool
    at: int
    parts: list[list[FlowLine]] = field(default_factory=list)
    items: list[int] = field(default_factory=list)
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
        self,
        flow: Flow,
        numbers: Mapping[int, Numbered],
        contents: Contents,
        skipped: frozenset[int],
        profile: Profile,
        *,
        tables: Sequence[AdviceTable] = (),
    ) -> None:
        self._tables = {min(table.places): table for table in tables}
        self._flow = flow
        self._profile = profile
        self._lines = flow.lines
        self._numbers = numbers
        self._skipped = skipped
        self._blocks: list[ReportBlock] = []
        self._outline = Outline(contents, profile)
        self._current: _Building | None = None
        self._run = 0
        self._item_heading: str | None = None
        self._waiting_label: str | None = None
        self._headings = HeadingLines(
            flow, numbers, self._outline, skipped, profile, has_contents=bool(contents.rows)
        )
        self._hanging = self._hangs(list(self._numbers))
        self._items_hang = self._hangs([i for i, line in enumerate(self._lines) if line.bullet])

    def read(self) -> list[ReportBlock]:
        """The blocks in reading order."""
        at = 0
        while at < len(self._lines):
            at += self._step(at)
        self._close()
        return self._blocks

    def _step(self, at: int) -> int:
        """Take in the line at `at`, and those that go with it; return how many."""
        placed = self._lines[at]
        if at in self._tables:
            self._advice_table(at, self._tables[at])
        if at in self._skipped:
            if self._current and not self._current.unfinished:
                self._close()
            return 1
        if at in self._numbers:
            self._open_numbered(at, self._numbers[at])
            return 1
        if self._labelled_advice(at) or self._beside_advice(at):
            return 1
        table = self._key_table(at)
        if table:
            return table
        taken = self._heading(at)
        if taken:
            return taken
        if self._continues_advice(placed):
            return 1
        if self._is_bullet(at):
            self._bullet(at)
        elif self._continues(at):
            self._extend(placed)
        else:
            self._open(at, placed, bullet=False)
        return 1

    def _advice_table(self, at: int, table: AdviceTable) -> None:
        """Each row of a table of advice as a block, under the headings here or under the table's own header."""
        self._close()
        section = self._outline.path
        if not self._profile.advises(section):
            section = (*section, table.header)
        for item in table.items:
            self._blocks.append(
                ReportBlock(item.label, section, (tuple(item.lines),), True, (), self._run, at, advice=item)
            )

    def _labelled_advice(self, at: int) -> bool:
        """Open the item of advice that the line at `at` labels ("R1 …"); a label alone is the next paragraph's."""
        placed, pattern = self._lines[at], self._profile.advice.label
        if pattern is None or not self._profile.advises(self._outline.path):
            return False
        match = re.match(rf"(?P<all>{pattern})(?:[.:)]\s*|\s+|$)", placed.text, re.IGNORECASE)
        if match is None:
            return False
        label = next(filter(None, match.groups()[1:]), None) or match["all"]
        self._close()
        rest = placed.text[match.end() :].strip()
        if not rest:
            self._waiting_label = label
            return True
        self._current = _Building(label, placed.line.left, self._hang_of(at), False, at)
        self._current.parts.append([_relabelled(placed, rest)])
        return True

    def _continues_advice(self, placed: FlowLine) -> bool:
        """Take in a paragraph that goes on with the item of advice above it, as the profile says."""
        more = any_of(self._profile.advice.continues)
        if not more.match(placed.text) or not self._profile.advises(self._outline.path):
            return False
        if self._current is None:
            return False
        self._current.parts.append([placed])
        return True

    def _beside_advice(self, at: int) -> bool:
        """Keep a line that goes with advice and isn't it (when it is due, which standard) as a paragraph of its own."""
        placed, advice = self._lines[at], self._profile.advice
        if not self._profile.advises(self._outline.path):
            return False
        to_somebody = placed.text.endswith(":") and any(
            re.match(p, placed.text, re.IGNORECASE) for p in advice.addressee
        )
        if not to_somebody and not any_of(advice.passed_over).match(placed.text):
            return False
        waiting, self._waiting_label = self._waiting_label, None
        self._open(at, placed, bullet=False)
        self._close()
        self._waiting_label = waiting
        return True

    # Headings

    def _key_table(self, at: int) -> int:
        """A chapter named by a one-row table of judgement and grade: taken as its heading."""
        placed = self._lines[at]
        if not _KEY_TABLE.match(placed.text) or len(placed.text) > 40:
            return 0
        table = grade_table(self._lines, at + 1, self._flow.vocabulary, self._profile)
        if len(table.rows) != 1:
            return 0
        self._push(table.rows[0].area, placed.line.size + 0.8, boxed=True)
        return max(table.places) - at + 1

    def _heading(self, at: int) -> int:
        """Take a heading that begins at `at`; return how many lines it is, 0 where there is none."""
        open_, unfinished = self._current is not None, self._current is not None and self._current.unfinished
        found = self._headings.at(at, open_=open_, unfinished=unfinished)
        if found is None or not found.text:
            return found.lines if found else 0
        self._push(found.text, found.level, boxed=found.boxed, quiet=found.quiet, declared=found.declared)
        path = self._outline.path
        self._item_heading = path[-1] if self._is_item(path) else None
        if self._item_heading:
            lines = tuple(self._lines[at : at + found.lines])
            self._blocks.append(
                ReportBlock(None, path[:-1], (lines,), False, (), self._run, at, heading=True)
            )
        return found.lines

    def _is_item(self, path: tuple[str, ...]) -> bool:
        """Whether a heading is itself advice: one that has no role, under one whose sub-headings are the items."""
        under = whole(self._profile.advice.headings_under)
        return len(path) > 1 and self._profile.role_of(path[-1]) is None and bool(under.match(path[-2]))

    def _push(
        self, text: str, level: float, *, boxed: bool = False, quiet: bool = False, declared: bool = False
    ) -> None:
        self._close()
        self._run += 1
        self._outline.push(text, level, boxed=boxed, quiet=quiet, declared=declared)

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
        label, self._waiting_label = self._waiting_label, None
        self._current = _Building(label, placed.line.left, self._hang_of(at), bullet, at)
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
        if placed.line.style == "li" and self._profile.advises(self._outline.path):
            return True
        if not placed.bullet:
            return False
        if placed.bullet not in _DASHES + "*o§" or placed.gap or self._current is None:
            return True
        last = self._current.last
        return abs(placed.line.left - last.line.left) > INDENT or (
            bool(self._current.items) and abs(placed.line.left - self._current.item_left) < INDENT
        )

    def _bullet(self, at: int) -> None:
        placed = self._lines[at]
        current = self._current
        if current is not None and self._item_of(current, placed):
            current.parts.append([_relabelled(placed, placed.words)])
            current.items.append(len(current.parts) - 1)
            current.item_left = placed.line.left
            current.item_text_left = self._hang_of(at)
        else:
            self._open(at, placed, bullet=True)

    def _item_of(self, current: _Building, placed: FlowLine) -> bool:
        """Whether a list item belongs to the block being built, rather than standing alone."""
        if current.label is not None:
            deeper = placed.line.left > current.left + INDENT
            return deeper or bool(current.items) or current.last_text.endswith(":")
        if current.bullet:
            return placed.line.left > current.left + INDENT
        return bool(current.items) or current.last_text.rstrip().endswith((":", ": -"))

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
        kept = [i for i, part in enumerate(current.parts) if any(line.text for line in part)]
        parts = tuple(tuple(current.parts[i]) for i in kept)
        if not parts:
            return
        if current.label and not any(re.search(r"\w", line.text) for part in parts for line in part):
            return  # a number alone
        self._blocks.append(
            ReportBlock(
                label=current.label,
                section=self._outline.path,
                parts=parts,
                bullet=current.bullet,
                items=tuple(kept.index(i) for i in current.items if i in kept),
                run=self._run,
                at=current.at,
                beneath=self._item_heading is not None and self._outline.path[-1:] == (self._item_heading,),
            )
        )


def _relabelled(placed: FlowLine, text: str) -> FlowLine:
    return FlowLine(placed.line, placed.page, text, placed.gap, placed.opens_page)
