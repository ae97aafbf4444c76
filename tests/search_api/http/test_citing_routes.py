"""The routes about citing, over a real index, as a program asks them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import rispy
from fastapi import FastAPI
from starlette.testclient import TestClient

from search_api.engine import Engine
from search_api.http.routes import add_api
from search_api.search.results import search_passages


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    app = FastAPI()
    add_api(app, engine)
    with TestClient(app, base_url="http://findings.example") as opened:
        yield opened


@pytest.fixture(scope="module")
def passage_id(engine: Engine) -> str:
    return search_passages(engine.snapshot(), "plans").hits[0].passage.id


def test_citation_has_every_form(client: TestClient, engine: Engine, passage_id: str) -> None:
    passage = engine.snapshot().index.passage(passage_id)
    assert passage is not None
    said = client.get(f"/api/passages/{passage_id}/citation").json()
    assert said["quote"] == passage.text
    assert said["permalink"] == "http://findings.example" + passage.url
    for form in ("text", "markdown", "ris", "bibtex"):
        assert "http://findings.example/documents/" in said[form]


def test_citation_of_a_part_quotes_that_part(client: TestClient, engine: Engine, passage_id: str) -> None:
    passage = engine.snapshot().index.passage(passage_id)
    assert passage is not None
    said = client.get(f"/api/passages/{passage_id}/citation", params={"start": 0, "end": 12}).json()
    assert said["quote"] == passage.text[:12]


def test_one_form_is_sent_as_a_file(client: TestClient, passage_id: str) -> None:
    response = client.get(f"/api/passages/{passage_id}/citation?format=ris")
    assert response.headers["content-type"].startswith("application/x-research-info-systems")
    assert response.headers["content-disposition"] == f'attachment; filename="{passage_id}.ris"'
    assert rispy.loads(response.text)[0]["id"] == passage_id


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/passages/none.p1/citation", 404),
        ("/api/passages/{id}/citation?format=docx", 422),
        ("/api/passages/{id}/citation?start=5&end=5", 422),
        ("/api/passages/{id}/citation?end=9999999", 422),
        ("/api/passages/{id}/citation?start=-1", 422),
    ],
)
def test_what_cannot_be_cited_is_refused_in_one_line(
    client: TestClient, passage_id: str, address: str, status: int
) -> None:
    response = client.get(address.replace("{id}", passage_id))
    assert response.status_code == status
    assert "\n" not in response.json()["error"]["message"]


@pytest.mark.parametrize("host", ["evil.example/path?x=", 'x"><script>', "a b"])
def test_a_host_that_is_no_name_is_not_put_into_a_permalink(
    client: TestClient, passage_id: str, host: str
) -> None:
    said = client.get(f"/api/passages/{passage_id}/citation", headers={"host": host}).json()
    assert said["permalink"].startswith(("/documents/", "http://findings.example/documents/"))
