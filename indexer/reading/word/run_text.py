"""The words of one paragraph as a reader sees them, with the notes that it calls and its text boxes.

Left out are deleted, replaced and hidden words, fields' instructions, placeholders, and the marks of notes: read as letters,
"24³ in 2019⁴" would be 243 in 20194. This module knows nothing of tables, lists or the order of a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from indexer.reading.word.package import W, count, switch, value
from indexer.reading.word.styles import WordStyle, WordStyles
from indexer.reading.word.symbols import symbol, with_symbols

_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATHS_TEXT: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_LEFT_OUT: Final = frozenset(
    f"{W}{name}" for name in ("del", "moveFrom", "delText", "instrText", "pPr", "sdtPr", "sectPr", "rt")
)
_SIGNS: Final = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_ORDINAL = re.compile(r"st|nd|rd|th", re.IGNORECASE)
_MARK = re.compile(r"[\[(]?\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*[\])]?[,;]?|[a-z]")
_UNIT = re.compile(r"(?:^|[\s\d(/])(?:mm|cm|m|km|ft|yd)$")
_RAISED_FIGURES = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class NoteCall:
    """Where a paragraph calls a note: `kind` is "footnote" or "endnote"; `marked`, by a sign of its own."""

    kind: str
    note_id: str
    marked: bool


@dataclass(slots=True)
class ParagraphWords:
    """What a paragraph says. `bold`: all of its words are; `joins`: its end was deleted, the next goes on with it.

    `absent`: nothing of it is printed, not even its number.
    """

    text: str = ""
    bold: bool = False
    joins: bool = False
    absent: bool = False
    notes: list[NoteCall] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)


@dataclass(slots=True)
class _WordRun:
    hidden: bool = False
    raised: bool = False
    bold: bool = False
    struck: bool = False
    font: str = ""


def is_left_out(node: etree._Element) -> bool:
    """Whether nothing in this element is part of the text: it was deleted, or asks for words to be put there."""
    if node.tag in _LEFT_OUT:
        return True
    return node.tag == f"{W}sdt" and bool(switch(node.find(f"{W}sdtPr"), "showingPlcHdr"))


def alternative(node: etree._Element) -> etree._Element | None:
    """Give the branch of an AlternateContent to read: the first with words, or else the first."""
    branches = [branch for branch in node if branch.tag in (f"{_MC}Choice", f"{_MC}Fallback")]
    worded = (branch for branch in branches if next(branch.iter(f"{W}t"), None) is not None)
    return next(worded, branches[0] if branches else None)


def children(node: etree._Element) -> Iterator[etree._Element]:
    """Give what stands in an element to be read: of alternatives one, and nothing that is left out."""
    found = alternative(node) if node.tag == f"{_MC}AlternateContent" else node
    for child in found if found is not None else ():
        if isinstance(child.tag, str) and not is_left_out(child):
            yield child


def paragraph_words(paragraph: etree._Element, style: WordStyle, styles: WordStyles) -> ParagraphWords:
    """Give the words of a paragraph in this style: tabs and line breaks as such, text boxes apart."""
    words = ParagraphWords()
    pieces: list[tuple[str, _WordRun]] = []
    run = _WordRun()
    # A stack instead of recursion: XML may be nested as deep as its parser allows.
    pending = list(children(paragraph))[::-1]
    while pending:
        node = pending.pop()
        if node.tag == f"{W}r":
            run = _run(node, style, styles)
            if run.hidden:
                continue
        elif node.tag == f"{W}txbxContent":
            words.boxes.append(node)
            continue
        elif node.tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
            kind = "footnote" if node.tag == f"{W}footnoteReference" else "endnote"
            own = node.get(f"{W}customMarkFollows", "0") not in ("0", "false", "off")
            words.notes.append(NoteCall(kind, node.get(f"{W}id", ""), own))
            run.hidden = own  # the rest of the run is the mark
        elif not run.hidden:
            text = _text(node, run)
            if text:
                pieces.append((text, run))
        pending.extend(list(children(node))[::-1])
    if any(text.strip() and not of.struck for text, of in pieces):
        # Words struck through beside others were replaced by them; a whole paragraph may be an action that was done.
        pieces = [(text, of) for text, of in pieces if not of.struck]
    words.text = _joined([(text, of.raised) for text, of in pieces])
    bold = [of.bold for text, of in pieces if text.strip()]
    words.bold = bool(bold) and all(bold)
    mark = paragraph.find(f"{W}pPr/{W}rPr")
    if mark is not None:
        words.joins = mark.find(f"{W}del") is not None or mark.find(f"{W}moveFrom") is not None
        words.absent = not words.text.strip() and (words.joins or styles.is_hidden(mark, style))
    return words


def _run(node: etree._Element, style: WordStyle, styles: WordStyles) -> _WordRun:
    properties = node.find(f"{W}rPr")
    if properties is None:
        return _WordRun(hidden=bool(style.hidden))
    fonts = properties.find(f"{W}rFonts")
    font = fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") or "" if fonts is not None else ""
    return _WordRun(
        styles.is_hidden(properties, style),
        styles.is_raised(properties),
        bool(switch(properties, "b")),
        bool(switch(properties, "strike") or switch(properties, "dstrike")),
        font,
    )


def _text(node: etree._Element, run: _WordRun) -> str:
    if node.tag == f"{W}t":
        return with_symbols(run.font, node.text or "")
    if node.tag == _MATHS_TEXT:
        return node.text or ""
    if node.tag == f"{W}sym":
        code = node.get(f"{W}char", "")
        return (
            symbol(node.get(f"{W}font", ""), int(code, 16)) if re.fullmatch("[0-9A-Fa-f]{1,4}", code) else ""
        )
    if node.tag == f"{W}checkBox":
        ticked = switch(node, "checked")
        return "☒" if (switch(node, "default") if ticked is None else ticked) else "☐"
    if node.tag == f"{W}ddList":
        entries = [entry.get(f"{W}val", "") for entry in node.iterchildren(f"{W}listEntry")]
        chosen = count(value(node, "result"), 0)
        return entries[chosen] if chosen < len(entries) else ""
    return _SIGNS.get(str(node.tag), "")


def _joined(pieces: list[tuple[str, bool]]) -> str:
    """Put pieces together; what is raised stays where it is an ordinal's ending, a unit's power, or a word."""
    text: list[str] = []
    raised = ""
    last = ""
    for piece, above in [*pieces, ("", False)]:
        if above:
            raised += piece
            continue
        if raised:
            kept = _raised(last, raised)
            text.append(kept)
            last = kept[-8:] if kept.strip() else last
            raised = ""
        text.append(piece)
        last = (last + piece)[-8:]
    return "".join(text)


def _raised(before: str, raised: str) -> str:
    words = raised.strip()
    if _ORDINAL.fullmatch(words) or not _MARK.fullmatch(words):
        return raised
    if not before.strip():
        return raised.translate(_RAISED_FIGURES)  # a note that is typed at a page's foot begins with its mark
    if words in ("2", "3") and _UNIT.search(before):
        return raised.translate(_RAISED_FIGURES)
    if words == "o" and before[-1:] in ("N", "n"):
        return raised
    return " " if raised != raised.rstrip() else ""
