"""Fits the model that decides refusals, and says how well it refuses questions that it wasn't fitted on.

    python -m eval.answers.calibrate_refusal --index DIR --questions FILE --unanswerable FILE [--write]

Each file is JSON lines with a "question". Rows of a split called "test" aren't fitted on, but measured, and questions written
for a passage ("passage") that the index lacks are left out. First a model of the questions' vectors is fitted: is such
asked of inspection documents? Then a model of that and of how near the ranking comes. A question with a false premise is
refused before the model is asked, and so is left out of the fit and counted as refused. The rates printed are of models fitted on
the other tenths. This module must not know how an answer is made.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from eval.chart import Axis, Panel, draw
from eval.search.cases import TEST, read_jsonl
from indexer.arguments import OneLineParser
from indexer.errors import FindingsError
from indexer.store.location import add_index_option
from search_api.answers.answering import relevance_of
from search_api.answers.scope import Scope, save_scope
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.fits import REFUSAL, RefusalModel
from search_api.question.premises import false_premises
from search_api.question.query import understand
from search_api.search.inquiry import inquire
from search_api.search.relevance import Relevance
from search_api.snapshot import Snapshot

Matrix = NDArray[np.float64]
RIDGE = 1.0
"""Weight of the penalty on the standardised coefficients: a hundred cases can't carry large ones."""
GAMMA, COST = 1.0, 1.0
"""The kernel's width and the cost of a question on the wrong side: of three values each, the best on tenths left out."""
FALSE_REFUSALS = 0.03
"""The share of answerable questions that may be refused; of the thresholds that keep to it and refuse most, the middle one."""
TENTHS = 10
TRAIN = "train"
"""The split that the encoder was trained on."""
EXAMPLES = Path(__file__).with_name("scope.toml")
"""Questions, invented, that are asked of inspection documents and that are asked elsewhere."""
TOPICS = EXAMPLES.parents[1] / "search" / "topics" / "topics.jsonl"
WORDINGS = EXAMPLES.parents[1] / "register" / "questions.jsonl"
OWN = Path(__file__).resolve().parents[2] / "training" / "questions"
"""The project's own questions, of reports that aren't part of it."""
_NEVER_AGAINST = (Relevance._fields.index("covered"), Relevance._fields.index("nearest"))
"""What never speaks against an answer: left out where a fit says that it does."""
_UNFITTED = RefusalModel(0.0, {}, 0.0, typical_margin=float("nan"))
_SCOPE, _MARGIN = Relevance._fields.index("scope"), Relevance._fields.index("margin")


