"""Reads a PDF into lines with their places, and the tables that its rules show.

pdfium gives characters and their boxes quickly; its own idea of a line breaks at every raised footnote mark
and runs over a hyphen at a line's end, so lines are put together here from the boxes. pypdf repairs what
pdfium refuses. Nothing here knows what a paragraph or a heading is.
"""

from __future__ import annotations

import ctypes
import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
from pypdfium2 import raw

from indexer.errors import UnreadableDocument
from indexer.limits import Limits, processor_seconds
from indexer.reading import ocr
from indexer.reading.beside_text import directions, line_numbers
from indexer.reading.columns import BREAK, may_be_columns, reading_order
from indexer.reading.page_notes import (
    MAX_REPAIR_BYTES,
    MAX_REPAIR_SECONDS,
    FilledField,
    carried_files,
    listed,
    notes_and_fields,
    refuse_covers,
)
from indexer.reading.pdf_lines import Boxes, printed_lines
from indexer.reading.pdf_shapes import (
    ADDRESS,
    PageObjects,
    angles,
    characters,
    drawn_shapes,
    is_bold,
    page_objects,
)
from indexer.reading.ruled_tables import Text, ruled_tables
from indexer.reading.source import Line, Page, RuledTable, SourceFile
from indexer.reading.unseen_text import may_have_layers, seen_characters

# pypdfium2 ships no types.
PdfPage = Any
TextPage = Any
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]


MAX_PIXELS = 40_000_000
MAX_OCR_SECONDS = 60.0
OCR_SHARE = 0.7
"""The share of a document's time after which no further picture is read: what was read isn't thrown away."""

NO_PAGES = "has no pages: download it again"
PICTURES_ONLY = f"has no text, only pictures: needs OCR; {ocr.HOW_TO_GET_IT}"
UNREADABLE_PICTURES = "has no text, only pictures, and OCR found no words in them: scan it again"


def read_pdf(name: str, sha256: str, data: bytes, *, limits: Limits) -> SourceFile:
    """Read the bytes of a PDF into pages of lines.

    Lines come in the order in which the file prints them, their edges as fractions of the page as it is
    shown. A raised figure is kept as a superscript character ("Board¹"). Raises UnreadableDocument for what
    is damaged beyond repair, encrypted with a password, without pages, over the limits, or has
    no text at all. A page that is a picture is read by OCR where that is installed, and marked so.
    """
    started = time.monotonic()
    warnings: list[str] = []
    document = _open(data, warnings, min(MAX_REPAIR_SECONDS, limits.max_seconds))
    try:
        count = len(document)
        if count == 0:
            raise UnreadableDocument(NO_PAGES)
        limits.check_pages(count)
        if raw.FPDF_GetFormType(document.raw) != raw.FORMTYPE_NONE:
            document.init_forms()
        labels = _printed_labels(document, count)
        layers = may_have_layers(data)
        deadline = started + OCR_SHARE * limits.max_seconds
        pages: list[Page] = []
        chars = 0
        for number in range(1, count + 1):
            page, length = _read_page(document, number, deadline, warnings, layers=layers)
            if labels:
                page = replace(page, label=labels[number - 1])
            chars += length
            limits.check_chars(chars)
            limits.check_time(started)
            pages.append(page)
        title = _title(document)
        refuse_covers(document, data, chars, pages)
        files = carried_files(document)
        if files:
            warnings.append(
                f"The file carries {listed(files)}, which was not read: save what it holds and add it."
            )
    finally:
        document.close()
    if not any(page.lines for page in pages):
        raise UnreadableDocument(UNREADABLE_PICTURES if ocr.is_installed() else PICTURES_ONLY)
    return SourceFile(
        name=name,
        sha256=sha256,
        kind="pdf",
        pages=tuple(pages),
        title=title,
        warnings=tuple(warnings),
    )


def _open(data: bytes, warnings: list[str], repair_seconds: float) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        # pdfium may still hold the error of the file before, so its word on a password is not enough.
        if "password" in str(error).lower() and b"/Encrypt" in data:
            raise UnreadableDocument(
                "is encrypted with a password: save a copy without a password"
            ) from error
    try:
        with processor_seconds(repair_seconds):
            repaired = _repaired(data)
        document = pdfium.PdfDocument(repaired)
    except UnreadableDocument:
        raise
    except TimeoutError as error:
        raise UnreadableDocument(
            f"is damaged, and repairing it takes longer than {repair_seconds:g} s: download it again"
        ) from error
    except Exception as error:
        raise UnreadableDocument(
            "is damaged or cut short and can't be repaired: download it again"
        ) from error
    warnings.append("The file is damaged and was repaired before reading: check it against the original.")
    return document


