"""What a PDF's page draws: its characters with their boxes, and the lines and rectangles that tables are ruled and shaded with.

Programs draw a rule as a stroked line, as the side of a stroked rectangle or as a thin filled one. Here all of them
become the same boxes, in points of the file. Knows pdfium; knows nothing of lines of text or tables.
"""

from __future__ import annotations

import ctypes
import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, pairwise, repeat
from typing import Any

import numpy as np
import numpy.typing as npt
from pypdfium2 import raw

from indexer.reading.pdf_lines import LINE_HYPHEN, Boxes

# pypdfium2 ships no types.
Thing = Any
Function = Any

Rows = npt.NDArray[np.float64]
Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
Edges = tuple[float, float, float, float]
Color = tuple[int, int, int]

MAX_OBJECTS = 50_000
"""Objects of a page that are looked at: a page of more is a drawing."""

MAX_PATHS = 5_000
MAX_SEGMENTS = 8_000
MAX_PATH_SEGMENTS = 2_000
"""A path of more is the outline of something."""

MAX_DEPTH = 3
"""How deep forms (drawings that a page refers to) may be nested."""

THIN = 3.0
"""A filled rectangle of at most this many points across is a rule."""

LONG = 40.0
LOW = 8.0
"""A table has rules over `LONG` points, and upright ones of at least a row's height, `LOW`."""

LARGEST = 100_000.0
"""Points; the largest page that the format allows has 14,400. Not-a-number is no smaller either."""

LIKE_WHITE = 250


@dataclass(slots=True)
class Shapes:
    """Boxes (n, 4), left, bottom, right, top in points of the file: `rules` are thin, `fills` have a colour each."""

    rules: Rows
    fills: Rows
    colors: tuple[Color, ...]

    @classmethod
    def none(cls) -> Shapes:
        """No shapes."""
        return cls(np.zeros((0, 4)), np.zeros((0, 4)), ())


ADDRESS = ctypes.c_void_p


def plain_function(function: Function, *takes: Thing, gives: Thing = ctypes.c_int) -> Function:
    """A function of pdfium's that takes plain addresses, and doesn't let go of the interpreter for its microsecond.

    For what is called for every character or object of every page: it takes less than half the time of the generated
    binding, least of all from C's own loop (`map`).
    """
    return ctypes.PYFUNCTYPE(gives, *takes)(ctypes.cast(function, ADDRESS).value or 0)


_OBJECT_AT = plain_function(raw.FPDFPage_GetObject, ADDRESS, ctypes.c_int, gives=ADDRESS)
_TYPE_OF = plain_function(raw.FPDFPageObj_GetType, ADDRESS)
_BOUNDS_OF = plain_function(raw.FPDFPageObj_GetBounds, *[ADDRESS] * 5)
_DRAW_MODE = plain_function(raw.FPDFPath_GetDrawMode, *[ADDRESS] * 3)
_FILL_COLOR = plain_function(raw.FPDFPageObj_GetFillColor, *[ADDRESS] * 5)
_STROKE_COLOR = plain_function(raw.FPDFPageObj_GetStrokeColor, *[ADDRESS] * 5)


@dataclass(slots=True)
class PageObjects:
    """The addresses of what a page draws, by kind; none of a page of more than `MAX_OBJECTS`."""

    paths: list[int] = field(default_factory=list)
    forms: list[int] = field(default_factory=list)
    texts: list[int] = field(default_factory=list)


def page_objects(page: Thing) -> PageObjects:
    """What a page (pypdfium2's PdfPage) draws by itself; what its forms draw isn't listed."""
    found = PageObjects()
    count = raw.FPDFPage_CountObjects(page.raw)
    if not 0 < count <= MAX_OBJECTS:
        return found
    address = ctypes.cast(page.raw, ctypes.c_void_p).value
    objects = list(map(_OBJECT_AT, repeat(address), range(count)))
    kinds = list(map(_TYPE_OF, objects))
    for kind, wanted in (
        (raw.FPDF_PAGEOBJ_PATH, found.paths),
        (raw.FPDF_PAGEOBJ_FORM, found.forms),
        (raw.FPDF_PAGEOBJ_TEXT, found.texts),
    ):
        wanted.extend(compress(objects, map(kind.__eq__, kinds)))
    return found


