"""The service: pages, JSON routes and assets as one application over one open engine.

What goes wrong is answered in kind: a page for a person, the contract's JSON for a program. This module must
not know what is on a page.
"""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from search_api.engine import Engine
from search_api.routes import add_api
from web.assets import Asset, load_icon, load_stylesheet
from web.headers import SecurityHeaders
from web.templates import Templates, load_templates
from web.views import NotFound, page_routes

_FOR_GOOD = "public, max-age=31536000, immutable"


def create_app(engine: Engine) -> FastAPI:
    """Make the application over an open engine; it fetches nothing from elsewhere and writes nothing."""
    # No interactive documentation: its pages load scripts from outside. /openapi.json is served.
    app = FastAPI(title="Findings", version="0.1.0", docs_url=None, redoc_url=None)
    stylesheet, icon = load_stylesheet(), load_icon()
    templates = load_templates(stylesheet.path, icon.path)
    add_api(app, engine)
    app.include_router(page_routes(engine, templates))
    for asset in (stylesheet, icon):
        _add_asset(app, asset)
    _add_errors(app, templates)

    @app.get("/robots.txt", include_in_schema=False)
    def robots() -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /search\nDisallow: /api/\n")

    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(SecurityHeaders)
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
    """Answer with a page wherever a person may have come; what `/api` answers is left to its own handlers."""
    for_programs = {
        error: app.exception_handlers.get(error) for error in (HTTPException, RequestValidationError)
    }
    headings = {404: "Page not found", 405: "This address can’t be used like that"}

    async def answer(request: Request, error: Exception) -> Response:
        kind = RequestValidationError if isinstance(error, RequestValidationError) else HTTPException
        api = for_programs[kind]
        if api is not None and request.url.path.startswith(("/api/", "/healthz", "/openapi.json")):
            answered = api(request, error)
            return answered if isinstance(answered, Response) else await answered
        status = error.status_code if isinstance(error, HTTPException) else 400
        message = "If you typed the address, check that it is right; if you pasted it, that it is whole."
        return templates.page(
            "error.html", status, heading=headings.get(status, "This can’t be done"), message=message
        )

    async def not_found(_: Request, error: Exception) -> Response:
        return templates.page("error.html", 404, heading="Page not found", message=str(error))

    app.add_exception_handler(HTTPException, answer)
    app.add_exception_handler(RequestValidationError, answer)
    app.add_exception_handler(NotFound, not_found)
