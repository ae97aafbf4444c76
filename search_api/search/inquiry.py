"""A question put to a snapshot, worked out once whatever is made of it: results, an answer, or a page of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial

from search_api.fields import Filters
from search_api.question.mistakes import SPELLING, as_typed
from search_api.question.plan import Plan, plan
from search_api.question.query import Query, Understood, understand
from search_api.search.ranking import Ranked, rank
from search_api.snapshot import Snapshot

MOST_RANKED = 100
"""Passages that are ranked at least, whatever page of them is asked for, so that no page repeats another's."""


@dataclass(frozen=True, eq=False)
class Inquiry:
    """A question as understood, and the rows that it is about."""

    snapshot: Snapshot
    query: Query
    plan: Plan

    @cached_property
    def ranked(self) -> list[Ranked]:
        """The candidates, best first."""
        snapshot = self.snapshot
        encoded = partial(snapshot.encoded, self.query.sentences)
        return rank(
            snapshot.index, self.query, self.plan, encoded, limit=MOST_RANKED, settings=snapshot.fits.ranking
        )

    @property
    def understood(self) -> tuple[Understood, ...]:
        """What was understood from the question's words and holds, with its place in the question as typed."""
        return self._as_typed(tag for tag in self.query.understood if tag.kind not in self.plan.given_way)

    @property
    def operators(self) -> tuple[Understood, ...]:
        """What the question's operators ask for, in words."""
        return self._as_typed(self.query.operators)

    @property
    def mended(self) -> tuple[Understood, ...]:
        """Each word that was taken for mistyped, and what was looked for instead."""
        return tuple(
            Understood(SPELLING, one.word, self.query.typed[one.start : one.end], one.start, one.end)
            for one in self.query.mended
        )

    def _as_typed(self, tags: Iterable[Understood]) -> tuple[Understood, ...]:
        mended, typed = self.query.mended, self.query.typed
        if not mended:
            return tuple(tags)
        placed = ((tag, as_typed((tag.start, tag.end), mended)) for tag in tags)
        return tuple(
            replace(tag, text=typed[start:end], start=start, end=end) for tag, (start, end) in placed
        )


@contextmanager
def inquire(
    snapshot: Snapshot, question: str, filters: Filters | None = None, without: Sequence[str] = ()
) -> Iterator[Inquiry]:
    """Understand a question and choose its rows; its wordings are encoded meanwhile, and within.

    `without` names kinds of understood filters to undo ("council", "year", … or "all"). Raises QueryError for a
    question or a filter that can't be used.
    """
    with snapshot.encoding_ahead(question):
        query = understand(question, filters or Filters(), snapshot.holdings, without)
        snapshot.encode_ahead(query.sentences)
        yield Inquiry(snapshot, query, plan(query, snapshot.index, snapshot.holdings))
