"""The matrix of themes: councils down, themes or years across, each cell a list of passages that it opens; as CSV and JSON too.

Counts are `search_api.comparing.themes`'; here they get their places, words, shades and addresses. Which themes there
are is a file's matter: FINDINGS_THEMES names one, corpus/themes.toml is the default.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from indexer.errors import QueryError
from search_api.comparing.themes import Cell, Matrix, Theme, asked_for, by_subjects, load_themes, matrix
from search_api.fields import Filters, filters_from, regions
from search_api.packs.exports import to_csv
from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.search.address import address, refuse_misspelt
from web.pages.search.page import problem
from web.pages.site import Parameters, Site, page_number, parameters, several, to_save

DEFAULT = Path(__file__).resolve().parents[3] / "corpus" / "themes.toml"


MOST_CELLS = 300
"""Cells on one page: each is a link, and a page's HTML stays under 100 kB."""

_LEAST_ROWS = 5
Across = Literal["theme", "year"]


def add_themes(site: Site) -> None:
    """Add the matrix of themes and its exports; UsageError where the file of themes can't be read."""
    kept = load_themes(Path(os.environ.get("FINDINGS_THEMES") or DEFAULT))

    def counted(snapshot: Snapshot, request: Request) -> Matrix:
        wanted = read_themes_address(parameters(request))
        return matrix(snapshot, _counted_here(snapshot, asked_for(wanted.themes, kept)), wanted.filters)

    @site.router.get("/themes")
    def show_themes(request: Request) -> Response:
        return _page(site, read_themes_address(parameters(request)), kept)

    @site.router.get("/themes.csv")
    def send_csv(request: Request) -> Response:
        rows = [
            (council, theme, year or "", cell.passages, cell.weaknesses, cell.strengths)
            for council, theme, year, cell in counted(site.engine.snapshot(), request).records()
        ]
        body = to_csv(("council", "theme", "year", "passages", "weaknesses", "strengths"), rows)
        return Response(body, media_type="text/csv; charset=utf-8", headers=to_save("themes.csv"))

    @site.router.get("/themes.json")
    def send_json(request: Request) -> Response:
        snapshot = site.engine.snapshot()
        found = counted(snapshot, request)
        body = {
            "themes": [{"id": t.id, "name": t.name, "query": t.query} for t in found.themes],
            "index": snapshot.index.digest,
            "cells": [
                {
                    "council": council, "theme": theme, "year": year or None, "passages": cell.passages,
                    "weaknesses": cell.weaknesses, "strengths": cell.strengths,
                }
                for council, theme, year, cell in found.records()
            ],
        }  # fmt: skip
        return JSONResponse(body, headers=to_save("themes.json"))


def _counted_here(snapshot: Snapshot, themes: Sequence[Theme]) -> tuple[Theme, ...]:
    """Leave the subjects of themes out where the index holds no findings: then their searches count."""
    return tuple(theme if by_subjects(snapshot, theme) else replace(theme, subjects=()) for theme in themes)


def _page(site: Site, wanted: ThemesAddress, kept: tuple[Theme, ...]) -> Response:
    snapshot = site.engine.snapshot()
    chosen = _counted_here(snapshot, asked_for(wanted.themes, kept))
    ids = {theme.id for theme in kept}
    own = [theme for theme in chosen if theme.id not in ids]
    values: dict[str, Any] = {
        "area": "themes",
        "wanted": wanted,
        "kept": kept,
        "chosen": {theme.id for theme in chosen} if wanted.themes else set(),
        "own": own[0].query if own else "",
        "regions": regions(),
        "councils": [held.name for held in snapshot.holdings.by_council()],
    }
    try:
        found = matrix(snapshot, chosen, wanted.filters)
    except QueryError as error:
        said = problem(str(error)).text
        return site.templates.page("comparing/themes.html", 400, error=said, mend="#choose", **values)
    shown_tables, pages = tables(found, wanted)
    page = min(wanted.page, pages)
    shown = {
        "tables": shown_tables,
        "pages": pages,
        "page": page,
        "total": len(found.councils),
        "previous": wanted.url(page=page - 1) if page > 1 else None,
        "next": wanted.url(page=page + 1) if page < pages else None,
        "csv_url": wanted.url("/themes.csv"),
        "json_url": wanted.url("/themes.json"),
        "link": wanted.url(),
        "by_name": wanted.url(sort=None) if wanted.sort else None,
        "by_total": wanted.url(sort="total"),
        "subjects": any(theme.subjects for theme in found.themes),
        "sides_known": any(cell.strengths is not None for cell in found.cells.values()),
    }
    return site.templates.page("comparing/themes.html", **values | shown)


@dataclass(frozen=True, slots=True)
class ThemesAddress:
    """What the address of the matrix asks; `themes` are ids or a theme's own words, none for all."""

    themes: tuple[str, ...]
    filters: Filters
    across: Across
    page: int = 1
    sort: str = ""
    """"total", or the id of a theme, by which councils stand, the most passages first; by name where empty."""

    def url(self, path: str = "/themes", /, **changes: object) -> str:
        """Give the address of the same matrix with these parameters changed; the page begins at 1 again."""
        values = {"theme": self.themes, **self.filters.to_json(), "across": self.across}
        return address(path, values | {"sort": self.sort} | changes)


