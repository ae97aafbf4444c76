"""Judged areas and their grades, in the layouts other than a table of two columns on the front.

A grade may stand on the line under its area, behind a colon, in the column of a matrix that it heads, or be a score.
The grades of the inspection before, which stand beside them in some reports, are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from indexer.reading.joined_tables import joined_tables
from indexer.reading.layout import Flow, FlowLine
from indexer.reading.source import Page
from indexer.structure.profiles import Profile, any_of
from indexer.structure.reports.advice_tables import places_in
from indexer.structure.reports.grades import GradeRow, GradeTable

_SCORE = re.compile(
    r"^(?:score\s*:?\s*)?(?P<score>\d{1,2})(?!\s*%|\d)(?:\s*[-–—]\s.*|\s+out of \d)?$", re.IGNORECASE
)
_SCORE_HEAD = re.compile(r"(?:quality\s+statement\s+)?scores?", re.IGNORECASE)
_COLON = re.compile(r"^(?P<area>[^:]{3,160}?)\s*(?::|\s[–—-]\s)\s*(?P<grade>[^:]{1,60})$")
_NUMBER = re.compile(r"(?:[A-Z] ?)?\d{1,2}(?:\.\d{1,2})?\.?")
_LONGEST = 200
_MATRIX = 3
"""So many grades side by side, and nothing else, head the columns of a matrix of areas."""

Found = tuple[GradeRow, Sequence[int]]


def judged_areas(flow: Flow, profile: Profile, pages: Sequence[Page] = ()) -> GradeTable:
    """Every judged area once, with the grade that is printed for it first; the places are lines that say no more."""
    rows: dict[str, GradeRow] = {}
    places: set[int] = set()
    finder = _Finder(flow, profile, pages)
    for row, at in finder.found():
        key = re.sub(r"\W+", " ", re.sub(r"^the\s+", "", row.area.lower())).strip()
        if not any(key.startswith(known) or known.startswith(key) for known in rows):
            rows[key] = row
            places.update(at)
    return GradeTable(tuple(rows.values()), frozenset(places), finder.around)


@dataclass(slots=True)
class _TableState:
    """What the rows above say of a row: the grades that head its columns, those of the past, an area begun."""

    heads: list[str] = field(default_factory=list)
    past: frozenset[int] = frozenset()
    scores: int | None = None
    area: str = ""


class _Finder:
    """Goes through one flow; ruled tables of a PDF are read by their rows, everything else by its lines."""

    def __init__(self, flow: Flow, profile: Profile, pages: Sequence[Page]) -> None:
        self._flow = flow
        self._lines = flow.lines
        self._profile = profile
        self._previous = any_of(profile.grades.previous)
        self._ruled = self._ruled_rows(pages)
        self._in_ruled = {at for rows in self._ruled.values() for row in rows for at in row[1]}
        self.around: frozenset[int] = frozenset()

    def _ruled_rows(self, pages: Sequence[Page]) -> dict[int, list[tuple[list[str], list[int]]]]:
        """The rows of each ruled table, by the place of its first line: the cells' texts and the places of the lines."""
        found: dict[int, list[tuple[list[str], list[int]]]] = {}
        for table in joined_tables(pages, self._flow):
            inside = places_in(self._flow, table)
            rows = []
            for row in table.rows:
                cells = [
                    "" if at and cell is row[at - 1] else cell.text(self._flow.vocabulary)
                    for at, cell in enumerate(row)
                ]
                lines = [line for cell in row for line in cell.lines]
                rows.append((cells, sorted(place for place in inside if self._beside_one(place, lines))))
            if inside and any(len(cells) > 1 for cells, _ in rows):
                found[min(inside)] = rows
        return found

    def _beside_one(self, place: int, lines: Sequence[FlowLine]) -> bool:
        """Whether the line at a place stands at the height of one of a row's."""
        here = self._lines[place]
        middle = (here.line.top + here.line.bottom) / 2
        return any(p.page == here.page and p.line.top <= middle <= p.line.bottom for p in lines)

    def found(self) -> Iterator[Found]:
        history, state = False, _TableState()
        for i, placed in enumerate(self._lines):
            text = placed.text.strip()
            if i in self._ruled and not history:
                ruled = _TableState()
                judged = [
                    found for cells, at in self._ruled[i] for found in self._in_row(cells, at or [i], ruled)
                ]
                if judged:
                    self.around |= {place for _, at in self._ruled[i] for place in at}
                yield from judged
            if i in self._in_ruled:
                continue
            if self._profile.role_of(text) is not None or placed.line.style.startswith("h"):
                history = self._profile.role_of(text) == "history"
            if history:
                continue
            cells = [cell.strip() for cell in placed.line.cells]
            if len(cells) > 1:
                rows = list(self._in_row(cells, [i], state))
                yield from rows
                if rows or state.heads or state.area:
                    continue
            else:
                state = _TableState()
            if not self._previous.search(text) and len(text) <= _LONGEST:
                yield from self._in_line(i, text)

    def _in_row(self, cells: list[str], at: Sequence[int], state: _TableState) -> Iterator[Found]:
        """The judged areas of a table's row; takes in what it says of the rows below."""
        layouts, scale = self._profile.grades.layouts, self._profile.scale
        lines = tuple(self._lines[i] for i in at)
        page = lines[0].page
        graded = [grade for cell in cells if cell and (grade := scale.whole(cell))]
        if "matrix" in layouts and len(graded) >= _MATRIX and len(graded) == len([c for c in cells if c]):
            state.heads = graded
        elif state.heads and len(cells) <= len(state.heads):
            for cell, grade in zip(cells, state.heads, strict=False):
                for area in filter(None, (piece.strip(" •") for piece in re.split(r"\n|;", cell))):
                    yield GradeRow(area, grade, page, lines), at
        elif "table" in layouts:
            yield from self._beside(cells, at, state)

    def _beside(self, cells: list[str], at: Sequence[int], state: _TableState) -> Iterator[Found]:
        """The area of a row and the grade beside it: the first that isn't the inspection before's."""
        scale, lines = self._profile.scale, tuple(self._lines[i] for i in at)
        flat = [" ".join(cell.split()) for cell in cells]
        named = 1 if len(flat) > 2 and _NUMBER.fullmatch(flat[0]) else 0
        area, values = " ".join(flat[: named + 1]), list(enumerate(flat))[named + 1 :]
        state.area, waiting = "", state.area
        if waiting and not flat[0]:
            area = waiting
        elif not self._profile.is_area(area):
            past = {
                i
                for i, cell in values
                if self._previous.search(cell) or re.fullmatch(r"(?:19|20)\d\d(?:/\d\d)?", cell)
            }
            if any(scale.whole(cell) for _, cell in values):
                return
            state.past = frozenset(past)
            state.scores = next((i for i, cell in values if _SCORE_HEAD.fullmatch(cell)), None)
            return
        if self._previous.search(area):
            return
        if any(self._previous.search(cell) for _, cell in values):
            state.area = area
            return
        grade = next((cell for i, cell in values if i not in state.past and scale.whole(cell)), None)
        if grade is None and "score" in self._profile.grades.layouts:
            score = next(
                (
                    m
                    for i, cell in values
                    if (m := _SCORE.match(cell)) and (i == state.scores or "core" in cell)
                ),
                None,
            )
            grade = score["score"] if score else None
        if grade:
            yield GradeRow(self._area(area), grade.strip(" •●.").rstrip("."), lines[0].page, lines), at

    def _in_line(self, i: int, text: str) -> Iterator[Found]:
        """The judged area that a line names, with the grade on it or under it."""
        profile, lines = self._profile, self._lines
        layouts, scale, placed = profile.grades.layouts, profile.scale, lines[i]
        if not profile.is_area(text):
            return
        if (
            "table" in layouts
            and not placed.line.cells
            and (beside := scale.trailing.match(text.strip(" •●")))
        ):
            area = beside["area"].strip(" :–-")
            if any_of(profile.grades.areas).fullmatch(area):
                yield GradeRow(self._area(area), beside["grade"], placed.page, (placed,)), [i]
                return
        if "colon" in layouts and (match := _COLON.match(text)) and scale.whole(match["grade"]):
            yield GradeRow(self._area(match["area"]), match["grade"].rstrip("."), placed.page, (placed,)), [i]
            return
        if (
            "next line" in layouts
            and i + 1 < len(lines)
            and scale.whole(re.sub(r"^rating\s*:\s*", "", lines[i + 1].text, flags=re.IGNORECASE))
        ):
            grade = re.sub(r"^rating\s*:\s*", "", lines[i + 1].text.strip(), flags=re.IGNORECASE).rstrip(".")
            yield GradeRow(self._area(text), grade, placed.page, (placed, lines[i + 1])), _alone(lines, i)
            return
        score = _score_under(lines, i) if "score" in layouts else None
        if score:
            yield GradeRow(self._area(text), score[1], placed.page, (placed, lines[score[0]])), [score[0]]

    def _area(self, text: str) -> str:
        if any_of(self._profile.grades.whole).fullmatch(text):
            return self._profile.grades.subject
        text = any_of(self._profile.grades.unsaid).sub("", text, count=1)
        return re.sub(r"^(?:[A-Z] ?)?\d{1,2}(?:\.\d{1,2})?\.?\s+", "", " ".join(text.split())).strip(" :–-")