def _repaired(data: bytes) -> bytes:
    """The file as pypdf rebuilds it. Raises whatever pypdf raises: it has no one exception for damage."""
    if len(data) > MAX_REPAIR_BYTES:
        raise UnreadableDocument("is damaged, and too large to repair: download it again")
    import logging  # noqa: PLC0415 (only damaged files come here)

    import pypdf  # noqa: PLC0415 (slow to import, and only damaged files need it)

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableDocument("is encrypted with a password: save a copy without a password")
    if not reader.pages:
        raise UnreadableDocument(NO_PAGES)
    writer = pypdf.PdfWriter()
    for page in reader.pages:
        writer.add_page(page)
    rebuilt = io.BytesIO()
    writer.write(rebuilt)
    return rebuilt.getvalue()


def _printed_labels(document: pdfium.PdfDocument, count: int) -> list[str]:
    """The number printed on each page as the file gives it; empty where that is the count of pages."""
    labels = [document.get_page_label(number)[:20].strip() for number in range(count)]
    plain = [str(number) for number in range(1, count + 1)]
    return (
        []
        if all(not label or label == number for label, number in zip(labels, plain, strict=True))
        else labels
    )


def _title(document: pdfium.PdfDocument) -> str | None:
    try:
        title = document.get_metadata_value("Title")
    except (pdfium.PdfiumError, UnicodeDecodeError):
        return None
    return re.sub(r"\s+", " ", title).strip() or None


def _read_page(
    document: pdfium.PdfDocument, number: int, deadline: float, warnings: list[str], *, layers: bool
) -> tuple[Page, int]:
    """The page, and how many characters it holds; `deadline` is a time.monotonic() that OCR keeps to."""
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        warnings.append(f"Page {number} is damaged and was not read.")
        return Page(number, ()), 0
    try:
        frame = _Frame.of(page)
        text_page = raw.FPDFText_LoadPage(page.raw)
        if not text_page:
            warnings.append(f"Page {number} is damaged and was not read.")
            return Page(number, ()), 0
        try:
            text, boxes = characters(text_page)
            address = ctypes.cast(text_page, ADDRESS).value or 0
            shown = frame.shown(boxes)
            size = (frame.shown_width, frame.shown_height)
            objects = page_objects(page)
            seen = seen_characters(page, text_page, objects, text, shown, size, layers=layers)
            hidden = "" if seen.all() else "".join(text[i] for i in np.flatnonzero(~seen))
            found = directions(text, shown, partial(angles, address))
            frame, turned = frame.upright(found.turns)
            size = (frame.shown_width, frame.shown_height)
            boxes = frame.shown(boxes) if turned else shown
            text, boxes, places = _kept(text, boxes, seen & ~found.slanted)
            text, boxes, places = _kept(text, boxes, ~line_numbers(text, boxes), places)
            is_bold = _bold_at(address, places)
            lines = printed_lines(text, boxes, size, is_bold)
            order = reading_order(text, boxes, size) if may_be_columns(lines) else None
            if order is not None:
                text, boxes, places = _ordered(text, boxes, order, places)
                is_bold = _bold_at(address, places)
                lines = printed_lines(text, boxes, size, is_bold)
            tables = _tables(objects, frame, Text(text, boxes, size, is_bold, lines)) if lines else ()
            notes, fields = notes_and_fields(page)
        finally:
            raw.FPDFText_ClosePage(text_page)
        lines = _with_fields(lines, fields, frame)
        by_ocr = not lines and _is_picture(page)
        if by_ocr:
            lines = _read_by_ocr(page, frame, deadline)
    finally:
        page.close()
    if by_ocr and lines:
        warnings.append(f"Page {number} is a picture and was read by OCR: check its words against the page.")
    elif by_ocr and not ocr.is_installed():
        warnings.append(f"Page {number} is a picture and was not read: {ocr.HOW_TO_GET_IT}.")
    elif by_ocr:
        warnings.append(
            f"Page {number} is a picture and was not read: OCR found no words, or ran out of time."
        )
    elif not lines:
        warnings.append(f"Page {number} has no text.")
    if re.search(r"[^\W\d_]{3}", hidden):
        warnings.append(
            f"Page {number} has hidden text that nobody sees (invisible, in the page's colour, outside its edges or on "
            "a layer that is off): it was left out."
        )
    if notes:
        warnings.append(f"Page {number} has {', '.join(notes[:5])}: what is written onto a page is not read.")
    if fields:
        warnings.append(f"Page {number} has a form's fields: what was filled in was read with the page.")
    read = Page(number, lines, *size, ocr=by_ocr and bool(lines), tables=tables, turned=turned)
    return read, len(text)


def _kept(
    text: str, boxes: Boxes, keep: Mask, places: Places | None = None
) -> tuple[str, Boxes, Places | None]:
    """The characters to keep, and where each stood in the page's text; None where all stand where they stood."""
    if keep.all():
        return text, boxes, places
    kept = np.flatnonzero(keep)
    return "".join(text[i] for i in kept), boxes[kept], kept if places is None else places[kept]


