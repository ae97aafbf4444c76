"""How near the best passages come to a question, in a few numbers that a refusal can be decided on.

Ranking says which passage is best; it can't say whether the best is any good, because its scores are scaled
to each question. These numbers are not scaled: they mean the same from one question to the next. This module
decides nothing.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

from search_api.question.query import Query, Term
from search_api.question.words import stems_at, words_of


class Relevance(NamedTuple):
    """How near the best passages come to a question.

    `nearest` is the cosine of the nearest of them. `covered` is the share of the question's words, weighed by
    rarity, that the best-covering of them holds; `unknown` the share of its words that no document has.
    `margin` is by how much the best passage's score leads over the fifth's, and `scope` says whether the question is of
    the kind that is asked of these documents (`search_api.answers.scope`).
    """

    nearest: float
    covered: float
    unknown: float
    margin: float
    scope: float


def relevance(
    query: Query,
    *,
    cosines: Sequence[float],
    texts: Sequence[str],
    frequencies: Sequence[int],
    passages: int,
    margin: float,
    scope: float,
) -> Relevance:
    """Measure how near the best passages come.

    `cosines` and `texts` (context and words) are of the best passages; `frequencies` are the numbers of
    passages that hold each of the query's terms in any wording, of `passages` in all.
    """
    weights = [rarity(frequency, passages) for frequency in frequencies]
    total = sum(weights)
    best = max((_weighed(covers(query.terms, text), weights) for text in texts), default=0.0)
    return Relevance(
        nearest=float(max(cosines, default=0.0)),
        covered=best / total if total else 0.0,
        unknown=sum(1 for f in frequencies if f == 0) / len(frequencies) if frequencies else 0.0,
        margin=margin,
        scope=scope,
    )


def rarity(frequency: int, passages: int) -> float:
    """Weigh a word by how few passages hold it: BM25's idf (Robertson and Zaragoza 2009), never negative."""
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))


def covers(terms: Sequence[Term], text: str) -> list[bool]:
    """Say of each term whether a text holds one of its wordings, in any inflection."""
    joined = f" {' '.join(stem for stem, _, _ in stems_at(text))} "
    return [any(f" {_stemmed(wording)} " in joined for wording in term.wordings) for term in terms]


def _weighed(held: Sequence[bool], weights: Sequence[float]) -> float:
    return sum(weight for has, weight in zip(held, weights, strict=True) if has)


@functools.lru_cache(maxsize=4_096)
def _stemmed(wording: str) -> str:
    # "children's" is one word here and two in a wording from a question: "children s".
    return " ".join(word.stem for word in words_of(wording) if word.lower != "s")
