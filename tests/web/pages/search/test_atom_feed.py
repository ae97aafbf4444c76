"""The feed of a search over a real index, as a feed reader fetches it."""

from __future__ import annotations

import random
from urllib.parse import urlencode

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


def test_a_feed_is_its_search_newest_first(client: CheckedClient, engine: Engine) -> None:
    chosen = random.Random(17)  # noqa: S311 - which searches are tried
    index = engine.snapshot().index
    councils = sorted({document.council for document in index.documents() if document.council})
    empty = 0
    for _ in range(50):
        words = index.texts([chosen.randrange(len(index))])[0].split()
        at = chosen.randrange(len(words))
        asked = {"q": " ".join(words[at : at + chosen.randint(1, 3)])}
        if chosen.random() < 0.4:
            asked["council"] = chosen.choice(councils)
        found = client.get(f"/search.json?{urlencode(asked)}&sort=date").json()
        expected = [one["passage_id"] for one in found["passages"]] if found["close"] else []
        root = etree.fromstring(client.get(f"/search.atom?{urlencode(asked)}").content)
        entries = [entry.findtext(f"{ATOM}id") or "" for entry in root.iter(f"{ATOM}entry")]
        assert [entry.partition("passages/")[2] for entry in entries] == expected, asked
        dates = [entry.findtext(f"{ATOM}published") for entry in root.iter(f"{ATOM}entry")]
        assert dates == sorted(dates, key=str, reverse=True), asked
        empty += not entries
    assert 0 < empty < 50


def test_a_search_offers_its_feed(client: CheckedClient) -> None:
    assert "Follow this search" in client.get("/search?q=plans").text
    assert client.get("/search.atom?q=zebras+on+the+moon").text.count("<entry>") == 0


def test_feed_is_not_sent_again_while_nothing_has_changed(client: CheckedClient) -> None:
    tag = client.get("/search.atom?q=plans").headers["etag"]
    client.get("/search.atom?q=plans", 304, headers={"If-None-Match": tag})


def test_feed_of_nothing_is_refused(client: CheckedClient) -> None:
    client.get("/search.atom?q=", 400)
    client.get("/search.atom?q=plans&kind=novel", 400)
