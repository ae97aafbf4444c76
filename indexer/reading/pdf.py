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
from collections import deque
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from pypdfium2 import raw

from indexer.errors import UnreadableDocument
from indexer.limits import Limits, processor_seconds
from indexer.reading import ocr
from indexer.reading.pdf_lines import LINE_HYPHEN, Boxes, printed_lines
from indexer.reading.pdf_shapes import ADDRESS, drawn_shapes, plain_function
from indexer.reading.ruled_tables import Text, ruled_tables
from indexer.reading.source import Line, Page, RuledTable, SourceFile

# pypdfium2 ships no types.
PdfPage = Any
TextPage = Any

MAX_REPAIR_BYTES = 30_000_000
MAX_REPAIR_SECONDS = 30.0
"""Of a processor: what takes so long was made to. Files that were cut short or spoilt on their way take a second or two."""

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
        pages: list[Page] = []
        chars = 0
        for number in range(1, count + 1):
            page, length = _read_page(document, number, started + OCR_SHARE * limits.max_seconds, warnings)
            chars += length
            limits.check_chars(chars)
            limits.check_time(started)
            pages.append(page)
        title = _title(document)
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


def _title(document: pdfium.PdfDocument) -> str | None:
    try:
        title = document.get_metadata_value("Title")
    except (pdfium.PdfiumError, UnicodeDecodeError):
        return None
    return re.sub(r"\s+", " ", title).strip() or None


def _read_page(
    document: pdfium.PdfDocument, number: int, deadline: float, warnings: list[str]
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
            text, boxes = _characters(text_page)
            size = (frame.shown_width, frame.shown_height)
            is_bold = partial(_is_bold, ctypes.cast(text_page, ADDRESS).value or 0)
            boxes = frame.shown(boxes)
            lines = printed_lines(text, boxes, size, is_bold)
            tables = _tables(page, frame, Text(text, boxes, size, is_bold, lines)) if lines else ()
        finally:
            raw.FPDFText_ClosePage(text_page)
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
    read = Page(number, lines, *size, ocr=by_ocr and bool(lines), tables=tables)
    return read, len(text)


def _tables(page: PdfPage, frame: _Frame, text: Text) -> tuple[RuledTable, ...]:
    shapes = drawn_shapes(page)
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


# pdfium is asked for every character's box, ten million times over two hundred reports.
_LOOSE_CHAR_BOX = plain_function(raw.FPDFText_GetLooseCharBox, ADDRESS, ctypes.c_int, ADDRESS)
_FONT_WEIGHT = plain_function(raw.FPDFText_GetFontWeight, ADDRESS, ctypes.c_int)
_FONT_INFO = plain_function(
    raw.FPDFText_GetFontInfo, ADDRESS, ctypes.c_int, ADDRESS, ctypes.c_ulong, ADDRESS, gives=ctypes.c_ulong
)


def _characters(text_page: TextPage) -> tuple[str, Boxes]:
    """The page's characters and an (n, 4) array of their boxes: left, top, right, bottom in points."""
    count = raw.FPDFText_CountChars(text_page)
    if count <= 0:
        return "", np.zeros((0, 4))
    buffer = (ctypes.c_ushort * (count + 1))()
    written = raw.FPDFText_GetText(text_page, 0, count, buffer)
    text = bytes(buffer)[: 2 * max(written - 1, 0)].decode("utf-16-le", "replace")
    if len(text) != count:  # characters outside the basic plane: one place in the file, two in the buffer
        text = "".join(_character(raw.FPDFText_GetUnicode(text_page, i)) for i in range(count))
    rects = (raw.FS_RECTF * count)()
    address, size = ctypes.addressof(rects), ctypes.sizeof(raw.FS_RECTF)
    handle = ctypes.cast(text_page, ctypes.c_void_p).value
    places = range(address, address + size * count, size)
    deque(map(_LOOSE_CHAR_BOX, repeat(handle), range(count), places), maxlen=0)
    boxes = np.frombuffer(rects, dtype=np.float32).reshape(count, 4).astype(np.float64)
    if not np.isfinite(boxes).all():
        boxes = np.nan_to_num(boxes, nan=0.0, posinf=0.0, neginf=0.0)
    return text, boxes


def _character(code: int) -> str:
    if code == 2:
        return LINE_HYPHEN
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


_NAME = ctypes.create_string_buffer(128)
_FLAGS = ctypes.c_int()


def _is_bold(text_page: int, index: int) -> bool:
    if _FONT_WEIGHT(text_page, index) >= 600:
        return True
    _NAME.value, _FLAGS.value = b"", 0
    _FONT_INFO(text_page, index, ctypes.addressof(_NAME), 128, ctypes.addressof(_FLAGS))
    name = _NAME.value.lower()
    return b"bold" in name or b"black" in name or bool(_FLAGS.value & (1 << 18))
