"""Which subjects a statement is about: a linear model proposes, a small network decides with what stands around it.

The linear model weighs a statement's words, vector and signs for all subjects at once. The network then sees, for each
likely pair of statement and subject, that score beside those of the sentences around it, the trust in the signs that fired
and the likeness to the subject's wordings; it is one for all subjects, so that those with few labels profit from the rest.
With vectors of another encoder than the one it was fitted for only the signs are trusted. This module must not know of
verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.register.signs import load_signs
from indexer.register.statements import Statements
from indexer.register.word_weights import Floats, Numbers, Vocabulary

NEAREST = 12
"""Subjects by the linear score that are looked at for every statement."""
_CARRIED = 40
"""As many where a sign stands in the sentence before."""
_BOUND = 6.0
SIGN_TRUST = 0.4
"""The least trust in a sign that decides by itself, where vectors can't be compared."""


@dataclass(frozen=True, slots=True, eq=False)
class SignCounts:
    """How many of each subject's signs fire in a sentence, only with the one before, in the passage, in headings.

    Shapes (sentences, subjects); `fired` are the signs in the sentence itself, (sentences, signs).
    """

    own: Floats
    before: Floats
    around: Floats
    headings: Floats
    fired: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Likely pairs of a statement and a subject, by number, with what the network sees of each (pairs, numbers)."""

    statement: NDArray[np.int64]
    subject: NDArray[np.int64]
    numbers: Floats


def count_signs(statements: Statements, subjects: int) -> SignCounts:
    """Count the signs that fire for each statement."""
    signs = load_signs()
    around = statements.before | statements.headings | statements.around
    fired = signs.fired(statements.own, around)
    with_before = signs.fired(statements.own | statements.before, around) & ~fired
    in_passage = signs.fired(statements.around, around)
    in_headings = signs.fired(statements.headings, statements.headings)
    return SignCounts(
        own=signs.by_subject(fired, subjects),
        before=signs.by_subject(with_before, subjects),
        around=signs.by_subject(in_passage, subjects),
        headings=signs.by_subject(in_headings, subjects),
        fired=fired,
    )


def sign_features(counts: SignCounts) -> Floats:
    """Signs as the linear model weighs them, shape (sentences, 4 * subjects)."""
    return np.hstack(
        [
            0.55 * np.sqrt(counts.own),
            *(0.32 * (one > 0) for one in (counts.before, counts.headings, counts.around)),
        ]
    ).astype(np.float32)


def dense_features(statements: Statements) -> Floats:
    """Vectors as the linear model weighs them: the sentence's and its passage's, shape (sentences, 2 * dimension)."""
    return np.hstack([1.41 * statements.vectors, statements.passage_vectors[statements.passage]]).astype(
        np.float32
    )


def trust_in(fired: NDArray[np.bool_], trust: Floats, subjects: int) -> Floats:
    """The most trusted sign of each subject that fired, 0 where none did; shape (sentences, subjects)."""
    found = np.zeros((len(fired), subjects), dtype=np.float32)
    for sign, subject in enumerate(load_signs().subjects.tolist()):
        np.maximum(found[:, subject], fired[:, sign] * trust[sign], out=found[:, subject])
    return found


def pairs_of(
    statements: Statements,
    counts: SignCounts,
    *,
    scores: Floats,
    trusted: Floats,
    likeness: Floats,
    prior: Floats,
) -> Pairs:
    """Choose the likely pairs and say what the network sees of each; arguments are (sentences, subjects), but `prior`."""
    ranks = _ranks(scores)
    likely = (ranks < NEAREST) | (counts.own > 0) | ((counts.before > 0) & (ranks < _CARRIED))
    i, j = np.nonzero(likely)
    ordered = np.sort(scores, axis=1)
    best, second = ordered[:, -1], ordered[:, -2]
    before, after, most, mean = _neighbours(statements, scores)
    signs = (counts.own > 0).sum(axis=1)
    columns = [
        scores[i, j], ranks[i, j], scores[i, j] - np.where(scores[i, j] == best[i], second[i], best[i]),
        before[i, j], after[i, j], most[i, j], mean[i, j], scores[statements.first][i, j],
        counts.own[i, j], counts.before[i, j], counts.around[i, j], counts.headings[i, j],
        trusted[i, j], trusted.max(axis=1)[i], signs[i], likeness[i, j], _ranks(likeness)[i, j], prior[j],
        before.max(axis=1)[i], statements.numbers()[i],
    ]  # fmt: skip
    return Pairs(i, j, np.column_stack(columns).astype(np.float32))


def _ranks(scores: Floats) -> NDArray[np.int64]:
    return np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1)


def _neighbours(statements: Statements, scores: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Scores of the sentence before and after, and the highest and mean of the passage's others; 0 where there is none."""
    before, after = np.zeros_like(scores), np.zeros_like(scores)
    same = statements.passage[1:] == statements.passage[:-1]
    before[1:][same] = scores[:-1][same]
    after[:-1][same] = scores[1:][same]
    most, mean = np.zeros_like(scores), np.zeros_like(scores)
    starts = np.flatnonzero(np.concatenate(([True], ~same))) if len(scores) else np.zeros(0, dtype=np.int64)
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(scores)], strict=True):
        if end - start > 1:
            part = scores[start:end]
            top = np.sort(part, axis=0)[-2:]
            most[start:end] = np.where(part == top[1], top[0], top[1])
            mean[start:end] = (part.sum(axis=0) - part) / (end - start - 1)
    return before, after, most, mean


