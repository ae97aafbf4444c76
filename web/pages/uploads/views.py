"""The addresses of the page to add documents, which are there only where the settings say so.

Only a page of this service may send: a form elsewhere that a browser is led to is refused. Progress is a page to
load again, since no page has a script.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from search_api.http.request_body import read_form
from web.pages.site import Site, as_sentence
from web.pages.uploads.uploads import MOST_BYTES, MOST_FILES, Builds, Stored, store
from web.settings import UploadSettings


def add_uploads(site: Site, settings: UploadSettings) -> None:
    """Add the page to add documents."""
    router = site.router
    builds = Builds(site.engine.location, settings.sources)

    def page(status: int = 200, error: str = "", stored: list[Stored] | None = None) -> Response:
        return site.templates.page(
            "uploads/upload.html",
            status,
            error=error,
            mend="#file",
            stored=stored or [],
            megabytes=MOST_BYTES // 1_000_000,
            most_files=MOST_FILES,
        )

    @router.get("/upload")
    def show_upload() -> Response:
        return page()

    @router.post("/upload")
    async def upload(request: Request) -> Response:
        if not is_own_page(request):
            return page(403, "Documents can be added from this page alone")
        try:
            form = await read_form(request, MOST_BYTES, files=MOST_FILES)
        except HTTPException as error:
            return page(error.status_code, as_sentence(error))
        if not form.files:
            return page(400, "Choose a file")
        stored = [await run_in_threadpool(store, settings, file) for file in form.files]
        if any(item.name and not item.reason for item in stored):
            builds.ask()
            if all(item.name for item in stored):
                return RedirectResponse("/upload/progress", status_code=303)
        refused = [item for item in stored if not item.name]
        return page(422 if refused else 200, "Some files were not added" if refused else "", stored)

    @router.get("/upload/progress")
    def show_progress() -> Response:
        return site.templates.page("uploads/upload_progress.html", progress=builds.progress)


def is_own_page(request: Request) -> bool:
    """Tell whether a page of this service sends the request, by what browsers say and scripts can't forge."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host")
