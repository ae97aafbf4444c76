"""Themes: subjects or searches kept in a file, counted council by council and year by year.

A cell counts the passages of inspections with findings on the theme's subjects, or those that a search for it finds where it
has none, with that council and year as filters, so that the paragraphs behind a number can be opened. A theme that is not
in the file can be asked for in its own words. This module must not know how a matrix looks.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from indexer.errors import UsageError
from indexer.register.findings import FindingRows
from indexer.register.subjects import subject_numbers
from indexer.store.columns import Columns
from indexer.text.polarity import POLARITIES
from search_api.fields import Filters, checked
from search_api.register.findings import inspections_mask
from search_api.search.matching import Rows
from search_api.search.result_set import matching_rows
from search_api.snapshot import Snapshot

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
MOST_THEMES = 40
_LONGEST = 300
_YEARS = 10_000


@dataclass(frozen=True, slots=True)
class Theme:
    """A search with a name, or `subjects` of the register (ids); `id` is what a link calls it by, its own words where it is
    in no file.
    """

    id: str
    name: str
    query: str
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """The passages of one council, theme and year, and how many of them are strengths and weaknesses.

    `strengths` and `weaknesses` are None where the index doesn't know them apart.
    """

    passages: int
    strengths: int | None = None
    weaknesses: int | None = None

    def __add__(self, other: Cell) -> Cell:
        return Cell(
            self.passages + other.passages,
            _sum(self.strengths, other.strengths),
            _sum(self.weaknesses, other.weaknesses),
        )


NOTHING = Cell(0)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts by council, theme and year; only cells that hold something. `year` is 0 where none is known.

    `looked_through` has the (council, theme, year) of which there are documents that a theme could be mentioned in.
    """

    themes: tuple[Theme, ...]
    councils: tuple[str, ...]
    years: tuple[int, ...]
    cells: dict[tuple[str, str, int], Cell]
    looked_through: frozenset[tuple[str, str, int]] = frozenset()

    def cell(self, council: str, theme: Theme, year: int | None = None) -> Cell:
        """Give the cell of a council and a theme, in one year or over all of them."""
        years = self.years if year is None else (year,)
        total = NOTHING
        for one in years:
            held = self.cells.get((council, theme.id, one))
            if held is not None:
                total = held if total is NOTHING else total + held
        return total

    def could_mention(self, council: str, theme: Theme, year: int | None = None) -> bool:
        """Whether a document of a council, in one year or ever, was looked through for a theme."""
        years = self.years if year is None else (year,)
        return any((council, theme.id, one) in self.looked_through for one in years)

    def records(self) -> Iterable[tuple[str, str, int, Cell]]:
        """Every cell as council, name of the theme, year and counts: councils, then themes, then years."""
        names = {theme.id: theme.name for theme in self.themes}
        order = {theme.id: place for place, theme in enumerate(self.themes)}
        for (council, theme, year), cell in sorted(
            self.cells.items(), key=lambda item: (item[0][0], order[item[0][1]], item[0][2])
        ):
            yield council, names[theme], year, cell


def load_themes(path: Path) -> tuple[Theme, ...]:
    """Read themes from a TOML or JSON file: a list `theme`, each with an id, a name and a query.

    UsageError, in one line, for a file that can't be read or says something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data: Any = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"the themes in {path.name} can't be read ({error}); correct the file") from error
    entries = data.get("theme") if isinstance(data, dict) else None
    if not isinstance(entries, list) or len(entries) > MOST_THEMES:
        raise UsageError(f"{path.name} must hold a list called theme, of {MOST_THEMES} at most")
    themes = [_theme(entry, path.name) for entry in entries]
    if len({theme.id for theme in themes}) < len(themes):
        raise UsageError(f"two themes in {path.name} have the same id; give each its own")
    return tuple(themes)


def _theme(entry: object, file: str) -> Theme:
    fields = entry if isinstance(entry, dict) else {}
    id_, name, query = (fields.get(key) for key in ("id", "name", "query"))
    if not all(isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST for value in (id_, name, query)):
        raise UsageError(f"every theme in {file} needs an id, a name and a query, each a short text")
    if not _ID.fullmatch(str(id_)):
        raise UsageError(f"{id_!r} in {file} can't be a theme's id; use small letters, digits and hyphens")
    subjects = fields.get("subjects", [])
    unknown = (
        [one for one in subjects if one not in subject_numbers()] if isinstance(subjects, list) else subjects
    )
    if unknown:
        raise UsageError(f"{unknown!r} in {file} are no subjects of findings; give their ids")
    return Theme(str(id_), " ".join(str(name).split()), " ".join(str(query).split()), tuple(subjects))


def asked_for(names: Sequence[str], kept: Sequence[Theme]) -> tuple[Theme, ...]:
    """Find themes by their ids; what is no id is a theme in its own words. All of the file's for no names."""
    by_id = {theme.id: theme for theme in kept}
    found: dict[str, Theme] = {}
    for name in names:
        words = " ".join(name.split())[:_LONGEST]
        if words:
            theme = by_id.get(words) or Theme(words, words[:1].upper() + words[1:], words)
            found.setdefault(theme.id, theme)
    return tuple(found.values())[:MOST_THEMES] or tuple(kept)


