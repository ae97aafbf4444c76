"""Results and tables as files: CSV that a spreadsheet opens safely, and JSON.

What a spreadsheet would take for a formula is made text: documents are hostile input, also after they have left
here. Where a semicolon separates cells (most of Europe's settings) a spreadsheet splits our lines at those within a
text, so that a formula may begin there too: every place at which any separator could let a cell begin is guarded, as
OWASP's page on CSV injection asks, and all cells are quoted. The guard is an apostrophe before the sign, in no other
form than CSV: JSON and the rest hold the words alone. This module must not know of HTTP.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from indexer.document import Document, Passage
from search_api.citing.citation import reference
from search_api.search.results import Hit

_BEFORE = ' \u00a0\ufeff\x00"' + ",;\t\r\n"
"""What a spreadsheet passes over at a cell's beginning, and what separates cells and lines, one setting or another."""
# The lookbehind lets each run be tried once, from its first character. Wide signs too: some spreadsheets take them for
# narrow ones.
_FORMULA = re.compile(rf"(?<![{_BEFORE}])([{_BEFORE}]*+)(?=[=+\-@＝＋－＠])")
_CONTROLS = ("\t", "\r", "\n", "\x00")
_SEPARATOR = re.compile("[,;\t\r\n]")
COLUMNS = (
    "rank", "council", "published", "inspected_to", "kind", "framework", "grade", "section", "label", "page",
    "end_page", "text", "title", "file", "passage_id", "url", "citation",
)  # fmt: skip


def safe_cell(value: object) -> str:
    """Write a value as a cell that no spreadsheet computes: an apostrophe stands before what may begin a formula."""
    text = "" if value is None else str(value)
    # A number stays a number: only what isn't one can be a formula.
    if _is_number(text):
        return text
    return ("'" if text.startswith(_CONTROLS) else "") + _FORMULA.sub(_guarded, text)


def _guarded(found: re.Match[str]) -> str:
    begins = found.start() == 0 or _SEPARATOR.search(found[1])
    return found[1] + "'" if begins else found[1]


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a table as CSV in UTF-8 with a byte-order mark, which spreadsheets need to read it as such."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow([safe_cell(cell) for cell in header])
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "replace")


def hits_to_csv(hits: Iterable[Hit], base: str = "") -> bytes:
    """Write search results as CSV, one a row, in the order given; `base`, the service's address, opens each link."""
    records = (hit_record(hit) | {"url": base + hit.url} for hit in hits)
    return to_csv(COLUMNS, ([one[name] for name in COLUMNS] for one in records))


def hit_record(hit: Hit) -> dict[str, Any]:
    """Give a result as a flat record under the names of COLUMNS."""
    return record(COLUMNS, hit.passage, hit.document, rank=hit.rank, grade=hit.grade)


_FACTS: dict[str, Callable[[Passage, Document], object]] = {
    "council": lambda _, document: document.council,
    "published": lambda _, document: document.published,
    "inspected_to": lambda _, document: document.inspected_to,
    "kind": lambda _, document: document.kind,
    "framework": lambda _, document: document.framework,
    "title": lambda _, document: document.title,
    "file": lambda _, document: document.file,
    "licence": lambda _, document: document.licence,
    "label": lambda passage, _: passage.label,
    "page": lambda passage, _: passage.page,
    "end_page": lambda passage, _: passage.end_page,
    "text": lambda passage, _: passage.text,
    "url": lambda passage, _: passage.url,
    "section": lambda passage, _: " > ".join(passage.section),
    "passage_id": lambda passage, _: passage.id,
    "citation": reference,
}


def record(columns: Sequence[str], passage: Passage, document: Document, **own: object) -> dict[str, Any]:
    """Give a passage as a flat record under the names of columns; those in `own` are given, not looked up."""
    return {name: own[name] if name in own else _FACTS[name](passage, document) for name in columns}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
