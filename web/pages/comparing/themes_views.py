"""The themes' addresses: the matrix, and the same as CSV and JSON.

Which themes there are is a file's matter: FINDINGS_THEMES names one, corpus/themes.toml is the default.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from indexer.errors import QueryError
from search_api.comparing.themes import Matrix, Theme, asked_for, load_themes, matrix
from search_api.engine import Engine
from search_api.fields import regions
from search_api.packs.exports import to_csv
from search_api.snapshot import Snapshot
from web.pages.comparing import themes_page
from web.pages.search import page as search_page
from web.templates import Templates

DEFAULT = Path(__file__).resolve().parents[3] / "corpus" / "themes.toml"


def add_themes(router: APIRouter, engine: Engine, templates: Templates) -> None:
    """Add the matrix of themes and its exports; UsageError where the file of themes can't be read."""
    kept = load_themes(Path(os.environ.get("FINDINGS_THEMES") or DEFAULT))

    def counted(asked: themes_page.AskedThemes) -> Matrix:
        snapshot = engine.snapshot()
        return matrix(snapshot, asked_for(asked.themes, kept), asked.filters)

    @router.get("/themes")
    def show_themes(request: Request) -> Response:
        snapshot = engine.snapshot()
        return _page(snapshot, templates, _asked(request), kept)

    @router.get("/themes.csv")
    def send_csv(request: Request) -> Response:
        rows = [
            (council, theme, year or "", cell.passages, cell.weaknesses, cell.strengths)
            for council, theme, year, cell in counted(_asked(request)).records()
        ]
        body = to_csv(("council", "theme", "year", "passages", "weaknesses", "strengths"), rows)
        headers = {"Content-Disposition": 'attachment; filename="themes.csv"'}
        return Response(body, media_type="text/csv; charset=utf-8", headers=headers)

    @router.get("/themes.json")
    def send_json(request: Request) -> Response:
        snapshot = engine.snapshot()
        found = counted(_asked(request))
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
        return JSONResponse(body, headers={"Content-Disposition": 'attachment; filename="themes.json"'})


def _asked(request: Request) -> themes_page.AskedThemes:
    names = request.query_params.keys()
    return themes_page.asked_themes({name: request.query_params.getlist(name) for name in names})


def _page(
    snapshot: Snapshot, templates: Templates, asked: themes_page.AskedThemes, kept: tuple[Theme, ...]
) -> Response:
    chosen = asked_for(asked.themes, kept)
    own = [theme for theme in chosen if theme not in kept]
    values: dict[str, Any] = {
        "area": "themes",
        "asked": asked,
        "kept": kept,
        "chosen": {theme.id for theme in chosen} if asked.themes else set(),
        "own": own[0].query if own else "",
        "regions": regions(),
        "councils": [held.name for held in snapshot.holdings.by_council()],
    }
    try:
        found = matrix(snapshot, chosen, asked.filters)
    except QueryError as error:
        problem = search_page.problem(str(error))
        return templates.page(
            "comparing/themes.html",
            400,
            **values,
            error=problem.text,
            errors=[{"text": problem.text, "href": "#choose"}],
        )
    tables, pages = themes_page.tables(found, asked)
    page = min(asked.page, pages)
    shown = {
        "tables": tables,
        "pages": pages,
        "page": page,
        "total": len(found.councils),
        "previous": asked.url(page=page - 1) if page > 1 else None,
        "next": asked.url(page=page + 1) if page < pages else None,
        "csv_url": asked.url("/themes.csv"),
        "json_url": asked.url("/themes.json"),
        "link": asked.url(),
        "sides_known": any(cell.strengths is not None for cell in found.cells.values()),
    }
    return templates.page("comparing/themes.html", **values | shown)
