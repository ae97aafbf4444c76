"""Which characters of a PDF's page nobody sees: they are no evidence, whatever they say.

Text may be drawn in the invisible mode, in the colour of the page, on a layer that is off, under what is drawn later
or outside the part of the page that is shown. What can't be told from the text itself is told by drawing the page
with and without it. Knows pdfium; knows nothing of lines.
"""

from __future__ import annotations

import ctypes
import re
import zlib
from collections import deque
from itertools import compress, repeat
from typing import Any

import numpy as np
import numpy.typing as npt
from pypdfium2 import raw

from indexer.reading.pdf_lines import Boxes, has_ink
from indexer.reading.pdf_shapes import ADDRESS, LIKE_WHITE, MAX_OBJECTS, PageObjects, plain_function

# pypdfium2 ships no types.
PdfPage = Any
TextPage = Any
Mask = npt.NDArray[np.bool_]

INVISIBLE = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)
FAINTEST = 3
"""Of 255: an alpha up to this shows nothing."""
SMALLEST = 1.0
"""Points; nobody reads type of less."""
SEEN = 6
"""Of 255: how much a pixel changes where text is seen."""
PICTURE_SHARE = 0.5
"""A picture over this share of a page is the page; invisible text over it is what was read from it."""
MAX_STREAMS = 500
STREAM = 200_000
"""Bytes of a packed list of objects that are looked at."""
PIXELS = 1_500_000
MAX_DEPTH = 3

_INNER_AT = plain_function(raw.FPDFFormObj_GetObject, ADDRESS, ctypes.c_ulong, gives=ADDRESS)
_INNER_COUNT = plain_function(raw.FPDFFormObj_CountObjects, ADDRESS)
_TYPE_OF = plain_function(raw.FPDFPageObj_GetType, ADDRESS)
_MODE_OF = plain_function(raw.FPDFTextObj_GetTextRenderMode, ADDRESS)
_COLOR_OF = plain_function(raw.FPDFPageObj_GetFillColor, *[ADDRESS] * 5)
_MARK_COUNT = plain_function(raw.FPDFPageObj_CountMarks, ADDRESS)
_MARK_AT = plain_function(raw.FPDFPageObj_GetMark, ADDRESS, ctypes.c_ulong, gives=ADDRESS)
_OBJECT_OF = plain_function(raw.FPDFText_GetTextObject, ADDRESS, ctypes.c_int, gives=ADDRESS)
_BOUNDS_OF = plain_function(raw.FPDFPageObj_GetBounds, *[ADDRESS] * 5)


def may_have_layers(data: bytes) -> bool:
    """Whether a file may have layers: it names their kind in the open or in a packed list of objects."""
    if b"/OCG" in data or b"/Encrypt" in data:
        return True
    start = data.find(b"/ObjStm")
    for _ in range(MAX_STREAMS):
        if start < 0:
            return False
        begin = re.compile(rb"stream\r?\n").search(data, start, start + 1000)
        if begin:
            try:
                if b"/OCG" in zlib.decompressobj().decompress(
                    data[begin.end() : begin.end() + STREAM], 8 * STREAM
                ):
                    return True
            except zlib.error:
                return True
        start = data.find(b"/ObjStm", start + 7)
    return True


def seen_characters(  # noqa: PLR0917 - a page's text in the parts that pdfium gives it in
    page: PdfPage,
    text_page: TextPage,
    drawn: PageObjects,
    text: str,
    boxes: Boxes,
    size: tuple[float, float],
    *,
    layers: bool,
) -> Mask:
    """Which characters are seen; all True where nothing speaks against it.

    `boxes` are fractions of the shown page, `size` its width and height in points; `layers` says whether the file may
    have layers.
    """
    seen: Mask = np.ones(len(text), dtype=bool)
    if not len(text):
        return seen
    height = boxes[:, 3] - boxes[:, 1]
    odd = (height < SMALLEST / size[1]) & (height > 0)
    if boxes.min() < 0 or boxes.max() > 1:
        x, y = boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]
        odd |= (x < 0) | (x > 2) | (y < 0) | (y > 2)
    if odd.any():
        seen = ~(odd & has_ink(text, boxes))
    unseen, doubtful = _suspects(drawn, layers=layers)
    if not unseen and not doubtful:
        return seen
    handle = ctypes.cast(text_page, ctypes.c_void_p).value
    objects = np.array([at or 0 for at in map(_OBJECT_OF, repeat(handle), range(len(text)))], dtype=np.uint64)
    invisible = np.isin(objects, np.array(list(unseen), dtype=np.uint64))
    if invisible.any() and not (
        _is_a_picture(page) and invisible.sum() > (seen & ~invisible & has_ink(text, boxes)).sum()
    ):
        seen &= ~invisible
    if doubtful:
        changed = _drawn_by(page, doubtful, size)
        for at in doubtful:
            own = np.flatnonzero((objects == at) & seen)
            if len(own) and not _shows(changed, boxes[own]):
                seen[own] = False
    return seen


