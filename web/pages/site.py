"""What every view stands on, and how a request is read. This module must not know of any one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request

from search_api.engine import Engine
from web.templates import Templates

Parameters = Mapping[str, Sequence[str]]


class NotHereError(Exception):
    """Nothing is at this address; the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class Site:
    """The engine, the templates, and the router that each subject adds its addresses to."""

    engine: Engine
    templates: Templates
    router: APIRouter


def parameters(request: Request) -> Parameters:
    """Give every value of each parameter of a request's address, by name."""
    return {name: request.query_params.getlist(name) for name in request.query_params}


def several(given: Parameters, name: str) -> tuple[str, ...]:
    """Give the values of a parameter, each once, without those that are empty."""
    return tuple(dict.fromkeys(value.strip() for value in given.get(name, ()) if value.strip()))


def page_number(value: str | None, most: int = 99_999) -> int:
    """Read a page's number, from 1 to `most`; what is no number is the first."""
    number = int(value) if value and value.isascii() and value.isdigit() and len(value) < 6 else 1
    return max(1, min(number, most))


def as_sentence(error: Exception) -> str:
    """Put an error's message as people read it."""
    said = str(error.detail if isinstance(error, HTTPException) else error)
    return said[:1].upper() + said[1:].replace("can't", "can’t")


def to_save(name: str) -> dict[str, str]:
    """Make the header that has a browser save a response as a file."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}
