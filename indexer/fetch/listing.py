"""What a page of a listing holds: items, and the values taken of each, by a step of a source.

Pages are hostile input: no entity is resolved, nothing else is loaded. This module must not know how a page came.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html

from indexer.errors import FindingsError
from indexer.fetch.source import Source, Step, Take
from indexer.text.dates import dates_in

Values = dict[str, str]
"""Named values of an item, and of the pages that led to it."""


class NotAListingError(FindingsError):
    """A page isn't of the format that its step says."""


def items_of(source: Source, step: Step, body: bytes, address: str) -> Iterator[Values]:
    """The values of each item of a page that is taken, in order; addresses in full.

    Raises NotAListingError where the page can't be read as the step's format.
    """
    page: Values = {}
    items: Iterable[Any]
    if step.format == "csv":
        items = csv.DictReader(io.StringIO(body.decode("utf-8-sig", "replace")))
    else:
        root = _parsed(step, body)
        items = root.xpath(step.items)
        for name, take in step.page.items():
            if value := _value(take, _text_at(root, take.at)):
                page[name] = value
    for item in items:
        values = _taken(source, step, item, page, address)
        if values is not None:
            yield values


def _parsed(step: Step, body: bytes) -> Any:  # noqa: ANN401 (lxml ships no types)
    try:
        if step.format == "xml":
            parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
            return etree.fromstring(body, parser)
        return html.document_fromstring(body, parser=html.HTMLParser(no_network=True, huge_tree=False))
    except (etree.LxmlError, ValueError) as error:
        raise NotAListingError(f"isn't the {step.format.upper()} that the source speaks of") from error


def _text_at(item: Any, place: str) -> str:  # noqa: ANN401 (lxml ships no types)
    if isinstance(item, dict):
        return str(item.get(place) or "")
    found = item.xpath(place)
    if isinstance(found, list):
        found = found[0] if found else ""
    return str(
        found.text_content() if hasattr(found, "text_content") else getattr(found, "text", found) or ""
    )


def _taken(
    source: Source,
    step: Step,
    item: Any,  # noqa: ANN401 (lxml ships no types)
    page: Mapping[str, str],
    address: str,
) -> Values | None:
    values = dict(page)
    for name, take in step.take.items():
        value = _value(take, _text_at(item, take.at))
        if value is None:
            return None
        values[name] = urljoin(address, value) if name == "address" and value else value
    chosen = {name: patterns for name, patterns in source.only.items() if name in step.take}
    for name, patterns in (*step.only.items(), *chosen.items()):
        if not any(re.search(pattern, values.get(name, ""), re.IGNORECASE) for pattern in patterns):
            return None
    return values


def _value(take: Take, found: str) -> str | None:
    """The value taken of a text; None where its pattern doesn't fit."""
    text = " ".join(found.split())
    if take.pattern:
        match = re.search(take.pattern, text)
        if match is None:
            return None
        text = (match[1] if match.re.groups else match[0]) or ""
    if take.date:
        return _date(text)
    return text.strip()


def _date(text: str) -> str:
    slashes = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4}).*", text)
    if slashes:
        day, month, year = map(int, slashes.groups())
        return f"{year:04}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else ""
    return next(iter(dates_in(text)), "")
