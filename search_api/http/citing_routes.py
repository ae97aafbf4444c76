"""The JSON routes about citing: a passage's citation in every form, and checking the citations of a text.

There is no logic in a route.
"""

from __future__ import annotations

import json
import re
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from indexer.document import Document, Passage
from indexer.errors import UnreadableDocument
from indexer.json_value import HIDDEN, JsonValue, json_value, shown
from search_api.citing.check_citations import CheckedText, check_citations
from search_api.citing.citation import cite
from search_api.citing.formats import FORMATS, CitationFormat, Cited, cited, written
from search_api.citing.sent_text import MOST_BYTES, text_of
from search_api.engine import Engine
from search_api.http.base_address import base_of
from search_api.http.parameters import ERRORS, ErrorSent, WholeNumber, only
from search_api.http.request_body import read_body, read_form
from search_api.snapshot import Snapshot

_NOT_NAME = re.compile(r"[^a-z0-9.-]+")


_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TEXT_BODY = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
_CHECK_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _TEXT_BODY},
            "text/plain": {"schema": {"type": "string"}},
            _DOCX: {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string"},
                        "file": {"type": "string", "format": "binary"},
                    },
                }
            },
        },
    }
}


@json_value
class CitationForms(JsonValue):
    """A passage's citation in every form that people paste; `reference` says whose, when, which paragraph and page."""

    what: Annotated[Cited, HIDDEN]
    passage_id: str = shown("what.passage.id")
    document_id: str = shown("what.document.id")
    reference: str = shown("what.reference")
    permalink: str = shown("what.permalink")
    quote: str = shown("what.quote")
    text: str = shown(lambda self: written(self.what, "text"))
    markdown: str = shown(lambda self: written(self.what, "markdown"))
    harvard: str = shown(lambda self: written(self.what, "harvard"))
    oscola: str = shown(lambda self: written(self.what, "oscola"))
    ris: str = shown(lambda self: written(self.what, "ris"))
    bibtex: str = shown(lambda self: written(self.what, "bibtex"))


def passage_with_document(snapshot: Snapshot, passage_id: str) -> tuple[Passage, Document] | None:
    """Find a passage and its document (without passages); None where there is none of that id."""
    passage = snapshot.index.passage(passage_id)
    document = snapshot.by_id.get(passage.document_id) if passage else None
    return (passage, document) if passage and document else None


def create_citing_api(engine: Engine) -> APIRouter:
    """Make the routes about citing over an engine."""
    api = APIRouter(tags=["citing"], responses=ERRORS)

    @api.get(
        "/api/passages/{passage_id}/citation",
        response_model=CitationForms,
        dependencies=[only("format", "start", "end")],
    )
    def citation(
        passage_id: str,
        request: Request,
        form: Annotated[CitationFormat | None, Query(alias="format")] = None,
        start: Annotated[WholeNumber | None, Query(ge=0, description="First character quoted")] = None,
        end: Annotated[WholeNumber | None, Query(ge=1, description="Character after the last quoted")] = None,
    ) -> Response:
        """Cite a passage, or the part of it from `start` to `end`: in every form, or in one as a file."""
        found = passage_with_document(engine.snapshot(), passage_id)
        if found is None:
            raise HTTPException(404, f"there is no passage {passage_id[:80]!r} in this index")
        what = _quoted(*found, start, end, base_of(request))
        if form is not None:
            return as_file(what, form)
        return JSONResponse(CitationForms(what).to_json())

    @api.post(
        "/api/check-citations",
        dependencies=[only()],
        response_model=CheckedText,
        responses={413: {"model": ErrorSent}, 415: {"model": ErrorSent}},
        openapi_extra=_CHECK_BODY,
    )
    async def check(request: Request) -> Response:
        """Check the quotations and references of a text: JSON {"text"}, plain text, DOCX, or a form."""
        text = await sent_text(request)
        checked = await run_in_threadpool(lambda: check_citations(engine.snapshot(), text))
        return JSONResponse(checked.to_json())

    return api


async def sent_text(request: Request) -> str:
    """Read the text to check out of a request, whichever way it was sent.

    Raises HTTPException (413, 415, 422) with the reason in one line.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    try:
        if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
            form = await read_form(request, MOST_BYTES)
            if form.files:
                return await run_in_threadpool(text_of, form.files[0].data)
            return form.texts.get("text", "")
        data = await read_body(request, MOST_BYTES)
        if kind == "application/json":
            return _json_text(data)
        if kind in ("text/plain", _DOCX):
            return await run_in_threadpool(text_of, data)
    except UnreadableDocument as error:
        raise HTTPException(422, f"the file {error}") from error
    raise HTTPException(415, 'send JSON as {"text": "..."}, plain text, a DOCX file or a form')


def _json_text(data: bytes) -> str:
    try:
        sent = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, 'the JSON can\'t be read; send {"text": "..."}') from error
    if not isinstance(sent, dict) or not isinstance(sent.get("text"), str):
        raise HTTPException(422, 'there is no text in the JSON; send {"text": "..."}')
    # JSON can hold half of a character, which no answer could be written with.
    return str(sent["text"]).encode("utf-8", "replace").decode("utf-8")


def as_file(what: Cited, form: CitationFormat) -> PlainTextResponse:
    """Send a citation as a file of its form; those that programs read are offered for download."""
    known = FORMATS[form]
    name = _NOT_NAME.sub("-", what.passage.id.lower()).strip("-.") or "citation"
    headers = {"Content-Disposition": f'attachment; filename="{name}.{known.ending}"'}
    return PlainTextResponse(
        written(what, form), media_type=known.media, headers=headers if known.saved else {}
    )


def _quoted(passage: Passage, document: Document, start: int | None, end: int | None, base: str) -> Cited:
    try:
        citation = cite(passage, document, start or 0, len(passage.text) if end is None else end)
    except ValueError as error:
        raise HTTPException(
            422, f"the passage has {len(passage.text)} characters; give a start and an end within them"
        ) from error
    return cited(citation, base)
