"""The page of an answer written up: the writer's supported sentences, how many were dropped, and the quotes.

It has an address of its own, so that no search ever waits for a language model. Where no writer is set there is
no such page.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from search_api.answers.answering import answer_question
from search_api.engine import Engine
from search_api.writer.endpoint import settings_from
from search_api.writer.written import Written, written_for
from web.pages import wording
from web.pages.search import address as search_address
from web.pages.views import NotHereError
from web.templates import Templates


def written_pages(engine: Engine, templates: Templates) -> APIRouter:
    """Make the page's route; UsageError where the writer's settings can't be used."""
    router = APIRouter(include_in_schema=False)
    templates.environment.globals["writer_on"] = settings_from() is not None

    @router.get("/written")
    def show_written(request: Request) -> Response:
        snapshot = engine.snapshot()
        if settings_from() is None:
            raise NotHereError("No writer is set here, so that answers are quotations alone.")
        given = request.query_params
        asked = search_address.asked({name: given.getlist(name) for name in given})
        if not asked.question:
            return RedirectResponse("/", status_code=303)
        found = answer_question(snapshot, asked.question, asked.filters, without=asked.without)
        written = written_for(snapshot, found)
        return templates.page(
            "search/written.html",
            area="search",
            asked=asked,
            answer=found,
            written=written,
            dropped=dropped_in_words(written),
        )

    return router


def dropped_in_words(written: Written | None) -> str:
    """Say how many sentences were dropped and why; empty where none was."""
    if written is None or not written.dropped:
        return ""
    why = "; ".join(
        f"{reason} ({wording.count(times, 'time')})" if times > 1 else reason
        for reason, times in sorted(written.reasons.items(), key=lambda item: -item[1])
    )
    return f"{wording.count(written.dropped, 'sentence')} dropped as not supported: {why}."
