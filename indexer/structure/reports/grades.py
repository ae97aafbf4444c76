"""Grades as they are printed, and tables of judged areas.

A cell may hold half a grade ("Requires" over "improvement to be good"), and an area may be broken over three
lines; rows are put together by where the pieces stand. Knows grades and tables, not reports.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.document import GRADES
from indexer.reading.layout import FlowLine, join
from indexer.structure.profile_files import base_profile
from indexer.structure.profiles import Profile, Scale, any_of

_PIECE = re.compile(
    r"(?:requires?|improvement|improvement\s+to|improvement\s+to\s+be|to\s+be\s+good|be\s+good|good"
    r"|improvement\s+to\s+be\s+good|requires?\s+improvement(?:\s+to(?:\s+be)?)?|grade\s*\d)",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(
    r"^(?P<area>.*?\S)\s+(?P<grade>requires(?:\s+improvement(?:\s+to(?:\s+be)?)?)?)$", re.IGNORECASE
)


def known_grade(text: str) -> str | None:
    """The grade of a council's services that `text` names first, as GRADES spells it; None if it names none."""
    return base_profile().scale.named(text)


def one_spelling(grade: str) -> str:
    """A grade's name among filters: "Not Judged" and "not judged" are one, whatever a table's capitals are.

    What is neither a grade of the scale nor the lack of one stays as it is printed.
    """
    words = " ".join(grade.split())
    known = next((name for name in GRADES if name.casefold() == words.casefold()), None)
    if known:
        return known
    return words.capitalize() if any_of(base_profile().grades.none).fullmatch(words) else grade


@dataclass(frozen=True, slots=True)
class GradeRow:
    """One row of a judgement table: the area without its number, the grade as printed, and where."""

    area: str
    grade: str
    page: int
    lines: tuple[FlowLine, ...]


@dataclass(slots=True)
class _Piece:
    text: str
    top: float
    bottom: float
    line: FlowLine


@dataclass(frozen=True, slots=True)
class GradeTable:
    """The rows of a judgement table and the places in the flow that it fills.

    In `around`, the lines of the table that give no grade, no number opens a paragraph.
    """

    rows: tuple[GradeRow, ...]
    places: frozenset[int]
    around: frozenset[int] = frozenset()


def grade_table(
    flow: Sequence[FlowLine], start: int, vocabulary: frozenset[str], profile: Profile
) -> GradeTable:
    """Read the judgement table that begins at `flow[start]`; no rows where there is none.

    The table ends at the first line that is neither a grade, nor an area that leaves the grade column free.
    """
    areas: list[_Piece] = []
    grades: list[_Piece] = []
    used: set[int] = set()
    waiting: list[tuple[int, _Piece]] = []
    column = _grade_column(flow, start, profile.scale)
    for at in range(start, min(start + 60, len(flow))):
        placed = flow[at]
        area, grade = _split(placed, profile)
        if grade:
            areas.extend(piece for _, piece in waiting)
            used.update(place for place, _ in waiting)
            waiting.clear()
            if area:
                areas.append(_piece(area, placed))
            grades.append(_piece(grade, placed))
            used.add(at)
        elif placed.line.right < column and len(waiting) < 5 and not placed.bullet:
            waiting.append((at, _piece(area, placed)))
        else:
            break
    tail = _tail_of_last(areas, waiting, profile)
    areas.extend(piece for _, piece in tail)
    used.update(place for place, _ in tail)
    rows = _match(_group_areas(areas, profile), _group_grades(grades), vocabulary)
    return GradeTable(tuple(rows), frozenset(used) if rows else frozenset())


def _grade_column(flow: Sequence[FlowLine], start: int, scale: Scale) -> float:
    """The left edge that lines of areas don't reach: that of a grade standing alone, else a wide guess."""
    lefts = [
        placed.line.left
        for placed in flow[start : start + 30]
        if placed.page <= flow[start].page + 1 and _is_grade(placed.text, scale) and placed.line.left > 0.4
    ]
    return min(lefts) + 0.02 if lefts else 0.7


def _is_grade(text: str, scale: Scale) -> bool:
    return bool(scale.whole(text) or _PIECE.fullmatch(text))


def _split(placed: FlowLine, profile: Profile) -> tuple[str, str]:
    """The area's and the grade's part of a line, either of them empty."""
    cells, scale = placed.line.cells, profile.scale
    if len(cells) > 1:
        graded = [i for i, cell in enumerate(cells) if _is_grade(cell, scale)]
        if graded and graded[0] > 0:
            return " ".join(cells[: graded[0]]), " ".join(cells[graded[0] :])
    if _is_grade(placed.text, scale):
        return "", placed.text
    match = scale.trailing.match(placed.text) or _UNFINISHED.match(placed.text)
    if match and profile.is_area(placed.text) and placed.line.right < 0.95:
        return match["area"], match["grade"]
    return placed.text, ""


def _piece(text: str, placed: FlowLine) -> _Piece:
    return _Piece(text, placed.page + placed.line.top, placed.page + placed.line.bottom, placed)


def _tail_of_last(
    areas: list[_Piece], waiting: list[tuple[int, _Piece]], profile: Profile
) -> list[tuple[int, _Piece]]:
    """Lines after the last grade that still belong to the last area: they follow it closely."""
    tail: list[tuple[int, _Piece]] = []
    for place, piece in waiting:
        if not areas or not _close((tail[-1][1] if tail else areas[-1]), piece, profile):
            break
        tail.append((place, piece))
    return tail


def _close(above: _Piece, below: _Piece, profile: Profile) -> bool:
    height = above.bottom - above.top
    return below.top - above.bottom < 0.55 * height and not profile.is_area(below.text)


def _group_areas(pieces: list[_Piece], profile: Profile) -> list[list[_Piece]]:
    groups: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda p: p.top):
        if groups and _close(groups[-1][-1], piece, profile):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _group_grades(pieces: list[_Piece]) -> list[list[_Piece]]:
    groups: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda p: p.top):
        whole = " ".join(p.text for p in groups[-1]) if groups else ""
        continues = bool(re.match(r"(improvement|to\s+be|be\s+good|good|grade)", piece.text, re.IGNORECASE))
        unfinished = bool(re.search(r"(requires?|improvement|to|be)$", whole, re.IGNORECASE))
        near = bool(groups) and piece.top - groups[-1][-1].bottom < 1.0 * (piece.bottom - piece.top)
        if groups and near and continues and (unfinished or piece.text.lower().startswith("grade")):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _match(
    areas: list[list[_Piece]], grades: list[list[_Piece]], vocabulary: frozenset[str]
) -> list[GradeRow]:
    if len(areas) > len(grades):  # a title row ("Overall judgements") has no grade of its own
        areas = sorted(
            sorted(areas, key=lambda a: min((_distance(a, g) for g in grades), default=9.0))[: len(grades)],
            key=lambda a: a[0].top,
        )
    rows = []
    for area, grade in zip(areas, grades, strict=False):
        words = join((piece.text for piece in area), vocabulary)
        words = re.sub(r"^\d(?:\.\d)?\.?\s+", "", words).strip(" :–-")
        printed = re.sub(r"\s*\(?grade\s*\d\)?$", "", " ".join(p.text for p in grade), flags=re.IGNORECASE)
        if words and printed:
            lines = {id(p.line): p.line for p in (*area, *grade)}
            rows.append(GradeRow(words, printed.strip(" ."), area[0].line.page, tuple(lines.values())))
    return rows


def _distance(one: list[_Piece], other: list[_Piece]) -> float:
    return abs((one[0].top + one[-1].bottom) - (other[0].top + other[-1].bottom)) / 2