def matrix(snapshot: Snapshot, themes: Sequence[Theme], filters: Filters) -> Matrix:
    """Count every theme by council and year, under the filters; QueryError for what can't be searched for.

    `councils` are all that have a document under the filters, counted or not.
    """
    columns = snapshot.index.columns
    filters = checked(filters, snapshot.holdings.known)
    chosen = snapshot.index.select(filters.selection())
    cells: dict[tuple[str, str, int], Cell] = {}
    looked: set[tuple[str, str, int]] = set()
    for theme in themes:
        if by_subjects(snapshot, theme):
            inspected = inspections_mask(snapshot, filters)
            found = snapshot.index.findings.select(theme.subjects, mask=inspected)
            counted = _by_place(columns, np.unique(found["row"]))
            sides = _sides(found)
            cells |= {
                (council, theme.id, year): Cell(
                    len(rows), *(len(side & set(rows.tolist())) for side in sides)
                )
                for (council, year), rows in counted.items()
            }
        else:
            inspected = chosen
            counted = _by_place(columns, matching_rows(snapshot, theme.query, filters))
            cells |= {
                (council, theme.id, year): _cell(columns, rows) for (council, year), rows in counted.items()
            }
        looked |= {
            (council, theme.id, year) for council, year in _by_place(columns, np.flatnonzero(inspected))
        }
    selected = np.unique(columns.council[chosen])
    return Matrix(
        themes=tuple(themes),
        councils=tuple(columns.councils[number] for number in selected.tolist() if number >= 0),
        years=tuple(sorted({year for _, _, year in cells} | {year for _, _, year in looked})),
        cells=cells,
        looked_through=frozenset(looked),
    )


def by_subjects(snapshot: Snapshot, theme: Theme) -> bool:
    """Whether a theme is counted by its subjects: where it has some and the index holds findings."""
    return bool(theme.subjects) and snapshot.index.findings.known


def _by_place(columns: Columns, rows: Rows) -> dict[tuple[str, int], Rows]:
    """Sort rows by their council and year; those of no council are left out."""
    rows = rows[columns.council[rows] >= 0]
    # One number for a council and a year, so that both are sorted in one pass.
    places = columns.council[rows].astype(np.int64) * _YEARS + columns.published[rows] // 10_000
    order = np.argsort(places, kind="stable")
    values, first = np.unique(places[order], return_index=True)
    return {
        (columns.councils[value // _YEARS], value % _YEARS): part
        for value, part in zip(values.tolist(), np.split(rows[order], first[1:]), strict=bool(len(values)))
    }


def _sides(found: FindingRows) -> tuple[set[int], set[int]]:
    """Give the rows whose findings are only strengths, and those whose are only weaknesses."""
    strong, weak, both = (
        set(found["row"][found["verdict"] == POLARITIES.index(one)].tolist())
        for one in ("strength", "weakness", "mixed")
    )
    return strong - weak - both, weak - strong - both


def _cell(columns: Columns, rows: Rows) -> Cell:
    held = Counter(POLARITIES[number] for number in columns.polarity[rows].tolist())
    return Cell(len(rows), held["strength"], held["weakness"])


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)
