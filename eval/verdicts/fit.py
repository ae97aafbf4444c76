"""Fits the models of findings to labelled statements.

The linear model of subjects is ridge regression, solved by statements since there are fewer of them than of words; the
network over pairs is trained on scores of statements that the linear model hadn't seen. This module must not know how
good they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import solve
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from eval.verdicts.labels import LabelledStatements
from indexer.register.signs import load_signs
from indexer.register.subject_model import (
    Pairs,
    SignCounts,
    SubjectModel,
    count_signs,
    dense_features,
    likeness_to,
    pairs_of,
    sign_features,
    trust_in,
)
from indexer.register.verdict_model import OUTPUTS, Seen, VerdictModel
from indexer.register.word_weights import Floats, Vocabulary, WordRows, vocabulary_of

RIDGE = 1.0
_PRIOR_HITS, _PRIOR_FIRED = 1.0, 3.0
"""A sign that fired never yet is trusted by a third."""
_WORDS = 3.0
"""How much the verdict's words weigh beside its numbers before either is fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Weights of words, of vectors, of signs; the last is the bias."""

    words: Floats
    dense: Floats
    signs: Floats
    bias: Floats


class SubjectFit:
    """Labelled statements ready to have models of subjects fitted to some of them."""

    def __init__(self, data: LabelledStatements, wordings: Floats, encoder: str) -> None:
        """`wordings` are subjects' mean wordings as vectors of length 1, of the encoder named."""
        self.data = data
        self.encoder = encoder
        self.wordings = wordings
        statements = data.statements
        self.counts: SignCounts = count_signs(statements, data.subjects.shape[1])
        self.likeness = likeness_to(wordings, statements)
        runs = statements.runs()
        self.words: Vocabulary = vocabulary_of(
            [runs[place] for place in np.flatnonzero(data.judged)], least=2
        )
        self._rows = _sparse(self.words.rows(runs), len(self.words.places))
        self._dense = dense_features(statements)
        self._signs = sign_features(self.counts)
        self._kernel = (
            np.asarray((self._rows @ self._rows.T).todense(), dtype=np.float32)
            + self._dense @ self._dense.T + self._signs @ self._signs.T + 1
        )  # fmt: skip

    def linear(self, train: NDArray[np.bool_]) -> Linear:
        """Fit the linear model to these statements."""
        held = np.flatnonzero(train)
        kernel = self._kernel[np.ix_(held, held)] + RIDGE * np.eye(len(held), dtype=np.float32)
        found = solve(kernel, self.data.subjects[held].astype(np.float32), assume_a="pos")
        words = np.asarray(self._rows[held].T @ found, dtype=np.float32)
        return Linear(words, self._dense[held].T @ found, self._signs[held].T @ found, found.sum(axis=0))

    def scores(self, linear: Linear) -> Floats:
        """The linear score of every statement and subject."""
        words = np.asarray(self._rows @ linear.words)
        return np.asarray(
            words + self._dense @ linear.dense + self._signs @ linear.signs + linear.bias, dtype=np.float32
        )

    def trust(self, train: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Each sign's trust, and the most trusted that fired for each statement and subject.

        A statement that is itself learned from is left out of its own.
        """
        signs = load_signs().subjects
        fired, said = self.counts.fired, self.data.subjects[:, signs]
        hits = (fired & said)[train].sum(axis=0)
        times = fired[train].sum(axis=0)
        trust = ((hits + _PRIOR_HITS) / (times + _PRIOR_FIRED)).astype(np.float32)
        found = trust_in(fired, trust, self.data.subjects.shape[1])
        for sign, subject in enumerate(signs.tolist()):
            held = np.flatnonzero(fired[:, sign] & train)
            others = (hits[sign] - said[held, sign] + _PRIOR_HITS) / (times[sign] - 1 + _PRIOR_FIRED)
            rest = trust_in(
                fired[held], np.where(np.arange(len(trust)) == sign, 0, trust), self.data.subjects.shape[1]
            )
            found[held, subject] = np.maximum(rest[:, subject], others)
        return trust, found

    def pairs(self, scores: Floats, trusted: Floats, train: NDArray[np.bool_]) -> tuple[Pairs, Floats]:
        """The likely pairs of every statement and what is seen of each, and the prior of each subject."""
        prior = np.log1p(self.data.subjects[train].sum(axis=0)).astype(np.float32)
        return pairs_of(
            self.data.statements,
            self.counts,
            scores=scores,
            trusted=trusted,
            likeness=self.likeness,
            prior=prior,
        ), prior

    def unseen_scores(self, train: NDArray[np.bool_], folds: NDArray[np.int64]) -> Floats:
        """Linear scores of each fold's statements by the model of the other folds that are in `train`."""
        found = np.zeros(self.data.subjects.shape, dtype=np.float32)
        for fold in np.unique(folds):
            found[folds == fold] = self.scores(self.linear(train & (folds != fold)))[folds == fold]
        return found

    def model(
        self, unseen: Floats, train: NDArray[np.bool_], threshold: float, linear: Linear
    ) -> SubjectModel:
        """Fit the network to `unseen` scores of these statements, and put the model together."""
        trust, trusted = self.trust(train)
        pairs, prior = self.pairs(unseen, trusted, train)
        kept = train[pairs.statement]
        seen = pairs.numbers[kept]
        centre, spread = seen.mean(axis=0), seen.std(axis=0) + 1e-6
        network = MLPClassifier(
            (32, 32), alpha=1e-3, batch_size=2048, learning_rate_init=3e-3, max_iter=14, random_state=0
        )
        network.fit(
            np.clip((seen - centre) / spread, -6, 6), self.data.subjects[pairs.statement, pairs.subject][kept]
        )
        layers = [
            np.asarray(part, dtype=np.float32)
            for weights, bias in zip(network.coefs_, network.intercepts_, strict=True)
            for part in (weights, bias)
        ]
        codes, scales = quantised_columns(linear.words)
        return SubjectModel(
            self.encoder, self.words, codes, scales, linear.dense, linear.signs, linear.bias, trust, self.wordings,
            prior, centre, spread, tuple(layers), np.full(len(prior), threshold, dtype=np.float32),
        )  # fmt: skip


def fit_verdicts(seen: Seen, targets: Sequence[NDArray[np.int64]], weights: Sequence[float]) -> VerdictModel:
    """Fit a head for each of the targets (verdict, change, holder), with the inverse of its regularisation."""
    words = vocabulary_of(seen.runs, least=3)
    rows = _sparse(words.rows(seen.runs), len(words.places))
    both = sparse.hstack([rows * _WORDS, sparse.csr_matrix(seen.numbers)]).tocsr()
    size = len(words.places)
    columns, biases = [], []
    for target, outputs, weight in zip(targets, OUTPUTS, weights, strict=True):
        head = LogisticRegression(C=weight, max_iter=120, tol=1e-3).fit(both, target)
        found = np.zeros((both.shape[1], outputs), dtype=np.float32)
        bias = np.full(outputs, -20.0, dtype=np.float32)
        found[:, head.classes_], bias[head.classes_] = head.coef_.T, head.intercept_
        columns.append(found)
        biases.append(bias)
    weighed = np.hstack(columns).astype(np.float32)
    codes, scales = quantised_columns(np.float32(_WORDS) * weighed[:size])
    return VerdictModel(words, codes, scales, weighed[size:], np.concatenate(biases))


def quantised_columns(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Bring weights to a byte each, with one scale a column."""
    scales = (np.abs(weights).max(axis=0, initial=1e-9) / 127).astype(np.float32)
    return np.rint(weights / scales).astype(np.int8), scales


def _sparse(rows: WordRows, width: int) -> sparse.csr_matrix:
    return sparse.csr_matrix((rows.values, rows.places, rows.starts), shape=(len(rows.starts) - 1, width))
