"""What the routes take, as pydantic models: the query parameters of the contract and those added to it.

A parameter that there isn't is refused: results of everywhere, for a filter whose name was misspelt, are an answer to
another question. This module must not know what a route does with them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import params
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, Field, SkipValidation, ValidationError
from pydantic_core import PydanticCustomError
from starlette.datastructures import QueryParams
from starlette.requests import Request

from search_api.fields import ROWS, Filters, filters_from, no_such
from search_api.search.results import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What went wrong and what to do."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ErrorSent:
    """The body of every 4xx."""

    error: ErrorBody


ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorSent, "description": "The question or a filter can't be used"},
    404: {"model": ErrorSent, "description": "There is no such thing"},
    409: {"model": ErrorSent, "description": "The index can't be used"},
    422: {"model": ErrorSent, "description": "A parameter is missing or of the wrong kind"},
}
_Model = TypeVar("_Model", bound=BaseModel)
_DIGITS = re.compile(r"-?[0-9]{1,9}", re.ASCII)


def _plain_digits(value: object) -> object:
    """Let through what people write as a whole number; Python itself takes 1_0 for ten."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise PydanticCustomError("whole_number", "give a whole number in plain digits")
    return value


WholeNumber = Annotated[int, BeforeValidator(_plain_digits)]
"""A whole number as a parameter: plain digits and nothing else."""


def only(*names: str, repeatable: tuple[str, ...] = ()) -> params.Depends:
    """Make a route refuse every other parameter by its name, and each of `names` that is given twice.

    To be put among a route's dependencies; RequestValidationError, which is a 422.
    """

    async def refuse_others(request: Request) -> None:
        _refuse_others(request.query_params, names, repeatable)

    return params.Depends(refuse_others)


def _refuse_others(query: QueryParams, names: Sequence[str], repeatable: Sequence[str]) -> None:
    known = (*names, *repeatable)
    for name in query:
        if name not in known:
            hint = no_such(name, known) if known else "this address takes none"
            said = f"there is no such parameter; {hint}"
        elif name in names and len(query.getlist(name)) > 1:
            said = "is given more than once; give it once"
        else:
            continue
        error = {"type": "unknown_parameter", "loc": ("query", name[:60]), "msg": said, "input": None}
        raise RequestValidationError([error])


class AskedBy(Generic[_Model]):
    """What a route takes, by the fields of a model and by the filters: as its dependency, and in its description.

    It refuses what isn't one of them, or is given twice without being a list. The framework's own reading of a model
    goes through the types of every field for each request; here pydantic reads the query in one go.
    """

    def __init__(self, model: type[_Model]) -> None:
        self._model = model
        own = {name: field for name, field in model.model_fields.items() if name != "filters"}
        self._own_lists = {name for name, field in own.items() if field.annotation == list[str]}
        self._own = set(own)
        repeatable = {name for name, row in ROWS.items() if row.repeatable}
        self._lists = sorted(self._own_lists | repeatable)
        self._singles = [name for name in ("q", *ROWS, *own) if name not in self._lists]

    async def __call__(self, request: Request) -> _Model:
        """Read a request's query; RequestValidationError, which is a 422, where it can't be."""
        query = request.query_params
        _refuse_others(query, self._singles, self._lists)
        values: dict[str, Any] = {
            name: query.getlist(name) if name in self._own_lists else query[name]
            for name in query
            if name in self._own
        }
        values["filters"] = filters_from({name: query.getlist(name) for name in query if name in ROWS})
        try:
            return self._model.model_validate(values)
        except ValidationError as error:
            found = error.errors()
            raise RequestValidationError([{**one, "loc": ("query", *one["loc"])} for one in found]) from error

    def described(self) -> dict[str, Any]:
        """Describe the parameters as OpenAPI does, for a route's `openapi_extra`."""
        written = self._model.model_json_schema()["properties"]
        own = {name: schema for name, schema in written.items() if name in self._own}
        filters = {
            name: {
                "type": "array", "items": {"type": "string"}, "default": [],
            } if row.repeatable else {"type": "string"}
            for name, row in ROWS.items()
        }  # fmt: skip
        found = []
        for name, schema in (own | filters).items():
            said = schema.get("description") or (_sentence(ROWS[name].help) if name in ROWS else None)
            about = {"description": said} if said else {}
            found.append({"name": name, "in": "query", "required": False, "schema": schema, **about})
        return {"parameters": found}


def _sentence(help_: str) -> str:
    return help_[:1].upper() + help_[1:]


class AnswerParameters(BaseModel):
    """What `/api/answer` takes: a question and the filters."""

    q: str = Field("", description="The question, in words")
    filters: SkipValidation[Filters] = Filters()
    without: list[str] = Field(
        [],
        description="Kinds of filters not to read from the question; spelling, operators or reading; or all filters",
    )


class WriteUpParameters(AnswerParameters):
    """What `/api/answer` takes besides."""

    write: bool = Field(True, description="Have the answer written up, where a writer is set")


class SearchParameters(AnswerParameters):
    """What `/api/search` takes."""

    limit: WholeNumber = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    offset: WholeNumber = Field(0, ge=0, le=MAX_OFFSET)
