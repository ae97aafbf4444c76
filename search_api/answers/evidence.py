"""The sentences of the best passages that answer a question best.

A paragraph is found by what it is about; of its sentences, the one is chosen that says most of the question's
words and meaning and holds what such an answer looks like: a figure, a date, a cause. This module writes
nothing: what it returns are places in passages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.document import Passage
from indexer.store.sentence_vectors import SentenceVectors
from indexer.text.polarity import polarity_of_text
from indexer.text.sentences import Sentence
from search_api.answers.spans import has_expected
from search_api.answers.topic import Side
from search_api.question.query import Query
from search_api.question.question_kind import QuestionKind
from search_api.search.relevance import covers

_CAUSE = re.compile(
    r"\b(?:because|due to|as a result|result(?:ed|s|ing)? (?:of|in|from)|owing to|caused by|led to|leading to"
    r"|reasons?|reflects?|attributed|stems? from|arising|so that|in order to|therefore|consequently"
    r"|contribut\w+|means that|following|in response to"
    r"|to (?:ensure|reduce|improve|increase|support|enable|address))\b",
    re.I,
)
_LEANS_BACK = re.compile(
    r"^(?:This|These|Those|They|It|Its|Their|He|She|However|As a result|Consequently|Therefore|For example"
    r"|Of these|Such|That|In addition|Additionally|Furthermore|Despite this)\b"
)


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """How a sentence's parts are weighed, and how long a quote may grow.

    `passages` of the ranking are read; `quote` is the number of characters up to which a chosen sentence
    takes its neighbours with it.
    """

    passages: int = 12
    dense: float = 0.5
    lexical: float = 0.3
    expected: float = 0.15
    side: float = 0.1
    passage: float = 0.7
    quote: int = 520


@dataclass(frozen=True, slots=True)
class Evidence:
    """A part of a passage, `passage.text[start:end]`, whole sentences, and how well it answers (higher is
    better).

    `place` is the passage's place in the ranking, from 0.
    """

    passage: Passage
    start: int
    end: int
    score: float
    place: int


def choose_evidence(
    query: Query,
    kind: QuestionKind,
    passages: Sequence[Passage],
    *,
    passage_scores: Sequence[float],
    weights: Sequence[float],
    sentences: SentenceVectors,
    vector: NDArray[np.float32],
    settings: EvidenceSettings,
    side: Side | None = None,
) -> list[Evidence]:
    """Choose each passage's best quote, best first; equal scores in the order of the ranking.

    A question that asks for one `side` ("why were plans weak?") wants no praise first. `weights` are the rarities of the
    query's terms, in their order; `sentences` are the passages', `vector` is the question's.
    """
    cosines = sentences.vectors @ vector
    top = max(passage_scores, default=1.0) or 1.0
    chosen = []
    for place, passage in enumerate(passages):
        part = slice(*sentences.offsets[place : place + 2].tolist())
        split = [Sentence(a, b, passage.text[a:b]) for a, b in sentences.spans[part].tolist()]
        if not split:
            continue
        scores = [
            settings.dense * cosine
            + settings.lexical * _coverage(query, sentence.text, weights)
            + settings.expected * _fits(sentence.text, kind)
            + settings.side * _sided(sentence.text, side)
            for sentence, cosine in zip(split, cosines[part].tolist(), strict=True)
        ]
        best = int(np.argmax(scores))
        first, last = _widened(split, scores, best, kind, settings.quote)
        score = scores[best] + settings.passage * passage_scores[place] / top
        chosen.append(Evidence(passage, split[first].start, split[last].end, score, place))
    return sorted(chosen, key=lambda item: (-item.score, item.place))


def quote_round(sentences: Sequence[Sentence], best: int, longest: int) -> tuple[int, int]:
    """Give the characters of a sentence with what it leans on, while the quote stays short."""
    first = best
    if best and _LEANS_BACK.match(sentences[best].text):
        first -= sentences[best].end - sentences[best - 1].start <= longest
    return sentences[first].start, sentences[best].end


def _coverage(query: Query, text: str, weights: Sequence[float]) -> float:
    total = sum(weights)
    held = covers(query.terms, text)
    return sum(w for has, w in zip(held, weights, strict=True) if has) / total if total else 0.0


def _sided(text: str, side: Side | None) -> float:
    """1 where a sentence says what the side asked for would say, -1 where it says the other side's."""
    if side is None:
        return 0.0
    wanted, unwanted = ("strength", "weakness") if side == "praise" else ("weakness", "strength")
    polarity = polarity_of_text(text)
    return 1.0 if polarity == wanted else -1.0 if polarity == unwanted else 0.0


def _fits(text: str, kind: QuestionKind) -> float:
    if kind.kind == "reason":
        return 1.0 if _CAUSE.search(text) else 0.0
    return 1.0 if has_expected(text, kind) else 0.0


def _widened(
    sentences: Sequence[Sentence], scores: Sequence[float], best: int, kind: QuestionKind, longest: int
) -> tuple[int, int]:
    """Take neighbours in while the quote stays short: first what the sentence leans on, then the better
    side.
    """
    first = last = best

    def length(a: int, b: int) -> int:
        return sentences[b].end - sentences[a].start

    if first and _LEANS_BACK.match(sentences[first].text) and length(first - 1, last) <= longest:
        first -= 1
    while True:
        sides = []
        if first > 0 and length(first - 1, last) <= longest:
            sides.append((scores[first - 1], first - 1))
        if last + 1 < len(sentences) and length(first, last + 1) <= longest:
            sides.append((scores[last + 1], last + 1))
        if not sides:
            return first, last
        _, at = max(sides)
        first, last = min(first, at), max(last, at)
