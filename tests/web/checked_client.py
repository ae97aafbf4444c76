"""A client that checks every page that it fetches, so that no test has to remember to."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import lxml.html
from fastapi import FastAPI
from httpx import Response
from starlette.testclient import TestClient

MOST_BYTES = 100_000
_LOADS = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "use": "href"}


class CheckedClient:
    """Fetches pages as a browser without scripts would, and fails for a page that isn't as every page must be."""

    def __init__(self, app: FastAPI) -> None:
        self._client = TestClient(app, raise_server_exceptions=True, follow_redirects=False)

    def get(self, url: str, expect: int | None = 200, **options: Any) -> Response:
        """Fetch an address, and check its status (any, for None), its headers, and its page if it is one."""
        response = self._client.get(url, **options)
        assert expect in (None, response.status_code), f"{url}: {response.status_code}, not {expect}"
        check_headers(response)
        if response.headers.get("content-type", "").startswith("text/html"):
            check_page(response.text, url)
        return response

    def page(self, url: str, expect: int = 200) -> lxml.html.HtmlElement:
        """Fetch a page and parse it."""
        return lxml.html.document_fromstring(self.get(url, expect).text)


def check_headers(response: Response) -> None:
    """Check that a response can't be framed or sniffed, and that nothing but our own may be loaded."""
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert "cache-control" in response.headers


def check_page(html: str, url: str) -> None:
    """Check what holds for every page, and say of which one it does not."""
    assert len(html.encode()) < MOST_BYTES, f"{url} has {len(html.encode())} bytes"
    page = lxml.html.document_fromstring(html)
    headings = page.xpath("//h1")
    assert len(headings) == 1, f"{url} has {len(headings)} first headings"
    title = _words(page.findtext(".//title") or "").removeprefix("Error: ")
    assert title.startswith(_words(headings[0].text_content())), f"{url}: the title is {title!r}"
    assert title.endswith("– Findings")
    ids = Counter(page.xpath("//@id"))
    assert not [name for name, times in ids.items() if times > 1], f"{url} repeats ids"
    assert not page.xpath(
        "//@style | //style | //script[not(starts-with(@src, '/assets/')) or text()] | //@*[starts-with(name(), 'on')]"
    ), f"{url} has inline code"
    assert "" not in ids
    for control in page.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        labels = page.xpath("//label[@for=$name]", name=control.get("id"))
        assert len(labels) == 1, f"{url}: {control.get('name')} has {len(labels)} labels"
    for name in ("aria-describedby", "aria-labelledby", "aria-controls", "form"):
        for value in page.xpath(f"//@{name}"):
            assert set(value.split()) <= set(ids), f"{url}: {name}={value!r} points nowhere"
    for target in page.xpath("//a/@href[starts-with(., '#')]"):
        assert target[1:] in ids, f"{url}: {target} points nowhere"
    for tag, attribute in _LOADS.items():
        for address in page.xpath(f"//{tag}/@{attribute}"):
            assert address.startswith("/") and not address.startswith("//"), f"{url} loads {address}"
    levels = [int(h.tag[1]) for h in page.xpath("//h1 | //h2 | //h3 | //h4 | //h5 | //h6")]
    assert all(b - a <= 1 for a, b in pairwise(levels)), f"{url} skips a heading: {levels}"


def _words(text: str) -> str:
    return " ".join(text.split())
