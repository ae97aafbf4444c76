"""Every passage that speaks of a question, not only the best: for counting, facets, matrices and exports.

A ranking gives everything a score, so it can't say how many passages there are. Here each passage is held
against one bar that doesn't depend on the filters chosen, so that a number shown beside a filter is the
number found when it is chosen. This module knows nothing of
pages or of how a question was worded.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.store.stored_index import Index
from search_api.question.query import Query, Term
from search_api.search.relevance import rarity
from search_api.snapshot import Snapshot

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]

_DENSE, _LEXICAL, _BAR = 0.5, 0.5, 0.6
"""A passage speaks of a question where _DENSE * cosine + _LEXICAL * share of the words' rarity reaches _BAR."""

_HIGHEST_COSINE = 1.0


def matching(snapshot: Snapshot, query: Query) -> Scores:
    """Score every passage of the index for a question: shape (passages,), 0 for those below the bar.

    No filter is applied. A question that only names filters ("Darlington 2019") has no subject: then every
    passage matches with the bar's own score.
    """
    index = snapshot.index
    scores: Scores = np.zeros(len(index), dtype=np.float32)
    if not query.terms:
        scores[:] = _BAR
        return scores
    covered = _covered(snapshot, query.terms)
    # Below this share of the words, not even the nearest meaning could reach the bar.
    least = (_BAR - _DENSE * _HIGHEST_COSINE) / _LEXICAL
    rows = np.flatnonzero(covered >= max(least, 1e-9))
    if not len(rows):
        return scores
    cosines = index.vectors(rows) @ snapshot.vector_of(query.sentences)
    found = _DENSE * cosines + _LEXICAL * covered[rows]
    passed = found >= _BAR
    scores[rows[passed]] = found[passed]
    return scores


def _covered(snapshot: Snapshot, terms: Sequence[Term]) -> Scores:
    """Give the share of the question's words that each passage says, a rare word weighing more."""
    index = snapshot.index
    weights = [rarity(snapshot.holdings.frequency(term.wordings), len(index)) for term in terms]
    total = sum(weights) or 1.0
    covered: Scores = np.zeros(len(index), dtype=np.float32)
    for term, weight in zip(terms, weights, strict=True):
        covered[_rows_saying(index, term)] += weight / total
    return covered


def _rows_saying(index: Index, term: Term) -> Rows:
    held = [index.rows_with(wording) for wording in term.wordings]
    return held[0] if len(held) == 1 else np.unique(np.concatenate(held))
