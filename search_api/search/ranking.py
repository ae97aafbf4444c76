"""Which passages answer a question best: words and meaning, each scaled to its own best, added up.

Lexical and dense scores have nothing in common but their order within one question, so each is brought to
0..1 over the candidates (min–max) before they are weighed; on this work that beats fusing by rank
(docs/decisions/ 0010-ranking.md). This module knows nothing of how a question was understood beyond its words
and times.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.document import PASSAGE_KINDS
from indexer.encode.word_vectors import EncodedQuestion
from indexer.store.stored_index import Index
from search_api.fits import RankingSettings, Weights
from search_api.question.periods import Period
from search_api.question.plan import Plan
from search_api.question.query import Query, Term
from search_api.question.words import words_of
from search_api.search.demands import is_demand, nearest_criticism, own_part
from search_api.search.duplicates import duplicates

__all__ = ["Ranked", "RankingSettings", "Scored", "Weights", "rank", "score"]

Scores = NDArray[np.float64]
Rows = NDArray[np.int64]
_FINDING = PASSAGE_KINDS.index("paragraph")
_TOPIC = 7
"""Words of the longest topic; more of them say something about the subject."""
_ASKING = frozenset(
    ("what", "which", "who", "whom", "whose", "when", "where", "why", "how", "do", "does", "did", "is", "are", "was",
     "were", "has", "have", "had", "can")
)  # fmt: skip
_MOST_TERMS = 40
"""Words of one question that are looked up; a thousand characters hold more than anyone means."""


class Ranked(NamedTuple):
    """A row and its score."""

    row: int
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Candidates and what speaks for each, before it is weighed.

    `rows` ascend; `parts` are by name (a field of `Weights`), each float64 of the same length, 0..1 over the
    candidates. `weights` are the ones that fit.
    """

    rows: Rows
    parts: dict[str, Scores]
    weights: Weights


def rank(
    index: Index,
    query: Query,
    chosen: Plan,
    encoded: Callable[[], EncodedQuestion],
    *,
    limit: int,
    settings: RankingSettings,
) -> list[Ranked]:
    """Rank the chosen rows, best first, equal scores in the order of rows.

    `encoded` gives the question's vectors: it is asked for once the words have been looked up, and may be in the
    making until then. All candidates are returned, at least `limit` where there are as
    many; near-duplicates of a better passage are moved down, not out.
    """
    found = score(index, query, chosen, encoded, limit=limit, settings=settings)
    if not len(found.rows):
        return []
    total = _total(index, found.rows, found.parts, found.weights)
    # Rows ascend: a stable sort leaves equal scores in their order.
    order = np.argsort(-total, kind="stable")
    ranked = list(map(Ranked, found.rows[order].tolist(), total[order].tolist()))
    if settings.duplicates:
        ranked = _duplicates_down(index, ranked, settings)
    return ranked


def score(
    index: Index,
    query: Query,
    chosen: Plan,
    encoded: Callable[[], EncodedQuestion],
    *,
    limit: int,
    settings: RankingSettings,
) -> Scored:
    """Find the candidates and what speaks for each.

    For a demand within one document every row of it is a candidate; else the best by words and by meaning.
    """
    demand = settings.demands and _within_one_document(index, chosen) and is_demand(query.question)
    weights = settings.demand if demand else settings.topic if is_topic(query) else settings.question
    candidates = int(np.count_nonzero(chosen.mask)) if demand else max(settings.candidates, limit)
    by_words, word_scores = _split(_lexical(index, query, candidates, chosen, settings))
    asked = encoded()
    # Only a question is asked in words that the documents don't use: subjects and demands are worded as they are.
    meant = asked.reach if weights is settings.question else asked.vector
    by_meaning, cosines = _split(index.dense(meant, candidates, chosen.mask))
    rows = np.union1d(by_words, by_meaning)
    lexical_scores, dense_scores = np.zeros(len(rows)), np.zeros(len(rows))
    lexical_scores[np.searchsorted(rows, by_words)] = word_scores
    known = np.searchsorted(rows, by_meaning)
    dense_scores[known] = cosines
    missing = np.ones(len(rows), dtype=np.bool_)
    missing[known] = False
    if missing.any():
        dense_scores[missing] = index.vectors(rows[missing]) @ meant
    # A recommendation finds itself: within its report, scores are scaled to the findings'.
    among = index.columns.kind[rows] == _FINDING if demand else np.ones(len(rows), dtype=np.bool_)
    parts = {"dense": scaled(dense_scores, among), "lexical": scaled(lexical_scores, among)}
    if weights.period and chosen.facts:
        parts["period"] = nearness(index, rows, chosen.facts)
    close = _closely(index, rows, parts, weights, settings)
    if weights.sentence and len(rows):
        found = index.sentence_scores(meant, rows[close]).astype(np.float64)
        parts["sentence"] = _spread(scaled(found, among[close]), close, len(rows))
    if weights.words and len(rows):
        found = index.word_scores(asked.words, rows[close]).astype(np.float64)
        parts["words"] = _spread(scaled(found, among[close]), close, len(rows))
    if demand and weights.part:
        parts["part"] = own_part(index, rows, query.question)
    if demand and weights.criticism:
        texts = index.texts(rows.tolist())
        parts["criticism"] = scaled(nearest_criticism(index, rows, texts, meant), among)
    return Scored(rows, parts, weights)


