"""The addresses of the pages about citing: a passage's citation, and checking the citations of a text."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from search_api.citation_formats import Cited
from search_api.citing_routes import base_of, passage_with_document
from search_api.engine import Engine
from web.cite_page import shown_citation
from web.templates import Templates
from web.views import NotHereError


def citing_pages(engine: Engine, templates: Templates) -> APIRouter:
    """Make the routes of the pages about citing."""
    router = APIRouter(include_in_schema=False)

    @router.get("/cite/{passage_id}")
    def show_citation(passage_id: str, request: Request) -> Response:
        found = passage_with_document(engine, passage_id)
        if found is None:
            raise NotHereError(
                "There is no such passage here. It may have been read anew since the link was made."
            )
        passage, document = found
        citation = shown_citation(Cited(passage, document, passage.text, base_of(request)))
        return templates.page("cite.html", document=document, passage=passage, citation=citation)

    return router
