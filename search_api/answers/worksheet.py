"""An answer as a worksheet: each row ticked right or wrong by a reader, with a reason, and what is left of the count.

A count is only as good as its rows: here a reader checks them, and takes the result along as a file. Nothing is kept by
the service. This module must not know how rows are chosen, or how a form is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from indexer.register.inspections import inspected
from search_api.answers.answer import Answer, Statement
from search_api.packs.exports import to_csv

Mark = Literal["right", "wrong"]
MARKS: tuple[Mark, ...] = ("right", "wrong")
COLUMNS = (
    "question", "reading", "council", "inspected_to", "verdict", "mark", "reason", "reader", "quote", "passage_id", "start",
    "end", "file", "citation", "index",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MarkedRow:
    """What a reader says of a row: right, wrong or nothing yet, and why."""

    mark: Mark | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WorksheetRow:
    """A statement of the answer, the key that stays the same while its words do, and what the reader says of it."""

    key: str
    statement: Statement
    judged: MarkedRow


@dataclass(frozen=True, slots=True)
class Worksheet:
    """The rows of an answer, and its councils: all, and those that are left without the rows marked wrong."""

    rows: tuple[WorksheetRow, ...]
    councils: int
    councils_left: int

    def marked(self, mark: Mark) -> int:
        """Count the rows with a mark."""
        return sum(row.judged.mark == mark for row in self.rows)


def worksheet_of(answer: Answer, judged: Mapping[str, MarkedRow]) -> Worksheet:
    """Lay an answer out with what a reader said of its rows, by their keys; other keys are passed over."""
    rows = tuple(
        WorksheetRow(key, statement, judged.get(key, MarkedRow()))
        for statement in answer.statements
        for key in (key_of(statement),)
    )
    left = [row.statement for row in rows if row.judged.mark != "wrong"]
    return Worksheet(rows, _councils(answer.statements), _councils(left))


def key_of(statement: Statement) -> str:
    """Name a statement by where it stands."""
    first = statement.citations[0]
    return f"{first.passage.id}:{first.start}:{first.end}"


def worksheet_to_csv(sheet: Worksheet, answer: Answer, reader: str, index: str) -> bytes:
    """Write a worksheet as CSV, a row for each statement; `index` is the digest of what was asked."""
    return to_csv(COLUMNS, (_cells(row, answer, reader, index) for row in sheet.rows))


def _cells(row: WorksheetRow, answer: Answer, reader: str, index: str) -> Sequence[object]:
    first = row.statement.citations[0]
    return (
        answer.question, answer.reading, row.statement.council, inspected(first.document) or None, row.statement.polarity,
        row.judged.mark, row.judged.reason, reader, first.quote, first.passage.id, first.start, first.end, first.document.file,
        first.reference, index,
    )  # fmt: skip


def _councils(statements: Sequence[Statement]) -> int:
    return len({statement.council for statement in statements if statement.council})
