"""Puts lines together into headings, paragraphs, list items and tables, whatever file they came from.

A text export cuts a paragraph in two at each page break and leaves a blank line there; a hard-wrapped one
breaks it at every line. What was one piece on paper becomes one block here. Knows nothing of what any block
means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from indexer.document import Box
from indexer.reading.source import Line, SourceFile
from indexer.structure.papers.cell_content import is_date
from indexer.text.dates import first_date, first_month

BlockKind = Literal["heading", "paragraph", "item", "table", "note"]

_SENTENCE_END = re.compile(r"[.!?:;…]['\"’”)\]]*$")
_NUMBERED = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3}){0,3}[.)]?|\(?[a-z][.)]|\(?[ivx]{1,5}[.)])\s+\S")
_HEADS = re.compile(
    r"(?:recommendation|area for improvement|action|priority|theme|appendix)\s+\d", re.IGNORECASE
)
_PAGE_FURNITURE = re.compile(
    r"^(?:page\s+\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?|\d{1,4}\s*(?:of|/)\s*\d{1,4}|-\s*\d{1,4}\s*-)$",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"^(?:contact|tel|telephone|e-?mail|phone|fax|author|date|page)\b[^:]{0,20}:", re.IGNORECASE
)
_SMALL_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
        "our",
        "we",
        "is",
        "are",
        "be",
    ]
)
PLAIN_LEVEL = 7
"""The level of a heading that the file doesn't mark as one: below every marked one."""
LONGEST_BLOCK = 20_000
"""A paragraph of more characters is joined no further: no person wrote it, and each joining copies it."""
MARKED_ENOUGH = 3
"""A file that marks this many headings marks them all: what it doesn't mark is none, unless it is bold."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table. `gap` is true where a blank line or a page's edge stands above it."""

    cells: tuple[str, ...]
    page: int | None = None
    bold: bool = False
    gap: bool = False
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document as a reader sees it.

    `level` is a heading's depth, 1 the highest. A table has `rows` and no text of its own. A note is a footnote or
    endnote, after what calls it. `gap` is true where a blank line stands above. `label` is a number that the file
    itself gives (see `Line`).
    """

    kind: BlockKind
    text: str
    level: int = 0
    rows: tuple[Row, ...] = ()
    page: int | None = None
    end_page: int | None = None
    gap: bool = False
    bold: bool = False
    boxes: tuple[Box, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class _Placed:
    line: Line
    page: int | None
    gap: bool


def is_finished(text: str) -> bool:
    """Whether a text ends as a sentence, a clause before a list, or a list item does."""
    return bool(_SENTENCE_END.search(text.rstrip()[-12:]))


def joined(first: str, second: str) -> str:
    """Two halves of a text that a page break or a cell's edge cut: on one line if cut in mid-sentence."""
    if not first or not second:
        return first or second
    if first.endswith("-") and first[-2:-1].isalpha() and second[:1].islower():
        return first + second
    return f"{first}{chr(10) if is_finished(first) else ' '}{second}"


def box_of(line: Line, page: int | None) -> tuple[Box, ...]:
    """Where the line stands, as a tuple of none (no pages) or one."""
    if page is None or line.right <= line.left or line.bottom <= line.top:
        return ()
    return (Box(page, line.left, line.top, line.right, line.bottom),)