def is_topic(query: Query) -> bool:
    """Say whether a few words name a subject ("drift in pre-proceedings") rather than ask for one statement.

    A subject wants passages about it; a question wants the sentence that answers.
    """
    words = words_of(query.subject)
    asks = (
        "?" in query.question
        or "%" in query.question
        or any(word.lower in _ASKING for word in words_of(query.question))
    )
    return not asks and len(words) <= _TOPIC


def _within_one_document(index: Index, chosen: Plan) -> bool:
    rows = np.flatnonzero(chosen.mask)
    documents = index.columns.document
    # Rows are numbered document by document.
    return len(rows) > 0 and documents[rows[0]] == documents[rows[-1]]


def scaled(scores: Scores, among: NDArray[np.bool_] | None = None) -> Scores:
    """Bring scores to 0..1 over those `among` them (all by default), others no further; 0 where none differ."""
    chosen = scores if among is None or not among.any() else scores[among]
    if len(chosen) == 0:
        return scores
    low, high = float(chosen.min()), float(chosen.max())
    return np.zeros_like(scores) if high <= low else np.clip((scores - low) / (high - low), 0.0, 1.0)


def worded(terms: Sequence[Term], *, expansion: bool = True) -> list[list[tuple[str, float]]]:
    """Write terms as the index's lexical search takes them: each one's wordings, all of weight 1.

    Wordings are plain words, so that nothing in a question is syntax.
    """
    return [
        [(wording, 1.0) for wording in (term.wordings if expansion else term.wordings[:1])]
        for term in terms[:_MOST_TERMS]
    ]


def nearness(index: Index, rows: NDArray[np.int64], facts: Sequence[Period]) -> Scores:
    """Say how well each row's document fits the times of facts, 0..1: printed soon after is best."""
    published = index.columns.published[rows]
    best = np.zeros(len(rows))
    for fact in facts:
        first = _days(fact.first or "1900-01-01")
        last = _days(fact.last or fact.first or "1900-01-01")
        days = np.array([_days_of_number(int(number)) for number in published])
        gap = np.maximum(0, days - last) / 365.25
        best = np.maximum(best, np.where(days >= first, np.exp(-gap / 1.5), 0.0))
    return best


def _lexical(
    index: Index, query: Query, candidates: int, chosen: Plan, settings: RankingSettings
) -> list[tuple[int, float]]:
    terms = worded(query.terms, expansion=settings.expansion)
    return index.lexical_terms(terms, candidates, chosen.mask, settings.columns)


def _split(found: Sequence[tuple[int, float]]) -> tuple[Rows, Scores]:
    rows, scores = zip(*found, strict=True) if found else ((), ())
    return np.array(rows, dtype=np.int64), np.array(scores, dtype=np.float64)


def _duplicates_down(index: Index, ranked: list[Ranked], settings: RankingSettings) -> list[Ranked]:
    """Lower what repeats a better passage: a summary and its recommendation, one text in two files.

    Only the best are looked at, the same ones whatever page of them is shown.
    """
    head, rest = ranked[: settings.duplicate_depth], ranked[settings.duplicate_depth :]
    rows = [item.row for item in head]
    repeating = duplicates(index, rows, cosine=settings.duplicate_cosine, share=settings.duplicate_share)
    lowered = [
        item._replace(score=item.score - settings.duplicate_penalty) if place in repeating else item
        for place, item in enumerate(head)
    ]
    return sorted([*lowered, *rest], key=lambda item: (-item.score, item.row))


def _days(date: str) -> int:
    return datetime.date.fromisoformat(date).toordinal()


def _days_of_number(number: int) -> int:
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    return datetime.date(year, max(1, month), min(max(1, day), 28)).toordinal() if year else 0


def _closely(
    index: Index, rows: Rows, parts: Mapping[str, Scores], weights: Weights, settings: RankingSettings
) -> Rows:
    """The places of the rows whose sentences and words are compared: all, or where words are, those that are most about
    what is asked.
    """
    if not weights.words or len(rows) <= settings.closely:
        return np.arange(len(rows))
    total = _total(index, rows, parts, settings.topic)
    return np.sort(np.argsort(-total, kind="stable")[: settings.closely])


def _spread(scores: Scores, places: Rows, count: int) -> Scores:
    """Put scores at their places among `count`; the others have 0."""
    whole = np.zeros(count)
    whole[places] = scores
    return whole


def _total(index: Index, rows: Rows, parts: Mapping[str, Scores], weights: Weights) -> Scores:
    """What each row's kind and parts come to."""
    total = _worth(weights)[index.columns.kind[rows]]
    for name, values in parts.items():
        total = total + getattr(weights, name) * values
    return total


def _worth(weights: Weights) -> Scores:
    """What each kind of passage adds, by its number."""
    return np.array([weights.kinds.get(kind, 0.0) for kind in PASSAGE_KINDS])