def drawn_shapes(objects: PageObjects) -> Shapes:
    """The rules and fills of a page; none for a page that draws more than a table would."""
    paths, forms = objects.paths, objects.forms
    if len(paths) > MAX_PATHS or not (forms or paths):
        return Shapes.none()
    bounds = _bounds(paths)
    if not forms and not _may_rule_a_table(bounds):
        return Shapes.none()
    walk = _Walk()
    whole: Matrix = (1, 0, 0, 1, 0, 0)
    try:
        for at, box in zip(paths, bounds, strict=True):
            if min(box[2] - box[0], box[3] - box[1]) <= THIN:
                walk.thin(at, box)
            else:
                walk.take(at, raw.FPDF_PAGEOBJ_PATH, whole, 0)
        for at in forms:
            walk.take(at, raw.FPDF_PAGEOBJ_FORM, whole, 0)
    except _TooManyError:
        return Shapes.none()
    return walk.shapes()


def _bounds(paths: list[int]) -> list[Edges]:
    edges = (ctypes.c_float * (4 * len(paths)))()
    start = ctypes.addressof(edges)
    lefts, bottoms, rights, tops = (
        range(start + 4 * i, start + 4 * i + 16 * len(paths), 16) for i in range(4)
    )
    deque(map(_BOUNDS_OF, paths, lefts, bottoms, rights, tops), maxlen=0)
    values = list(edges)
    return list(zip(values[::4], values[1::4], values[2::4], values[3::4], strict=True))


def _may_rule_a_table(bounds: list[Edges]) -> bool:
    """Whether there are long rules at several places, or larger shapes: most pages have a footer's rule at most."""
    level: set[int] = set()
    upright: set[int] = set()
    for left, bottom, right, top in bounds:
        width, height = right - left, top - bottom
        if not 0 <= width + height < LARGEST:
            return False
        if height <= THIN:
            if width > LONG:
                level.add(round(bottom))
        elif width <= THIN:
            if height > LOW:
                upright.add(round(left))
        elif width > LONG or height > LONG:
            return True
    return len(level) > 2 or len(upright) > 2 or (len(level) > 1 and len(upright) > 0)


class _TooManyError(Exception):
    pass


@dataclass(slots=True)
class _Walk:
    rules: list[Edges] = field(default_factory=list)
    white: list[Edges] = field(default_factory=list)
    fills: list[Edges] = field(default_factory=list)
    colors: list[Color] = field(default_factory=list)
    paths: int = 0
    segments: int = 0

    def take(self, at: int, kind: int, matrix: Matrix, depth: int) -> None:
        thing = ctypes.cast(at, raw.FPDF_PAGEOBJECT)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            self._path(at, thing, matrix)
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            inner = _times(_matrix_of(thing), matrix)
            count = raw.FPDFFormObj_CountObjects(thing)
            self._count(count)
            for i in range(count):
                child = ctypes.cast(raw.FPDFFormObj_GetObject(thing, i), ctypes.c_void_p).value
                if child is not None:
                    self.take(child, _TYPE_OF(child), inner, depth + 1)

    def thin(self, path: int, box: Edges) -> None:
        """Take a path that is nothing but a rule by its bounds."""
        fill, stroke = _draw_mode(path)
        color = _color(path, _STROKE_COLOR if stroke else _FILL_COLOR) if fill or stroke else None
        if color is not None:
            (self.white if min(color) >= LIKE_WHITE else self.rules).append(box)

    def shapes(self) -> Shapes:
        fills = np.array(self.fills, dtype=np.float64).reshape(-1, 4)
        rules = list(self.rules)
        for rule in self.white:  # seen only where it separates two shaded cells
            x, y = (rule[0] + rule[2]) / 2, (rule[1] + rule[3]) / 2
            inside = (fills[:, 0] <= x) & (fills[:, 2] >= x) & (fills[:, 1] <= y) & (fills[:, 3] >= y)
            if inside.any():
                rules.append(rule)
        return Shapes(np.array(rules, dtype=np.float64).reshape(-1, 4), fills, tuple(self.colors))

    def _count(self, segments: int) -> None:
        self.paths += 1
        self.segments += max(segments, 0)
        if self.paths > MAX_PATHS or self.segments > MAX_SEGMENTS:
            raise _TooManyError

    def _path(self, at: int, path: Thing, outer: Matrix) -> None:
        count = raw.FPDFPath_CountSegments(path)
        if count > MAX_PATH_SEGMENTS:
            return
        self._count(count)
        fill, stroke = _draw_mode(at)
        filled = _color(at, _FILL_COLOR) if fill else None
        stroked = _color(at, _STROKE_COLOR) if stroke else None
        if filled is None and stroked is None:
            return
        matrix = _times(_matrix_of(path), outer)
        for points, straight in _subpaths(path, count, matrix):
            if filled is not None and straight and _is_rectangle(points):
                self._rectangle(_box(points), filled)
            if stroked is not None:
                rules = self.white if min(stroked) >= LIKE_WHITE else self.rules
                rules.extend(_box(pair) for pair in pairwise(points) if _is_level(*pair))

    def _rectangle(self, box: Edges, color: Color) -> None:
        white = min(color) >= LIKE_WHITE
        if min(box[2] - box[0], box[3] - box[1]) <= THIN:
            (self.white if white else self.rules).append(box)
        elif not white:
            self.fills.append(box)
            self.colors.append(color)


