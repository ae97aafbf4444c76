"""`-m eval fit-ranking`: the ranking's weights from the benchmarks, checked on reports that had no say in them.

The model is a conditional logit: a case's wanted passages should have the highest weighted sums among its
candidates (McFadden 1974; ListNet's top-one loss, Cao et al. 2007), with a ridge that keeps few cases from
saying much. Weights are fitted on all reports but one, for each report in turn, and scored on the one left out;
what is written is fitted on all. Run it again whenever the encoder or a part of the ranking changes.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from eval.reports import table
from eval.search.cases import Case, load_cases, resolve
from eval.search.collection import open_collection
from indexer.document import PASSAGE_KINDS
from indexer.errors import UsageError
from indexer.store.location import IndexLocation, add_index_option
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.fits import RANKING as FILE
from search_api.fits import RankingSettings, Weights
from search_api.question.plan import plan
from search_api.question.query import understand
from search_api.search.ranking import score

Values = NDArray[np.float64]
RIDGE = 0.3
_ROUNDS = 3
_SCALE = 8.0
"""Where the search for the scale begins: about what the weights of likeness come to."""
_DEPTH = 10
_SECTIONS: Mapping[str, str] = {"evidence": "demand", "questions": "question", "written": "question"}
_SPLIT = "validation"
"""Of the written questions: the words' matrices were learned from those to train on, and seem better there than they are."""
_FITTED: Mapping[str, tuple[str, ...]] = {
    "demand": ("dense", "lexical", "criticism", "words", "part"),
    "question": ("dense", "lexical", "sentence", "words"),
}
_LIKENESS = 4
"""The first so many names are scores of likeness; they are written so that they add up to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One case: `parts` of shape (candidates, names), which candidates are `wanted`, how many there should be.

    `fixed` is what isn't fitted (kinds, period); `report` groups cases that must not stand on both sides.
    """

    report: str
    parts: Values
    fixed: Values
    wanted: NDArray[np.bool_]
    relevant: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    parser.add_argument("--bench", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--ridge", type=float, default=RIDGE, metavar="N")
    parser.add_argument("--write", action="store_true", help=f"put the weights into {FILE.name}")


def main(options: argparse.Namespace) -> int:
    """Run the command; 0 when it has fitted."""
    cases = load_cases(options.bench, _SPLIT)
    encoder = open_collection(options.index).encoder
    for benchmark, section in _SECTIONS.items():
        chosen = [case for case in cases if case.benchmark == benchmark]
        if not chosen:
            continue
        names = _FITTED[section]
        examples = examples_of(chosen, options.index, names)
        if len({example.report for example in examples}) < 2:
            raise UsageError(f"the cases of {benchmark} are of one report; give cases of two or more")
        now: Weights = getattr(RankingSettings(), section)
        old = np.array([getattr(now, name) for name in names])
        whole = normalised(fit(examples, options.ridge))
        others = left_out(examples, options.ridge)
        rows = [
            ("as ranking.toml has them", *_shown(old), _mean(examples, [old] * len(examples), benchmark)),
            ("fitted and scored on all", *_shown(whole), _mean(examples, [whole] * len(examples), benchmark)),
            ("fitted on the other reports", *[""] * len(names), _mean(examples, others, benchmark)),
        ]
        reports = len({example.report for example in examples})
        print(f"\n[{section}] from {len(examples)} cases of {reports} reports\n")
        print(table(("weights", *names, "nDCG@10" if benchmark == "evidence" else "RR@10"), rows))
        if options.write:
            write(section, dict(zip(names, whole.tolist(), strict=True)), encoder)
            print(f"written to {FILE.name}")
    return 0


def examples_of(cases: Sequence[Case], location: IndexLocation, names: Sequence[str]) -> list[Example]:
    """Score the candidates of each case as a search would, with every part switched on."""
    collection = open_collection(location)
    qrels = resolve(cases, collection.pairs()).qrels
    ids = {document.file: document.id for document in collection.documents}
    with Engine(location) as engine:
        now = engine.snapshot()
        examples = []
        for case in cases:
            filters = Filters(document=ids.get(case.file)) if case.file else Filters()
            query = understand(case.text, filters, now.holdings)
            chosen = plan(query, now.index, now.holdings)
            found = score(
                now.index, query, chosen, partial(now.encoded, query.sentences),
                limit=_DEPTH, settings=_everything(now.fits.ranking),
            )  # fmt: skip
            kinds = now.index.columns.kind[found.rows]
            # As the benchmark does: evidence is looked for among numbered findings.
            kept = kinds == PASSAGE_KINDS.index("paragraph") if case.benchmark == "evidence" else kinds >= 0
            worth = np.array([found.weights.kinds.get(kind, 0.0) for kind in PASSAGE_KINDS])
            nothing = np.zeros(len(found.rows))
            fixed = worth[kinds] + found.weights.period * found.parts.get("period", nothing)
            parts = np.stack([found.parts.get(name, nothing) for name in names], axis=1)
            sought = {now.index.row_of(name) for name in qrels[case.id]}
            wanted = np.isin(found.rows, [row for row in sought if row is not None])
            report = case.file or (
                case.wanted[0][0] if case.wanted else min(qrels[case.id]).rpartition(".")[0]
            )
            examples.append(Example(report, parts[kept], fixed[kept], wanted[kept], len(qrels[case.id])))
    return examples


def fit(examples: Sequence[Example], ridge: float) -> Values:
    """Fit weights, what is fixed counting as much as it will beside them once they are written.

    Shape (names,), in the order of the examples' parts; their scale is the model's, not the ranking's.
    """
    scale = _SCALE
    for _ in range(_ROUNDS):
        begin = np.zeros(examples[0].parts.shape[1])
        weights: Values = minimize(_loss, begin, (examples, ridge, scale), "BFGS", jac=True).x
        scale = max(1.0, float(weights[:_LIKENESS].sum()))
    return weights


def _loss(weights: Values, examples: Sequence[Example], ridge: float, scale: float) -> tuple[float, Values]:
    """The negative log likelihood with its ridge, and its gradient."""
    value, gradient = ridge * float(weights @ weights) / 2, ridge * weights
    for example in examples:
        if not example.wanted.any():
            continue
        logits = example.parts @ weights + scale * example.fixed
        chances = softmax(logits)
        share = example.wanted / example.wanted.sum()
        value -= float(share @ (logits - logsumexp(logits)))
        gradient = gradient + (chances - share) @ example.parts
    return value, gradient


def left_out(examples: Sequence[Example], ridge: float) -> list[Values]:
    """Give each example the weights that the other reports' examples say."""
    by_report = {
        report: normalised(fit([e for e in examples if e.report != report], ridge))
        for report in dict.fromkeys(e.report for e in examples)
    }
    return [by_report[example.report] for example in examples]


def normalised(weights: Values) -> Values:
    """Bring weights to the ranking's scale: those of likeness add up to 1, none below 0."""
    positive = np.maximum(0.0, weights)
    return positive / max(float(positive[:_LIKENESS].sum()), 1e-9)


def quality(example: Example, weights: Values, benchmark: str) -> float:
    """Score one case under weights on the ranking's scale: nDCG@10 for evidence, RR@10 for questions."""
    total = example.parts @ weights + example.fixed
    gains = example.wanted[np.argsort(-total, kind="stable")[:_DEPTH]]
    if benchmark == "questions":
        first = np.flatnonzero(gains)
        return 1.0 / (int(first[0]) + 1) if len(first) else 0.0
    discounts = 1 / np.log2(np.arange(2, _DEPTH + 2))
    return float(gains @ discounts[: len(gains)]) / float(discounts[: min(_DEPTH, example.relevant)].sum())


def write(section: str, weights: Mapping[str, float], encoder: str, path: Path = FILE) -> None:
    """Put weights into a section of the file and the encoder that they are for, leaving its comments and everything else as they stand."""
    before, head, after = path.read_text(encoding="utf-8").partition(f"[{section}]\n")
    body, mark, rest = after.partition("\n[")
    for name, weight in weights.items():
        body, count = re.subn(rf"(?m)^{name} = .*$", f"{name} = {weight:.2f}", body)
        if not count:
            raise UsageError(f"{path} has no {name} under [{section}]; add it with any number first")
    before = re.sub(r"(?m)^encoder = .*$", f'encoder = "{encoder}"', before)
    path.write_text(before + head + body + mark + rest, encoding="utf-8")


def _mean(examples: Sequence[Example], weights: Sequence[Values], benchmark: str) -> float:
    return fmean(quality(e, w, benchmark) for e, w in zip(examples, weights, strict=True))


def _everything(settings: RankingSettings) -> RankingSettings:
    """Switch every part on: a part of weight 0 isn't computed."""
    return replace(
        settings,
        question=replace(settings.question, sentence=1.0, words=1.0),
        demand=replace(settings.demand, criticism=1.0, words=1.0, part=1.0),
    )


def _shown(weights: Values) -> list[float]:
    return [round(float(weight), 3) for weight in weights]
