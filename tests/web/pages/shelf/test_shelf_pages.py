"""Pages over a corpus that was fetched: what is listed, read and new, and where a document comes from."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import lxml.etree
import pytest

from indexer.build.build import build
from indexer.fetch.client import Answered
from indexer.fetch.table import FetchedTable, Listed
from search_api.answers.answering import answer_question
from search_api.engine import Engine
from search_api.search.results import search_passages
from tests.web.checked_client import CheckedClient
from web.app import create_app

OLD = "1. Social workers at Kelderbridge visit children often. 2. Return interviews are late, and few are recorded.\n"
NEW = "1. Social workers at Kelderbridge visit children often. 2. Return interviews are mostly in time now.\n"


def table_of(folder: Path) -> None:
    """The table as two runs leave it: a report, then its corrected edition; a council without any report."""
    with FetchedTable(folder) as table:
        one = Listed(
            "7",
            "https://reports.example/7",
            "Inspection of services",
            "Kelderbridge",
            "101",
            "inspection",
            "2016-03-01",
        )
        table.list_organisation("site", "101", "Kelderbridge", 1)
        table.list_organisation("site", "102", "Thornmere", 1)
        for name, text, day in (("old.md", OLD, "2026-01-02"), ("new.md", NEW, "2026-02-03")):
            table.list_document(
                "site", one, publisher="The inspectorate", licence="Open Government Licence v3.0", run=1
            )
            held = table.held("site")[0]
            (folder / name).write_text(f"# Kelderbridge progress report\n\n{text}", encoding="utf-8")
            sha256 = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            table.arrived("site", held, name, Answered(200, one.address, sha256=sha256), day)


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("fetched")
    table_of(folder)
    build([folder], folder / "index")
    with Engine(folder / "index") as engine:
        yield engine


@pytest.fixture
def client(fetched: Engine) -> CheckedClient:
    return CheckedClient(create_app(fetched))


def text_of(page: lxml.html.HtmlElement) -> str:
    return " ".join(page.text_content().split())


def test_coverage_says_what_is_listed_read_and_missing(client: CheckedClient) -> None:
    page = client.page("/coverage")
    assert "Of 2 organisations that publishers list, 1 has a document here" in text_of(page)
    rows = [[text_of(cell) for cell in row] for row in page.xpath("//tbody/tr")]
    assert rows == [["Kelderbridge", "inspection", "1", "1", "1", "1"], ["Thornmere", "Nothing is listed"]]
    table = list(csv.reader(io.StringIO(client.get("/coverage.csv").text)))
    assert table[1:] == [["site", "Kelderbridge", "101", "", "inspection", "1", "1", "1", "1"]]


def test_new_documents_are_a_page_and_a_feed(client: CheckedClient) -> None:
    assert "Fetched on 3 February 2026" in text_of(client.page("/new"))
    feed = lxml.etree.fromstring(client.get("/new.atom").content)
    dates = feed.xpath("//a:entry/a:updated/text()", namespaces={"a": "http://www.w3.org/2005/Atom"})
    assert dates == ["2026-02-03T00:00:00Z"]


def test_a_replaced_edition_can_be_opened_and_isnt_searched(client: CheckedClient, fetched: Engine) -> None:
    snapshot = fetched.snapshot()
    assert [document.file for document in snapshot.index.documents()] == ["new.md"]
    hits = search_passages(snapshot, "return interviews").hits
    assert {hit.document.file for hit in hits} == {"new.md"}
    old = next(d for d in snapshot.index.documents_by_number if d.file == "old.md")
    page = client.page(f"/documents/{old.id}")
    assert "This is an older edition" in text_of(page)
    newer = snapshot.index.documents()[0]
    assert page.xpath(f"//a[@href='/documents/{newer.id}']")


def test_a_document_says_where_it_comes_from(client: CheckedClient, fetched: Engine) -> None:
    page = client.page(f"/documents/{fetched.snapshot().index.documents()[0].id}")
    assert "from The inspectorate, 3 February 2026" in text_of(page)
    assert page.xpath("//a[@href='https://reports.example/7' and contains(., 'The inspectorate')]")


def test_a_count_says_how_many_there_are_to_be_counted(fetched: Engine) -> None:
    answer = answer_question(fetched.snapshot(), "which councils have return interviews?")
    assert answer.kind == "survey"
    assert "of 2 organisations that publishers list, 1 have a document here" in answer.coverage.note
