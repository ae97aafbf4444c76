"""An answer: what documents say to a question, in their own words, cited; or that they don't say.

Statements are quotes, so that nothing in an answer is this program's invention. "Not found" is an answer,
with its reason and what was searched. This module arranges; sentences are chosen by `evidence`, councils
counted by `survey`, refusals decided by `refusal` and `premises`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from search_api.citation import Citation, cite
from search_api.query import Understood
from search_api.question_kind import Kind

Status = Literal["answered", "not_found"]


@dataclass(frozen=True, slots=True)
class Statement:
    """`text` is its first citation's quote; `span` is the part of it (characters) that answers a fact.

    `grade` is the one that the passage stood under when it was printed.
    """

    text: str
    citations: tuple[Citation, ...]
    council: str | None
    grade: str | None
    span: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not self.citations or self.text != self.citations[0].quote:
            raise ValueError("a statement is the words of its first citation")

    def to_json(self) -> dict[str, Any]:
        """Give the contract's statement."""
        return {
            "text": self.text,
            "citations": [citation.to_json() for citation in self.citations],
            "council": self.council,
            "grade": self.grade,
            "span": list(self.span) if self.span else None,
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much was searched, and in how much of it something was found."""

    councils_with_findings: int
    councils_searched: int
    documents_searched: int
    documents_with_findings: int

    def to_json(self) -> dict[str, int]:
        """Give the contract's coverage."""
        return {
            "councils_with_findings": self.councils_with_findings,
            "councils_searched": self.councils_searched,
            "documents_searched": self.documents_searched,
            "documents_with_findings": self.documents_with_findings,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, or why nothing was; `confidence` is the estimated chance that it answers the
    question.
    """

    question: str
    status: Status
    statements: tuple[Statement, ...]
    coverage: Coverage
    reason: str | None
    kind: Kind
    filters: dict[str, Any]
    understood: tuple[Understood, ...]
    notes: tuple[str, ...]
    confidence: float

    def __post_init__(self) -> None:
        if (self.status == "answered") != bool(self.statements) or (self.reason is None) != bool(
            self.statements
        ):
            raise ValueError("an answer has statements or a reason for having none")

    def to_json(self) -> dict[str, Any]:
        """Give the contract's answer."""
        return {
            "question": self.question,
            "status": self.status,
            "statements": [statement.to_json() for statement in self.statements],
            "coverage": self.coverage.to_json(),
            "reason": self.reason,
            "kind": self.kind,
            "filters": self.filters,
            "understood": [understood_json(tag) for tag in self.understood],
            "notes": list(self.notes),
            "confidence": round(self.confidence, 3),
        }


def understood_json(tag: Understood) -> dict[str, Any]:
    """Give a tag's JSON."""
    return {"kind": tag.kind, "value": tag.value, "text": tag.text, "start": tag.start, "end": tag.end}


def grouped(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Put statements of one council together, councils in the order of their first, newest first within
    each.
    """
    councils: dict[str | None, list[Statement]] = {}
    for statement in statements:
        councils.setdefault(statement.council, []).append(statement)
    return tuple(
        statement
        for group in councils.values()
        for statement in sorted(group, key=lambda s: s.citations[0].document.published or "", reverse=True)
    )


def merged(statements: Sequence[Statement]) -> list[Statement]:
    """Put statements of the same words into one that cites every place."""
    by_text: dict[str, Statement] = {}
    for statement in statements:
        key = " ".join(statement.text.lower().split())
        held = by_text.get(key)
        if held is None:
            by_text[key] = statement
        else:
            more = tuple(c for c in statement.citations if c not in held.citations)
            by_text[key] = Statement(held.text, (*held.citations, *more), held.council, held.grade, held.span)
    return list(by_text.values())


__all__ = ["Answer", "Coverage", "Statement", "cite", "grouped", "merged", "understood_json"]
