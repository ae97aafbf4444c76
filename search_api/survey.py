"""Every document's best paragraph on a subject: for questions that ask which councils, or how many.

A list of the ten best passages can't be counted. Here each document is looked at, and counts where its best
paragraph passes a bar. This module knows nothing of how a question was worded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.stored_index import Index
from search_api.plan import Plan
from search_api.query import Query
from search_api.ranking import Ranked, worded


@dataclass(frozen=True, slots=True)
class SurveySettings:
    """The bar: a passage counts where `dense` * cosine + `lexical` * share of the words' rarity reaches
    `bar`.
    """

    dense: float = 0.5
    lexical: float = 0.5
    bar: float = 0.6
    most: int = 200


def survey(
    index: Index,
    query: Query,
    chosen: Plan,
    *,
    vector: NDArray[np.float32],
    weights: Sequence[float],
    settings: SurveySettings,
) -> list[Ranked]:
    """Find each document's best passage that passes the bar, best first, equal scores by row."""
    rows = np.flatnonzero(chosen.mask)
    cosines = np.zeros(len(index))
    for row, cosine in index.dense(vector, len(rows), chosen.mask):
        cosines[row] = cosine
    covered = np.zeros(len(index))
    total = sum(weights) or 1.0
    for term, weight in zip(query.terms, weights, strict=True):
        held = [row for row, _ in index.lexical_terms(worded([term]), len(index), chosen.mask)]
        covered[held] += weight / total
    scores = settings.dense * cosines[rows] + settings.lexical * covered[rows]
    best: dict[int, tuple[float, int]] = {}
    for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
        document = int(index.columns.document[row])
        if score >= settings.bar and (document not in best or score > best[document][0]):
            best[document] = (score, row)
    found = sorted(best.values(), key=lambda item: (-item[0], item[1]))[: settings.most]
    return [Ranked(row, score, float(covered[row]), float(cosines[row])) for score, row in found]
