"""What stands on a PDF's pages without being their text: notes, filled form fields; and files that it carries.

A note is its writer's, not the document's: it is named and not read. What was filled into a form is the document's.
Knows pdfium; knows nothing of lines' order.
"""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from typing import Any

from pypdfium2 import raw

# pypdfium2 ships no types.
PdfPage = Any
PdfDocument = Any
Annotation = Any
Form = Any

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
