"""The JSON routes of the contract: each calls one function of the engine and gives back what it says.

There is no logic in a route. What is asked wrongly is answered by `{"error": {"code", "message"}}` and a 4xx.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import Request

from indexer.errors import FindingsError, IndexUnusable, QueryError, UsageError
from search_api.answers.answering import answer_question
from search_api.engine import Engine
from search_api.http import schemas
from search_api.http.answer_routes import create_answer_table_api
from search_api.http.citing_routes import create_citing_api
from search_api.http.parameters import AskedBy, SearchParameters, WriteUpParameters, only
from search_api.search.results import search_passages
from search_api.writer.written import written_for

_SEARCH = AskedBy(SearchParameters)
_ANSWER = AskedBy(WriteUpParameters)

_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": schemas.ErrorJson, "description": "The question or a filter can't be used"},
    404: {"model": schemas.ErrorJson, "description": "There is no such thing"},
    409: {"model": schemas.ErrorJson, "description": "The index can't be used"},
    422: {"model": schemas.ErrorJson, "description": "A parameter is missing or of the wrong kind"},
}


def create_api(engine: Engine) -> APIRouter:
    """Make the contract's routes over an engine."""
    api = APIRouter(responses=_ERRORS)

    @api.get(
        "/api/search",
        response_model=schemas.SearchJson,
        tags=["search"],
        openapi_extra=_SEARCH.described(),
    )
    def search(asked: Annotated[SearchParameters, Depends(_SEARCH)]) -> Response:
        """Rank passages for a question."""
        found = search_passages(
            engine.snapshot(), asked.q, asked.filters, asked.limit, asked.offset, without=asked.without
        )
        return _written_out(found.to_json())

    @api.get(
        "/api/answer",
        response_model=schemas.AnswerJson,
        tags=["search"],
        openapi_extra=_ANSWER.described(),
    )
    def answer(asked: Annotated[WriteUpParameters, Depends(_ANSWER)]) -> Response:
        """Answer a question in documents' own words, cited."""
        snapshot = engine.snapshot()
        answered = answer_question(snapshot, asked.q, asked.filters, without=asked.without)
        written = written_for(snapshot, answered) if asked.write else None
        return _written_out({**answered.to_json(), "written": written.to_json() if written else None})

    @api.get(
        "/api/documents", response_model=schemas.DocumentsJson, tags=["documents"], dependencies=[only()]
    )
    def documents() -> dict[str, Any]:
        """List every document, without passages."""
        return {
            "documents": [
                document.to_json(passages=False) for document in engine.snapshot().index.documents()
            ]
        }

    @api.get("/api/documents/{document_id}", tags=["documents"], dependencies=[only()])
    def document(document_id: str) -> dict[str, Any]:
        """Give one document with its passages."""
        return _found(engine.snapshot().index.document(document_id), "document", document_id).to_json()

    @api.get(
        "/api/passages/{passage_id}",
        response_model=schemas.PassageJson,
        tags=["documents"],
        dependencies=[only()],
    )
    def passage(passage_id: str) -> dict[str, Any]:
        """Give one passage."""
        return _found(engine.snapshot().index.passage(passage_id), "passage", passage_id).to_json()

    @api.get("/api/councils", response_model=schemas.CouncilsJson, tags=["documents"], dependencies=[only()])
    def councils() -> dict[str, Any]:
        """List the authorities that there are documents of."""
        return {"councils": [held.to_json() for held in engine.snapshot().holdings.by_council()]}

    @api.get("/healthz", response_model=schemas.HealthJson, tags=["service"])
    def healthz() -> dict[str, Any]:
        """Say what is being served."""
        return engine.snapshot().health()

    return api


def add_api(app: FastAPI, engine: Engine) -> None:
    """Put the routes and the handlers of their errors into an application."""
    app.include_router(create_api(engine))
    app.include_router(create_citing_api(engine))
    app.include_router(create_answer_table_api(engine))
    app.add_exception_handler(FindingsError, _refused)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(RequestValidationError, _invalid)


def _written_out(content: dict[str, Any]) -> Response:
    """Write JSON where it was made: the framework would check and write it in yet another thread's turn.

    That it is as the route's model says is for tests.
    """
    return Response(to_json(content), media_type="application/json")


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