@dataclass(frozen=True, slots=True)
class RefusalCase:
    """A question, whether documents answer it, its vector and its numbers; None where its premise is false.

    A topic's margin is not a number (NaN); `scope` in the numbers is 0 until the model of vectors is fitted. The numbers of
    a question that is `learnt` aren't taken: the encoder was trained on it, and ranks it better than it ranks others.
    """

    question: str
    answerable: bool
    kind: str
    is_test: bool
    learnt: bool
    vector: NDArray[np.float32]
    numbers: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """A logistic model over raw numbers."""

    bias: float
    weights: NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, print the rates, and with --write store the model."""
    parser = OneLineParser(prog="python -m eval.answers.calibrate_refusal", description=__doc__)
    add_index_option(parser)
    parser.add_argument("--questions", type=Path, required=True, action="append")
    parser.add_argument("--unanswerable", type=Path, required=True, action="append")
    parser.add_argument(
        "--write", action="store_true", help="store the model in search_api/answers/refusal.toml"
    )
    parser.add_argument("--curve", type=Path, metavar="FILE", help="draw the rates by threshold, as SVG")
    options = parser.parse_args(arguments)
    try:
        return run(options)
    except FindingsError as error:
        print(error, file=sys.stderr)
        return 2


def run(options: argparse.Namespace) -> int:
    """Do what the options say; 0 when the model is fitted."""
    with Engine(options.index) as engine:
        snapshot = engine.snapshot()
        cases = [
            measure(snapshot, row, answerable)
            for files, answerable in ((options.questions, True), (options.unanswerable, False))
            for file in files
            for row in read_jsonl(file)
            if "passage" not in row or snapshot.index.row_of(str(row["passage"])) is not None
        ]
        examples = [
            (snapshot.vector_of(understand(question, Filters(), snapshot.holdings).sentences[-1:]), inside)
            for question, inside in example_questions()
        ]
        encoder = snapshot.index.manifest.encoder
    said, fitted = calibrate(cases, [vector for vector, _ in examples], [inside for _, inside in examples])
    print(said)
    if options.curve is not None:
        options.curve.write_text(drawn(said, fitted.threshold), encoding="utf-8")
    if options.write:
        REFUSAL.write_text(model_file(fitted, encoder, said), encoding="utf-8")
        save_scope(fitted.scope)
    return 0


def example_questions() -> list[tuple[str, bool]]:
    """List questions and topics that no index is asked here, and whether inspection documents would be."""
    listed = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))
    inside = [row["topic"] for row in read_jsonl(TOPICS)]
    inside += [row["question"] for row in read_jsonl(WORDINGS) if row["kind"] == "passages"]
    return [(text, True) for text in (*listed["inside"], *inside)] + [
        (text, False) for text in listed["outside"]
    ]


def measure(snapshot: Snapshot, row: Mapping[str, Any], answerable: bool) -> RefusalCase:
    """Take the numbers of a question as an answer would."""
    question = str(row["question"])
    kind = str(row.get("kind") or str(row.get("why", "")).partition(":")[0] or "other")
    with inquire(snapshot, question) as inquiry:
        vector = snapshot.vector_of(inquiry.query.sentences[-1:])
        numbers: tuple[float, ...] | None = None
        learnt = answerable and row.get("split") == TRAIN
        if not false_premises(inquiry.query, snapshot.holdings):
            numbers = () if learnt else tuple(relevance_of(inquiry, _UNFITTED))
    return RefusalCase(question, answerable, kind, row.get("split") == TEST, learnt, vector, numbers)


def calibrate(
    cases: Sequence[RefusalCase], vectors: Sequence[NDArray[np.float32]], inside: Sequence[bool]
) -> tuple[str, RefusalModel]:
    """Fit both models, choose the threshold on tenths that were left out, and say the rates in a table.

    `vectors` are of examples that no index is asked, `inside` whether inspection documents would be.
    """
    known = [case for case in cases if case.numbers is not None and not case.is_test]
    every = np.stack([*(case.vector for case in known), *vectors])
    asked = np.array([*(case.answerable for case in known), *inside])
    scope = scope_model().fit(every, asked)
    left_out = cross_val_predict(scope_model(), every, asked, cv=_tenths(asked), method="decision_function")
    places = [place for place, case in enumerate(known) if not case.learnt]
    fitted_on = [known[place] for place in places]
    answerable = np.array([case.answerable for case in fitted_on])
    numbers = np.array([case.numbers for case in fitted_on])
    typical = float(np.nanmean(numbers[answerable, _MARGIN]))
    numbers[:, _MARGIN] = np.nan_to_num(numbers[:, _MARGIN], nan=typical)
    numbers[:, _SCOPE] = left_out[places]
    for place in _NEVER_AGAINST:
        # Everyday questions share few words with their passage; those in the profession's own must not pay for it.
        if fit(numbers, answerable).weights[place] < 0:
            numbers[:, place] = 0.0
    tenths = _tenths(answerable)
    chances = cross_val_predict(model(), numbers, answerable, cv=tenths, method="predict_proba")[:, 1]
    judged = [case for case in cases if not case.is_test and not case.learnt]
    table, threshold = _rates(judged, chances, answerable)
    fitted = fit(numbers, answerable)
    weights = dict(zip(Relevance._fields, fitted.weights.tolist(), strict=True))
    compared = Scope(
        scope.support_vectors_.astype(np.float32),
        scope.dual_coef_[0].astype(np.float32),
        float(scope.intercept_[0]),
        GAMMA,
    )
    found = RefusalModel(fitted.bias, weights, threshold, compared, typical)
    missed = [
        f"{'refused' if case.answerable else 'answered'}: {case.question} ({chance:.2f})"
        for case, chance in zip(fitted_on, chances, strict=True)
        if (chance < threshold) == case.answerable
    ]
    return "\n".join([*table, *_unseen(cases, found), *missed]), found


def _tenths(classes: NDArray[np.bool_]) -> StratifiedKFold:
    return StratifiedKFold(min(TENTHS, int(np.bincount(classes).min())), shuffle=True, random_state=0)


def _rates(
    cases: Sequence[RefusalCase], chances: Matrix, answerable: NDArray[np.bool_]
) -> tuple[list[str], float]:
    """Say the shares refused at each threshold, and choose one."""
    by_premise = [case for case in cases if case.numbers is None]
    right = sum(not case.answerable for case in by_premise)
    wrong = len(by_premise) - right
    asked = sum(case.answerable for case in cases)
    unanswerable = len(cases) - asked
    lines = ["threshold  refused  false refusals"]
    best, most = [0.0], -1.0
    for hundredth in range(2, 99):
        threshold = hundredth / 100
        refused = chances < threshold
        false = (int((refused & answerable).sum()) + wrong) / max(1, asked)
        true = (int((refused & ~answerable).sum()) + right) / max(1, unanswerable)
        if hundredth % 5 == 0:
            lines.append(f"{threshold:9.2f}  {true:7.3f}  {false:14.3f}")
        if false <= FALSE_REFUSALS and true >= most:
            # Other questions fall on both sides of a threshold: the middle of equals leaves most room.
            best, most = [*(best if true == most else []), threshold], true
    lines.append(f"by a false premise alone: {right} of {unanswerable} rightly, {wrong} of {asked} wrongly")
    return lines, best[len(best) // 2]


def _unseen(cases: Sequence[RefusalCase], fitted: RefusalModel) -> list[str]:
    """Say the shares refused of the questions that weren't fitted on, by kind."""
    kinds: dict[tuple[bool, str], list[bool]] = {}
    for case in cases:
        if not case.is_test:
            continue
        refused = case.numbers is None
        if case.numbers is not None:
            numbers = Relevance(*case.numbers)
            margin = fitted.typical_margin if np.isnan(numbers.margin) else numbers.margin
            measured = numbers._replace(margin=margin, scope=fitted.scope.of(case.vector))
            refused = fitted.chance(measured) < fitted.threshold
        for kind in ("all", case.kind):
            kinds.setdefault((case.answerable, kind), []).append(refused)
    return [
        f"test split, {'answerable' if answerable else 'unanswerable'}, {kind}: {sum(refused)} of {len(refused)} refused"
        for (answerable, kind), refused in sorted(kinds.items())
    ]


