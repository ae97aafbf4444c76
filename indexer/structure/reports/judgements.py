"""Judged areas and their grades, in the layouts other than a table of two columns on the front.

A grade may stand on the line under its area, behind a colon, in the column of a matrix that it heads, or be a score.
The grades of the inspection before, which stand beside them in some reports, are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from indexer.reading.layout import Flow, FlowLine
from indexer.structure.profiles import Profile, any_of
from indexer.structure.reports.grades import Row, Table

_SCORE = re.compile(r"^score\s*:?\s*(?P<score>\d{1,2})(?!\s*%|\d)\b", re.IGNORECASE)
_COLON = re.compile(r"^(?P<area>[^:]{3,160}?)\s*(?::|\s[–—-]\s)\s*(?P<grade>[^:]{1,60})$")
_BESIDE = re.compile(r"^(?P<area>.{3,160}?)\s+(?P<grade>\S.*)$")
_LONGEST = 200


def judged_areas(flow: Flow, profile: Profile) -> Table:
    """Every judged area once, with the grade that is printed for it first; the places are lines that say no more."""
    rows: dict[str, Row] = {}
    places: set[int] = set()
    for row, at in _found(flow, profile):
        key = re.sub(r"\W+", " ", row.area.lower()).strip()
        if not any(key.startswith(known) or known.startswith(key) for known in rows):
            rows[key] = row
            places.update(at)
    return Table(tuple(rows.values()), frozenset(places))


def _found(flow: Flow, profile: Profile) -> Iterator[tuple[Row, Sequence[int]]]:
    lines, layouts, scale = flow.lines, profile.grades.layouts, profile.scale
    previous = any_of(profile.grades.previous)
    history = False
    heads: list[str] = []
    for i, placed in enumerate(lines):
        text = placed.text.strip()
        if profile.role_of(text) is not None or placed.line.style.startswith("h"):
            history = profile.role_of(text) == "history"
        cells = [cell.strip() for cell in placed.line.cells]
        if "matrix" in layouts and cells:
            graded = [grade for cell in cells if cell and (grade := scale.whole(cell))]
            if len(graded) >= 3 and len(graded) == len([cell for cell in cells if cell]):
                heads = graded
                continue
            if heads and len(cells) <= len(heads):
                for cell, grade in zip(cells, heads, strict=False):
                    for area in filter(None, (piece.strip(" •") for piece in re.split(r"\n|;", cell))):
                        yield Row(area, grade, placed.page, (placed,)), [i]
                continue
        if not cells:
            heads = []
        if history or previous.search(text) or len(text) > _LONGEST:
            continue
        if (
            "table" in layouts
            and len(cells) >= 2
            and (grade := scale.whole(cells[1]))
            and profile.is_area(cells[0])
        ):
            yield Row(_area(cells[0], profile), cells[1].rstrip("."), placed.page, (placed,)), [i]
        elif (
            "table" in layouts
            and not cells
            and (beside := scale.trailing.match(text))
            and profile.is_area(text)
        ):
            if any_of(profile.grades.areas).fullmatch(beside["area"].strip(" :–-")):
                yield Row(_area(beside["area"], profile), beside["grade"], placed.page, (placed,)), [i]
        elif (
            "colon" in layouts
            and (match := _COLON.match(text))
            and profile.is_area(text)
            and scale.whole(match["grade"])
        ):
            yield Row(_area(match["area"], profile), match["grade"].rstrip("."), placed.page, (placed,)), [i]
        elif (
            "next line" in layouts
            and profile.is_area(text)
            and i + 1 < len(lines)
            and scale.whole(lines[i + 1].text)
        ):
            pair = (placed, lines[i + 1])
            yield (
                Row(_area(text, profile), lines[i + 1].text.strip().rstrip("."), placed.page, pair),
                _alone(lines, i),
            )
        elif "score" in layouts and (score := _score_under(lines, i, profile)):
            yield Row(_area(text, profile), score[1], placed.page, (placed, lines[score[0]])), [score[0]]


def _alone(lines: Sequence[FlowLine], at: int) -> list[int]:
    """The places of an area and its grade where the pair is no heading over text of its own."""
    after = at + 2
    ends = after >= len(lines) or lines[after].gap or lines[after].line.style.startswith("h")
    return [at, at + 1] if ends else [at + 1]


def _score_under(lines: Sequence[FlowLine], at: int, profile: Profile) -> tuple[int, str] | None:
    """Where the score of the heading at `at` stands, and the score as printed."""
    if not (lines[at].line.style.startswith("h") or profile.is_area(lines[at].text)):
        return None
    for j in range(at + 1, min(at + 3, len(lines))):
        if lines[j].line.style.startswith("h"):
            return None
        match = _SCORE.match(lines[j].text)
        if match:
            return j, match["score"]
    return None


def _area(text: str, profile: Profile) -> str:
    text = any_of(profile.grades.unsaid).sub("", text, count=1)
    return re.sub(r"^\d(?:\.\d)?\.?\s+", "", " ".join(text.split())).strip(" :–-")
