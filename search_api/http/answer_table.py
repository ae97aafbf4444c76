"""An answer as a table: a row for each citation, sorted as asked, to be opened in a spreadsheet.

The rows say what the statements say and nothing else. This module must not know of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

from indexer.encode.context import document_date
from indexer.text.polarity import POLARITIES
from search_api.answers.answer import Answer, Statement
from search_api.citing.citation import Citation
from search_api.packs.exports import record, to_csv

Order = Literal["answer", "newest", "council", "polarity", "grade"]
ORDERS: tuple[Order, ...] = get_args(Order)

COLUMNS = (
    "council", "polarity", "published", "grade", "text", "kind", "label", "page", "title", "file", "passage_id",
    "url", "citation",
)  # fmt: skip

Row = dict[str, Any]


def answer_rows(answer: Answer, order: Order = "answer") -> list[Row]:
    """List an answer's citations as flat records under the names of COLUMNS; equals stay in the answer's order."""
    rows = [_row(statement, citation) for statement in answer.statements for citation in statement.citations]
    keys: dict[str, Callable[[Row], Any]] = {
        "council": lambda row: row["council"] or "\uffff",
        "polarity": lambda row: POLARITIES.index(row["polarity"]),
        "grade": lambda row: row["grade"] or "\uffff",
    }
    if order == "newest":
        return sorted(rows, key=lambda row: row["published"] or "", reverse=True)
    return sorted(rows, key=keys[order]) if order in keys else rows


def answer_to_csv(answer: Answer, order: Order = "answer", base: str = "") -> bytes:
    """Write an answer as CSV, a citation a row; only the header where nothing was found.

    `base`, the service's address, opens each link.
    """
    rows = (row | {"url": f"{base}{row['url']}"} for row in answer_rows(answer, order))
    return to_csv(COLUMNS, ([row[name] for name in COLUMNS] for row in rows))


def _row(statement: Statement, citation: Citation) -> Row:
    return record(
        COLUMNS, citation.passage, citation.document, polarity=statement.polarity, grade=statement.grade,
        text=citation.quote, published=document_date(citation.document),
    )  # fmt: skip
