"""The matrix of themes as a table: councils down, themes or years across, each cell a search that opens it.

Counts are `search_api.comparing.themes`'; here they get their places, words, shades and addresses. This module must not
know how a passage is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from search_api.comparing.themes import Cell, Matrix, Theme
from search_api.fields import Filters, filters_from
from web.pages import wording
from web.pages.search.address import refuse_misspelt

MOST_CELLS = 300
"""Cells on one page: each is a link, and a page's HTML stays under 100 kB."""

_LEAST_ROWS = 5
Across = Literal["theme", "year"]


@dataclass(frozen=True, slots=True)
class AskedThemes:
    """What the address of the matrix asks; `themes` are ids or a theme's own words, none for all."""

    themes: tuple[str, ...]
    filters: Filters
    across: Across
    page: int = 1

    def url(self, path: str = "/themes", /, **changes: object) -> str:
        """Give the address of the same matrix with these parameters changed; the page begins at 1 again."""
        values: dict[str, object] = {"theme": self.themes, **self.filters.to_json(), "across": self.across}
        values |= changes
        pairs = [
            (name, str(one))
            for name, value in values.items()
            for one in (value if isinstance(value, (list, tuple)) else (value,))
            if one not in (None, "")
        ]
        return f"{path}?{urlencode(pairs)}"


def asked_themes(parameters: Mapping[str, Sequence[str]]) -> AskedThemes:
    """Read the parameters of an address; what is empty asks nothing."""

    def several(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(v.strip() for v in parameters.get(name, ()) if v.strip()))

    def single(name: str) -> str | None:
        return (several(name) or (None,))[-1]

    refuse_misspelt(parameters)
    page = single("page") or "1"
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    return AskedThemes(
        themes=several("theme"),
        filters=filters_from(parameters),
        across="year" if single("across") == "year" else "theme",
        page=max(1, number),
    )


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A count and the address of its paragraphs; `shade` is the class of its background, `sign` says the same."""

    passages: int
    url: str
    shade: str
    detail: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A council and its cells, None for one that holds nothing."""

    council: str
    slug: str
    cells: tuple[ShownCell | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the matrix: a caption, the heads of its columns, and its rows."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]


def tables(matrix: Matrix, asked: AskedThemes) -> tuple[list[Table], int]:
    """Lay the councils of the page asked out: one table of themes, or for each theme one of years.

    Gives the tables and the number of pages.
    """
    columns = len(matrix.themes) if asked.across == "theme" else len(matrix.years) * len(matrix.themes)
    most = max(_LEAST_ROWS, MOST_CELLS // max(1, columns))
    pages = max(1, -(-len(matrix.councils) // most))
    page = min(asked.page, pages)
    councils = matrix.councils[(page - 1) * most : page * most]
    highest = max((cell.passages for cell in matrix.cells.values()), default=1)
    if asked.across == "theme":
        rows = tuple(
            _row(
                council,
                [
                    _shown(matrix.cell(council, theme), _url(asked, theme, council), highest)
                    for theme in matrix.themes
                ],
            )
            for council in councils
        )
        return [Table("Passages by council and theme", tuple(t.name for t in matrix.themes), rows)], pages
    found = []
    for theme in matrix.themes:
        years = [year for year in matrix.years if any((c, theme.id, year) in matrix.cells for c in councils)]
        rows = tuple(
            _row(
                council,
                [
                    _shown(matrix.cell(council, theme, year), _url(asked, theme, council, year), highest)
                    for year in years
                ],
            )
            for council in councils
        )
        heads = tuple(str(year) if year else "No date" for year in years)
        found.append(Table(f"{theme.name}: passages by council and year", heads, rows))
    return found, pages


def _row(council: str, cells: Sequence[ShownCell | None]) -> Row:
    return Row(council, wording.slug(council), tuple(cells))


def _url(asked: AskedThemes, theme: Theme, council: str, year: int | None = None) -> str:
    values: dict[str, object] = {"q": theme.query, **asked.filters.to_json(), "council": council}
    if year:
        values |= {"published_from": year, "published_to": year}
    return f"/search?{urlencode(values)}"


def _shown(cell: Cell, url: str, highest: int) -> ShownCell | None:
    if not cell.passages:
        return None
    detail = ""
    if cell.strengths is not None and cell.weaknesses is not None:
        weak = wording.count(cell.weaknesses, "weakness", "weaknesses")
        detail = f"{weak}, {wording.count(cell.strengths, 'strength')}"
    return ShownCell(cell.passages, url, _shade(cell, highest), detail, _sign(cell))


def _sign(cell: Cell) -> str:
    """Say by a sign what most passages say, for whoever can't tell the shades apart."""
    if cell.strengths is None or cell.weaknesses is None or cell.strengths == cell.weaknesses:
        return ""
    return "+" if cell.strengths > cell.weaknesses else "−"


def _shade(cell: Cell, highest: int) -> str:
    """Shade by what most of the passages say, darker for more of them; by their number where it isn't known."""
    share = cell.passages / max(1, highest)
    depth = 1 + (share > 0.15) + (share > 0.4)
    if cell.strengths is None or cell.weaknesses is None:
        return f"app-cell--many-{depth}"
    if cell.strengths == cell.weaknesses:
        return f"app-cell--even-{depth}"
    return f"app-cell--{'strong' if cell.strengths > cell.weaknesses else 'weak'}-{depth}"
