"""What stands on a PDF's pages without being their text: notes, filled form fields; and files that it carries.

A note is its writer's, not the document's: it is named and not read. What was filled into a form is the document's.
Knows pdfium; knows nothing of lines' order.
"""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pypdfium2 import raw

from indexer.errors import UnreadableDocument
from indexer.limits import processor_seconds
from indexer.reading.source import Page

# pypdfium2 ships no types.
PdfPage = Any
PdfDocument = Any
Annotation = Any
Form = Any

MAX_REPAIR_BYTES = 30_000_000
MAX_REPAIR_SECONDS = 30.0
"""Of a processor: what takes so long was made to. Files that were cut short or spoilt on their way take a second or two."""

LONGEST_COVER = 1500
"""Characters of a page that only says which program to open the file with."""
_WAITS = re.compile(
    r"please wait\.{0,3}\s.{0,200}(?:not eventually replaced|PDF viewer)", re.IGNORECASE | re.DOTALL
)
_PORTFOLIO = re.compile(r"\bportfolio\b", re.IGNORECASE)
MAX_NOTES = 500
MAX_FILES = 200
LONGEST_NOTE = 200
_NOTES = {
    raw.FPDF_ANNOT_TEXT: "note", raw.FPDF_ANNOT_FREETEXT: "note", raw.FPDF_ANNOT_STAMP: "stamp",
    raw.FPDF_ANNOT_HIGHLIGHT: "comment", raw.FPDF_ANNOT_UNDERLINE: "comment", raw.FPDF_ANNOT_STRIKEOUT: "struck passage",
    raw.FPDF_ANNOT_SQUIGGLY: "comment", raw.FPDF_ANNOT_CARET: "comment",
}  # fmt: skip
_UNSEEN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_TICKS = (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON)
_WORDED = (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX)


@dataclass(frozen=True, slots=True)
class FilledField:
    """What a form's field says, and where: left, bottom, right, top in points of the file."""

    text: str
    edges: tuple[float, float, float, float]


def notes_and_fields(page: PdfPage) -> tuple[list[str], list[FilledField]]:
    """The notes of a page in words, such as 'a note: “…”', and its filled fields."""
    notes: list[str] = []
    fields: list[FilledField] = []
    form = page.formenv.raw if page.formenv else None
    for number in range(min(raw.FPDFPage_GetAnnotCount(page.raw), MAX_NOTES)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, number)
        if not annotation:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if raw.FPDFAnnot_GetFlags(annotation) & _UNSEEN:
                continue
            if kind == raw.FPDF_ANNOT_WIDGET:
                text = _filled(annotation, form)
                edges = raw.FS_RECTF()
                if text and raw.FPDFAnnot_GetRect(annotation, edges):
                    fields.append(FilledField(text, (edges.left, edges.bottom, edges.right, edges.top)))
            elif kind in _NOTES:
                words = _string(annotation, b"Contents")[:LONGEST_NOTE]
                if words or kind in (raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_STRIKEOUT):
                    notes.append(f"a {_NOTES[kind]}" + (f": “{words}”" if words else ""))
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return notes, fields


def _filled(annotation: Annotation, form: Form) -> str:
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation) if form else -1
    if kind in _TICKS:
        return "✓" if raw.FPDFAnnot_IsChecked(form, annotation) else ""
    if kind in _WORDED:
        length = raw.FPDFAnnot_GetFormFieldValue(form, annotation, None, 0)
        buffer = (ctypes.c_ushort * (min(length, 40_000) // 2 + 1))()
        raw.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, min(length, 40_000))
        return _words(bytes(buffer))
    return ""


def _string(annotation: Annotation, key: bytes) -> str:
    length = min(raw.FPDFAnnot_GetStringValue(annotation, key, None, 0), 40_000)
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    raw.FPDFAnnot_GetStringValue(annotation, key, buffer, length)
    return _words(bytes(buffer))


def _words(data: bytes) -> str:
    return re.sub(r"\s+", " ", data.decode("utf-16-le", "replace").split("\x00")[0]).strip()


def is_dynamic_form(document: PdfDocument) -> bool:
    """Whether the file is an XFA form, whose pages only some programs can draw."""
    return bool(raw.FPDF_GetFormType(document.raw) == raw.FORMTYPE_XFA_FULL)


def carried_files(document: PdfDocument) -> list[str]:
    """The names of the files that the document carries."""
    names = []
    for number in range(min(raw.FPDFDoc_GetAttachmentCount(document.raw), MAX_FILES)):
        attachment = raw.FPDFDoc_GetAttachment(document.raw, number)
        buffer = (ctypes.c_ushort * 260)()
        raw.FPDFAttachment_GetName(attachment, buffer, ctypes.sizeof(buffer))
        names.append(_words(bytes(buffer)) or "a file without a name")
    return names


def refuse_covers(document: PdfDocument, data: bytes, chars: int, pages: Sequence[Page]) -> None:
    """Refuse a file whose pages only say that another program is needed to see what it holds."""
    words = " ".join(line.text for page in pages for line in page.lines)[: 2 * LONGEST_COVER]
    if chars > LONGEST_COVER:
        return
    if is_dynamic_form(document) or _WAITS.search(words):
        raise UnreadableDocument(
            "is a form (XFA) that only Adobe's programs show: open it there, print it to a PDF and add that"
        )
    files = carried_files(document)
    if files and (b"/Collection" in data or _PORTFOLIO.search(words) or _is_collection(data)):
        raise UnreadableDocument(
            f"is a PDF portfolio, a cover over {listed(files)}: save the files attached to it and add those"
        )


def _is_collection(data: bytes) -> bool:
    if len(data) > MAX_REPAIR_BYTES:
        return False
    import pypdf  # noqa: PLC0415 (slow to import, and few files carry others)

    try:
        with processor_seconds(MAX_REPAIR_SECONDS):
            return "/Collection" in pypdf.PdfReader(io.BytesIO(data)).root_object
    except Exception:
        return False


def listed(files: list[str]) -> str:
    """The names of files, the first five of them."""
    named = ", ".join(f"“{name}”" for name in files[:5])
    return named + (f" and {len(files) - 5} more files" if len(files) > 5 else "")
