"""Ranked passages, a page of them at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from indexer.document import Document, Passage
from indexer.errors import QueryError
from indexer.json_value import JsonValue, json_value, rounded, sent_as, shown
from indexer.text.polarity import Polarity
from search_api.citing.citation import reference
from search_api.fields import Filters
from search_api.question.query import Query, Understood
from search_api.search.highlights import Span, highlights
from search_api.search.inquiry import MOST_RANKED, inquire
from search_api.snapshot import Snapshot

MAX_LIMIT = MOST_RANKED
DEFAULT_LIMIT = 10
MAX_OFFSET = 1_000


@dataclass(frozen=True, slots=True)
class DocumentInShort(JsonValue):
    """A document in the few facts that stand beside a passage of it."""

    id: str
    file: str
    title: str
    council: str | None
    kind: str
    framework: str | None
    published: str | None


def in_short(document: Document) -> DocumentInShort:
    """Give a document in short."""
    d = document
    return DocumentInShort(d.id, d.file, d.title, d.council, d.kind, d.framework, d.published)


@json_value
class Hit(JsonValue):
    """A ranked passage; `highlights` are (start, end) characters of its text, `rank` counts from 1.

    `grade` is the one that the passage stands under; `reference` is the citation as people write it.
    """

    rank: int
    score: Annotated[float, rounded(4)]
    passage: Passage
    document: Annotated[Document, sent_as(in_short, DocumentInShort)]
    highlights: tuple[Span, ...]
    url: str = shown("passage.url")
    grade: str | None
    reference: str = shown(lambda self: reference(self.passage, self.document))
    polarity: Polarity = "neutral"


@dataclass(frozen=True, slots=True)
class SearchResult(JsonValue):
    """Ranked passages and how the question was understood; `total` are those that can be paged through.

    `operators` say in words what quotation marks, minus signs and the like ask for; `mended` has a mistyped word as `text`
    and the one that was looked for as `value`.
    """

    query: str
    filters: dict[str, Any]
    total: int
    hits: tuple[Hit, ...]
    understood: tuple[Understood, ...]
    notes: tuple[str, ...]
    operators: tuple[Understood, ...] = ()
    mended: tuple[Understood, ...] = ()


def search_passages(
    snapshot: Snapshot,
    question: str,
    filters: Filters | None = None,
    limit: int = DEFAULT_LIMIT,
    offset: int = 0,
    *,
    without: Sequence[str] = (),
) -> SearchResult:
    """Find the passages that a question is about, best first.

    `limit` is 1 to 100; `offset` skips as many of the best. `without` names kinds of understood filters to undo
    ("council", "year", … or "all"). Raises QueryError for a question or a filter that can't be used.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise QueryError(f"limit can't be {limit}; it is a number from 1 to {MAX_LIMIT}")
    if not 0 <= offset <= MAX_OFFSET:
        raise QueryError(f"offset can't be {offset}; it is a number from 0 to {MAX_OFFSET:,}")
    with inquire(snapshot, question, filters, without) as inquiry:
        shown = inquiry.ranked[offset : offset + limit]
        rows, scores = [item.row for item in shown], [item.score for item in shown]
        return SearchResult(
            query=inquiry.query.typed,
            filters=inquiry.plan.filters,
            total=len(inquiry.ranked),
            hits=tuple(read_hits(snapshot, inquiry.query, rows, offset + 1, scores)),
            understood=inquiry.understood,
            notes=inquiry.plan.notes,
            operators=inquiry.operators,
            mended=inquiry.mended,
        )


def read_hits(
    snapshot: Snapshot,
    query: Query,
    rows: Sequence[int],
    first_rank: int = 1,
    scores: Sequence[float] | None = None,
) -> list[Hit]:
    """Read the passages of some rows, each with the words of the question in it; scores are cut to 0..1."""
    passages = snapshot.index.passages(rows)
    return [
        Hit(
            rank=first_rank + place,
            score=min(1.0, max(0.0, scores[place])) if scores else 0.0,
            passage=passage,
            document=snapshot.document_at(row),
            highlights=tuple(highlights(passage.text, query)),
            grade=snapshot.grade_at(row),
            polarity=snapshot.polarity_at(row),
        )
        for place, (row, passage) in enumerate(zip(rows, passages, strict=True))
    ]
