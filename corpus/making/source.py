"""The written sources of the sample: TOML front matter, then one block a line, as plain text.

Exists so that correcting a sentence of the sample means editing text and nothing else: numbers,
cross-references and pages are worked out from it. Knows nothing of PDF, Word or how a page is laid out.

    +++                      front matter (TOML): council, kind, dates, judgements ...
    # / ## / ###             headings; "# Part | Good" carries the part's grade
    + {key} words            a numbered paragraph; {@key} elsewhere prints its number
    - words / -- words       bullets; directly under a numbered paragraph they belong to it
    [^1]: words              a footnote, marked [^1] in the words
    [[page]] / [[contents]]  a new page; the list of contents
    [[judgements]] / ...     a table, whose rows stand under that name in the front matter
    // (inside words)        the next word begins a new line in print
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KEY = re.compile(r"^\{([a-z0-9-]+)\}\s+")
_REFERENCE = re.compile(r"\{@([a-z0-9-]+)\}")
_NOTE = re.compile(r"^\[\^(\d+)\]:\s+")
_MARK = re.compile(r"\[\^\d+\]")


class WrittenSourceError(ValueError):
    """A source file says something that cannot be printed; the message names file and line."""


@dataclass(frozen=True, slots=True)
class SourceHeading:
    """A heading; ``grade`` is printed beside it."""

    level: int
    text: str
    grade: str | None = None


@dataclass(frozen=True, slots=True)
class Plain:
    """A paragraph without a number."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullet:
    """An item of a list, or at level 2 of a list within it."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class NumberedParagraph:
    """A numbered paragraph: what a reader cites."""

    number: int
    key: str | None
    text: str
    bullets: tuple[Bullet, ...] = ()


@dataclass(frozen=True, slots=True)
class NewPage:
    """Here a new page begins."""


@dataclass(frozen=True, slots=True)
class ContentsList:
    """Here stands the list of contents."""


@dataclass(frozen=True, slots=True)
class TablePlace:
    """A table whose rows stand in the front matter under ``name``."""

    name: str


SourceBlock = SourceHeading | Plain | Bullet | NumberedParagraph | NewPage | ContentsList | TablePlace


@dataclass(frozen=True, slots=True)
class Placed:
    """A block with the headings above it: ``part`` '#', ``heading`` '##', ``topic`` '###'."""

    block: SourceBlock
    part: str | None
    heading: str | None
    topic: str | None


@dataclass(frozen=True, slots=True)
class WrittenSource:
    """One source file: what its front matter says, its blocks in order, its footnotes by mark."""

    name: str
    meta: dict[str, Any]
    blocks: tuple[SourceBlock, ...]
    notes: dict[str, str]

    @property
    def council(self) -> str:
        """The council's name as a person says it."""
        return str(self.meta["council"])

    def numbered(self) -> tuple[NumberedParagraph, ...]:
        """Return the numbered paragraphs, in order."""
        return tuple(b for b in self.blocks if isinstance(b, NumberedParagraph))

    def number_of(self, key: str) -> int:
        """Return the printed number of the paragraph written with this key."""
        for block in self.numbered():
            if block.key == key:
                return block.number
        raise WrittenSourceError(f"{self.name}: no paragraph has the key {key!r}")

    def placed(self) -> Iterator[Placed]:
        """Go through the blocks with the headings that stand above each."""
        part = heading = topic = None
        for block in self.blocks:
            if isinstance(block, SourceHeading):
                if block.level == 1:
                    part, heading, topic = block.text, None, None
                elif block.level == 2:
                    heading, topic = block.text, None
                else:
                    topic = block.text
            yield Placed(block, part, heading, topic)


def spoken(text: str) -> str:
    """Return the words alone: without footnote marks and forced line breaks, as a person would quote them."""
    return " ".join(_MARK.sub("", text).replace("//", " ").split())


def full_text(paragraph: NumberedParagraph) -> str:
    """Return everything that belongs to the paragraph, its bullets included, in reading order."""
    return " ".join(spoken(t) for t in (paragraph.text, *(b.text for b in paragraph.bullets)))


def read_source(path: Path) -> WrittenSource:
    """Read one source file; every {@key} in it must name a paragraph of the same file."""
    _, front, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    notes: dict[str, str] = {}
    blocks: list[SourceBlock] = []
    number = 0
    joined = False
    for line in map(str.strip, body.splitlines()):
        last = blocks[-1] if blocks else None
        if not line:
            joined = False
            continue
        if note := _NOTE.match(line):
            notes[note.group(1)] = line[note.end() :]
        elif line == "[[page]]":
            blocks.append(NewPage())
        elif line == "[[contents]]":
            blocks.append(ContentsList())
        elif line.startswith("[["):
            blocks.append(TablePlace(line.strip("[]")))
        elif line.startswith("#"):
            marks, _, rest = line.partition(" ")
            text, _, grade = rest.partition(" | ")
            blocks.append(SourceHeading(len(marks), text, grade or None))
        elif line.startswith("+ "):
            number += 1
            rest = line[2:]
            key = _KEY.match(rest)
            blocks.append(
                NumberedParagraph(number, key.group(1) if key else None, rest[key.end() :] if key else rest)
            )
            joined = True
        elif line.startswith("-"):
            marks, _, text = line.partition(" ")
            bullet = Bullet(len(marks), text)
            if joined and isinstance(last, NumberedParagraph):
                blocks[-1] = NumberedParagraph(last.number, last.key, last.text, (*last.bullets, bullet))
            else:
                blocks.append(bullet)
        else:
            blocks.append(Plain(line))
    return _with_numbers(WrittenSource(path.stem, tomllib.loads(front), tuple(blocks), notes))


def _with_numbers(source: WrittenSource) -> WrittenSource:
    def fill(text: str) -> str:
        return _REFERENCE.sub(lambda m: str(source.number_of(m.group(1))), text)

    def filled(block: SourceBlock) -> SourceBlock:
        match block:
            case NumberedParagraph(number, key, text, bullets):
                return NumberedParagraph(
                    number, key, fill(text), tuple(Bullet(b.level, fill(b.text)) for b in bullets)
                )
            case Plain(text):
                return Plain(fill(text))
            case Bullet(level, text):
                return Bullet(level, fill(text))
            case _:
                return block

    return WrittenSource(source.name, source.meta, tuple(filled(b) for b in source.blocks), source.notes)
