"""The addresses of the pages about citing: a passage's citation, and checking the citations of a text."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from indexer.errors import QueryError
from search_api.citing.check_citations import check_citations
from search_api.citing.formats import Cited
from search_api.citing.word_difference import MEANING_OF_EXACT
from search_api.engine import Engine
from search_api.http.citing_routes import base_of, passage_with_document, sent_text
from web.pages.citing.check_page import ShownCheck, shown_check
from web.pages.citing.cite_page import shown_citation
from web.pages.views import NotHereError
from web.templates import Templates

LONGEST_KEPT = 30_000
"""Characters of a text that its box still holds beside the result; a longer one isn't sent back."""


def citing_pages(engine: Engine, templates: Templates) -> APIRouter:
    """Make the routes of the pages about citing."""
    router = APIRouter(include_in_schema=False)

    @router.get("/cite/{passage_id}")
    def show_citation(passage_id: str, request: Request) -> Response:
        snapshot = engine.snapshot()
        found = passage_with_document(snapshot, passage_id)
        if found is None:
            raise NotHereError(
                "There is no such passage here. It may have been read anew since the link was made."
            )
        passage, document = found
        citation = shown_citation(Cited(passage, document, passage.text, base_of(request)))
        return templates.page("citing/cite.html", document=document, passage=passage, citation=citation)

    def check_page(
        status: int = 200, text: str = "", error: str = "", result: ShownCheck | None = None
    ) -> Response:
        return templates.page(
            "citing/check.html",
            status,
            text=text,
            error=error,
            errors=[{"text": error, "href": "#text"}] if error else [],
            result=result,
            exact_means=MEANING_OF_EXACT,
        )

    @router.get("/check-citations")
    def show_check() -> Response:
        return check_page()

    @router.post("/check-citations")
    async def check(request: Request) -> Response:
        text = ""
        try:
            text = await sent_text(request)
            checked = await run_in_threadpool(lambda: check_citations(engine.snapshot(), text))
        except (HTTPException, QueryError) as error:
            status = error.status_code if isinstance(error, HTTPException) else 400
            said = str(error.detail) if isinstance(error, HTTPException) else str(error)
            return check_page(
                status, text[:LONGEST_KEPT], said[:1].upper() + said[1:].replace("can't", "can’t")
            )
        return check_page(text=text if len(text) <= LONGEST_KEPT else "", result=shown_check(checked))

    return router
