"""Pages for those who write programs: every route with its parameters and examples, the data dictionary, everything as files.

The routes are read from the OpenAPI description, so that the page can't say what isn't so.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from search_api.http.base_address import base_of
from search_api.packs.everything import NAME, dictionary, write_everything
from search_api.snapshot import Snapshot
from web.pages.site import Site, to_save

_EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "/api/search": {"q": "private fostering", "limit": "5"},
    "/api/answer": {"q": "findings on return interviews"},
    "/api/answer.csv": {"q": "findings on return interviews"},
    "/api/judgements": {"when": "latest", "area": "overall"},
    "/api/recommendations": {"limit": "5"},
    "/api/findings": {"q": "supervision", "verdict": "weakness", "limit": "5"},
    "/api/common": {"grade": "Inadequate"},
}
"""What each route is asked in its example; others are asked about supervision, where they take a subject."""
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "array": "text, may be repeated",
}


@dataclass(frozen=True, slots=True)
class ShownParameter:
    """A parameter of a route, in words; `values` are those that it may have, empty for any."""

    name: str
    kind: str
    help: str
    required: bool
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownRoute:
    """A route with its parameters and, where it can be asked by an address, its example relative to the service."""

    method: str
    path: str
    help: str
    parameters: tuple[ShownParameter, ...]
    example: str

    @property
    def anchor(self) -> str:
        """Its part of the page's address."""
        return "-".join(part.strip("{}") for part in f"{self.method}{self.path}".split("/")).replace(".", "-")


@dataclass(slots=True)
class _Kept:
    """The archive of one edition of the index, made when it is first asked for."""

    folder: tempfile.TemporaryDirectory[str] | None = None
    digest: str = ""
    making: threading.Lock = field(default_factory=threading.Lock)

    def of(self, snapshot: Snapshot) -> Path:
        with self.making:
            # Only now: a service that may write nowhere still answers all the rest.
            self.folder = self.folder or tempfile.TemporaryDirectory()
            path = Path(self.folder.name) / f"{snapshot.index.digest}.zip"
            if not path.exists():
                part = path.with_suffix(".part")
                with part.open("wb") as file:
                    write_everything(snapshot, file)
                for old in Path(self.folder.name).glob("*.zip"):
                    old.unlink()
                part.replace(path)
        return path


def add_programs(site: Site) -> None:
    """Add the pages for programs, and the archive of everything."""
    kept = _Kept()

    @site.router.get("/docs")
    def show_docs(request: Request) -> Response:
        base = base_of(request) or "http://localhost:8000"
        return site.templates.page("programs/docs.html", routes=routes_of(request.app.openapi()), base=base)

    @site.router.get("/download")
    def show_download() -> Response:
        return site.templates.page("programs/download.html", tables=dictionary())

    @site.router.get("/download.zip")
    def send_everything() -> Response:
        path = kept.of(site.engine.snapshot())
        return FileResponse(path, media_type="application/zip", headers=to_save(f"{NAME}.zip"))


def routes_of(openapi: Mapping[str, Any]) -> list[ShownRoute]:
    """List the routes of an OpenAPI description, in its order."""
    return [
        ShownRoute(
            method.upper(),
            path,
            " ".join((route.get("description") or route.get("summary") or "").split()),
            tuple(map(_parameter, route.get("parameters", ()))),
            _example(method, path, route),
        )
        for path, methods in openapi["paths"].items()
        for method, route in methods.items()
    ]


def _parameter(given: Mapping[str, Any]) -> ShownParameter:
    schema = given.get("schema", {})
    choices: Sequence[Mapping[str, Any]] = schema.get("anyOf", [schema])
    kinds = [_TYPES.get(choice.get("type", ""), choice.get("type", "")) for choice in choices]
    values = [str(value) for choice in choices for value in choice.get("enum", ())]
    return ShownParameter(
        given["name"],
        next((kind for kind in kinds if kind and kind != "null"), "text"),
        given.get("description") or schema.get("description") or "",
        bool(given.get("required")),
        tuple(values),
    )


def _example(method: str, path: str, route: Mapping[str, Any]) -> str:
    if method != "get" or "{" in path:
        return ""
    subject = {"q": "supervision"} if any(p["name"] == "q" for p in route.get("parameters", ())) else {}
    asked = urlencode(_EXAMPLES.get(path, subject))
    return f"{path}{'?' if asked else ''}{asked}"
