"""Reads a Word file (DOCX) into lines and table rows, straight from its XML.

Word keeps the number of a numbered paragraph out of its text, in a list definition: it is worked out here, as
Word prints it, because a paragraph's number is what people cite. Headers, footers and deleted text are left
out. The zip and its XML are hostile until shown otherwise: sizes are checked before anything is unpacked and
no entity is expanded. This module gives no meaning to what it reads.
"""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.inline_marks import tidy
from indexer.reading.source import Line, Page, SourceFile

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_BODY = "word/document.xml"
MAX_PART = 64 * 1024 * 1024
"""Bytes of one unpacked part; the longest council document seen has a body of 3 MB."""
MAX_RATIO = 200
"""How many times larger than packed a part may be: text packs 10 to 30 times, a bomb a thousand."""
MAX_CELLS = 60
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, NotImplementedError, RuntimeError,
    ValueError,  # a member that says it begins before the file
)  # fmt: skip
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    """One level of a list: how its number is written ("%1.", "(%2)") and where it starts."""

    form: str = "bullet"
    text: str = ""
    start: int = 1


@dataclass(slots=True)
class _Numbering:
    """The lists of a file, and how far each has counted."""

    lists: dict[str, dict[int, _Level]] = field(default_factory=dict)
    abstract: dict[str, str] = field(default_factory=dict)
    counts: dict[str, list[int | None]] = field(default_factory=dict)
    restarted: set[str] = field(default_factory=set)

    def next(self, num_id: str, level: int) -> str | None:
        """Give the label that Word prints for the next paragraph of this list; None for a bullet."""
        levels = self.lists.get(num_id, {})
        spec = levels.get(level, _Level())
        counts = self.counts.setdefault(self.abstract.get(num_id, num_id), [None] * 9)
        current = counts[level]
        counts[level] = spec.start if current is None else current + 1
        for deeper in range(level + 1, 9):
            counts[deeper] = None
        if spec.form in ("bullet", "none") or not spec.text:
            return None

        def number(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            own = levels.get(at, _Level("decimal"))
            value = counts[at]
            return _numeral(own.start if value is None else value, own.form)

        return re.sub(r"%([1-9])", number, spec.text).strip() or None


def _numeral(value: int, form: str) -> str:
    value = max(0, min(value, 9999))
    if form in ("lowerLetter", "upperLetter") and value:
        letter = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman") and value:
        roman, rest = "", value
        for size, sign in _ROMAN:
            roman += sign * (rest // size)
            rest %= size
        return roman.upper() if form == "upperRoman" else roman
    return f"{value:02d}" if form == "decimalZero" else str(value)


def read_docx(name: str, sha256: str, data: bytes, *, limits: Limits) -> SourceFile:
    """Give a DOCX as lines without pages: headings "h1".."h6", items "li" with their numbers, rows of cells.

    A blank line follows each paragraph that Word sets apart, as in text files. Raises UnreadableDocument for
    a damaged, encrypted or oversized file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            body = _part(archive, _BODY, limits)
            styles = _part(archive, "word/styles.xml", limits)
            numbers = _part(archive, "word/numbering.xml", limits)
            core = _part(archive, "docProps/core.xml", limits)
    except _DAMAGED as error:
        raise UnreadableDocument(
            "is a damaged or encrypted DOCX: open it in a word processor and save it again"
        ) from error
    if body is None:
        raise UnreadableDocument(
            "is a zip file without a Word document in it: unpack it and add what it holds"
        )
    levels, style_lists = _heading_styles(styles)
    numbering = _numbering(numbers)
    content = body.find(f"{_W}body")
    lines = tuple(_lines(content if content is not None else body, levels, style_lists, numbering))
    length = sum(len(line.text) for line in lines)
    if not length:
        raise UnreadableDocument(
            "is a DOCX without words: if it holds pictures of pages, save it as a PDF for OCR"
        )
    limits.check_chars(length)
    title = core.findtext(f".//{_DC_TITLE}") if core is not None else None
    return SourceFile(
        name, sha256, "docx", (Page(0, lines),), tidy(title).replace("\n", " ") or None if title else None
    )


def _part(archive: zipfile.ZipFile, part: str, limits: Limits) -> etree._Element | None:
    try:
        info = archive.getinfo(part)
    except KeyError:
        return None
    most = min(MAX_PART, limits.max_bytes)
    if info.file_size > most or info.file_size > MAX_RATIO * max(info.compress_size, 1) + 65536:
        raise UnreadableDocument(
            f"is a DOCX whose {part} unpacks to {info.file_size:,} bytes, more than is safe to read: "
            "check where it came from"
        )
    with archive.open(info) as stream:
        raw = stream.read(most + 1)
    if len(raw) > most:
        raise UnreadableDocument(
            f"is a DOCX whose {part} unpacks to more than is safe to read: check where it came from"
        )
    if b"<!DOCTYPE" in raw[:4096] or b"<!ENTITY" in raw:
        raise UnreadableDocument(
            "is a DOCX with a document type declaration, which Word never writes: refused"
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(raw.replace(_STRICT, _TRANSITIONAL), parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableDocument(
            f"is a DOCX whose {part} is damaged: open it in a word processor and save it again"
        ) from error


def _value(element: etree._Element | None, child: str) -> str | None:
    found = element.find(f"{_W}{child}") if element is not None else None
    return found.get(f"{_W}val") if found is not None else None


def _count(text: str | None, otherwise: int) -> int:
    """A whole number as Word writes one; `otherwise` for what is none, or is longer than any of Word's."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else otherwise


def _heading_styles(styles: etree._Element | None) -> tuple[dict[str, str], dict[str, tuple[str, int]]]:
    """For each style's id: its heading level ("h1"), where it is one, and the list that it numbers by."""
    levels: dict[str, str] = {}
    lists: dict[str, tuple[str, int]] = {}
    for style in styles.iter(f"{_W}style") if styles is not None else ():
        style_id = style.get(f"{_W}styleId", "")
        name = (_value(style, "name") or "").lower()
        match = re.fullmatch(r"heading ([1-9])", name)
        outline = _value(style.find(f"{_W}pPr"), "outlineLvl")
        if match:
            levels[style_id] = f"h{min(int(match.group(1)), 6)}"
        elif name in ("title", "subtitle"):
            levels[style_id] = "h1" if name == "title" else "h2"
        elif _count(outline, 9) < 6:
            levels[style_id] = f"h{_count(outline, 9) + 1}"
        properties = style.find(f"{_W}pPr")
        number = properties.find(f"{_W}numPr") if properties is not None else None
        num_id = _value(number, "numId")
        if num_id:
            lists[style_id] = (num_id, _count(_value(number, "ilvl"), 0))
    return levels, lists


def _numbering(part: etree._Element | None) -> _Numbering:
    numbering = _Numbering()
    if part is None:
        return numbering
    abstract: dict[str, dict[int, _Level]] = {}
    for definition in part.iter(f"{_W}abstractNum"):
        abstract[definition.get(f"{_W}abstractNumId", "")] = _levels(definition)
    for number in part.iter(f"{_W}num"):
        num_id = number.get(f"{_W}numId", "")
        base = _value(number, "abstractNumId") or ""
        levels = dict(abstract.get(base, {}))
        restarts = False
        for override in number.iter(f"{_W}lvlOverride"):
            own = _levels(override)
            levels.update(own)
            at = _count(override.get(f"{_W}ilvl"), 0)
            start = _count(_value(override, "startOverride"), -1)
            if start >= 0:
                spec = levels.get(at, _Level())
                levels[at] = _Level(spec.form, spec.text, start)
                restarts = True
        numbering.lists[num_id] = levels
        numbering.abstract[num_id] = f"{base}/{num_id}" if restarts else base
    return numbering


def _levels(definition: etree._Element) -> dict[int, _Level]:
    levels: dict[int, _Level] = {}
    for level in definition.iter(f"{_W}lvl"):
        at = _count(level.get(f"{_W}ilvl", "0"), 9)
        if at < 9:
            levels[at] = _Level(
                _value(level, "numFmt") or "decimal",
                _value(level, "lvlText") or "",
                _count(_value(level, "start"), 1),
            )
    return levels


def _lines(
    body: etree._Element,
    levels: dict[str, str],
    style_lists: dict[str, tuple[str, int]],
    numbering: _Numbering,
) -> Iterator[Line]:
    pending = list(reversed(body))
    while pending:
        element = pending.pop()
        if element.tag == f"{_W}p":
            yield from _paragraph(element, levels, style_lists, numbering)
        elif element.tag == f"{_W}tbl":
            yield Line("")
            yield from _rows(element, numbering)
            yield Line("")
        elif isinstance(element.tag, str) and element.tag != f"{_W}sectPr":
            pending.extend(reversed(element))


def _paragraph(
    paragraph: etree._Element,
    levels: dict[str, str],
    style_lists: dict[str, tuple[str, int]],
    numbering: _Numbering,
) -> Iterator[Line]:
    text = _words(paragraph).replace("\t", " ")
    properties = paragraph.find(f"{_W}pPr")
    style_id = _value(properties, "pStyle") or ""
    style = levels.get(style_id, "")
    label, listed = _label(properties, style_lists.get(style_id), numbering, bool(tidy(text)))
    text = tidy(text)
    if not text:
        yield Line("")
        return
    bold = _all_bold(paragraph)
    for number, part in enumerate(part for part in text.split("\n") if part):
        first = number == 0
        yield Line(
            f"{label} {part}" if label and first else part,
            bold=bold,
            style=style or ("li" if listed and first else ""),
        )
    if not listed:
        yield Line("")


def _label(
    properties: etree._Element | None, by_style: tuple[str, int] | None, numbering: _Numbering, counts: bool
) -> tuple[str | None, bool]:
    number = properties.find(f"{_W}numPr") if properties is not None else None
    num_id, level = by_style or (None, 0)
    if number is not None:
        num_id = _value(number, "numId") or num_id
        level = _count(_value(number, "ilvl"), level)
    if not num_id or num_id == "0" or not counts:
        return None, False
    return numbering.next(num_id, min(level, 8)), True


def _words(element: etree._Element) -> str:
    """Give the text of a paragraph or cell: tabs and line breaks as such, deleted text left out."""
    parts: list[str] = []
    depth_skipped: etree._Element | None = None
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if depth_skipped is not None:
            if event == "end" and node is depth_skipped:
                depth_skipped = None
            continue
        if event == "end":
            if node.tag == f"{_W}p" and node is not element:
                parts.append("\n")
            continue
        if node.tag in (_FALLBACK, f"{_W}del", f"{_W}moveFrom", f"{_W}instrText"):
            depth_skipped = node
        elif node.tag == f"{_W}t":
            parts.append(node.text or "")
        elif node.tag == f"{_W}tab":
            parts.append("\t")
        elif node.tag in (f"{_W}br", f"{_W}cr"):
            parts.append("\n")
        elif node.tag == f"{_W}noBreakHyphen":
            parts.append("-")
    return "".join(parts)


def _all_bold(paragraph: etree._Element) -> bool:
    runs = [
        run for run in paragraph.iter(f"{_W}r") if "".join(t.text or "" for t in run.iter(f"{_W}t")).strip()
    ]
    return bool(runs) and all(_is_on(run.find(f"{_W}rPr"), "b") for run in runs)


def _is_on(properties: etree._Element | None, name: str) -> bool:
    found = properties.find(f"{_W}{name}") if properties is not None else None
    return found is not None and found.get(f"{_W}val", "1") not in ("0", "false", "off")


def _rows(table: etree._Element, numbering: _Numbering) -> Iterator[Line]:
    """Give a table's rows; a cell that spans columns fills the first, one that spans rows the first row."""
    for row in table.iterchildren(f"{_W}tr"):
        cells: list[str] = []
        for cell in row.iter(f"{_W}tc"):
            if next(cell.iterancestors(f"{_W}tr")) is not row:
                continue
            properties = cell.find(f"{_W}tcPr")
            merge = properties.find(f"{_W}vMerge") if properties is not None else None
            continued = merge is not None and merge.get(f"{_W}val", "continue") == "continue"
            cells.append("" if continued else _cell(cell, numbering))
            cells.extend([""] * (min(_count(_value(properties, "gridSpan"), 1), MAX_CELLS) - 1))
        cells = cells[:MAX_CELLS]
        text = " ".join(cell for cell in cells if cell)
        if text:
            bold = all(_all_bold(p) for p in row.iter(f"{_W}p") if _words(p).strip())
            yield Line(text, cells=tuple(cells), bold=bold)


def _cell(cell: etree._Element, numbering: _Numbering) -> str:
    parts: list[str] = []
    for paragraph in cell.iter(f"{_W}p"):
        text = tidy(_words(paragraph).replace("\t", " "))
        label, _ = _label(paragraph.find(f"{_W}pPr"), None, numbering, True)
        if text or label:
            parts.append(f"{label} {text}".strip() if label else text)
    return "\n".join(part for part in parts if part)