def said_grade(flow: Flow, profile: Profile) -> GradeRow | None:
    """The grade that a sentence of the first pages gives, where the profile knows such sentences."""
    for i in flow.front() if profile.grades.said else ():
        tried = (re.search(pattern, flow.lines[i].text, re.IGNORECASE) for pattern in profile.grades.said)
        match = next(filter(None, tried), None)
        grade = profile.scale.named(match["grade"]) if match else None
        if grade:
            return GradeRow(profile.grades.subject, grade, flow.lines[i].page, (flow.lines[i],))
    return None


def _alone(lines: Sequence[FlowLine], at: int) -> list[int]:
    """The places of an area and its grade where the pair is no heading over text of its own."""
    after = at + 2
    ends = after >= len(lines) or lines[after].gap or lines[after].line.style.startswith("h")
    return [at, at + 1] if ends else [at + 1]


def _score_under(lines: Sequence[FlowLine], at: int) -> tuple[int, str] | None:
    """Where the score of the heading at `at` stands, and the score as printed."""
    for j in range(at + 1, min(at + 3, len(lines))):
        if lines[j].line.style.startswith("h"):
            return None
        match = _SCORE.match(lines[j].text) if lines[j].text[:5].lower() == "score" else None
        if match:
            return j, match["score"]
    return None
