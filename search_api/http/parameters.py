"""What the routes may be asked, as pydantic models: the query parameters of the contract and those added to it.

A parameter that there isn't is refused: results of everywhere, for a filter whose name was misspelt, are an answer to
another question. This module must not know what a route does with them.
"""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Any, Generic, TypeVar

from fastapi import params
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError
from starlette.datastructures import QueryParams
from starlette.requests import Request

from search_api.question.filters import Filters
from search_api.search.results import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET

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


def _refuse_others(query: QueryParams, names: tuple[str, ...], repeatable: tuple[str, ...]) -> None:
    known = (*names, *repeatable)
    for name in query:
        if name not in known:
            near = difflib.get_close_matches(name.casefold(), known, n=1)
            hint = f"did you mean {near[0]}?" if near else _allowed(known)
            said = f"there is no such parameter; {hint}"
        elif name in names and len(query.getlist(name)) > 1:
            said = "is given more than once; give it once"
        else:
            continue
        error = {"type": "unknown_parameter", "loc": ("query", name[:60]), "msg": said, "input": None}
        raise RequestValidationError([error])


class AskedBy(Generic[_Model]):
    """How a route is asked by the fields of a model: as its dependency, and in its description.

    It refuses what isn't a field, or is given twice without being a list. The framework's own reading of a model goes
    through the types of every field for each request; here pydantic reads the query in one go.
    """

    def __init__(self, model: type[_Model]) -> None:
        self._model = model
        fields = model.model_fields.items()
        self._lists = tuple(name for name, field in fields if field.annotation == list[str])
        self._singles = tuple(name for name, _ in fields if name not in self._lists)

    async def __call__(self, request: Request) -> _Model:
        """Read a request's query; RequestValidationError, which is a 422, where it can't be."""
        query = request.query_params
        _refuse_others(query, self._singles, self._lists)
        values = {name: query.getlist(name) if name in self._lists else query[name] for name in query}
        try:
            return self._model.model_validate(values)
        except ValidationError as error:
            found = error.errors()
            raise RequestValidationError([{**one, "loc": ("query", *one["loc"])} for one in found]) from error

    def described(self) -> dict[str, Any]:
        """Describe the parameters as OpenAPI does, for a route's `openapi_extra`."""
        written = self._model.model_json_schema()
        if "$defs" in written:
            raise TypeError(
                f"{self._model.__name__} names another schema, which a parameter can't; put it inline"
            )
        found = []
        for name, schema in written["properties"].items():
            parameter = {"name": name, "in": "query", "required": False, "schema": schema}
            if "description" in schema:
                parameter["description"] = schema["description"]
            found.append(parameter)
        return {"parameters": found}


def _allowed(known: tuple[str, ...]) -> str:
    return f"there are {', '.join(known)}" if known else "this address takes none"


class AnswerParameters(BaseModel):
    """What `/api/answer` may be asked: a question and the contract's filters."""

    q: str = Field("", description="The question, in words")
    council: list[str] = Field([], description="Only these councils")
    kind: str | None = Field(None, description="Only this kind of document")
    framework: str | None = Field(None, description="Only this inspection framework")
    published_from: str | None = Field(None, description="Only documents of this ISO date or later")
    published_to: str | None = Field(None, description="Only documents of this ISO date or earlier")
    grade: str | None = Field(None, description="Only passages that stand under this grade")
    section: str | None = Field(None, description="Only passages under a heading with these words")
    document: str | None = Field(None, description="Only this document, by id or file name")
    passage_kind: str | None = Field(None, description="Only this kind of passage")
    region: str | None = Field(None, description="Only councils of this English region")
    polarity: str | None = Field(None, description="Only strength, weakness, mixed or neutral passages")
    without: list[str] = Field([], description="Kinds of filters not to read from the question; or all")

    def filters(self) -> Filters:
        """Put the filters as the engine takes them; what is empty asks nothing."""
        return Filters(
            council=tuple(self.council), **{name: getattr(self, name) or None for name in Filters.SINGLE}
        )


class WriteUpParameters(AnswerParameters):
    """What `/api/answer` may be asked besides."""

    write: bool = Field(True, description="Have the answer written up, where a writer is set")


class SearchParameters(AnswerParameters):
    """What `/api/search` may be asked."""

    limit: WholeNumber = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    offset: WholeNumber = Field(0, ge=0, le=MAX_OFFSET)
