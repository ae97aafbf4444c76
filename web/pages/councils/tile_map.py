"""A map of England on which every authority is a tile of the same size, so that London's can be seen too.

Where a tile lies is data of our own (`tiles.csv`); no map service is asked. This module must not know what is searched.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.text.councils import region_of
from web.pages.councils.listing import CouncilRow

SIZE = 40
_FILE = Path(__file__).with_name("tiles.csv")
_SIGNS = {
    "Outstanding": "O",
    "Good": "G",
    "Adequate": "A",
    "Requires improvement": "RI",
    "Inadequate": "I",
    "None given": "–",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """An authority's tile: its place in units of the picture, the sign of its grade, and what is said of it.

    `row` is None where nothing of it is here; `faint` where the list that is shown leaves it out.
    """

    name: str
    label: str
    x: int
    y: int
    sign: str
    row: CouncilRow | None
    faint: bool


@dataclass(frozen=True, slots=True)
class TileMap:
    """The map: its tiles from north to south, the borders of regions as an SVG path, its size, and grades counted."""

    tiles: tuple[Tile, ...]
    borders: str
    width: int
    height: int
    key: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class _Tile:
    label: str
    column: int
    row: int


def tile_map(rows: Sequence[CouncilRow], shown: Sequence[CouncilRow]) -> TileMap:
    """Draw the map of the councils in `rows`; those that aren't among `shown` are faint."""
    by_name, kept = {row.name: row for row in rows}, {row.name for row in shown}
    places = _places()
    tiles = tuple(
        Tile(
            name, place.label, place.column * SIZE, place.row * SIZE,
            _SIGNS.get(held.grade or "", "?") if (held := by_name.get(name)) else "",
            held, held is not None and name not in kept,
        )
        for name, place in places.items()
    )  # fmt: skip
    grades = [tile.row.grade or "" for tile in tiles if tile.row and not tile.faint]
    return TileMap(
        tiles,
        _borders(places),
        (max(place.column for place in places.values()) + 1) * SIZE,
        (max(place.row for place in places.values()) + 1) * SIZE,
        tuple((grade, sign, grades.count(grade)) for grade, sign in _SIGNS.items() if grade in grades),
    )


@functools.cache
def _places() -> Mapping[str, _Tile]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["name"]: _Tile(row["label"], int(row["column"]), int(row["row"])) for row in rows}


def _borders(places: Mapping[str, _Tile]) -> str:
    """Draw a line wherever a tile meets one of another region."""
    regions = {(place.column, place.row): region_of(name) for name, place in places.items()}
    lines = []
    for (column, row), region in regions.items():
        if regions.get((column + 1, row), region) != region:
            lines.append(f"M{(column + 1) * SIZE} {row * SIZE}v{SIZE}")
        if regions.get((column, row + 1), region) != region:
            lines.append(f"M{column * SIZE} {(row + 1) * SIZE}h{SIZE}")
    return "".join(lines)
