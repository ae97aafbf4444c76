"""Reads a Word file (DOCX) into lines and table rows, straight from its XML.

What Word prints is what counts: numbers from list definitions, what content controls hold, text boxes once, notes
after the paragraph that calls them. Headers, footers, comments, hidden and deleted text are left out. What a file
can multiply (labels, embedded parts, notes) is bounded while it is read. This module gives no meaning to what it
reads.
"""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.html import looks_like_html, looks_like_saved_page, read_html, read_saved_page
from indexer.reading.inline_marks import tidy
from indexer.reading.source import Line, Page, SourceFile
from indexer.reading.text import read_text
from indexer.reading.word.numbering import WordNumbering, numeral
from indexer.reading.word.package import DAMAGED, W, WordPackage, count, value
from indexer.reading.word.run_text import NoteCall, ParagraphWords, children, paragraph_words
from indexer.reading.word.styles import WordStyles

_DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
MAX_CELLS = 60
_SENTENCE = re.compile(r".{40,}[.;]|.{100,}:", re.DOTALL)
"""What is a paragraph where it is numbered, whatever its style: templates number paragraphs by heading styles."""
_SECTION_NUMBER = re.compile(r"(\d{1,3}(?:\.\d{1,3})+)\.?")
_NESTED_SHARE = 0.6
"""A table whose nested tables hold this share of its words only lays them out."""


def read_docx(name: str, sha256: str, data: bytes, *, limits: Limits) -> SourceFile:
    """Give a DOCX as lines without pages: headings "h1".."h6", items "li" with their numbers, rows of cells.

    Footnotes and endnotes are lines in the style "note". A blank line follows each paragraph that Word sets apart,
    as in text files. Raises UnreadableDocument for a damaged, encrypted or oversized file.
    """
    return _read(name, sha256, data, limits, embedded=False)


def _read(name: str, sha256: str, data: bytes, limits: Limits, *, embedded: bool) -> SourceFile:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            package = WordPackage(archive, limits)
            main = package.related("", "officeDocument", "word/document.xml")
            document = package.xml(main)
            if document is None or document.tag != f"{W}document":
                raise UnreadableDocument(
                    "is a zip file without a Word document in it: unpack it and add what it holds"
                )
            core = package.xml(package.related("", "core-properties", "docProps/core.xml"))
            reader = _BodyReader(package, main, limits, embedded=embedded)
            body = document.find(f"{W}body")
            lines = tuple(reader.lines(body if body is not None else document))
    except DAMAGED as error:
        raise UnreadableDocument(
            "is a damaged or encrypted DOCX: open it in a word processor and save it again"
        ) from error
    if not any(line.text for line in lines):
        raise UnreadableDocument(
            "is a DOCX without words: if it holds pictures of pages, save it as a PDF for OCR"
        )
    title = core.findtext(f".//{_DC_TITLE}") if core is not None else None
    title = tidy(title).replace("\n", " ") or None if title else None
    return SourceFile(name, sha256, "docx", (Page(0, lines),), title, tuple(reader.warnings))


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A paragraph as printed: `label` is its number; `depth` its list's level, None where it stands in no list."""

    text: str
    label: str | None
    depth: int | None
    style: str
    bold: bool


@dataclass(slots=True)
class _Notes:
    """The notes that were called and not yet printed, and how far each kind has counted."""

    waiting: list[tuple[str, NoteCall]] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    within: int | None = None
    """The level of the list that they wait for the end of; None where they wait for none."""


