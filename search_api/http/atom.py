"""A search as an Atom feed, so that a newly indexed report is noticed.

An entry is a passage; its id depends on the passage alone, so that a reader shows each once however often the
index is rebuilt. This module knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from indexer.document import Document
from indexer.encode.context import document_date
from search_api.search.results import Hit

if TYPE_CHECKING:
    from lxml import etree

MEDIA_TYPE = "application/atom+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_AUTHORITY = "tag:findings.example,2026"
"""The same wherever the service runs: a tag only has to be unique, and `example` is nobody's."""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FULL = "-01-01"


def feed(
    question: str, hits: Iterable[Hit], parameters: list[tuple[str, str]], base: str, built: str
) -> bytes:
    """Write the feed of a search as XML: what it finds, in the order given, which is the newest first.

    `parameters` are those of the search's address, `base` the service's address without a slash at its end,
    `built` when the index was built (ISO 8601), which is when the feed changed last.
    """
    from lxml import etree  # noqa: PLC0415 (a feed is the only page made of XML)

    asked = urlencode(sorted(parameters))
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    _add(root, "id", f"{_AUTHORITY}:searches/{hashlib.sha256(asked.encode()).hexdigest()[:24]}")
    _add(root, "title", f"Findings: {question}")
    _add(root, "updated", _moment(built))
    _add(_add(root, "author"), "name", "Findings")
    _add(root, "generator", "Findings")
    _add(root, "link", rel="self", type=MEDIA_TYPE, href=f"{base}/search.atom?{urlencode(parameters)}")
    _add(root, "link", rel="alternate", type="text/html", href=f"{base}/search?{urlencode(parameters)}")
    for hit in hits:
        _entry(root, hit, base, built)
    xml: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return xml


def documents_feed(documents: Sequence[Document], base: str, built: str) -> bytes:
    """Write the feed of documents that were fetched, in their order, as XML; otherwise as `feed`."""
    from lxml import etree  # noqa: PLC0415 (a feed is the only page made of XML)

    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    _add(root, "id", f"{_AUTHORITY}:new")
    _add(root, "title", "Findings: what is new")
    _add(root, "updated", _moment(built))
    _add(_add(root, "author"), "name", "Findings")
    _add(root, "link", rel="self", type=MEDIA_TYPE, href=f"{base}/new.atom")
    _add(root, "link", rel="alternate", type="text/html", href=f"{base}/new")
    for document in documents:
        fetched = document.provenance.fetched if document.provenance else None
        entry = _add(root, "entry")
        _add(entry, "id", f"{_AUTHORITY}:documents/{document.id}")
        _add(entry, "title", " – ".join(part for part in (document.council, document.title) if part))
        _add(entry, "updated", _moment(fetched or built))
        _add(entry, "link", rel="alternate", type="text/html", href=f"{base}/documents/{document.id}")
        _add(entry, "category", term=document.kind)
    xml: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return xml


def _entry(root: etree._Element, hit: Hit, base: str, built: str) -> None:
    document = hit.document
    entry = _add(root, "entry")
    _add(entry, "id", f"{_AUTHORITY}:passages/{hit.passage.id}")
    _add(entry, "title", hit.reference)
    dated = _moment(document_date(document) or built)
    _add(entry, "updated", dated)
    _add(entry, "published", dated)
    _add(entry, "link", rel="alternate", type="text/html", href=base + hit.url)
    for term in (document.council, document.kind, document.framework, hit.grade):
        if term:
            _add(entry, "category", term=term)
    _add(entry, "content", hit.passage.text, type="text")


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    from lxml import etree  # noqa: PLC0415 (loaded with the feed)

    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}")
    element.text = None if text is None else _NOT_XML.sub(" ", text)
    for key, value in attributes.items():
        element.set(key, _NOT_XML.sub(" ", value))
    return element


def _moment(date: str) -> str:
    """Write an ISO date, or a part of one, as the moment that RFC 3339 asks for."""
    if "T" in date:
        return date if date.endswith("Z") or re.search(r"[+-]\d\d:\d\d$", date) else f"{date}Z"
    match = re.fullmatch(r"(\d{4})(-\d{2})?(-\d{2})?", date)
    year, month, day = match.groups() if match else ("1970", None, None)
    return f"{year}{month or _FULL[:3]}{day or _FULL[3:]}T00:00:00Z"
