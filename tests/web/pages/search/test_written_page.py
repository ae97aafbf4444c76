"""The page of an answer written up: only what is supported is on it, and the quotations always are."""

from __future__ import annotations

import lxml.html
import pytest

from search_api.answers.answering import answer_question
from search_api.engine import Engine
from search_api.writer.endpoint import MODEL, URL
from tests.search_api.scripted_writer import scripted_writer, send
from tests.web.checked_client import CheckedClient
from web.app import create_app

QUESTION = "What do inspectors say about plans?"
ADDRESS = "/written?q=What+do+inspectors+say+about+plans%3F"


def test_there_is_no_such_page_where_no_writer_is_set(client: CheckedClient) -> None:
    client.page(ADDRESS, 404)
    assert "/written" not in client.get(ADDRESS.replace("/written", "/search")).text


def test_only_supported_sentences_are_shown_and_the_rest_counted(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    quote = answer_question(engine.snapshot(), QUESTION).statements[0].citations[0].quote
    first = quote.split("\n")[0].split(". ")[0].rstrip(".")
    with scripted_writer() as writer:
        monkeypatch.setenv(URL, writer.url)
        monkeypatch.setenv(MODEL, "m<b>odel")
        client = CheckedClient(create_app(engine))
        writer.says(
            f"{first} [1]. <script>alert(1)</script> [1]. Figures rose by 83% [1]. Nobody cites this."
        )
        html = client.get(ADDRESS).text
        assert "83%" not in html and "Nobody cites" not in html and "alert(1)" not in html
        assert "3 sentences dropped" in html
        page = lxml.html.document_fromstring(html)
        assert page.xpath("//q")
        assert not page.xpath("//b")
        link = client.page(ADDRESS.replace("/written", "/search")).xpath(
            "//a[starts-with(@href, '/written?')]"
        )
        assert len(link) == 1
        writer.reply = lambda h, _: send(h, b"", 500)
        html = client.get(ADDRESS).text
        assert "status 500" in html
        assert lxml.html.document_fromstring(html).xpath("//q")
