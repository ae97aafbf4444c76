"""An open index, its encoder, and the functions that pages, routes, scripts and benchmarks all call.

Each call works on one index from beginning to end: a build that replaces the index meanwhile is seen by the
next call, and no answer mixes the two. What makes one page of several calls asks them within `one_edition`. This is the only module that knows all the stages of a question.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from indexer.document import Document, Passage
from indexer.errors import IndexUnusable, QueryError
from indexer.store.folder.index import Index as FolderIndex
from indexer.store.location import DatabaseLocation, IndexLocation
from indexer.store.opening import Stamp, stamp
from indexer.store.stored_index import Index
from indexer.text.councils import council, region_of
from indexer.text.polarity import Polarity
from search_api.answers.answer import Answer, understood_json
from search_api.answers.answering import AnswerSettings, answer_question
from search_api.answers.recommendation_answer import answer_recommendation
from search_api.citing.citation import reference
from search_api.opened import Opened, open_with_encoder
from search_api.question.filters import Filters
from search_api.question.plan import Plan, kept, plan
from search_api.question.query import Query, Understood, likely_sentences, understand
from search_api.search.highlights import Span, highlights
from search_api.search.ranking import RankingSettings, rank

MAX_LIMIT = 100
DEFAULT_LIMIT = 10
MAX_OFFSET = 1_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A ranked passage; `highlights` are (start, end) characters of its text, `rank` counts from 1."""

    rank: int
    score: float
    passage: Passage
    document: Document
    highlights: tuple[Span, ...]
    grade: str | None
    polarity: Polarity = "neutral"

    @property
    def url(self) -> str:
        """The page of its document, at the passage."""
        return self.passage.url

    @property
    def reference(self) -> str:
        """The citation as people write it."""
        return reference(self.passage, self.document)

    def to_json(self) -> dict[str, Any]:
        """Give the contract's hit."""
        names = ("id", "file", "title", "council", "kind", "framework", "published")
        return {
            "rank": self.rank,
            "score": round(self.score, 4),
            "passage": self.passage.to_json(),
            "document": {name: getattr(self.document, name) for name in names},
            "highlights": [list(span) for span in self.highlights],
            "url": self.url,
            "grade": self.grade,
            "reference": self.reference,
            "polarity": self.polarity,
        }


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Ranked passages and how the question was understood; `total` are those that can be paged through."""

    query: str
    filters: dict[str, Any]
    total: int
    hits: tuple[Hit, ...]
    understood: tuple[Understood, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the contract's search result."""
        return {
            "query": self.query,
            "filters": self.filters,
            "total": self.total,
            "hits": [hit.to_json() for hit in self.hits],
            "understood": [understood_json(tag) for tag in self.understood],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class CouncilHolding:
    """An authority that the index has documents of, and how many; region and type where it is a known one."""

    name: str
    documents: int
    region: str | None
    type: str | None

    def to_json(self) -> dict[str, Any]:
        """Give the contract's council."""
        return {"name": self.name, "documents": self.documents, "region": self.region, "type": self.type}


_HELD: ContextVar[dict[int, Opened] | None] = ContextVar("held", default=None)


@contextmanager
def one_edition() -> Iterator[None]:
    """Have every engine answer all calls within from the index that it answered the first of them from.

    Threads that are started within, with this context, are held to the same.
    """
    if _HELD.get() is not None:
        yield
        return
    token = _HELD.set({})
    try:
        yield
    finally:
        _HELD.reset(token)


class Engine:
    """Search and answers over one index, in a folder or in a database; safe to use from several threads.

    Nothing is opened until it is needed. `encoder` names the encoder (None means the one that made the
    index); an encoder that didn't make the index is refused with IndexUnusable.
    """

    def __init__(
        self,
        location: IndexLocation,
        encoder: str | None = None,
        *,
        ranking: RankingSettings | None = None,
        answering: AnswerSettings | None = None,
    ) -> None:
        self.location = location
        self.ranking = ranking or RankingSettings()
        self.answering = answering or AnswerSettings()
        self._encoder_name = encoder
        self._lock = threading.Lock()
        self._opened: Opened | None = None
        self._seen: Stamp | None = None

    def search(
        self,
        q: str,
        filters: Filters | None = None,
        limit: int = DEFAULT_LIMIT,
        offset: int = 0,
        *,
        without: Sequence[str] = (),
    ) -> SearchResult:
        """Find the passages that a question is about, best first.

        `limit` is 1 to 100; `offset` skips as many of the best. `without` names kinds of understood filters
        to undo ("council", "year", … or "all"). Raises QueryError for a question or a filter that can't be
        used.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise QueryError(f"limit can't be {limit}; it is a number from 1 to {MAX_LIMIT}")
        if not 0 <= offset <= MAX_OFFSET:
            raise QueryError(f"offset can't be {offset}; it is a number from 0 to {MAX_OFFSET:,}")
        now = self.opened()
        with now.asked() as begin:
            begin(likely_sentences(q))
            query = understand(q, filters or Filters(), now.holdings, without)
            begin(query.sentences)
            chosen = plan(query, now.index, now.holdings)
            return self._search(now, query, chosen, limit=limit, offset=offset)

    def _search(self, now: Opened, query: Query, chosen: Plan, *, limit: int, offset: int) -> SearchResult:
        vector = partial(now.vector_of, query.sentences)
        # One ranking whatever page of it is asked for, so that no page repeats another's passages.
        ranked = rank(now.index, query, chosen, vector, limit=MAX_LIMIT, settings=self.ranking)
        shown = ranked[offset : offset + limit]
        passages = now.index.passages([item.row for item in shown])
        hits = tuple(
            Hit(
                rank=offset + place,
                score=min(1.0, max(0.0, item.score)),
                passage=passage,
                document=now.document_at(item.row),
                highlights=tuple(highlights(passage.text, query)),
                grade=now.grade_at(item.row),
                polarity=now.polarity_at(item.row, passage),
            )
            for place, (item, passage) in enumerate(zip(shown, passages, strict=True), start=1)
        )
        return SearchResult(
            query=query.question,
            filters=chosen.filters,
            total=len(ranked),
            hits=hits,
            understood=kept(query, chosen),
            notes=chosen.notes,
        )

    def answer(self, q: str, filters: Filters | None = None, *, without: Sequence[str] = ()) -> Answer:
        """Answer a question in documents' own words, each cited, or say why it can't be answered.

        Raises QueryError for a question or a filter that can't be used.
        """
        with one_edition():
            now = self.opened()
            with now.asked() as begin:
                begin(likely_sentences(q))
                query = understand(q, filters or Filters(), now.holdings, without)
                begin(query.sentences)
                return answer_recommendation(self, now, query) or answer_question(
                    now, query, self.ranking, self.answering
                )

    def document(self, document_id: str) -> Document | None:
        """Find a document with its passages; None where there is none of that id."""
        return self.opened().index.document(document_id)

    def documents(self) -> list[Document]:
        """List every document without its passages, by council, date and file."""
        return self.opened().index.documents()

    def passage(self, passage_id: str) -> Passage | None:
        """Find a passage; None where there is none of that id."""
        return self.opened().index.passage(passage_id)

    def councils(self) -> list[CouncilHolding]:
        """List the authorities that the index has documents of, by name."""
        counts = Counter(d.council for d in self.opened().index.documents() if d.council)
        return [
            CouncilHolding(name, counts[name], region_of(name), getattr(council(name), "type", None))
            for name in sorted(counts)
        ]

    def opened(self) -> Opened:
        """Open the index and its encoder, or take the newer index that a build has published since.

        Within `one_edition` the first that was taken stays. Raises IndexUnusable where there is no index, or one
        that can't be used; while an older one is open it goes on being used.
        """
        held = _HELD.get()
        if held is None:
            return self._newest()
        if id(self) not in held:
            held[id(self)] = self._newest()
        return held[id(self)]

    def _newest(self) -> Opened:
        seen = stamp(self.location)
        opened = self._opened
        # Where it can't be known (a database that is away), what is open goes on being used.
        if opened is not None and seen in {self._seen, None}:
            return opened
        with self._lock:
            opened = self._opened
            if opened is not None and seen == self._seen:
                return opened
            try:
                self._opened = open_with_encoder(self.location, self._encoder_name, opened)
            except IndexUnusable:
                if opened is None:
                    raise
            self._seen = seen
            assert self._opened is not None  # noqa: S101 (either just opened or kept)
            return self._opened

    @property
    def index(self) -> Index:
        """The open index."""
        return self.opened().index

    def health(self) -> dict[str, Any]:
        """Say what is being served."""
        index = self.opened().index
        return {
            "status": "ok",
            "documents": index.manifest.documents,
            "passages": index.manifest.passages,
            "digest": index.digest,
            "built": index.manifest.built,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def reload_if_changed(self) -> bool:
        """Take a newer index where a build has published one; true where it did."""
        before = self._opened
        return self.opened() is not before and before is not None

    def share(self) -> None:
        """Open an index in a folder for the processes that are forked from this one: they hold it together.

        Nothing may be asked of this engine any more; each process calls `resume` before it asks. An index in a
        database isn't opened: a connection has one owner.
        """
        if not isinstance(self.location, DatabaseLocation):
            index = self.opened().index
            if isinstance(index, FolderIndex):
                index.release()

    def resume(self) -> None:
        """Go on, in a process of its own, with what was shared; raises IndexUnusable as `opened` does."""
        shared = self._opened
        if shared is not None and isinstance(shared.index, FolderIndex):
            try:
                shared.index.reopen()
            except IndexUnusable:
                # Newer builds have replaced it since.
                self._opened, self._seen = None, None
        self.opened()

    def close(self) -> None:
        """Forget the index; the next call opens it again."""
        with self._lock:
            opened, self._opened, self._seen = self._opened, None, None
        if opened is not None:
            opened.index.close()
