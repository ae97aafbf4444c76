"""Every document's best sentence on a subject: for questions that ask which councils, or how many.

A list of the ten best passages can't be counted. Here each document is looked at, and counts where its best sentence
passes a bar that was calibrated on subjects counted by hand (survey.toml; `-m eval counts`), so that a count is a
measurement with a known error. This module knows nothing of how a question was worded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.document import PASSAGE_KINDS, Passage
from indexer.store.columns import Mask
from indexer.store.stored_index import Index
from indexer.text.polarity import Polarity, PolarityModel, clauses_of, labelled, load_polarity_model
from indexer.text.sentences import Sentence
from search_api.answers.topic import Side, Topic
from search_api.answers.wording import Wanted, said, stems_of, together, wanted
from search_api.question.plan import Plan
from search_api.search.relevance import rarity
from search_api.snapshot import Snapshot

_LOOKED_AT = 6
"""Passages of a document whose sentences are read: those nearest to the subject as a whole."""

_CLAUSE = 0.6
"""The share of what a sentence says of a subject that one of its clauses must say, to speak for it."""

_WEIGHED = 12
"""Sentences of a document, the nearest ones, that are weighed as praise or criticism."""

_OTHER: dict[Side, Polarity] = {"praise": "weakness", "criticism": "strength"}

_BESIDE = 0.75
"""Sentences of a document that speak of the subject beside its best one: at least so much of its chance."""

_NOT_FINDINGS = tuple(PASSAGE_KINDS.index(kind) for kind in ("judgement", "action", "indicator"))


class Nearness(NamedTuple):
    """How near a sentence comes to a subject, each number 0..1 or a cosine.

    `covered` is the share of the subject's words, weighed by rarity, that the sentence says, `head`
    of its first phrase alone; `around` is what its passage says; `together` the share of the subject's phrases, by length, whose words stand together in the sentence;
    `rarest` how far it says the subject's rarest word. `sentence` and `passage` are cosines.
    """

    covered: float
    head: float
    around: float
    together: float
    rarest: float
    sentence: float
    passage: float


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A document's best sentence on a subject: its row and passage, the sentence's place among the passage's
    sentences, the chance that it is a finding on the subject, and what the document's sentences on it say together.
    """

    row: int
    passage: Passage
    sentences: tuple[Sentence, ...]
    best: int
    chance: float
    polarity: Polarity
    near: Nearness


def survey(
    snapshot: Snapshot, topic: Topic, chosen: Plan, *, threshold: float | None = None
) -> list[Surveyed]:
    """Find each document's best sentence on a subject that passes the bar, best first, equal chances by row.

    Where the topic asks for one side, only sentences of that side count. `threshold` replaces the calibrated one; 0
    gives every document that holds anything.
    """
    index, side = snapshot.index, topic.side
    vector = snapshot.vector_of((topic.sentence,))
    model = snapshot.fits.survey
    least = model.threshold if threshold is None else threshold
    polarity = load_polarity_model()
    mask = chosen.mask & ~np.isin(index.columns.kind, _NOT_FINDINGS)
    weights = [rarity(snapshot.holdings.frequency(term.wordings), len(index)) for term in topic.terms]
    subject = wanted(topic.terms, topic.phrases)
    rows_by_document = _looked_at(index, topic, weights, mask, vector)
    rows = [row for rows in rows_by_document.values() for row in rows]
    readings = _read(index, subject, weights, rows, vector)
    found = []
    for rows in rows_by_document.values():
        nearest = sorted(
            ((model.chance(near), -row, -at) for row in rows for at, near in enumerate(readings[row].near)),
            reverse=True,
        )[:_WEIGHED]
        topical = [
            readings[-row].scored(-at, chance, polarity, subject, weights)
            for chance, row, at in nearest
            if chance >= least
        ]
        if side is not None:
            topical = [item for item in topical if (item.odds > 0) == (side == "praise")]
        if not topical:
            continue
        best = topical[0]
        beside = [item for item in topical if item.chance >= _BESIDE * best.chance]
        reading = readings[best.row]
        sides = _together(beside, polarity, advised=reading.passage.kind == "recommendation")
        if side is not None and sides in {"neutral", _OTHER[side]}:
            continue
        found.append(
            Surveyed(
                best.row, reading.passage, tuple(reading.parts), best.place, best.chance, sides, best.near
            )
        )  # fmt: skip
    return sorted(found, key=lambda item: (-item.chance, item.row))


