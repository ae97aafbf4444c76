"""Search and answers over an index in PostgreSQL are those over the same index in a folder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from indexer.store.location import SETTING, DatabaseLocation
from indexer.store.postgres.copy import copy_index
from search_api.answers.answering import answer_question
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.register.tables import TABLES, ask
from search_api.search.results import search_passages
from tests.indexer.postgres_server import Server
from web.app import create_app

pytestmark = pytest.mark.slow

QUESTIONS = (
    "How quickly are children visited after a referral?",
    "return home interviews for children who go missing",
    "What did inspectors say about caseloads of social workers?",
    '"care leavers" housing -apprenticeships',
    "Which councils were inadequate for children who need help and protection?",
    "tunnels under the sea",
)


@pytest.fixture(scope="module")
def location(sample_index: Path, postgres: tuple[Server, Server]) -> DatabaseLocation:
    primary, standby = postgres
    made = primary.new_database(standby)
    copy_index(sample_index, made)
    return made


@pytest.fixture(scope="module")
def engines(sample_index: Path, location: DatabaseLocation) -> Iterator[tuple[Engine, Engine]]:
    with Engine(sample_index) as in_folder, Engine(location) as in_database:
        yield in_folder, in_database


def ids(found: dict[str, Any]) -> list[str]:
    return [hit["passage"]["id"] for hit in found["hits"]]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_search_finds_the_same_in_the_same_order(engines: tuple[Engine, Engine], question: str) -> None:
    in_folder, in_database = (
        search_passages(engine.snapshot(), question, limit=20).to_json() for engine in engines
    )
    assert ids(in_database) == ids(in_folder)
    assert in_database["total"] == in_folder["total"]
    assert in_database["filters"] == in_folder["filters"]
    scores = [[hit["score"] for hit in found["hits"]] for found in (in_database, in_folder)]
    assert scores[0] == pytest.approx(scores[1], abs=0.005)


def test_filters_choose_the_same(engines: tuple[Engine, Engine]) -> None:
    council = engines[0].snapshot().holdings.by_council()[0].name
    for filters in (Filters(council=(council,)), Filters(kind="inspection report")):
        in_folder, in_database = (
            search_passages(engine.snapshot(), "children in care", filters, limit=20).to_json()
            for engine in engines
        )
        assert ids(in_database) == ids(in_folder) != []


TABLES_ASKED = (
    ("judgements", {}), ("recommendations", {"q": "return home interviews"}), ("findings", {"q": "supervision"}),
    ("findings", {"q": "a converted library van"}), ("changes", {"q": "early help"}), ("trend", {"q": "neglect"}),
)  # fmt: skip


@pytest.mark.parametrize(("table", "given"), TABLES_ASKED)
def test_the_register_has_the_same_rows(
    engines: tuple[Engine, Engine], table: str, given: dict[str, str]
) -> None:
    in_folder, in_database = (ask(TABLES[table], engine.snapshot(), Filters(), given) for engine in engines)
    assert in_folder.rows or table == "changes"  # the sample has few that changed
    assert in_database == in_folder


@pytest.mark.parametrize("question", QUESTIONS[:3])
def test_an_answer_cites_the_same_words(engines: tuple[Engine, Engine], question: str) -> None:
    in_folder, in_database = (answer_question(engine.snapshot(), question).to_json() for engine in engines)
    assert in_database["status"] == in_folder["status"]
    assert [statement["text"] for statement in in_database["statements"]] == [
        statement["text"] for statement in in_folder["statements"]
    ]


def test_the_commands_take_an_address_or_the_setting(
    location: DatabaseLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-m", "search_api", "search", "children", "--json"]
    named = subprocess.run([*command, "--index", location.url], capture_output=True, text=True, check=True)
    monkeypatch.setenv(SETTING, location.url)
    set_ = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ids(json.loads(named.stdout)) == ids(json.loads(set_.stdout)) != []


def test_a_draft_is_checked_against_a_database_as_against_a_folder(
    location: DatabaseLocation, sample_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_text("It is said that “the bridge over the river was painted purple in May”.\n")
    command = [sys.executable, "-m", "search_api", "check-citations", str(draft), "--json"]
    said = [
        subprocess.run([*command, "--index", where], capture_output=True, text=True, check=True).stdout
        for where in (str(sample_index), location.url)
    ]
    monkeypatch.setenv(SETTING, location.url)
    said.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert said[0] == said[1] == said[2]
    assert json.loads(said[0])["counts"]["quotations"]["not_found"] == 1


def test_pages_and_originals_are_served_from_a_database(engines: tuple[Engine, Engine]) -> None:
    in_folder, in_database = (TestClient(create_app(engine)) for engine in engines)
    for document in engines[0].snapshot().index.documents()[:3]:
        original = f"/documents/{document.id}/original"
        for path in (f"/documents/{document.id}", f"/api/documents/{document.id}", original):
            assert in_database.get(path).status_code == in_folder.get(path).status_code
        assert in_database.get(original).content == in_folder.get(original).content
    health = in_database.get("/healthz").json()
    assert health["digest"] == in_folder.get("/healthz").json()["digest"]


def test_two_services_over_one_database_take_a_new_index_when_it_is_published(
    sample_index: Path, postgres: tuple[Server, Server]
) -> None:
    location = postgres[0].new_database(postgres[1])
    copy_index(sample_index, location)
    with Engine(location) as one, Engine(location) as other:
        before = {one.snapshot().index.manifest.generation, other.snapshot().index.manifest.generation}
        assert len(before) == 1
        copy_index(sample_index, location)
        after = {one.snapshot().index.manifest.generation, other.snapshot().index.manifest.generation}
        assert len(after) == 1
        assert after != before
