"""All that a search finds, for a page to show a part of: in order, counted, with near-duplicates folded.

The ranking puts the best first; the bar of `matching` says how many speak of the question at all. Only what
is shown is read from disk. This module must not know how a page looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from indexer.store.columns import Mask
from indexer.store.stored_index import Index
from search_api.fields import FACETS, Filters
from search_api.question.plan import Plan, plan
from search_api.question.query import Query, Understood, understand
from search_api.search.duplicates import DuplicateGroup, grouped_duplicates
from search_api.search.facets import Facet
from search_api.search.inquiry import Inquiry, inquire
from search_api.search.matching import Rows, Scores, matching
from search_api.search.results import Hit, read_hits
from search_api.snapshot import Snapshot

Order = Literal["relevance", "date"]

MOST_LISTED = 200
"""Results that can be paged through; a longer list is for narrowing, or for a file."""

MOST_EXPORTED = 5_000
FEW = 10
"""With fewer results than this, the nearest passages that didn't reach the bar are offered after them."""

_NEAREST = 100


@dataclass(frozen=True, slots=True, eq=False)
class ResultSet:
    """What a search finds. `rows` are all results in the order asked; `near` the nearest others, best first.

    `close` is false where nothing reached the bar: then `rows` are the nearest passages there are. `facets`
    count over all of `rows` (each filter's own as if it weren't set).
    """

    snapshot: Snapshot
    query: Query
    filters: dict[str, Any]
    understood: tuple[Understood, ...]
    notes: tuple[str, ...]
    rows: Rows
    near: Rows
    close: bool
    facets: tuple[Facet, ...]

    @property
    def total(self) -> int:
        """Count the results."""
        return len(self.rows)

    @property
    def councils(self) -> int:
        """Count the councils that the results are about."""
        numbers = np.unique(self.snapshot.index.columns.council[self.rows])
        return int(np.count_nonzero(numbers >= 0))

    def groups(self) -> list[DuplicateGroup]:
        """List the results that can be paged through, near-duplicates under the first of them."""
        return grouped_duplicates(self.snapshot.index, self.rows[:MOST_LISTED].tolist())

    def hits(self, rows: Sequence[int], first_rank: int = 1) -> list[Hit]:
        """Read the passages of some rows, each with the words of the question in it."""
        return read_hits(self.snapshot, self.query, rows, first_rank)


def find(
    snapshot: Snapshot,
    question: str,
    filters: Filters | None = None,
    *,
    without: Sequence[str] = (),
    order: Order = "relevance",
) -> ResultSet:
    """Find all that speaks of a question; QueryError for a question or a filter that can't be used."""
    with inquire(snapshot, question, filters, without) as inquiry:
        return result_set(inquiry, order)


def result_set(inquiry: Inquiry, order: Order = "relevance") -> ResultSet:
    """Find all that speaks of a question that is being worked on."""
    snapshot, query, chosen = inquiry.snapshot, inquiry.query, inquiry.plan
    scores = _scores(snapshot, query, chosen)
    ranked = np.fromiter((item.row for item in inquiry.ranked), dtype=np.int64, count=len(inquiry.ranked))
    results = np.flatnonzero((scores > 0) & chosen.mask)
    close = bool(len(results))
    matched = scores > 0
    if not close:
        results = ranked[:_NEAREST]
        matched = np.zeros(len(snapshot.index), dtype=np.bool_)
        matched[results] = True
    rows = _ordered(results, scores, ranked)
    near = np.array([row for row in ranked[:_NEAREST] if not matched[row]][:FEW], dtype=np.int64)
    if order == "date":
        rows = rows[np.argsort(-snapshot.index.columns.published[rows], kind="stable")]
    return ResultSet(
        snapshot=snapshot, query=query, filters=chosen.filters, understood=inquiry.understood, notes=chosen.notes,
        rows=rows, near=near if len(rows) < FEW else near[:0], close=close,
        facets=facets(snapshot.index, matched, query.filters),
    )  # fmt: skip


def facets(index: Index, matched: Mask, filters: Filters) -> tuple[Facet, ...]:
    """Count the values of every filter among the passages that match.

    `matched` (shape (passages,)) is what the question finds before `filters` are applied. A filter's own values are
    counted as if it weren't set, so that what stands beside a value is what choosing it would find.
    """
    found = []
    for name, (row, facet) in FACETS.items():
        sets = facet.sets or (row.name,)
        rows = np.flatnonzero(matched & index.select(filters.without(*sets).selection()))
        set_to = {filters.values(one) for one in sets}
        values = facet.count(index.columns, rows, set_to.pop() if len(set_to) == 1 else ())
        if values:
            found.append(Facet(name, tuple(values)))
    return tuple(found)


def matching_rows(snapshot: Snapshot, question: str, filters: Filters) -> Rows:
    """Find all rows that speak of a question under filters, ascending: the results of `find`, in no order.

    Empty where nothing reaches the bar. QueryError for a question or a filter that can't be used.
    """
    query = understand(question, filters, snapshot.holdings)
    chosen = plan(query, snapshot.index, snapshot.holdings)
    return np.flatnonzero((_scores(snapshot, query, chosen) > 0) & chosen.mask)


def _scores(snapshot: Snapshot, query: Query, chosen: Plan) -> Scores:
    scores = matching(snapshot, query)
    scores[~_with_operators(snapshot, query, chosen)] = 0.0
    return scores


def _with_operators(snapshot: Snapshot, query: Query, chosen: Plan) -> Mask:
    """Give the rows that the question's own words choose, before any filter that was set as one."""
    if query.filters == Filters():
        return chosen.mask
    free = replace(query, filters=Filters())
    return plan(free, snapshot.index, snapshot.holdings).mask


def _ordered(results: Rows, scores: Scores, ranked: Rows) -> Rows:
    """Order results as the ranking has them, those that it doesn't have after them by their scores."""
    place = {int(row): at for at, row in enumerate(ranked)}
    last = len(place)
    order = sorted(results.tolist(), key=lambda row: (place.get(row, last), -float(scores[row]), row))
    return np.array(order, dtype=np.int64)
