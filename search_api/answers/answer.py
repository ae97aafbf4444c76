"""An answer: what documents say to a question, in their own words, cited; or that they don't say.

Statements are quotes, so that nothing in an answer is this program's invention. "Not found" is an answer,
with its reason and what was searched. This module arranges; sentences are chosen by `evidence`, councils
counted by `survey`, refusals decided by `refusal` and `premises`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from indexer.encode.context import document_date
from indexer.json_value import HIDDEN, JsonValue, json_value, rounded, shown
from indexer.text.polarity import Polarity
from search_api.citing.citation import Citation
from search_api.question.query import Understood
from search_api.question.question_kind import Kind
from search_api.question.register_kind import QueryKind

Status = Literal["answered", "not_found"]


@json_value
class Statement(JsonValue):
    """`text` is its first citation's quote; `span` is the part of it (characters) that answers a fact.

    `grade` is the one that the passage stood under when it was printed; `polarity` says whether the words praise or
    criticise; `published` is the date (ISO 8601) of the document that is cited first.
    """

    text: str
    citations: tuple[Citation, ...]
    council: str | None
    grade: str | None
    span: tuple[int, int] | None = None
    polarity: Polarity = "neutral"
    published: str | None = shown(lambda self: document_date(self.citations[0].document))
    verdict: Polarity = shown("polarity")

    def __post_init__(self) -> None:
        if not self.citations or self.text != self.citations[0].quote:
            raise ValueError("a statement is the words of its first citation")
        JsonValue.__post_init__(self)


@json_value
class Coverage(JsonValue):
    """How much was searched, in how much of it something was found, and what could not be searched.

    `documents_unread` are files that the index's build could not read. `note` says it all in a sentence: `found`, and
    what stands beside it (`beside`), such as the error that such a count is known to have.
    """

    councils_with_findings: int
    councils_searched: int
    documents_searched: int
    documents_with_findings: int
    documents_unread: int = 0
    error: None = None
    """The error that such answers are known to have; None where it was not measured for this kind of question."""
    note: str = shown(lambda self: f"{'; '.join((self.found, *self.beside))}." if self.found else "")
    found: Annotated[str, HIDDEN] = ""
    beside: Annotated[tuple[str, ...], HIDDEN] = ()


@dataclass(frozen=True, slots=True)
class Group(JsonValue):
    """What an answer says of one council: its `statements` by their places in the answer, the newest first.

    `polarity` is of all of them together; `published` and `grade` are of the newest, at the time it was printed.
    """

    council: str | None
    polarity: Polarity
    published: str | None
    grade: str | None
    statements: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer(JsonValue):
    """What was found, or why nothing was; `confidence` is the estimated chance that it answers the question."""

    question: str
    status: Status
    statements: tuple[Statement, ...]
    coverage: Coverage
    reason: str | None
    kind: Kind
    filters: dict[str, Any]
    understood: tuple[Understood, ...]
    notes: tuple[str, ...]
    confidence: Annotated[float, rounded(3)]
    groups: tuple[Group, ...] = ()
    query_kind: QueryKind = "passages"
    reading: str = ""
    """What the question was taken for, in plain words, where rows of the register answer it."""
    counted: str = ""
    """A sentence that counts the rows, with how many were inspected; "" where passages answer."""
    operators: tuple[Understood, ...] = ()
    mended: tuple[Understood, ...] = ()

    def __post_init__(self) -> None:
        if (self.status == "answered") != bool(self.statements) or (self.reason is None) != bool(
            self.statements
        ):
            raise ValueError("an answer has statements or a reason for having none")


def by_council(statements: Sequence[Statement]) -> list[Statement]:
    """Put statements of one council together, the council with the newest first; newest first within each."""
    councils: dict[str | None, list[Statement]] = {}
    for statement in statements:
        councils.setdefault(statement.council, []).append(statement)
    ordered = [sorted(group, key=lambda s: s.published or "", reverse=True) for group in councils.values()]
    ordered.sort(key=lambda group: group[0].published or "", reverse=True)
    return [statement for group in ordered for statement in group]


def grouped(statements: Sequence[Statement]) -> tuple[Group, ...]:
    """Group statements by council, councils in the order of their first, each group's newest first.

    A statement that several documents print word for word belongs to each of their councils.
    """
    places: dict[str | None, list[int]] = {}
    for place, statement in enumerate(statements):
        for council in dict.fromkeys(c.document.council for c in statement.citations):
            places.setdefault(council, []).append(place)
    groups = []
    for council, held in places.items():
        held.sort(key=lambda place: statements[place].published or "", reverse=True)
        said = [statements[place].polarity for place in held]
        newest = statements[held[0]]
        groups.append(Group(council, together(said), newest.published, newest.grade, tuple(held)))
    return tuple(groups)


def together(polarities: Sequence[Polarity]) -> Polarity:
    """Say what several findings are together: mixed where some praise and some criticise."""
    said = {polarity for polarity in polarities if polarity != "neutral"}
    if not said:
        return "neutral"
    return said.pop() if len(said) == 1 else "mixed"


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
            by_text[key] = replace(held, citations=(*held.citations, *more))
    return list(by_text.values())