def read_themes_address(given: Parameters) -> ThemesAddress:
    """Read the parameters of an address; what is empty asks nothing."""
    refuse_misspelt(given)
    return ThemesAddress(
        themes=several(given, "theme"),
        filters=filters_from(given),
        across="year" if several(given, "across")[-1:] == ("year",) else "theme",
        page=page_number("".join(several(given, "page")[-1:])),
        sort="".join(several(given, "sort")[-1:]),
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
class MatrixRow:
    """A council, its cells and their sum; a cell is None where no document was looked through, and has no address where
    those that were say nothing of the theme.
    """

    council: str
    slug: str
    cells: tuple[ShownCell | None, ...]
    total: int = 0


@dataclass(frozen=True, slots=True)
class ShownTable:
    """One table of the matrix: a caption, the heads of its columns with the address that sorts by each, its rows, and the
    sums of its columns over the councils of all pages, that of all columns last.
    """

    caption: str
    heads: tuple[tuple[str, str], ...]
    rows: tuple[MatrixRow, ...]
    totals: tuple[int, ...]


def tables(matrix: Matrix, wanted: ThemesAddress) -> tuple[list[ShownTable], int]:
    """Lay the councils of the page out: one table of themes, or for each theme one of years.

    Gives the tables and the number of pages.
    """
    columns = len(matrix.themes) if wanted.across == "theme" else len(matrix.years) * len(matrix.themes)
    most = max(_LEAST_ROWS, MOST_CELLS // max(1, columns))
    pages = max(1, -(-len(matrix.councils) // most))
    page = min(wanted.page, pages)
    councils = _sorted(matrix, wanted)[(page - 1) * most : page * most]
    if wanted.across == "theme":
        caption = "Passages by council and theme"
        all_themes: list[tuple[Theme, int | None]] = [(theme, None) for theme in matrix.themes]
        heads = tuple((theme.name, wanted.url(sort=theme.id)) for theme in matrix.themes)
        shown = _table(matrix, wanted, caption=caption, heads=heads, columns=all_themes, councils=councils)
        return [shown], pages
    found = []
    for theme in matrix.themes:
        years = _years_of(matrix, theme)
        heads = tuple((str(year) if year else "No date", "") for year in years)
        caption = f"{theme.name}: passages by council and year"
        found.append(
            _table(
                matrix,
                wanted,
                caption=caption,
                heads=heads,
                columns=[(theme, year) for year in years],
                councils=councils,
            )
        )
    return found, pages


def _years_of(matrix: Matrix, theme: Theme) -> list[int]:
    """List the years in which a theme was mentioned or could have been at any council, so that every page has the same."""
    known = {year for _, one, year in (*matrix.cells, *matrix.looked_through) if one == theme.id}
    return [year for year in matrix.years if year in known]


def _sorted(matrix: Matrix, wanted: ThemesAddress) -> Sequence[str]:
    """Put the councils in the order that is asked for; those with as many passages by name."""
    by = [theme for theme in matrix.themes if wanted.sort in ("total", theme.id)]
    return sorted(
        matrix.councils, key=lambda council: -sum(matrix.cell(council, theme).passages for theme in by)
    )


def _table(
    matrix: Matrix,
    wanted: ThemesAddress,
    *,
    caption: str,
    heads: tuple[tuple[str, str], ...],
    columns: Sequence[tuple[Theme, int | None]],
    councils: Sequence[str],
) -> ShownTable:
    highest = max((cell.passages for cell in matrix.cells.values()), default=1)
    totals = [
        sum(matrix.cell(council, *column).passages for council in matrix.councils) for column in columns
    ]
    rows = tuple(
        MatrixRow(
            council,
            display.slug(council),
            tuple(
                _shown(matrix, council, (theme, year), _url(wanted, theme, council, year), highest)
                for theme, year in columns
            ),
            sum(matrix.cell(council, *column).passages for column in columns),
        )
        for council in councils
    )
    return ShownTable(caption, heads, rows, (*totals, sum(totals)))


def _url(wanted: ThemesAddress, theme: Theme, council: str, year: int | None = None) -> str:
    values: dict[str, object] = {**wanted.filters.to_json(), "council": council}
    if year:
        values |= {"published_from": year, "published_to": year}
    if theme.subjects:
        return address("/findings", {"subject": ",".join(theme.subjects)} | values)
    return address("/search", {"q": theme.query} | values)


def _shown(
    matrix: Matrix, council: str, column: tuple[Theme, int | None], url: str, highest: int
) -> ShownCell | None:
    cell = matrix.cell(council, *column)
    if not cell.passages:
        return ShownCell(0, "", "", "") if matrix.could_mention(council, *column) else None
    detail = ""
    if cell.strengths is not None and cell.weaknesses is not None:
        weak = display.count(cell.weaknesses, "weakness", "weaknesses")
        detail = f"{weak}, {display.count(cell.strengths, 'strength')}"
    return ShownCell(cell.passages, url, _shade(cell, highest), detail, _sign(cell))


def _sign(cell: Cell) -> str:
    """Say by a sign what most passages say, for readers who can't tell the shades apart."""
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