def _suspects(drawn: PageObjects, *, layers: bool) -> tuple[set[int], set[int]]:
    """The text objects that can't be seen, and those that may not be."""
    texts, layered = _text_objects(drawn)
    if not texts:
        return set(), set()
    modes = list(map(_MODE_OF, texts))
    unseen = {at for kind in INVISIBLE for at in compress(texts, map(kind.__eq__, modes))}
    colors = np.full(4 * len(texts), 0, dtype=np.uint32)
    start = colors.ctypes.data
    places = (range(start + 4 * part, start + 4 * part + 16 * len(texts), 16) for part in range(4))
    deque(map(_COLOR_OF, texts, *places), maxlen=0)
    parts = colors.reshape(-1, 4)
    white = (parts[:, :3].min(axis=1) >= LIKE_WHITE) | (parts[:, 3] <= FAINTEST)
    known = np.array(list(map(_has_color, texts)), dtype=bool) if white.any() else white
    doubtful = {texts[i] for i in np.flatnonzero(white & known)}
    if layers:
        doubtful |= layered
        doubtful |= _on_layers(texts)
    return unseen, doubtful - unseen


_PARTS = (ctypes.c_uint * 4)()


def _has_color(at: int) -> bool:
    return bool(_COLOR_OF(at, *(ctypes.addressof(_PARTS) + 4 * i for i in range(4))))


def _text_objects(drawn: PageObjects) -> tuple[list[int], set[int]]:
    """The page's text objects, also in its forms, and those in forms."""
    if not drawn.forms:
        return drawn.texts, set()
    forms = [(at, 1) for at in drawn.forms]
    inside: set[int] = set()
    total = 0
    while forms:
        form, depth = forms.pop()
        inner = max(_INNER_COUNT(form), 0)
        total += inner
        if total > MAX_OBJECTS:
            break
        for at in map(_INNER_AT, repeat(form), range(inner)):
            kind = _TYPE_OF(at)
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                inside.add(at)
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
                forms.append((at, depth + 1))
    return drawn.texts + list(inside), inside


_NAME = (ctypes.c_ushort * 8)()
_LENGTH = ctypes.c_ulong()


def _on_layers(texts: list[int]) -> set[int]:
    """The objects in marked content of a layer; objects of one stretch of content share its mark."""
    names: dict[int, bool] = {}
    found = set()
    for at, count in zip(texts, map(_MARK_COUNT, texts), strict=True):
        for number in range(min(count, 8)):
            mark = _MARK_AT(at, number)
            if mark not in names:
                names[mark] = _is_of_layer(mark)
            if names[mark]:
                found.add(at)
    return found


def _is_of_layer(mark: int | None) -> bool:
    thing = ctypes.cast(mark or 0, raw.FPDF_PAGEOBJECTMARK)
    named = raw.FPDFPageObjMark_GetName(thing, _NAME, 16, _LENGTH) and _LENGTH.value == 6
    return bool(named and bytes(_NAME)[:4] == "OC".encode("utf-16-le"))


def _is_a_picture(page: PdfPage) -> bool:
    left, bottom, right, top = page.get_cropbox()
    whole = max((right - left) * (top - bottom), 1.0)
    edges = [ctypes.c_float() for _ in range(4)]
    for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        if _BOUNDS_OF(ctypes.cast(thing.raw, ADDRESS), *(ctypes.addressof(edge) for edge in edges)):
            a, b, c, d = (edge.value for edge in edges)
            if abs((c - a) * (d - b)) >= PICTURE_SHARE * whole or thing.level > 0:
                return True
    return False


def _drawn_by(page: PdfPage, objects: set[int], size: tuple[float, float]) -> npt.NDArray[np.int16]:
    """How much each pixel of the shown page changes when these objects are left out."""
    scale = min(2.0, (PIXELS / max(size[0] * size[1], 1.0)) ** 0.5)
    things = [ctypes.cast(at, raw.FPDF_PAGEOBJECT) for at in objects]
    full = _picture(page, scale)
    for thing in things:
        raw.FPDFPageObj_SetIsActive(thing, 0)
    without = _picture(page, scale)
    for thing in things:
        raw.FPDFPageObj_SetIsActive(thing, 1)
    changed: npt.NDArray[np.int16] = np.abs(full - without)
    return changed


def _picture(page: PdfPage, scale: float) -> npt.NDArray[np.int16]:
    bitmap = page.render(scale=scale, may_draw_forms=False)
    rows = np.asarray(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width, -1)
    return rows[:, :, :3].astype(np.int16)


def _shows(changed: npt.NDArray[np.int16], boxes: Boxes) -> bool:
    height, width = changed.shape[:2]
    left, top = np.clip(boxes[:, :2].min(axis=0), 0, 1) * (width, height)
    right, bottom = np.clip(boxes[:, 2:].max(axis=0), 0, 1) * (width, height)
    part = changed[int(top) : int(bottom) + 1, int(left) : int(right) + 1]
    return bool(part.size and part.max() >= SEEN)
