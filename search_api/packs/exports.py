"""Results and tables as files: CSV that a spreadsheet opens safely, and JSON.

What a spreadsheet would take for a formula is made text: documents are hostile input, also after they have left
here. Where a semicolon separates cells (most of Europe's settings) a spreadsheet parts our lines at those within a
text, so that a formula may begin there too: every place at which any separator could let a cell begin is guarded, as
OWASP's page on CSV injection asks, and all cells are quoted. The guard is an apostrophe before the sign, in no other
form than CSV: JSON and the rest hold the words alone. This module must not know of HTTP.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from search_api.search.results import Hit

_BEFORE = ' \u00a0\ufeff\x00"' + ",;\t\r\n"
"""What a spreadsheet passes over at a cell's beginning, and what parts cells and lines, one setting or another."""
# The lookbehind lets each run be tried once, from its first character. Wide signs too: some spreadsheets take them for
# narrow ones.
_FORMULA = re.compile(rf"(?<![{_BEFORE}])([{_BEFORE}]*+)(?=[=+\-@＝＋－＠])")
_CONTROLS = ("\t", "\r", "\n", "\x00")
_PARTING = re.compile("[,;\t\r\n]")
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
    begins = found.start() == 0 or _PARTING.search(found[1])
    return found[1] + "'" if begins else found[1]


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a table as CSV in UTF-8 with a byte-order mark, which spreadsheets need to read it as such."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow([safe_cell(cell) for cell in header])
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "replace")


def hits_to_csv(hits: Iterable[Hit]) -> bytes:
    """Write search results as CSV, one a row, in the order given."""
    return to_csv(COLUMNS, ([record[name] for name in COLUMNS] for record in map(hit_record, hits)))


def hit_record(hit: Hit) -> dict[str, Any]:
    """Give a result as a flat record under the names of COLUMNS."""
    passage, document = hit.passage, hit.document
    return {
        "rank": hit.rank,
        "council": document.council,
        "published": document.published,
        "inspected_to": document.inspected_to,
        "kind": document.kind,
        "framework": document.framework,
        "grade": hit.grade,
        "section": " > ".join(passage.section),
        "label": passage.label,
        "page": passage.page,
        "end_page": passage.end_page,
        "text": passage.text,
        "title": document.title,
        "file": document.file,
        "passage_id": passage.id,
        "url": passage.url,
        "citation": hit.reference,
    }


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
