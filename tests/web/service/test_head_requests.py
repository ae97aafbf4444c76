"""Whatever can be got can be asked for by HEAD: the same status and headers, no body."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from search_api.engine import Engine

SEARCHES = (
    "/search", "/search.csv", "/search.json", "/search.atom", "/written", "/api/search", "/api/answer",
    "/api/answer.csv", "/api/changes", "/api/trend", "/api/turned",
)  # fmt: skip


def routes(listed: Iterable[Any]) -> Iterator[Any]:
    """Every route, those of routers that were included among them."""
    for route in listed:
        if hasattr(route, "original_router"):
            yield from routes(route.original_router.routes)
        else:
            yield route


def addresses(app: FastAPI, engine: Engine) -> list[str]:
    """An address of every route that can be got."""
    document = next(d for d in engine.snapshot().index.documents() if d.file.endswith("2015-inspection.pdf"))
    whole = engine.snapshot().index.document(document.id)
    assert whole is not None
    passage = next(p for p in whole.passages if p.kind == "recommendation")
    values = {
        "document_id": document.id, "passage_id": passage.id, "key": passage.key, "page": "1", "kind": "csv",
        "slug": "kelderbridge",
    }  # fmt: skip
    paths = [route.path for route in routes(app.routes) if "GET" in route.methods]
    filled = [re.sub(r"{(\w+)}", lambda name: values[name[1]], path) for path in paths]
    asked = dict.fromkeys(SEARCHES, "?q=visits") | {
        "/api/common": "?grade=Good", "/ask": "?ask_ask=trend&ask_subject=visits",
    }  # fmt: skip
    return [path + asked.get(path, "") for path in filled]


def test_every_route_answers_head_as_it_answers_get(app: FastAPI, engine: Engine) -> None:
    client = TestClient(app, follow_redirects=False)
    asked = addresses(app, engine)
    assert len(asked) > 30
    for address in asked:
        got, head = client.get(address), client.head(address)
        no_writer = address.startswith("/written")
        assert got.status_code in ((404,) if no_writer else (200, 303)), address
        assert head.status_code == got.status_code, address
        assert head.headers == got.headers, address
        assert head.content == b"", address


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nowhere", 404),
        ("/documents/none", 404),
        ("/api/documents/none", 404),
        ("/api/search?q=x&limit=0", 422),
        ("/api/search?q=", 400),
        ("/api/check-citations", 405),
        ("/pack/add", 405),
    ],
)
def test_what_cannot_be_got_is_refused_by_head_too(app: FastAPI, address: str, status: int) -> None:
    client = TestClient(app)
    head = client.head(address)
    assert (head.status_code, head.content) == (status, b"")
    assert head.headers == client.get(address).headers


def test_a_method_that_is_not_allowed_says_which_are(app: FastAPI) -> None:
    client = TestClient(app)
    assert client.delete("/api/search?q=x").headers["allow"] == "GET, HEAD"
    assert client.delete("/about").headers["allow"] == "GET, HEAD"
    assert client.delete("/api/check-citations").headers["allow"] == "POST"


def test_a_connection_goes_on_after_head(server: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=60)
    for method in ("HEAD", "GET", "HEAD", "GET"):
        connection.request(method, "/api/search?q=visits")
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200
        assert int(response.headers["content-length"]) > 1000
        assert bool(body) == (method == "GET")
    connection.close()
