"""The service: pages, JSON routes and assets as one application over one open engine.

What goes wrong is answered in kind: a page for a person, the contract's JSON for a program. This module must
not know what is on a page.
"""

from __future__ import annotations

import inspect

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from indexer.errors import FindingsError, IndexUnusable, UsageError
from search_api.engine import Engine
from search_api.http.routes import add_api
from web.assets import Asset, load_icon, load_script, load_stylesheet
from web.faults import add_faults
from web.pages.about.views import add_about
from web.pages.citing.views import add_citing
from web.pages.comparing.compare import add_compare
from web.pages.comparing.themes import add_themes
from web.pages.councils.brief import add_brief
from web.pages.councils.views import add_councils
from web.pages.documents.originals import Pictures
from web.pages.documents.views import add_documents
from web.pages.home import add_home
from web.pages.packs.views import add_pack
from web.pages.programs.views import add_programs
from web.pages.recommendations.views import add_recommendations
from web.pages.search.suggestions import add_suggestions
from web.pages.search.views import add_search
from web.pages.shelf.views import add_shelf
from web.pages.site import NotHereError, Site
from web.pages.subjects.findings import add_findings
from web.pages.subjects.in_common import add_in_common
from web.pages.subjects.promises import add_promises
from web.pages.subjects.trend import add_trend
from web.pages.subjects.turned import add_turned_round
from web.pages.worksheet.views import add_worksheet
from web.service.headers import AcceptedEncodings, HeadRequests, SecurityHeaders
from web.settings import upload_settings
from web.templates import Templates, load_templates

_FOR_PROGRAMS = ("/api/", "/healthz", "/openapi.json")
_FOR_GOOD = "public, max-age=31536000, immutable"


def create_app(engine: Engine) -> FastAPI:
    """Make the application over an open engine; it fetches and writes nothing unless a setting says so."""
    # FastAPI's own pages load scripts from outside; ours is at /docs.
    app = FastAPI(title="Findings", version="0.1.0", docs_url=None, redoc_url=None)
    stylesheet, script, icon = load_stylesheet(), load_script(), load_icon()
    templates = load_templates(stylesheet.path, script.path, icon.path)
    add_api(app, engine)
    site = Site(engine, templates, APIRouter(include_in_schema=False))
    pictures = Pictures()
    add_home(site)
    add_search(site)
    add_suggestions(site)
    add_worksheet(site)
    add_compare(site)
    add_themes(site)
    add_pack(site, pictures)
    add_about(site)
    add_documents(site, pictures)
    add_shelf(site)
    add_councils(site)
    add_brief(site)
    add_recommendations(site)
    add_citing(site)
    add_programs(site)
    add_turned_round(site)
    add_findings(site)
    add_promises(site)
    add_trend(site)
    add_in_common(site)
    uploads = upload_settings()
    if uploads is not None:
        # Off by default, and it knows how builds read documents: a service without it holds none of that.
        from web.pages.uploads.views import add_uploads  # noqa: PLC0415

        add_uploads(site, uploads)
    app.include_router(site.router)
    for asset in (stylesheet, script, icon):
        _add_asset(app, asset)
    _add_errors(app, templates)
    add_faults(app, templates, engine)

    @app.get("/robots.txt", include_in_schema=False)
    def robots() -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /search\nDisallow: /api/\n")

    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(HeadRequests)
    app.add_middleware(AcceptedEncodings)
    return app


def _add_asset(app: FastAPI, asset: Asset) -> None:
    @app.get(asset.path, include_in_schema=False)
    def send(request: Request) -> Response:
        headers = {"ETag": asset.etag, "Cache-Control": _FOR_GOOD, "Vary": "Accept-Encoding"}
        if asset.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.gzipped, media_type=asset.media_type, headers=headers)
        return Response(asset.body, media_type=asset.media_type, headers=headers)


def _add_errors(app: FastAPI, templates: Templates) -> None:
    """Answer with a page wherever a person may have come; what programs ask is left to the API's handlers."""
    kinds: tuple[type[Exception], ...] = (HTTPException, RequestValidationError, FindingsError)
    for_programs = {kind: app.exception_handlers[kind] for kind in kinds}

    async def answer(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(_FOR_PROGRAMS):
            kind = next(kind for kind in kinds if isinstance(error, kind))
            answered = for_programs[kind](request, error)
            response: Response = await answered if inspect.isawaitable(answered) else answered
            return response
        status, heading, message = _in_words(error)
        page = templates.page("error.html", status, heading=heading, message=message)
        if isinstance(error, HTTPException):
            page.headers.update(error.headers or {})
        return page

    for kind in (*kinds, NotHereError):
        app.add_exception_handler(kind, answer)


def _in_words(error: Exception) -> tuple[int, str, str]:
    """Give the status, the heading and the message for a person."""
    if isinstance(error, NotHereError):
        return 404, "Page not found", str(error)
    if isinstance(error, IndexUnusable):
        return 409, "The index can’t be used", str(error)
    if isinstance(error, HTTPException) and error.status_code != 404:
        return error.status_code, "This can’t be done", "This address can’t be used like that."
    if isinstance(error, HTTPException):
        message = "If you typed the address, check that it is right; if you pasted it, that it is whole."
        return 404, "Page not found", message
    if isinstance(error, UsageError):
        said = str(error).replace("can't", "can’t")
        return 400, "This can’t be done", f"{said[:1].upper()}{said[1:]}"
    return 400, "This can’t be done", "Something in the address can’t be understood."
