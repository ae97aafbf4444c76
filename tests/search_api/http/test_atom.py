"""The feed is valid Atom (RFC 4287) whatever a document says, and its ids last."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from indexer.document import Document, Passage
from search_api.http.atom import feed
from search_api.search.results import Hit

ATOM = "{http://www.w3.org/2005/Atom}"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
ANYTHING = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60)


def hit(rank: int, published: str | None, text: str = "Plans are clear.", title: str = "A report") -> Hit:
    document = Document(
        id=f"d{rank}",
        file="d.pdf",
        title=title,
        council="Kelderbridge",
        kind="inspection report",
        published=published,
    )
    passage = Passage(f"d{rank}.p1", f"d{rank}", "paragraph", "1", (), 1, 1, text)
    return Hit(rank=rank, score=0.5, passage=passage, document=document, highlights=(), grade="Good")


def parsed(hits: tuple[Hit, ...], query: str = "plans") -> etree._Element:
    xml = feed(query, hits, [("q", query)], "http://findings.example", "2026-01-02T03:04:05+00:00")
    return etree.fromstring(xml)


def check_valid(root: etree._Element) -> None:
    """Check what RFC 4287 requires of a feed and of its entries."""
    for element in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
        assert MOMENT.fullmatch(element.findtext(f"{ATOM}updated") or "")
        assert (element.findtext(f"{ATOM}id") or "").startswith("tag:")
        assert any(link.get("rel") == "alternate" for link in element.findall(f"{ATOM}link"))
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    assert [link.get("rel") for link in root.findall(f"{ATOM}link")].count("self") == 1
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)


def test_feed_is_valid_and_in_the_order_given_with_dates_of_any_length() -> None:
    root = parsed((hit(2, "2019"), hit(4, "2018-03"), hit(1, "2015-09-01"), hit(3, None)))
    check_valid(root)
    dates = [entry.findtext(f"{ATOM}published") for entry in root.iter(f"{ATOM}entry")]
    assert dates == [
        "2019-01-01T00:00:00Z",
        "2018-03-01T00:00:00Z",
        "2015-09-01T00:00:00Z",
        "2026-01-02T03:04:05+00:00",
    ]


def test_an_entry_leads_to_its_passage_and_keeps_its_id() -> None:
    entry = parsed((hit(1, "2015-09-01"),)).find(f"{ATOM}entry")
    assert entry is not None
    assert entry.find(f"{ATOM}link").get("href") == "http://findings.example/documents/d1/p1#p1"
    assert entry.findtext(f"{ATOM}id") == "tag:findings.example,2026:passages/d1.p1"
    assert entry.findtext(f"{ATOM}title") == "Kelderbridge, 1 September 2015, paragraph 1, page 1"
    assert entry.findtext(f"{ATOM}content") == "Plans are clear."


@settings(deadline=None)
@given(text=ANYTHING, title=ANYTHING, query=ANYTHING)
def test_nothing_that_a_document_says_breaks_the_feed(text: str, title: str, query: str) -> None:
    root = parsed((hit(1, "2015-09-01", text, title),), query)
    check_valid(root)
    assert {element.tag.removeprefix(ATOM) for element in root.iter()} <= {
        "feed", "id", "title", "updated", "author", "name", "generator", "link", "entry", "published", "category",
        "content",
    }  # fmt: skip
