"""The JSON routes of the contract: each calls one function of the engine and gives back what it says.

There is no logic in a route. A wrong request is answered by `{"error": {"code", "message"}}` and a 4xx.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from indexer.document import Passage
from indexer.errors import FindingsError, IndexUnusable, QueryError, UsageError
from indexer.json_value import adapter
from search_api.answers.answer import Answer
from search_api.answers.answering import answer_question
from search_api.comparing.visits import TiedDocument, tied, visits_in
from search_api.engine import Engine
from search_api.http.answer_table import Order, answer_to_csv
from search_api.http.base_address import base_of
from search_api.http.citing_routes import create_citing_api
from search_api.http.parameters import (
    ERRORS,
    AnswerParameters,
    AskedBy,
    SearchParameters,
    WriteUpParameters,
    only,
)
from search_api.http.register_routes import create_register_api
from search_api.question.holdings import CouncilHolding
from search_api.search.results import SearchResult, search_passages
from search_api.snapshot import Health
from search_api.writer.written import Written, written_for

_SEARCH = AskedBy(SearchParameters)
_ANSWER = AskedBy(WriteUpParameters)


class TableParameters(AnswerParameters):
    """What `/api/answer.csv` takes: a question, the filters, and an order."""

    sort: Order = Field("answer", description="The order of the rows; newest is by date, the latest first")


_TABLE = AskedBy(TableParameters)


@dataclass(frozen=True, slots=True)
class WrittenAnswer(Answer):
    """An answer, and what the optional writer made of it; `written` is null unless a writer is set."""

    written: Written | None = None


@dataclass(frozen=True, slots=True)
class DocumentsSent:
    """Every document, without its passages."""

    documents: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class CouncilsSent:
    """The authorities that the index has documents of."""

    councils: list[CouncilHolding]


def create_api(engine: Engine) -> APIRouter:
    """Make the contract's routes over an engine."""
    api = APIRouter(responses=ERRORS)
    of_documents: dict[str, Any] = {"tags": ["documents"], "dependencies": [only()]}

    @api.get("/api/search", response_model=SearchResult, tags=["search"], openapi_extra=_SEARCH.described())
    def search(asked: Annotated[SearchParameters, Depends(_SEARCH)]) -> Response:
        """Rank passages for a question."""
        snapshot = engine.snapshot()
        return _sent(
            search_passages(
                snapshot, asked.q, asked.filters, asked.limit, asked.offset, without=asked.without
            )
        )

    @api.get("/api/answer", response_model=WrittenAnswer, tags=["search"], openapi_extra=_ANSWER.described())
    def answer(asked: Annotated[WriteUpParameters, Depends(_ANSWER)]) -> Response:
        """Answer a question in documents' own words, cited."""
        snapshot = engine.snapshot()
        answered = answer_question(snapshot, asked.q, asked.filters, without=asked.without)
        written = written_for(answered) if asked.write else None
        return _sent({**answered.to_json(), "written": written.to_json() if written else None})

    @api.get("/api/answer.csv", tags=["search"], response_class=Response, openapi_extra=_TABLE.described())
    def table(request: Request, asked: Annotated[TableParameters, Depends(_TABLE)]) -> Response:
        """Give an answer's citations as CSV, all of them."""
        found = answer_question(engine.snapshot(), asked.q, asked.filters, without=asked.without)
        return Response(
            answer_to_csv(found, asked.sort, base_of(request)),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="answer.csv"'},
        )

    @api.get("/api/documents", response_model=DocumentsSent, **of_documents)
    def documents() -> Response:
        """List every document, without passages."""
        index = engine.snapshot().index
        held = tied(index.documents(), visits_in(index))
        return _sent(DocumentsSent([document.to_json(passages=False) for document in held]))

    @api.get("/api/documents/{document_id}", response_model=TiedDocument, **of_documents)
    def document(document_id: str) -> Response:
        """Give one document with its passages."""
        index = engine.snapshot().index
        found = _found(index.document(document_id), "document", document_id)
        return _sent(tied([found], visits_in(index))[0])

    @api.get("/api/passages/{passage_id}", response_model=Passage, **of_documents)
    def passage(passage_id: str) -> Response:
        """Give one passage."""
        return _sent(_found(engine.snapshot().index.passage(passage_id), "passage", passage_id))

    @api.get("/api/councils", response_model=CouncilsSent, **of_documents)
    def councils() -> Response:
        """List the authorities that there are documents of."""
        return _sent(CouncilsSent(engine.snapshot().holdings.by_council()))

    @api.get("/healthz", response_model=Health, tags=["service"])
    def healthz() -> Response:
        """Say what is being served."""
        if engine.is_away():
            raise IndexUnusable("the database that the index is in does not answer; check that it runs")
        return _sent(engine.snapshot().health())

    return api


def add_api(app: FastAPI, engine: Engine) -> None:
    """Put the routes and the handlers of their errors into an application."""
    app.include_router(create_api(engine))
    app.include_router(create_citing_api(engine))
    app.include_router(create_register_api(engine))
    app.add_exception_handler(FindingsError, _refused)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(RequestValidationError, _invalid)


def _sent(value: Any) -> Response:  # noqa: ANN401 (any value that has a JSON form)
    """Write JSON where it was made: the framework would check and write it in yet another thread's turn.

    That it is as the route's model says is for tests.
    """
    return Response(adapter(type(value)).dump_json(value), media_type="application/json")


_T = TypeVar("_T")


def _found(thing: _T | None, what: str, name: str) -> _T:
    if thing is None:
        raise HTTPException(404, f"there is no {what} {name[:80]!r} in this index")
    return thing


def error_response(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Answer with the contract's error."""
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def _refused(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, IndexUnusable):
        return error_response(409, "index_unusable", str(error))
    code = "bad_query" if isinstance(error, QueryError) else "bad_request"
    return error_response(400 if isinstance(error, UsageError) else 422, code, str(error))


def _no_route(_: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 400
    detail = str(error.detail) if isinstance(error, HTTPException) else "this can't be done"
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "bad_request")
    headers = error.headers if isinstance(error, HTTPException) else None
    return error_response(status, code, detail, headers)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    said = "; ".join(f"{problem['loc'][-1]}: {problem['msg']}" for problem in problems[:5])
    return error_response(422, "invalid_parameter", said or "a parameter can't be used")
