"""The address of a search's Atom feed: the parameters of `/search`, answered for feed readers."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from search_api.engine import Engine
from search_api.http.atom import MEDIA_TYPE, feed
from search_api.http.citing_routes import base_of
from search_api.search.results import MAX_LIMIT, search_passages
from web.pages.search import address as search_address

_LEFT_OUT = frozenset({"page", "sort"})


def atom_routes(engine: Engine) -> APIRouter:
    """Make the feed's route."""
    router = APIRouter(include_in_schema=False)

    @router.get("/search.atom")
    def show_feed(request: Request) -> Response:
        snapshot = engine.snapshot()
        given = request.query_params
        asked = search_address.asked({name: given.getlist(name) for name in given})
        result = search_passages(
            snapshot, asked.question, asked.filters, limit=MAX_LIMIT, without=asked.without
        )
        parameters = [(name, value) for name, value in given.multi_items() if name not in _LEFT_OUT]
        built = snapshot.index.manifest.built
        tag = f'"{snapshot.index.digest[:24]}"'
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"ETag": tag})
        return Response(
            feed(result, parameters, base_of(request), built), media_type=MEDIA_TYPE, headers={"ETag": tag}
        )

    return router
