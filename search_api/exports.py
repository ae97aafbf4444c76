"""Results and tables as files: CSV that a spreadsheet opens safely, and JSON.

A cell that a spreadsheet would take for a formula is made text: documents are hostile input, also after they
have left here. This module must not know of HTTP.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from search_api.engine import Hit

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Wide signs too: some spreadsheets take them for narrow ones."""
COLUMNS = (
    "rank", "council", "published", "inspected_to", "kind", "framework", "grade", "section", "label", "page",
    "end_page", "text", "title", "file", "passage_id", "url", "citation",
)  # fmt: skip


def safe_cell(value: object) -> str:
    """Write a value as a cell that no spreadsheet computes: what looks like a formula gets an apostrophe."""
    text = "" if value is None else str(value)
    # A number stays a number: only what isn't one can be a formula.
    if text.lstrip(" \u00a0\ufeff").startswith(_FORMULA) and not _is_number(text):
        return "'" + text
    return text


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a table as CSV in UTF-8 with a byte-order mark, which spreadsheets need to read it as such."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
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