class _BodyReader:
    """Goes through one file's text once, counting its lists and its notes."""

    def __init__(self, package: WordPackage, main: str, limits: Limits, *, embedded: bool) -> None:
        def part(kind: str) -> etree._Element | None:
            folder = main.rpartition("/")[0]
            return package.xml(package.related(main, kind, f"{folder}/{kind}.xml"))

        self.warnings: list[str] = []
        self._package, self._main, self._limits, self._embedded = package, main, limits, embedded
        self._styles = WordStyles(part("styles"))
        self._numbering = WordNumbering(part("numbering"), self._styles)
        self._note_texts = {
            (kind, note.get(f"{W}id", "")): note
            for kind in ("footnote", "endnote")
            for note in _iter(part(f"{kind}s"), kind)
        }
        self._notes = _Notes()
        self._chars = 0
        self._started = time.monotonic()

    def lines(self, container: etree._Element) -> Iterator[Line]:
        """Give the lines of a body, each note after the paragraph, list or table that calls it."""
        for line in self._blocks(container):
            yield self._counted(line)
        for line in self._note_lines():
            yield self._counted(line)

    def _counted(self, line: Line) -> Line:
        self._add(len(line.text))
        return line

    def _add(self, chars: int) -> None:
        self._chars += chars
        self._limits.check_chars(self._chars)
        self._limits.check_time(self._started)

    def _blocks(self, container: etree._Element) -> Iterator[Line]:
        carried: ParagraphWords | None = None
        for element in _blocks_in(container):
            if element.tag == f"{W}p":
                words = self._words(element, carried)
                carried = words if words.joins else None
                if carried is None:
                    yield from self._paragraph(element, words)
                continue
            yield from self._rest(carried)
            carried = None
            yield from self._note_lines()
            if element.tag == f"{W}tbl":
                yield from self._table(element)
            else:
                yield from self._embedded_lines(element)
        yield from self._rest(carried)

    @staticmethod
    def _rest(carried: ParagraphWords | None) -> Iterator[Line]:
        """What is left of a paragraph whose end was deleted before something that isn't a paragraph."""
        if carried is not None and tidy(carried.text):
            yield Line(tidy(carried.text).replace("\n", " "))
            yield Line("")

    def _words(self, paragraph: etree._Element, carried: ParagraphWords | None) -> ParagraphWords:
        style, _ = self._styles.of_paragraph(paragraph.find(f"{W}pPr"))
        words = paragraph_words(paragraph, style, self._styles)
        if carried is not None:
            words.text = carried.text + words.text
            words.bold = words.bold and carried.bold
            words.notes = carried.notes + words.notes
            words.boxes = carried.boxes + words.boxes
            words.absent = words.absent and not words.text.strip()
        return words

    def _printed(self, paragraph: etree._Element, words: ParagraphWords) -> _Paragraph:
        properties = paragraph.find(f"{W}pPr")
        style, ancestors = self._styles.of_paragraph(properties)
        place = None if words.absent else self._numbering.place(properties, style, ancestors)
        label = self._numbering.next(*place) if place is not None else None
        self._add(len(label or ""))
        text = tidy(words.text.replace("\t", " "))
        heading = style.heading or ""
        if label and _SENTENCE.fullmatch(text):
            heading = ""
        return _Paragraph(text, label, place[1] if place else None, heading, words.bold)

    def _paragraph(self, paragraph: etree._Element, words: ParagraphWords) -> Iterator[Line]:
        printed = self._printed(paragraph, words)
        if printed.text:
            within = self._notes.within
            if within is None or printed.depth is None or printed.depth <= within:
                yield from self._note_lines()
            listed = printed.depth is not None
            section = _SECTION_NUMBER.fullmatch(printed.label or "")
            for number, piece in enumerate(piece for piece in printed.text.split("\n") if piece):
                first = number == 0
                yield Line(
                    f"{printed.label} {piece}" if printed.label and first else piece,
                    bold=printed.bold,
                    style=printed.style or ("li" if listed and first else ""),
                    label=section.group(1) if section and first and not printed.style else "",
                )
            if not listed:
                yield Line("")
            if printed.text.endswith(":") and self._notes.within is None:
                self._notes.within = -1 if printed.depth is None else printed.depth
        else:
            yield Line("")
        self._call(words.notes)
        for box in words.boxes:
            yield Line("")
            yield from self._blocks(box)
            yield Line("")

    def _call(self, notes: list[NoteCall]) -> None:
        for note in notes:
            key = (note.kind, note.note_id)
            if key not in self._note_texts or key in self._notes.seen:
                continue
            self._notes.seen.add(key)
            label = note.kind.capitalize()
            if not note.marked:
                number = self._notes.counts[note.kind] = self._notes.counts.get(note.kind, 0) + 1
                label += f" {numeral(number, 'decimal' if note.kind == 'footnote' else 'lowerRoman')}"
            self._notes.waiting.append((label, note))

    def _note_lines(self) -> Iterator[Line]:
        """Print the notes that wait, each once: "Footnote 3: …"."""
        self._notes.within = None
        while self._notes.waiting:
            waiting, self._notes.waiting = self._notes.waiting, []
            for label, note in waiting:
                text = self._cell(self._note_texts[note.kind, note.note_id]).replace("\n", " ")
                if text:
                    yield Line("")
                    yield Line(f"{label}: {text}", style="note")
                    yield Line("")

    def _table(self, table: etree._Element) -> Iterator[Line]:
        rows = [list(_parts_in(row, "tc")) for row in _parts_in(table, "tr") if not _is_deleted(row)]
        if _only_lays_out(rows):
            for row in rows:
                for cell in row:
                    yield from self._blocks(cell)
            return
        yield Line("")
        yield from self._rows(table)
        yield Line("")
        yield from self._note_lines()

    def _rows(self, table: etree._Element) -> Iterator[Line]:
        """Give a table's rows; a cell that spans columns fills the first, one that spans rows the first row."""
        for row in _parts_in(table, "tr"):
            if _is_deleted(row):
                continue
            before = count(value(row.find(f"{W}trPr"), "gridBefore"), 0)
            cells: list[str] = [""] * min(before, MAX_CELLS)
            bold: list[bool] = []
            for cell in _parts_in(row, "tc"):
                properties = cell.find(f"{W}tcPr")
                if properties is not None and properties.find(f"{W}cellDel") is not None:
                    continue
                cells.append("" if _is_continued(properties) else self._cell(cell, bold))
                cells.extend([""] * (min(count(value(properties, "gridSpan"), 1), MAX_CELLS) - 1))
            cells = cells[:MAX_CELLS]
            text = " ".join(cell for cell in cells if cell)
            if text:
                yield Line(text, cells=tuple(cells), bold=all(bold))

    def _cell(self, container: etree._Element, bold: list[bool] | None = None) -> str:
        """Give what a cell, a note or a text box in a cell says, a line for each paragraph and each nested row.

        `bold` gets whether each paragraph is.
        """
        parts: list[str] = []
        carried: ParagraphWords | None = None
        for element in _blocks_in(container):
            if element.tag == f"{W}tbl":
                parts.extend(line.text for line in self._rows(element))
            elif element.tag == f"{W}p":
                words = self._words(element, carried)
                carried = words if words.joins else None
                if carried is not None:
                    continue
                printed = self._printed(element, words)
                parts.append(f"{printed.label or ''} {printed.text}".strip())
                self._add(len(printed.text))
                self._call(words.notes)
                if bold is not None and printed.text:
                    bold.append(printed.bold)
                parts.extend(self._cell(box) for box in words.boxes)
        if carried is not None:
            parts.append(tidy(carried.text))
        return "\n".join(part for part in parts if part)

    def _embedded_lines(self, chunk: etree._Element) -> Iterator[Line]:
        """Give the lines of a part in another format that stands in the text, or a warning that it isn't read."""
        relation = next((found for name, found in chunk.items() if name.rpartition("}")[2] == "id"), "")
        part = self._package.target(self._main, str(relation))
        data = self._package.raw(part) if part is not None else None
        source = None
        if part is not None and data is not None:
            try:
                source = self._embedded_source(part, data)
            except UnreadableDocument as error:
                self._warn(f"An embedded part of this document ({part}) was not read: it {error}.")
                return
        if source is None:
            self._warn(f"An embedded part of this document ({part or 'which is missing'}) was not read.")
            return
        for warning in source.warnings:
            self._warn(warning)
        yield Line("")
        for page in source.pages:
            yield from page.lines
        yield Line("")

    def _embedded_source(self, part: str, data: bytes) -> SourceFile | None:
        suffix = part.rpartition(".")[2].lower()
        if data.startswith(b"PK"):
            return None if self._embedded else _read(part, "", data, self._limits, embedded=True)
        if looks_like_saved_page(data):
            return read_saved_page(part, "", data, limits=self._limits)
        if looks_like_html(data) or suffix in ("htm", "html", "xhtml"):
            return read_html(part, "", data, limits=self._limits)
        return read_text(part, "", data, limits=self._limits) if suffix == "txt" else None

    def _warn(self, sentence: str) -> None:
        if sentence not in self.warnings and len(self.warnings) < 20:
            self.warnings.append(sentence)


