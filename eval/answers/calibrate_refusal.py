"""Fits the model that decides refusals, and says how well it refuses questions that it wasn't fitted on.

    python -m eval.answers.calibrate_refusal --index DIR --questions FILE --unanswerable FILE [--write]

Each file is JSON lines with a "question". A question with a false premise is refused before the model is
asked, and so is left out of the fit and counted as refused. The rates printed are by leaving one out: each
question is judged by a model fitted on the others. This module must not know how an answer is made.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from eval.chart import Axis, Panel, draw
from eval.search.cases import read_jsonl
from indexer.arguments import OneLineParser
from indexer.errors import FindingsError
from indexer.store.location import add_index_option
from search_api.answers.answering import relevance_of
from search_api.engine import Engine
from search_api.fits import REFUSAL
from search_api.question.premises import false_premises
from search_api.search.inquiry import inquire
from search_api.search.relevance import Relevance
from search_api.snapshot import Snapshot

Matrix = NDArray[np.float64]
RIDGE = 1.0
"""Weight of the penalty on the standardised coefficients: a hundred cases can't carry large ones."""
FALSE_REFUSALS = 0.04
"""The share of answerable questions that may be refused; of the thresholds that keep to it and refuse most, the middle one."""
JUDGED = 10


@dataclass(frozen=True, slots=True)
class RefusalCase:
    """A question, whether documents answer it, and its numbers; None where its premise is false."""

    question: str
    answerable: bool
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
            measure(snapshot, str(row["question"]), answerable)
            for files, answerable in ((options.questions, True), (options.unanswerable, False))
            for file in files
            for row in read_jsonl(file)
        ]
        encoder = snapshot.index.manifest.encoder
    said, fitted, threshold = calibrate(cases)
    print(said)
    if options.curve is not None:
        options.curve.write_text(drawn(said, threshold), encoding="utf-8")
    if options.write:
        text = model_file(fitted, threshold, encoder, said)
        REFUSAL.write_text(text, encoding="utf-8")
    return 0


def measure(snapshot: Snapshot, question: str, answerable: bool) -> RefusalCase:
    """Take the numbers of a question as an answer would."""
    with inquire(snapshot, question) as inquiry:
        if false_premises(inquiry.query, snapshot.holdings):
            return RefusalCase(question, answerable, None)
        return RefusalCase(question, answerable, tuple(relevance_of(inquiry, JUDGED)))


def calibrate(cases: Sequence[RefusalCase]) -> tuple[str, LogisticFit, float]:
    """Fit the model, choose the threshold on the left-out probabilities, and say the rates in a table."""
    judged = [case for case in cases if case.numbers is not None]
    numbers = np.array([case.numbers for case in judged])
    answerable = np.array([case.answerable for case in judged])
    left_out = cross_val_predict(model(), numbers, answerable, cv=LeaveOneOut(), method="predict_proba")[:, 1]
    by_premise = [case for case in cases if case.numbers is None]
    right = sum(not case.answerable for case in by_premise)
    wrong = len(by_premise) - right
    asked = int(sum(case.answerable for case in cases))
    unanswerable = len(cases) - asked
    lines = ["threshold  refused  false refusals"]
    best, most = [0.0], -1.0
    for threshold in np.arange(0.05, 0.951, 0.05):
        refused = left_out < threshold
        false = (int((refused & answerable).sum()) + wrong) / max(1, asked)
        true = (int((refused & ~answerable).sum()) + right) / max(1, unanswerable)
        lines.append(f"{threshold:9.2f}  {true:7.3f}  {false:14.3f}")
        if false <= FALSE_REFUSALS and true >= most:
            # Other questions fall on both sides of a threshold: the middle of equals leaves most room.
            best, most = [*(best if true == most else []), float(threshold)], true
    chosen = best[len(best) // 2]
    lines.append(f"by a false premise alone: {right} of {unanswerable} rightly, {wrong} of {asked} wrongly")
    missed = [
        f"{'refused' if case.answerable else 'answered'}: {case.question} ({probability:.2f})"
        for case, probability in zip(judged, left_out, strict=True)
        if (probability < chosen) == case.answerable
    ]
    return "\n".join([*lines, *missed]), fit(numbers, answerable), round(chosen, 2)


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


def model_file(fitted: LogisticFit, threshold: float, encoder: str, said: str) -> str:
    """Write the model as refusal.toml holds it, with the rates by which it was chosen."""
    table = "\n".join(f"#   {line}" for line in said.splitlines() if line[:1].isspace() or line[:2] == "th")
    weights = "\n".join(
        f"{name} = {weight:.3f}" for name, weight in zip(Relevance._fields, fitted.weights, strict=True)
    )
    return (
        "# When the best that was found is too far from the question to be called an answer.\n#\n"
        "# A logistic model over the numbers of `search_api.search.relevance`: an answer is refused where\n"
        "# sigmoid(bias + sum of weight * number) falls below `threshold`. Written by\n"
        "# `python -m eval.answers.calibrate_refusal`, which found, leaving each question out in turn:\n#\n"
        f"{table}\n\n"
        f'encoder = "{encoder}"\nthreshold = {threshold}\nbias = {fitted.bias:.3f}\n\n[weights]\n{weights}\n'
    )


if __name__ == "__main__":
    sys.exit(main())
