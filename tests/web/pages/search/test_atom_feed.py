"""The feed of a search over a real index, as a feed reader fetches it."""

from __future__ import annotations

from lxml import etree

from search_api.engine import Engine
from tests.search_api.http.test_atom import ATOM, check_valid
from tests.web.checked_client import CheckedClient


def test_feed_has_what_the_search_has(client: CheckedClient, engine: Engine) -> None:
    response = client.get("/search.atom?q=plans&kind=inspection+report")
    assert response.headers["content-type"].startswith("application/atom+xml")
    root = etree.fromstring(response.content)
    check_valid(root)
    entries = root.findall(f"{ATOM}entry")
    assert entries
    assert {c.get("term") for e in entries for c in e.findall(f"{ATOM}category")} >= {"inspection report"}
    for entry in entries[:5]:
        address = entry.find(f"{ATOM}link").get("href").removeprefix("http://testserver")
        assert client.get(address.split("#")[0]).status_code == 200


def test_feed_is_not_sent_again_while_nothing_has_changed(client: CheckedClient) -> None:
    tag = client.get("/search.atom?q=plans").headers["etag"]
    client.get("/search.atom?q=plans", 304, headers={"If-None-Match": tag})


def test_feed_of_nothing_is_refused(client: CheckedClient) -> None:
    client.get("/search.atom?q=", 400)
    client.get("/search.atom?q=plans&kind=novel", 400)