def _iter(part: etree._Element | None, name: str) -> Iterator[etree._Element]:
    if part is not None:
        yield from part.iterchildren(f"{W}{name}")


def _blocks_in(container: etree._Element) -> Iterator[etree._Element]:
    """Give the paragraphs, tables and embedded parts of a body or cell in order, out of whatever wraps them."""
    pending = list(children(container))[::-1]
    while pending:
        element = pending.pop()
        if element.tag in (f"{W}p", f"{W}tbl", f"{W}altChunk"):
            yield element
        elif element.tag not in (f"{W}tcPr", f"{W}r"):
            pending.extend(list(children(element))[::-1])


def _parts_in(container: etree._Element, name: str) -> Iterator[etree._Element]:
    """Give the rows of a table, or the cells of a row, out of the content controls that wrap them."""
    pending = list(children(container))[::-1]
    while pending:
        element = pending.pop()
        if element.tag == f"{W}{name}":
            yield element
        elif element.tag not in (f"{W}p", f"{W}tbl", f"{W}tc", f"{W}tr"):
            pending.extend(list(children(element))[::-1])


def _is_deleted(row: etree._Element) -> bool:
    properties = row.find(f"{W}trPr")
    return properties is not None and properties.find(f"{W}del") is not None


def _is_continued(properties: etree._Element | None) -> bool:
    """Whether a cell goes on from the one above it or, as old files merge them, from the one before it."""
    for name in ("vMerge", "hMerge"):
        merge = properties.find(f"{W}{name}") if properties is not None else None
        if merge is not None and merge.get(f"{W}val", "continue") == "continue":
            return True
    return False


def _only_lays_out(rows: list[list[etree._Element]]) -> bool:
    """Whether a table has tables in its cells, and is there for these to stand beside or below each other."""
    nested = [table for row in rows for cell in row for table in cell.iter(f"{W}tbl")]
    if not nested or not any(len(list(_parts_in(table, "tr"))) > 1 for table in nested):
        return False
    if len(rows) == 1 or all(len(row) == 1 for row in rows):
        return True
    whole = sum(_length(cell) for row in rows for cell in row)
    tables = [table for row in rows for cell in row for table in _blocks_in(cell) if table.tag == f"{W}tbl"]
    return sum(map(_length, tables)) > _NESTED_SHARE * whole


def _length(element: etree._Element) -> int:
    return sum(len(text.text or "") for text in element.iter(f"{W}t"))
