"""Every face takes every filter, and says in one line what it doesn't know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.server.mcpserver.exceptions import ToolError
from starlette.testclient import TestClient

from search_api.__main__ import main
from search_api.engine import Engine
from search_api.fields import FACETS, ROWS, Filters, meant
from search_api.http.mcp_server import make_server
from search_api.search.result_set import find
from search_api.search.results import search_passages
from search_api.snapshot import Snapshot
from web.app import create_app

VALUES = {
    "council": "Thornmere", "kind": "inspection report", "framework": "SIF", "published_from": "2014",
    "published_to": "2030", "grade": "Inadequate", "section": "care leavers", "document": "thornmere-2016-inspection.pdf",
    "passage_kind": "recommendation", "region": "North East", "polarity": "weakness",
    "organisation": "Thornmere", "organisation_type": "council",
}  # fmt: skip
QUESTION = "care leavers and plans"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "contract.md"

every_filter = pytest.mark.parametrize("name", ROWS)


@pytest.fixture(scope="module")
def client(engine: Engine) -> TestClient:
    return TestClient(create_app(engine))


def filters_of(name: str) -> Filters:
    given: dict[str, Any] = {name: (VALUES[name],) if ROWS[name].repeatable else VALUES[name]}
    return Filters(**given)


def wanted(snapshot: Snapshot, name: str) -> dict[str, Any]:
    return json.loads(json.dumps(search_passages(snapshot, QUESTION, filters_of(name)).to_json()))


def test_each_filter_has_a_value_here() -> None:
    assert set(VALUES) == set(ROWS)


@every_filter
def test_the_command_line_takes_it(
    sample_index: Path, snapshot: Snapshot, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    option = f"--{name.replace('_', '-')}"
    assert main(["search", QUESTION, "--index", str(sample_index), "--json", option, VALUES[name]]) == 0
    assert json.loads(capsys.readouterr().out) == wanted(snapshot, name)


@every_filter
def test_the_json_routes_and_their_description_take_it(
    client: TestClient, snapshot: Snapshot, name: str
) -> None:
    response = client.get("/api/search", params={"q": QUESTION, name: VALUES[name]})
    assert response.json() == wanted(snapshot, name)
    described = client.get("/openapi.json").json()["paths"]
    for path in ("/api/search", "/api/answer", "/api/answer.csv"):
        parameters = {one["name"]: one for one in described[path]["get"]["parameters"]}
        assert parameters[name]["description"]


@every_filter
def test_the_tools_take_it(engine: Engine, snapshot: Snapshot, name: str) -> None:
    value = [VALUES[name]] if ROWS[name].repeatable else VALUES[name]
    server = make_server(engine)
    found: Any = anyio.run(server.call_tool, "search", {"query": QUESTION, name: value})
    assert found.structured_content == wanted(snapshot, name)
    answered: Any = anyio.run(server.call_tool, "answer", {"question": QUESTION, name: value})
    assert name in answered.structured_content["filters"]


@every_filter
def test_pages_and_their_files_take_it(client: TestClient, snapshot: Snapshot, name: str) -> None:
    asked = {"q": QUESTION, name: VALUES[name]}
    found = find(snapshot, QUESTION, filters_of(name))
    body = client.get("/search.json", params=asked).json()
    assert (body["filters"], body["total"]) == (found.filters, found.total)
    for address in ("/search", "/search.csv", "/search.atom"):
        assert client.get(address, params=asked).status_code == 200
    assert ROWS[name].heading in client.get("/search", params=asked).text


@every_filter
def test_the_docs_list_it(name: str) -> None:
    assert f"`{name}`" in DOCS.read_text(encoding="utf-8")


def test_facets_stand_in_the_order_of_their_rows(snapshot: Snapshot) -> None:
    found = [facet.name for facet in find(snapshot, "plans").facets]
    assert found == [name for name in FACETS if name in found]
    assert len(found) >= 7


def test_what_a_name_was_meant_to_be() -> None:
    assert meant("councils", tuple(ROWS)) == "council"
    assert meant("Pasage_kind", tuple(ROWS)) == "passage_kind"
    assert meant("xyzzy", tuple(ROWS)) is None


def test_every_face_refuses_what_it_does_not_know_and_names_what_was_meant(
    client: TestClient, engine: Engine, sample_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = client.get("/api/search", params={"q": QUESTION, "councils": "Thornmere"})
    assert (wrong.status_code, "did you mean council?" in wrong.json()["error"]["message"]) == (422, True)
    for address in ("/search", "/search.csv", "/search.json", "/search.atom", "/themes", "/themes.json"):
        page = client.get(address, params={"q": QUESTION, "councils": "Thornmere"})
        assert (page.status_code, "did you mean council?" in page.text) == (400, True), address
    assert client.get("/search", params={"q": QUESTION, "utm_source": "a-letter"}).status_code == 200
    with pytest.raises(SystemExit) as ended:
        main(["search", QUESTION, "--index", str(sample_index), "--councils", "Thornmere"])
    said = capsys.readouterr().err
    assert (ended.value.code, said.count("\n")) == (2, 1)
    assert "did you mean --council?" in said
    server = make_server(engine)
    for tool, arguments in (
        ("search", {"query": QUESTION, "councils": ["Thornmere"]}),
        ("document", {"document_idd": "x"}),
    ):
        with pytest.raises(ToolError, match=r"did you mean (council|document_id)") as refused:
            anyio.run(server.call_tool, tool, arguments)
        assert "\n" not in str(refused.value)