def _subpaths(path: Thing, count: int, matrix: Matrix) -> Iterator[tuple[list[Point], bool]]:
    """Each run of points, closed where the file closes it, and whether it has no curve."""
    points: list[Point] = []
    straight = True
    for i in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, i)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO and points:
            yield points, straight
            points, straight = [], True
        x, y = ctypes.c_float(), ctypes.c_float()
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        a, b, c, d, e, f = matrix
        point = (a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        if not (abs(point[0]) < LARGEST and abs(point[1]) < LARGEST):
            return
        straight = straight and kind != raw.FPDF_SEGMENT_BEZIERTO
        points.append(point)
        if raw.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    if points:
        yield points, straight


def _is_rectangle(points: list[Point]) -> bool:
    # A rectangle's last side may end where the first begins, and be closed besides.
    sides = [pair for pair in pairwise(points) if math.dist(*pair) > 0.01]
    return len(sides) in (1, 3, 4) and all(_is_level(*side) for side in sides)


def _is_level(first: Point, second: Point) -> bool:
    return min(abs(first[0] - second[0]), abs(first[1] - second[1])) < 0.5


def _box(points: list[Point] | tuple[Point, Point]) -> Edges:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


_MODES = (ctypes.c_int * 2)()
_PARTS = (ctypes.c_uint * 4)()
_MODE_AT = [ctypes.addressof(_MODES) + 4 * i for i in range(2)]
_PART_AT = [ctypes.addressof(_PARTS) + 4 * i for i in range(4)]


def _draw_mode(path: int) -> tuple[bool, bool]:
    """Whether a path is filled, and whether it is stroked."""
    if not _DRAW_MODE(path, *_MODE_AT):
        return False, False
    return bool(_MODES[0]), bool(_MODES[1])


def _color(path: int, get: Function) -> Color | None:
    """The colour that is painted; black for a pattern, which pdfium gives none for; None where all is seen through."""
    if not get(path, *_PART_AT):
        return (0, 0, 0)
    return (_PARTS[0], _PARTS[1], _PARTS[2]) if _PARTS[3] else None


def _matrix_of(thing: Thing) -> Matrix:
    m = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(thing, m):
        return (1, 0, 0, 1, 0, 0)
    return (m.a, m.b, m.c, m.d, m.e, m.f)


def _times(first: Matrix, second: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


# pdfium is asked for every character's box, ten million times over two hundred reports.
_LOOSE_CHAR_BOX = plain_function(raw.FPDFText_GetLooseCharBox, ADDRESS, ctypes.c_int, ADDRESS)
_MATRIX_OF = plain_function(raw.FPDFText_GetMatrix, ADDRESS, ctypes.c_int, ADDRESS)
_FONT_WEIGHT = plain_function(raw.FPDFText_GetFontWeight, ADDRESS, ctypes.c_int)
_FONT_INFO = plain_function(
    raw.FPDFText_GetFontInfo, ADDRESS, ctypes.c_int, ADDRESS, ctypes.c_ulong, ADDRESS, gives=ctypes.c_ulong
)


def characters(text_page: Any) -> tuple[str, Boxes]:  # noqa: ANN401 (pypdfium2 ships no types)
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


def angles(text_page: int, places: Sequence[int]) -> npt.NDArray[np.float64]:
    """The directions of these characters' lines, in radians, clockwise; type that leans (italics) lies level."""
    matrices = np.zeros((len(places), 6), dtype=np.float32)
    start, size = matrices.ctypes.data, 6 * matrices.itemsize
    addresses = range(start, start + size * len(places), size)
    known = np.array(list(map(_MATRIX_OF, repeat(text_page), places, addresses)), dtype=bool)
    angles = -np.arctan2(matrices[:, 1].astype(float), matrices[:, 0].astype(float)) % math.tau
    return np.where(known, angles, 0.0)


_NAME = ctypes.create_string_buffer(128)
_FLAGS = ctypes.c_int()


def is_bold(text_page: int, index: int) -> bool:
    """Whether a character is printed in bold type."""
    if _FONT_WEIGHT(text_page, index) >= 600:
        return True
    _NAME.value, _FLAGS.value = b"", 0
    _FONT_INFO(text_page, index, ctypes.addressof(_NAME), 128, ctypes.addressof(_FLAGS))
    name = _NAME.value.lower()
    return b"bold" in name or b"black" in name or bool(_FLAGS.value & (1 << 18))
