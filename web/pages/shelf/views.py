"""What is on the shelf: what publishers list beside what is here, and what came last, as pages and as a feed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from search_api.comparing.published import arrivals, published_here
from search_api.http.atom import MEDIA_TYPE, documents_feed
from search_api.http.base_address import base_of
from search_api.packs.exports import to_csv
from web.pages.site import Site, to_save

_MOST = 200
"""Documents on the page of what is new."""


def add_shelf(site: Site) -> None:
    """Add the pages of what is here and what is new."""

    @site.router.get("/coverage")
    def show_coverage() -> Response:
        snapshot = site.engine.snapshot()
        return site.templates.page(
            "shelf/coverage.html",
            published=published_here(snapshot),
            documents=len(snapshot.index.documents()),
        )

    @site.router.get("/coverage.csv")
    def send_coverage() -> Response:
        published = published_here(site.engine.snapshot())
        rows = [
            (*about, kind.kind, kind.listed, kind.fetched, kind.read, kind.warned)
            for row in published.organisations
            for about in [(row.source, row.organisation, row.organisation_id, row.council or "")]
            for kind in row.kinds
        ]
        header = (
            "source",
            "organisation",
            "organisation_id",
            "council",
            "kind",
            "listed",
            "fetched",
            "read",
            "warned",
        )
        return Response(
            to_csv(header, rows), media_type="text/csv; charset=utf-8", headers=to_save("coverage.csv")
        )

    @site.router.get("/new")
    def show_new() -> Response:
        return site.templates.page("shelf/new.html", arrivals=arrivals(site.engine.snapshot(), _MOST))

    @site.router.get("/new.atom")
    def send_feed(request: Request) -> Response:
        snapshot = site.engine.snapshot()
        documents = [document for day in arrivals(snapshot, _MOST) for document in day.documents]
        body = documents_feed(documents, base_of(request), snapshot.index.manifest.built)
        return Response(body, media_type=MEDIA_TYPE)
