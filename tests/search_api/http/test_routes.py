from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from search_api.engine import Engine
from search_api.http.routes import add_api


@pytest.fixture(scope="module")
def client(engine: Engine) -> TestClient:
    app = FastAPI()
    add_api(app, engine)
    return TestClient(app)


def test_search_answers_in_the_contracts_shape(client: TestClient) -> None:
    body = client.get("/api/search", params={"q": "return interviews in Kelderbridge", "limit": 3}).json()
    assert list(body)[:4] == ["query", "filters", "total", "hits"]
    assert body["filters"] == {"council": ["Kelderbridge"]}
    assert len(body["hits"]) == 3
    hit = body["hits"][0]
    assert list(hit)[:6] == ["rank", "score", "passage", "document", "highlights", "url"]
    assert set(hit["passage"]) == {
        "id", "document_id", "kind", "label", "section", "page", "end_page", "text", "page_label",
    }  # fmt: skip
    assert set(hit["document"]) == {"id", "file", "title", "council", "kind", "framework", "published"}
    assert hit["url"].startswith(f"/documents/{hit['document']['id']}/")
    assert body["understood"][0]["kind"] == "council"


def test_an_answer_is_in_the_contracts_shape_and_its_quotes_are_exact(client: TestClient) -> None:
    body = client.get("/api/answer", params={"q": "How many care leavers is Thornmere in touch with?"}).json()
    assert list(body)[:5] == ["question", "status", "statements", "coverage", "reason"]
    assert body["status"] == "answered"
    assert body["reason"] is None
    for statement in body["statements"]:
        for citation in statement["citations"]:
            passage = client.get(f"/api/passages/{citation['passage_id']}").json()
            assert passage["text"][citation["start"] : citation["end"]] == citation["quote"]
    refused = client.get("/api/answer", params={"q": "sourdough bread recipe"}).json()
    assert refused["status"] == "not_found"
    assert refused["statements"] == []
    assert refused["reason"]


def test_documents_passages_councils_and_health(client: TestClient, engine: Engine) -> None:
    documents = client.get("/api/documents").json()["documents"]
    assert len(documents) == 10
    assert "passages" not in documents[0]
    whole = client.get(f"/api/documents/{documents[0]['id']}").json()
    assert whole["passages"][0]["document_id"] == documents[0]["id"]
    councils = client.get("/api/councils").json()["councils"]
    assert {council["name"] for council in councils} >= {"Kelderbridge", "Thornmere"}
    health = client.get("/healthz").json()
    assert health["status"] == "ok"
    assert health["digest"] == engine.snapshot().index.digest


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/search", 400),
        ("/api/search?q=", 400),
        ("/api/search?q=%3F%21", 400),
        (f"/api/search?q={'x' * 10_000}", 400),
        ("/api/search?q=a&limit=0", 422),
        ("/api/search?q=a&limit=101", 422),
        ("/api/search?q=a&limit=ten", 422),
        ("/api/search?q=a&kind=poem", 400),
        ("/api/search?q=a&council=Borchester", 400),
        ("/api/search?q=a&published_from=soon", 400),
        ("/api/search?q=a&grade=Platinum", 400),
        ("/api/search?q=a&without=colour", 400),
        ("/api/answer", 400),
        ("/api/answer?q=a&document=none", 400),
        ("/api/documents/none", 404),
        ("/api/passages/none.p1", 404),
        ("/api/nothing", 404),
    ],
)
def test_what_is_asked_wrongly_is_a_4xx_in_the_contracts_shape(
    client: TestClient, path: str, status: int
) -> None:
    answered = client.get(path)
    assert answered.status_code == status
    error = answered.json()["error"]
    assert set(error) == {"code", "message"}
    assert error["message"]
    assert "\n" not in error["message"]


def test_a_wrong_method_is_said_in_the_contracts_shape(client: TestClient) -> None:
    answered = client.post("/api/search")
    assert answered.status_code == 405
    assert answered.json()["error"]["code"] == "method_not_allowed"


def test_openapi_names_every_route_of_the_contract(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) >= {
        "/api/search", "/api/answer", "/api/documents", "/api/documents/{document_id}",
        "/api/passages/{passage_id}", "/api/councils", "/healthz",
    }  # fmt: skip


@pytest.mark.parametrize("number", ["1_0", "+5", " 5", "5.0", "٥", "1e1", "0x5", "5" * 30, ""])
def test_a_number_is_written_in_plain_digits(client: TestClient, number: str) -> None:
    for name in ("limit", "offset"):
        response = client.get("/api/search", params={"q": "visits", name: number})
        assert response.status_code == 422
        assert response.json()["error"]["message"] == f"{name}: give a whole number in plain digits"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "/api/search?q=visits&counci=Kelderbridge",
            "counci: there is no such parameter; did you mean council?",
        ),
        ("/api/search?q=visits&Council=Kelderbridge", "did you mean council?"),
        ("/api/answer?q=visits&limit=5", "limit: there is no such parameter"),
        ("/api/answer.csv?q=visits&sorted=newest", "did you mean sort?"),
        ("/api/documents?council=Kelderbridge", "this address takes none"),
        ("/api/councils?q=x", "this address takes none"),
        ("/api/search?q=visits&kind=other&kind=progress+report", "kind: is given more than once"),
        ("/api/search?q=visits&q=plans", "q: is given more than once"),
    ],
)
def test_a_parameter_that_would_be_passed_over_is_refused_by_its_name(
    client: TestClient, address: str, said: str
) -> None:
    response = client.get(address)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "invalid_parameter"
    assert said in response.json()["error"]["message"]


def test_every_parameter_of_the_contract_is_taken(client: TestClient) -> None:
    filters = {
        "council": ["Kelderbridge", "Thornmere"], "kind": "inspection report", "framework": "SIF",
        "published_from": "2010", "published_to": "2030-01-01", "grade": "Good", "section": "a", "document": "",
    }  # fmt: skip
    assert client.get("/api/search", params={"q": "visits", "limit": 100, **filters}).status_code == 200
    assert client.get("/api/answer", params={"q": "visits", **filters}).status_code == 200