def _ordered(text: str, boxes: Boxes, order: Places, places: Places | None) -> tuple[str, Boxes, Places]:
    """The characters in this order; what ends a line has no box."""
    breaks = order == BREAK
    found = boxes[order]
    found[breaks] = 0.0
    words = "".join("\n" if end else text[i] for i, end in zip(order, breaks, strict=True))
    return words, found, order if places is None else places[order]


def _bold_at(text_page: int, places: Places | None) -> Callable[[int], bool]:
    if places is None:
        return partial(is_bold, text_page)
    return lambda index: is_bold(text_page, int(places[index]))


def _with_fields(lines: tuple[Line, ...], fields: list[FilledField], frame: _Frame) -> tuple[Line, ...]:
    """The lines with what was filled into a form: on the line of its label, else where it stands."""
    if not fields:
        return lines
    merged = list(lines)
    for filled in fields:
        left, top, right, bottom = (float(v) for v in frame.shown(np.array([filled.edges]))[0])
        middle = (top + bottom) / 2
        beside = [
            at
            for at, line in enumerate(merged)
            if line.top <= middle <= line.bottom and line.left <= left and not line.cells
        ]
        if beside:
            at = max(beside, key=lambda place: merged[place].left)
            line = merged[at]
            merged[at] = replace(
                line, text=f"{line.text} {filled.text}", right=max(line.right, round(right, 5))
            )
            continue
        at = next((place for place, line in enumerate(merged) if line.top > middle), len(merged))
        size = merged[at - 1].size if merged and at else merged[0].size if merged else 10.0
        merged.insert(
            at, Line(filled.text, round(left, 5), round(top, 5), round(right, 5), round(bottom, 5), size)
        )
    return tuple(merged)


def _tables(objects: PageObjects, frame: _Frame, text: Text) -> tuple[RuledTable, ...]:
    shapes = drawn_shapes(objects)
    if not len(shapes.rules) + len(shapes.fills):
        return ()
    return ruled_tables(frame.shown(shapes.rules), frame.shown(shapes.fills), shapes.colors, text)


def _is_picture(page: PdfPage) -> bool:
    """Whether the page shows an image, and so may hold words that aren't text."""
    return any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))


def _read_by_ocr(page: PdfPage, frame: _Frame, deadline: float) -> tuple[Line, ...]:
    if not ocr.is_installed() or time.monotonic() > deadline:
        return ()
    scale = ocr.DOTS_PER_INCH / 72
    if frame.shown_width * frame.shown_height * scale * scale > MAX_PIXELS:
        return ()
    bitmap = page.render(scale=scale, grayscale=True)
    rows = np.asarray(bitmap.to_numpy()).reshape(bitmap.height, -1)[:, : bitmap.width]
    picture = ocr.Picture(bitmap.width, bitmap.height, rows.astype(np.uint8).tobytes())
    return ocr.read_picture(picture, seconds=min(deadline - time.monotonic(), MAX_OCR_SECONDS))


@dataclass(frozen=True, slots=True)
class _Frame:
    """The part of the page that is shown, and how it is turned, to put boxes where a reader sees them."""

    left: float
    bottom: float
    width: float
    height: float
    turns: int

    @classmethod
    def of(cls, page: PdfPage) -> _Frame:
        left, bottom, right, top = page.get_cropbox()
        return cls(left, bottom, max(right - left, 1.0), max(top - bottom, 1.0), page.get_rotation() // 90)

    def upright(self, turns: int) -> tuple[_Frame, int]:
        """The frame turned so that text lies level, and by how many quarters clockwise; `turns` is the text's own.

        A page that the file itself turns is left as it is shown.
        """
        more = 0 if self.turns else -turns % 4
        return (replace(self, turns=(self.turns + more) % 4), more) if more else (self, 0)

    @property
    def shown_width(self) -> float:
        return self.height if self.turns % 2 else self.width

    @property
    def shown_height(self) -> float:
        return self.width if self.turns % 2 else self.height

    def shown(self, boxes: Boxes) -> Boxes:
        """(n, 4) boxes left, top, right, bottom in points of the file, as fractions of the shown page."""
        x = (boxes[:, [0, 2]] - self.left) / self.width
        y = (boxes[:, [1, 3]] - self.bottom) / self.height
        if self.turns == 1:
            x, y = y, 1 - x
        elif self.turns == 2:
            x, y = 1 - x, 1 - y
        elif self.turns == 3:
            x, y = 1 - y, x
        y = 1 - y
        return np.column_stack([x.min(axis=1), y.min(axis=1), x.max(axis=1), y.max(axis=1)])