def drawn(said: str, threshold: float) -> str:
    """Draw the table of `calibrate` as curves, with the threshold that was chosen."""
    rows = [[float(value) for value in line.split()] for line in said.splitlines() if line[:1].isspace()]
    lines = {
        "refused, of questions that documents don't answer": [(row[0], row[1]) for row in rows],
        "refused, of questions that they do": [(row[0], row[2]) for row in rows],
    }
    title, share = "Refusals by threshold, each question left out in turn", Axis(0.2)
    return draw(title, [Panel(title, lines, Axis(0.2, "threshold"), share, threshold)])


def fit(numbers: Matrix, answerable: NDArray[np.bool_]) -> LogisticFit:
    """Fit the model; rows are cases."""
    scaler, logistic = model().fit(numbers, answerable).named_steps.values()
    weights = logistic.coef_[0] / scaler.scale_
    return LogisticFit(float(logistic.intercept_[0] - weights @ scaler.mean_), weights)


def model() -> Pipeline:
    """A ridge logistic model on standardised numbers, both classes weighing the same."""
    logistic = LogisticRegression(C=1 / RIDGE, class_weight="balanced", solver="newton-cholesky", tol=1e-8)
    return make_pipeline(StandardScaler(), logistic)


def scope_model() -> SVC:
    """Make the model of vectors, both classes weighing the same."""
    return SVC(C=COST, gamma=GAMMA, class_weight="balanced")


def model_file(fitted: RefusalModel, encoder: str, said: str) -> str:
    """Write the model as refusal.toml holds it, with the rates by which it was chosen."""
    kept = (line for line in said.splitlines() if line[:1].isspace() or line.startswith(("th", "test split")))
    table = "\n".join(f"#   {line}" for line in kept)
    weights = "\n".join(f"{name} = {weight:.3f}" for name, weight in fitted.weights.items())
    return (
        "# When the best that was found is too far from the question to be called an answer.\n#\n"
        "# A logistic model over the numbers of `search_api.search.relevance`: an answer is refused where\n"
        "# sigmoid(bias + sum of weight * number) falls below `threshold`; `scope` is that of\n"
        "# answers/scope.npz, written beside this file. Written by\n"
        "# `python -m eval.answers.calibrate_refusal`, which found, each tenth refused by a model of the others:\n#\n"
        f"{table}\n\n"
        f'encoder = "{encoder}"\nthreshold = {fitted.threshold}\nbias = {fitted.bias:.3f}\n'
        f"typical_margin = {fitted.typical_margin:.4f}\n\n[weights]\n{weights}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