@dataclass(frozen=True, slots=True)
class _Scored:
    row: int
    place: int
    near: Nearness
    chance: float
    odds: float
    clauses: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A passage's sentences with how near each comes."""

    row: int
    passage: Passage
    parts: Sequence[Sentence]
    near: Sequence[Nearness]

    def scored(
        self, place: int, chance: float, polarity: PolarityModel, subject: Wanted, weights: Sequence[float]
    ) -> _Scored:
        """Weigh a sentence; its odds are those of the clause that says most of the subject."""
        near, text = self.near[place], self.parts[place].text
        if self.passage.kind == "recommendation":
            return _Scored(self.row, place, near, chance, -1.0, ((float(len(text.split())), -1.0),))
        clauses = list(clauses_of(text))
        odds = [polarity.score(clause) for clause, _ in clauses]
        own = 0
        if len(clauses) > 1:
            says = [_weighed(said(subject, stems_of(clause)), weights) for clause, _ in clauses]
            own = int(np.argmax(says))
            if says[own] < _CLAUSE * near.covered:
                # A subject that is spread over several clauses is what the whole sentence speaks of.
                odds, own = [*odds, polarity.score(text)], len(odds)
        weighed = tuple(
            (weight * len(clause.split()), one) for (clause, weight), one in zip(clauses, odds, strict=False)
        )
        return _Scored(self.row, place, near, chance, odds[own] if odds else 0.0, weighed)


def _looked_at(
    index: Index, topic: Topic, weights: Sequence[float], mask: Mask, vector: NDArray[np.float32]
) -> dict[int, list[int]]:
    """Choose the passages of each document that are read, nearest first, by words and meaning as a whole."""
    rows = np.flatnonzero(mask)
    if not len(rows):
        return {}
    scores = (
        index.dense_scores(vector, mask)[rows].astype(np.float64) + _coverage(index, topic, weights)[rows]
    )
    order = np.lexsort((rows, -scores))
    looked: dict[int, list[int]] = {}
    for place in order.tolist():
        row = int(rows[place])
        chosen = looked.setdefault(int(index.columns.document[row]), [])
        if len(chosen) < _LOOKED_AT:
            chosen.append(row)
    return looked


def _coverage(index: Index, topic: Topic, weights: Sequence[float]) -> NDArray[np.float64]:
    """Say of every row which share of the subject's words, weighed by rarity, its own words hold."""
    covered = np.zeros(len(index))
    for term, weight in zip(topic.terms, weights, strict=True):
        held = np.zeros(len(index), dtype=np.bool_)
        for wording in term.wordings:
            held[index.rows_with(wording, "text")] = True
        covered[held] += weight
    return covered / (sum(weights) or 1.0)


def _read(
    index: Index, subject: Wanted, weights: Sequence[float], rows: Sequence[int], vector: NDArray[np.float32]
) -> dict[int, _Reading]:
    if not rows:
        return {}
    lengths = [float(len(phrase)) for phrase in subject.phrases]
    rarest = int(np.argmax(weights)) if weights else -1
    stored = index.sentence_vectors(rows)
    cosines = stored.vectors @ vector
    passages = index.passages(rows)
    whole = index.vectors(rows) @ vector
    readings: dict[int, _Reading] = {}
    for at, (row, passage) in enumerate(zip(rows, passages, strict=True)):
        if labelled(passage.kind, passage.section) == "neutral":
            # What the report itself prints as information ("Children living in this area") is no finding.
            readings[row] = _Reading(row, passage, (), ())
            continue
        begin, end = int(stored.offsets[at]), int(stored.offsets[at + 1])
        parts = [Sentence(int(a), int(b), passage.text[int(a) : int(b)]) for a, b in stored.spans[begin:end]]
        near_by = [float(cosine) for cosine in cosines[begin:end]]
        stems = [stems_of(part.text) for part in parts]
        held = [said(subject, one) for one in stems]
        around = [max(one) for one in zip(*held, strict=True)] if held else []
        readings[row] = _Reading(
            row, passage, parts,
            [
                Nearness(
                    covered=_weighed(shares, weights),
                    head=subject.head(shares),
                    around=_weighed(around, weights),
                    together=_weighed(together(subject, one), lengths),
                    rarest=shares[rarest] if weights else 0.0,
                    sentence=cosine,
                    passage=float(whole[at]),
                )
                for shares, one, cosine in zip(held, stems, near_by, strict=True)
            ],
        )  # fmt: skip
    return readings


def _weighed(shares: Sequence[float], weights: Sequence[float]) -> float:
    total = sum(weights)
    return sum(s * w for s, w in zip(shares, weights, strict=True)) / total if total else 0.0


def _together(topical: Sequence[_Scored], model: PolarityModel, *, advised: bool) -> Polarity:
    """What several sentences say together: the share of criticism among their words decides.

    Where the best of them is advice to improve (`advised`), praise beside it leaves it mixed, never a strength.
    """
    clauses = [clause for item in topical for clause in item.clauses]
    praise = sum(words * min(2.0, odds) for words, odds in clauses if odds > 0)
    criticism = sum(words * min(2.0, -odds) for words, odds in clauses if odds < 0)
    both = praise + criticism
    words = sum(length for length, _ in clauses)
    if not words or both / words < model.evaluative:
        return "weakness" if advised else "neutral"
    share = criticism / both
    if advised and share < model.weakness:
        return "mixed"
    return "strength" if share <= model.strength else "weakness" if share >= model.weakness else "mixed"
