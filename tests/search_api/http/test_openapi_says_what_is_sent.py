"""Whatever a JSON route sends is what OpenAPI says, field by field, and nothing more."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from search_api.engine import Engine
from search_api.http.routes import add_api
from search_api.snapshot import Snapshot


@pytest.fixture(scope="module")
def client(engine: Engine) -> TestClient:
    app = FastAPI()
    add_api(app, engine)
    return TestClient(app)


@pytest.fixture(scope="module")
def described(client: TestClient) -> dict[str, Any]:
    whole = client.get("/openapi.json").json()
    for schema in whole["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return whole


def addresses(snapshot: Snapshot) -> list[tuple[str, str]]:
    document = next(d for d in snapshot.index.documents() if d.recommendations)
    passage = document.recommendations[0].passage_id
    return [
        ("/api/search", "/api/search?q=return interviews in Kelderbridge"),
        ("/api/answer", "/api/answer?q=Which councils had findings on supervision?"),
        ("/api/answer", "/api/answer?q=How many care leavers is Thornmere in touch with?"),
        ("/api/answer", "/api/answer?q=sourdough bread recipe"),
        ("/api/councils", "/api/councils"),
        ("/api/documents", "/api/documents"),
        ("/api/documents/{document_id}", f"/api/documents/{document.id}"),
        ("/api/passages/{passage_id}", f"/api/passages/{passage}"),
        ("/api/passages/{passage_id}/citation", f"/api/passages/{passage}/citation"),
        ("/healthz", "/healthz"),
    ]


def test_what_is_sent_is_what_is_described(
    client: TestClient, described: dict[str, Any], snapshot: Snapshot
) -> None:
    for path, address in addresses(snapshot):
        _check(described, path, "get", client.get(address).json())
    text = (
        "“Return interviews are not always held” (Kelderbridge 2015, paragraph 3). See Durham, 2016, page 4."
    )
    sent = client.post("/api/check-citations", json={"text": text}).json()
    _check(described, "/api/check-citations", "post", sent)


def _check(described: dict[str, Any], path: str, method: str, sent: object) -> None:
    schema = described["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema, path
    errors = list(Draft202012Validator({**schema, "components": described["components"]}).iter_errors(sent))
    assert not errors, (path, [error.message for error in errors[:3]])
