"""The pages about citing: what is to be copied is there without scripts, and nothing that is pasted is obeyed."""

from __future__ import annotations

import lxml.html
import pytest

from search_api.engine import Engine
from search_api.search.results import search_passages
from tests.web.checked_client import CheckedClient, check_headers, check_page


@pytest.fixture(scope="module")
def passage_id(engine: Engine) -> str:
    return search_passages(engine.snapshot(), "plans").hits[0].passage.id


def test_cite_page_offers_every_form(client: CheckedClient, engine: Engine, passage_id: str) -> None:
    page = client.page(f"/cite/{passage_id}")
    passage = engine.snapshot().index.passage(passage_id)
    assert passage is not None
    boxes = page.xpath("//textarea/@id")
    assert boxes == ["cite-text", "cite-markdown", "cite-harvard", "cite-oscola", "cite-ris", "cite-bibtex"]
    text = page.xpath("//textarea[@id='cite-text']")[0].text
    assert " ".join(passage.text.split()) in text
    for address in page.xpath("//a[contains(., 'Download as a file')]/@href"):
        assert client.get(address).status_code == 200


def test_cite_page_of_no_passage_says_so(client: CheckedClient) -> None:
    client.page("/cite/none.p1", 404)


def post(client: CheckedClient, text: str = "", **options: object) -> tuple[int, str]:
    """Send the form as a browser does, and check the page that comes back."""
    sent = client._client.post("/check-citations", data={"text": text}, **options)  # type: ignore[arg-type]
    check_headers(sent)
    check_page(sent.text, "/check-citations")
    return sent.status_code, sent.text


def test_check_page_shows_what_became_of_each_quotation(
    client: CheckedClient, engine: Engine, passage_id: str
) -> None:
    passage = engine.snapshot().index.passage(passage_id)
    assert passage is not None
    words = passage.text.split("\n")[0].replace("“", "").replace("”", "").split()[:14]
    changed = [*words[:6], "purple", *words[7:]]
    status, html = post(
        client, f"“{' '.join(words)}” and “{' '.join(changed)}” and “no such words anywhere here”"
    )
    assert status == 200
    assert html.index("Altered</strong>") < html.index("Not found</strong>") < html.index("Exact</strong>")
    page = lxml.html.document_fromstring(html)
    assert [d.text_content() for d in page.xpath("//del")] == ["quoted: purple"]


def test_check_page_takes_a_file(client: CheckedClient) -> None:
    file = ("draft.txt", "“the bridge was painted purple in May”".encode())
    status, html = post(client, files={"file": file})
    assert status == 200 and "1 not found" in html


@pytest.mark.parametrize(("text", "expected"), [("", 400), ("x" * 200_001, 400)])
def test_check_page_says_what_is_wrong(client: CheckedClient, text: str, expected: int) -> None:
    status, html = post(client, text)
    assert status == expected and "There is a problem" in html


def test_what_is_pasted_is_shown_and_not_obeyed(client: CheckedClient) -> None:
    _, html = post(
        client, "“<script>alert(1)</script> one two three four” </textarea><img src=x onerror=alert(1)>"
    )
    page = lxml.html.document_fromstring(html)
    assert not page.xpath("//script[not(@src)] | //img")


def test_check_page_is_a_form_that_needs_no_script(client: CheckedClient) -> None:
    page = client.page("/check-citations")
    assert page.xpath("//form[@method='post']/@action") == ["/check-citations"]
