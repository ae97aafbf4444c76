"""An answer made of the register's rows: what the question was taken for, the rows as statements, and their count.

This module holds what the answers of every kind share. It must not know any kind of question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from indexer.register.areas import areas_of
from indexer.text.polarity import Polarity, labelled, polarity_of_text
from search_api.answers.answer import Statement
from search_api.citing.citation import Citation, cite
from search_api.fields import Filters
from search_api.question.query import Query
from search_api.question.register_kind import QueryKind
from search_api.question.words import STOPWORDS, words_of
from search_api.register.register import JudgementRow, RecommendationRow
from search_api.snapshot import Snapshot

SIDE_OF_GRADE: dict[str, Polarity] = {
    "Outstanding": "strength",
    "Good": "strength",
    "Requires improvement": "weakness",
    "Inadequate": "weakness",
}
RANK = {"Inadequate": 0, "Requires improvement": 1, "Adequate": 1, "Good": 2, "Outstanding": 3}
"""Grades in order, the worst first; "Adequate" stood where "Requires improvement" does."""


@dataclass(frozen=True, slots=True)
class Facts:
    """`statements` are the rows, all of them; `councils` those that were looked at, the denominator of `counted`."""

    kind: QueryKind
    reading: str
    counted: str
    statements: tuple[Statement, ...]
    filters: dict[str, Any]
    councils: int
    notes: tuple[str, ...] = field(default=())


def named_councils(query: Query) -> tuple[str, ...]:
    """Name the councils that a question names one by one, in its order; regions and groups aren't meant."""
    if query.filters.council:
        return query.filters.council
    return tuple(dict.fromkeys(tag.value for tag in query.understood if tag.kind == "council"))


def place_of(query: Query) -> str:
    """Say which councils a question is about: "of the West Midlands", or "" for all."""
    groups = [tag.value for tag in query.understood if tag.kind == "area"]
    groups += [query.filters.region] if query.filters.region else []
    return f" of {' and '.join(groups)}" if groups else ""


def report_filters(query: Query) -> Filters:
    """Give the filters that choose among reports: parameters, and the councils and framework that the words name."""
    found = query.filters.without("grade", "passage_kind", "section", "polarity")
    chosen: dict[str, Any] = {}
    if not found.council and query.councils:
        chosen["council"] = query.councils
    stated = query.stated.framework
    # "Looked after children" is a framework's name and an area's: in a question the area is meant.
    if not found.framework and stated and areas_of(stated, None) == (stated,):
        chosen["framework"] = stated
    return Filters(**{name: getattr(found, name) for name in found.__slots__} | chosen)


def of_grade(row: JudgementRow, before: Citation | None = None) -> Statement:
    """Make a statement of a judgement; `before` cites the one that it is set beside."""
    citations = (*row.citations, *([before] if before else []))
    polarity = SIDE_OF_GRADE.get(row.grade, "neutral")
    return Statement(citations[0].quote, citations, row.council, row.grade, polarity=polarity)


def of_advice(row: RecommendationRow) -> Statement:
    """Make a statement of a recommendation, which isn't a verdict."""
    return Statement(row.text, row.citations, row.council, row.document.overall)


def of_passage(snapshot: Snapshot, row: int, longest: int | None = None) -> Statement | None:
    """Make a statement of a passage's words, from its beginning; None for an empty one."""
    passage, document = snapshot.index.passages([row])[0], snapshot.document_at(row)
    end = len(passage.text) if longest is None else min(len(passage.text), longest)
    if not passage.text[:end].strip():
        return None
    citation = cite(passage, document, 0, end)
    polarity = labelled(passage.kind, passage.section) or polarity_of_text(citation.quote)
    return Statement(citation.quote, (citation,), document.council, snapshot.grade_at(row), polarity=polarity)


def many(count: int, word: str) -> str:
    """Count things in words: "1 council", "1,204 councils"."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def listed(names: Iterable[str]) -> str:
    """Join names as people do: "a, b and c"."""
    held = list(dict.fromkeys(names))
    return held[0] if len(held) == 1 else f"{', '.join(held[:-1])} and {held[-1]}" if held else ""


def councils_in(statements: Sequence[Statement]) -> int:
    """Count the councils that statements are of."""
    return len({statement.council for statement in statements if statement.council})


def each_once(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Leave out a statement whose place was cited before."""
    kept: dict[tuple[str, int, int], Statement] = {}
    for statement in statements:
        first = statement.citations[0]
        kept.setdefault((first.passage.id, first.start, first.end), statement)
    return tuple(kept.values())


def subject_in(text: str, asking: frozenset[str]) -> str:
    """Give what is left of a text without the words that only ask; "" where nothing but stopwords is."""
    words = [word.lower for word in words_of(text) if word.lower not in asking and not word.lower.isdigit()]
    while words and words[0] in STOPWORDS:
        del words[0]
    while words and words[-1] in STOPWORDS:
        del words[-1]
    return " ".join(words)