def united(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """One box for each page, round all the boxes on it, in the order of pages."""
    pages: dict[int, Box] = {}
    for box in boxes:
        old = pages.get(box.page, box)
        pages[box.page] = Box(
            box.page,
            min(old.left, box.left),
            min(old.top, box.top),
            max(old.right, box.right),
            max(old.bottom, box.bottom),
        )
    return tuple(pages[page] for page in sorted(pages))


def blocks(source: SourceFile) -> tuple[Block, ...]:
    """Give the document's blocks in reading order, cut pieces and neighbouring tables joined."""
    placed = list(_placed(source))
    wrapped = _is_hard_wrapped(placed)
    marked = sum(p.line.style.startswith("h") for p in placed) >= MARKED_ENOUGH
    return tuple(_joined_blocks(_raw_blocks(placed, wrapped, marked)))


def _placed(source: SourceFile) -> Iterator[_Placed]:
    gap = True
    for page in source.pages:
        number = page.number or None
        for line in page.lines:
            if not line.text.strip():
                gap = True
                continue
            if not line.cells and _PAGE_FURNITURE.match(line.text.strip()):
                gap = True
                continue
            yield _Placed(line, number, gap)
            gap = False
        gap = True


def _is_hard_wrapped(placed: Sequence[_Placed]) -> bool:
    """Whether the file breaks its paragraphs at a fixed width: many lines, and hardly one longer."""
    lengths = sorted(
        len(p.line.text) for p in placed if not p.line.cells and not p.line.style.startswith("h")
    )
    if len(lengths) < 8:
        return False
    longest = lengths[int(len(lengths) * 0.97)]
    return longest <= 110 and sum(1 for n in lengths if n > 0.7 * longest) > 0.3 * len(lengths)


def _raw_blocks(placed: Sequence[_Placed], wrapped: bool, marked: bool) -> Iterator[Block]:
    width = max((len(p.line.text) for p in placed if not p.line.cells), default=0)
    for at, here in enumerate(placed):
        line = here.line
        boxes = box_of(line, here.page)
        common = {
            "page": here.page,
            "end_page": here.page,
            "gap": here.gap,
            "bold": line.bold,
            "boxes": boxes,
        }
        if line.cells and not _is_indented_text(placed, at):
            row = Row(line.cells, here.page, line.bold, here.gap, boxes)
            yield Block("table", "", rows=(row,), page=here.page, end_page=here.page, gap=here.gap)
        elif re.fullmatch(r"h[1-6]", line.style):
            yield Block("heading", line.text.replace("\n", " "), level=int(line.style[1]), **common)  # type: ignore[arg-type]
        elif line.style == "li":
            yield Block("item", line.text, label=line.label, **common)  # type: ignore[arg-type]
        elif line.style == "note":
            yield Block("note", line.text, **common)  # type: ignore[arg-type]
        else:
            before = placed[at - 1] if at else None
            after = placed[at + 1] if at + 1 < len(placed) else None
            if wrapped and before is not None and _continues_line(before, here, width):
                yield Block("paragraph", line.text, level=-1, **common)  # type: ignore[arg-type]
            elif (line.bold or not marked) and _is_plain_heading(here, after):
                level = 6 if line.bold else PLAIN_LEVEL
                yield Block("heading", line.text.replace("\n", " "), level=level, **common)  # type: ignore[arg-type]
            else:
                yield Block("paragraph", line.text, **common)  # type: ignore[arg-type]


def _is_indented_text(placed: Sequence[_Placed], at: int) -> bool:
    """Whether a line is a row only because a tab stands at its edge: one cell, and no row next to it."""
    if sum(1 for cell in placed[at].line.cells if cell) != 1:
        return False
    return not any(placed[near].line.cells for near in (at - 1, at + 1) if 0 <= near < len(placed))


def _continues_line(before: _Placed, here: _Placed, width: int) -> bool:
    """Whether a line of a hard-wrapped file goes on with the one before: no gap, and that one was full."""
    if here.gap or before.line.cells or before.line.style.startswith("h"):
        return False
    if _NUMBERED.match(here.line.text) or _HEADS.match(here.line.text):
        return False
    first_word = here.line.text.split(" ", 1)[0]
    return len(before.line.text) + len(first_word) + 1 > 0.85 * width or here.line.text[:1].islower()


def _is_plain_heading(here: _Placed, after: _Placed | None) -> bool:
    """Whether a line that no mark sets off reads as a heading: short, alone, unfinished, capitalised."""
    text = here.line.text.strip()
    words = text.split()
    if (not here.gap and not here.line.bold) or _CONTACT.match(text):
        return False
    if len(text) > 120 or is_finished(text) or not re.search(r"[A-Za-z]{3}", text) or "\n" in text:
        return False
    if not (text[0].isupper() or text[0].isdigit() or text[0] in "“‘'\""):
        return False
    if is_date(text.strip("[]()")) or ((first_date(text) or first_month(text)) and len(words) <= 4):
        return False
    if after is None or (
        not after.gap and not here.line.bold and not after.line.cells and not after.line.style
    ):
        return False
    if here.line.bold:
        return len(words) <= 20
    telling = [word for word in words if word.lower() not in _SMALL_WORDS and word[0].isalpha()]
    capital = sum(1 for word in telling if word[0].isupper())
    return (
        len(words) <= 4
        or (len(words) <= 14 and capital >= 0.6 * len(telling))
        or (
            len(words) <= 7
            and after.gap
            and not re.search(r"\b(?:is|are|was|were|has|have|had|will)\b", text)
        )
    )


def _joined_blocks(raw: Iterable[Block]) -> Iterator[Block]:
    waiting: Block | None = None
    rows: list[Row] = []
    for block in raw:
        if block.kind == "table" and waiting is not None and waiting.kind == "table":
            rows.extend(block.rows)
            waiting = replace(waiting, end_page=block.end_page)
            continue
        merged = _merged(waiting, block) if waiting is not None else block
        if merged is None and waiting is not None:
            yield _whole(waiting, rows)
            merged = block
        if merged is block:
            rows = list(block.rows)
        waiting = merged
    if waiting is not None:
        yield _whole(waiting, rows)


def _whole(block: Block, rows: Sequence[Row]) -> Block:
    return replace(block, level=max(block.level, 0), rows=tuple(rows) if block.kind == "table" else ())


def _merged(one: Block, two: Block) -> Block | None:
    """Give the two as one block where they are pieces of one, else None."""
    if two.kind != "paragraph" or one.kind not in ("paragraph", "item") or len(one.text) > LONGEST_BLOCK:
        return None
    continues = two.level == -1
    cut = (
        not is_finished(one.text)
        and two.text[:1].islower()
        and not _NUMBERED.match(two.text)
        and len(one.text) > 20
    )
    if not (continues or cut):
        return None
    return replace(
        one, text=joined(one.text, two.text) if cut else f"{one.text} {two.text}", end_page=two.end_page,
        boxes=united((*one.boxes, *two.boxes)),
    )  # fmt: skip