@dataclass(frozen=True, slots=True, eq=False)
class SubjectModel:
    """The linear model's weights, the signs' trust, the subjects' wordings and the network's layers."""

    encoder: str
    words: Vocabulary
    word_weights: NDArray[np.int8]
    word_scales: Floats
    dense_weights: Floats
    sign_weights: Floats
    bias: Floats
    trust: Floats
    wordings: Floats
    prior: Floats
    centre: Floats
    spread: Floats
    layers: tuple[Floats, ...]
    threshold: Floats

    @classmethod
    def read(cls, numbers: Numbers, encoder: str) -> SubjectModel:
        """Read what `numbers` wrote."""

        def part(name: str) -> Floats:
            return np.asarray(numbers[f"subject.{name}"], dtype=np.float32)

        return cls(
            encoder=encoder,
            words=Vocabulary.read(numbers, "subject"),
            word_weights=np.asarray(numbers["subject.word_weights"], np.int8),
            word_scales=part("word_scales"),
            dense_weights=part("dense_weights"),
            sign_weights=part("sign_weights"),
            bias=part("bias"),
            trust=part("trust"),
            wordings=part("wordings"),
            prior=part("prior"),
            centre=part("centre"),
            spread=part("spread"),
            layers=tuple(part(f"layer{number}") for number in range(6)),
            threshold=part("threshold"),
        )

    def numbers(self) -> dict[str, NDArray[np.generic]]:
        """Write it as arrays; those of weights in half precision."""
        found = self.words.numbers("subject") | {"subject.word_weights": self.word_weights}
        for field in ("dense_weights", "sign_weights", "wordings"):
            found[f"subject.{field}"] = getattr(self, field).astype(np.float16)
        for field in ("word_scales", "bias", "trust", "prior", "centre", "spread", "threshold"):
            found[f"subject.{field}"] = getattr(self, field)
        return found | {f"subject.layer{n}": layer for n, layer in enumerate(self.layers)}

    def linear(self, statements: Statements, counts: SignCounts) -> Floats:
        """The linear score of every subject, shape (sentences, subjects)."""
        words = self.words.rows(statements.runs()).times(self.word_weights, self.word_scales)
        dense = dense_features(statements) @ self.dense_weights
        return np.asarray(
            words + dense + sign_features(counts) @ self.sign_weights + self.bias, dtype=np.float32
        )

    def chances(
        self, statements: Statements, encoder: str
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Likely pairs as (statement, subject, chance); shapes (pairs,)."""
        counts = count_signs(statements, len(self.bias))
        trusted = trust_in(counts.fired, self.trust, len(self.bias))
        if encoder != self.encoder:
            i, j = np.nonzero(trusted >= SIGN_TRUST)
            return i, j, trusted[i, j]
        likeness = likeness_to(self.wordings, statements)
        pairs = pairs_of(
            statements,
            counts,
            scores=self.linear(statements, counts),
            trusted=trusted,
            likeness=likeness,
            prior=self.prior,
        )
        seen = np.clip((pairs.numbers - self.centre) / self.spread, -_BOUND, _BOUND)
        for weights, bias in zip(self.layers[0:4:2], self.layers[1:4:2], strict=True):
            seen = np.maximum(seen @ weights + bias, 0.0)
        odds = (seen @ self.layers[4] + self.layers[5])[:, 0]
        return pairs.statement, pairs.subject, np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float32)

    def assign(
        self, statements: Statements, encoder: str
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """The pairs whose chance reaches their subject's threshold."""
        i, j, chance = self.chances(statements, encoder)
        kept = chance >= (self.threshold[j] if encoder == self.encoder else SIGN_TRUST)
        return i[kept], j[kept], chance[kept]


def likeness_to(wordings: Floats, statements: Statements) -> Floats:
    """Cosines to subjects' mean wordings, shape (subjects, dimension), each less the statement's mean over subjects."""
    cosines = statements.vectors @ wordings.T
    return np.asarray(cosines - cosines.mean(axis=1, keepdims=True), dtype=np.float32)
