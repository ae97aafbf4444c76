"""The routes of the register's tables, one for each line of TABLES; there is no logic in them."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field, SkipValidation, create_model
from starlette.requests import Request

from indexer.json_value import adapter
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.http.base_address import base_of
from search_api.http.parameters import ERRORS, AskedBy, WholeNumber
from search_api.register.tables import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    TABLES,
    RegisterPage,
    RegisterTable,
    ask,
    page_to_csv,
)
from search_api.search.results import MAX_OFFSET


class RegisterParameters(BaseModel):
    """What every table takes beside its own parameters."""

    filters: SkipValidation[Filters] = Filters()
    limit: WholeNumber = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    offset: WholeNumber = Field(0, ge=0, le=MAX_OFFSET)
    format: Literal["json", "csv"] = Field("json", description="The rows as JSON or as CSV")


def create_register_api(engine: Engine) -> APIRouter:
    """Make the routes over an engine."""
    api = APIRouter(responses=ERRORS)
    for table in TABLES.values():
        _add(api, engine, table)
    return api


def _add(api: APIRouter, engine: Engine, table: RegisterTable) -> None:
    own: dict[str, Any] = {
        parameter.name: (str, Field("", description=f"{parameter.help}, such as {parameter.example}"))
        for parameter in table.parameters
    }
    asked_by = AskedBy(
        create_model(f"{table.name.capitalize()}Parameters", __base__=RegisterParameters, **own)
    )
    depends: Any = Depends(asked_by)

    @api.get(
        f"/api/{table.name}",
        name=table.name,
        description=f"{table.help.capitalize()}.",
        response_model=RegisterPage,
        tags=["register"],
        openapi_extra=asked_by.described(),
    )
    def rows(request: Request, asked: RegisterParameters = depends) -> Response:
        given = {parameter.name: getattr(asked, parameter.name) for parameter in table.parameters}
        page = ask(table, engine.snapshot(), asked.filters, given, limit=asked.limit, offset=asked.offset)
        if asked.format == "json":
            return Response(adapter(RegisterPage).dump_json(page), media_type="application/json")
        named = {"Content-Disposition": f'attachment; filename="{table.name}.csv"'}
        return Response(
            page_to_csv(page, base_of(request)), media_type="text/csv; charset=utf-8", headers=named
        )
