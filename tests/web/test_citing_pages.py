"""The pages about citing: what is to be copied is there without scripts, and nothing that is pasted is obeyed."""

from __future__ import annotations

import pytest

from search_api.engine import Engine
from tests.web.checked_client import CheckedClient


@pytest.fixture(scope="module")
def passage_id(engine: Engine) -> str:
    return engine.search("plans").hits[0].passage.id


def test_cite_page_offers_every_form(client: CheckedClient, engine: Engine, passage_id: str) -> None:
    page = client.page(f"/cite/{passage_id}")
    passage = engine.passage(passage_id)
    assert passage is not None
    boxes = page.xpath("//textarea/@id")
    assert boxes == ["cite-text", "cite-markdown", "cite-ris", "cite-bibtex"]
    text = page.xpath("//textarea[@id='cite-text']")[0].text
    assert " ".join(passage.text.split()) in text
    for address in page.xpath("//a[contains(., 'Download as a file')]/@href"):
        assert client.get(address).status_code == 200


def test_cite_page_of_no_passage_says_so(client: CheckedClient) -> None:
    client.page("/cite/none.p1", 404)
