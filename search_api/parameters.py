"""What the routes may be asked, as pydantic models: the query parameters of the contract and those added to it.

A parameter that there isn't is refused: results of everywhere, for a filter whose name was misspelt, are an answer to
another question. This module must not know what a route does with them.
"""

from __future__ import annotations

import difflib
import re
from typing import Annotated

from fastapi import params
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError
from starlette.requests import Request

from search_api.engine import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET
from search_api.filters import Filters

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
    known = (*names, *repeatable)

    async def refuse_others(request: Request) -> None:
        for name in request.query_params:
            if name not in known:
                near = difflib.get_close_matches(name.casefold(), known, n=1)
                hint = f"did you mean {near[0]}?" if near else _allowed(known)
                said = f"there is no such parameter; {hint}"
            elif name in names and len(request.query_params.getlist(name)) > 1:
                said = "is given more than once; give it once"
            else:
                continue
            error = {"type": "unknown_parameter", "loc": ("query", name[:60]), "msg": said, "input": None}
            raise RequestValidationError([error])

    return params.Depends(refuse_others)


def only_those_of(model: type[BaseModel]) -> params.Depends:
    """Make a route refuse what isn't a field of the model of its parameters, or is given twice without being a list."""
    lists = tuple(name for name, field in model.model_fields.items() if field.annotation == list[str])
    return only(*(name for name in model.model_fields if name not in lists), repeatable=lists)


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
