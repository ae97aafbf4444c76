"""`-m eval polarity`: trains the model of praise and criticism, and measures it on paragraphs judged by hand.

A clause that holds words of praise alone, or of criticism alone, is an example of it; what reports label themselves
weighs it: lists of strengths, reasons for a grade, paragraphs that a recommendation rests on, and the grade that a
paragraph stands under. (A grade as the only label teaches the style of its years.) Every judged paragraph is classed by
a model that never saw its document. This module must not know how a polarity is shown.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.answers.proportions import Proportion, share_of
from eval.reports import table, write_json
from eval.search.cases import read_jsonl
from eval.search.collection import Collection, open_collection
from indexer.document import Document, Passage
from indexer.encode.context import grade_of
from indexer.store.location import add_index_option
from indexer.text import polarity
from indexer.text.polarity import (
    POLARITIES,
    Polarity,
    PolarityModel,
    clauses_of,
    features_of,
    labelled,
    load_cues,
    polarity_of,
)

JUDGED = Path(__file__).with_name("polarity_by_hand") / "judged.jsonl"
_MARKED = re.compile(r"\(\s*recommendations?\b[^)]*\)\s*\.?\s*$", re.I)
_WEIGHTS = {
    "Outstanding": 1.0, "Good": 0.3, "Adequate": -0.2, "Requires improvement": -0.3, "Inadequate": -1.0,
}  # fmt: skip
_LEAST = 15
"""Clauses that a run of words must stand in."""
_KEPT = 12_000
"""Runs of words that the stored model keeps: those of the largest weights."""
_CUE = 1.0
"""What each cue word adds to a clause's log odds, beside what was learnt."""

_AGREED = 1.5
"""What a clause weighs that its report's own label agrees with."""

_FOLDS = 3
_SEED = 20261121


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    parser.add_argument("--judged", type=Path, default=JUDGED, metavar="FILE")
    parser.add_argument("--train", action="store_true", help="train by folds, and say how well it does")
    parser.add_argument("--write", action="store_true", help="with --train: store the model of all documents")
    parser.add_argument(
        "--wrong", action="store_true", help="list the judged passages that are classed otherwise"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="for the figures, as JSON")


def main(options: argparse.Namespace) -> int:
    """Run the command; 0 when it has measured, whatever the accuracy."""
    collection = open_collection(options.index)
    judged = load_judged(options.judged, collection)
    if options.train:
        classed, model = _by_folds(collection, judged)
        if options.write:
            Path(polarity.__file__).with_name("polarity.json").write_text(stored(model), encoding="utf-8")
    else:
        classed = {j.id: polarity_of(collection.by_id[j.id][1]) for j in judged}
    figures = measured([j for j in judged if j.set == "test"], classed)
    print(printed(figures))
    if options.wrong:
        wrong = [j for j in judged if classed[j.id] != j.polarity]
        print(
            "\n".join(f"{j.set}  {j.id}: {j.polarity} ({j.reason}), classed {classed[j.id]}" for j in wrong)
        )
    if options.out is not None:
        write_json(options.out, figures)
    return 0


@dataclass(frozen=True, slots=True)
class JudgedPassage:
    """A passage that a person read; `set` is "test" or "tuning"."""

    set: str
    id: str
    polarity: Polarity
    reason: str


def load_judged(path: Path, collection: Collection) -> list[JudgedPassage]:
    """Read the judgements whose passages the index holds."""
    rows = [JudgedPassage(row["set"], row["id"], row["polarity"], row["reason"]) for row in read_jsonl(path)]
    held = [row for row in rows if row.id in collection.by_id]
    if len(held) < len(rows):
        print(f"{len(rows) - len(held)} of {len(rows)} judged passages are not in this index")
    return held


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause to learn from: its runs of words, whether its cues praise, and how much it weighs."""

    grams: tuple[str, ...]
    praises: bool
    weight: float


def clauses_to_learn(documents: Iterable[Document]) -> list[Clause]:
    """List the clauses of findings whose cue words are all of one side; they weigh more where their report agrees."""
    cues, found = load_cues(), []
    for document in documents:
        for passage in document.passages:
            if (
                passage.kind not in {"paragraph", "summary"}
                or labelled(passage.kind, passage.section) == "neutral"
            ):
                continue
            label = _weak_label(document, passage)
            for clause, _ in clauses_of(_MARKED.sub("", passage.text)):
                praise, criticism = cues.count(clause)
                grams = features_of(clause)
                if grams and bool(praise) != bool(criticism):
                    agreed = (label > 0) == bool(praise) and label != 0
                    found.append(Clause(grams, bool(praise), _AGREED if agreed else 1.0))
    return found


def _weak_label(document: Document, passage: Passage) -> float:
    said = labelled(passage.kind, passage.section)
    heading = (passage.section[-1] if passage.section else "").lower()
    if said == "strength" or "good because" in heading or "outstanding because" in heading:
        return -1.0 if "not yet good because" in heading else 2.0
    if _MARKED.search(passage.text) or "because" in heading:
        return -1.5
    return _WEIGHTS.get(grade_of(document, passage) or "", 0.0)


def train(clauses: Sequence[Clause]) -> PolarityModel:
    """Train a logistic model on clauses; its bounds are yet to be chosen."""
    from scipy.sparse import csr_matrix, diags  # noqa: PLC0415 - measuring needs neither
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    counts = Counter(gram for clause in clauses for gram in clause.grams)
    names = sorted(gram for gram, count in counts.items() if count >= _LEAST)
    places = {gram: place for place, gram in enumerate(names)}
    rows = [[places[gram] for gram in clause.grams if gram in places] for clause in clauses]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    flat = np.array([place for row in rows for place in row], dtype=np.int32)
    matrix = csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(rows), len(names)))
    matrix = diags(np.array([len(clause.grams) ** -0.5 for clause in clauses])) @ matrix
    praises = np.array([clause.praises for clause in clauses])
    weight = _balanced(praises, np.array([clause.weight for clause in clauses]))
    fitted = LogisticRegression(C=1.0, solver="liblinear", tol=1e-3, random_state=_SEED)
    fitted.fit(matrix, praises, sample_weight=weight)
    order = np.argsort(-np.abs(fitted.coef_[0]), kind="stable")[:_KEPT]
    weights = {names[place]: round(float(fitted.coef_[0][place]), 3) for place in sorted(order)}
    return PolarityModel(round(float(fitted.intercept_[0]), 3), weights, _CUE, 0.2, 0.2, 0.8)


def _balanced(target: NDArray[np.bool_], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give both sides the same weight in all."""
    praise, criticism = float(weight[target].sum()), float(weight[~target].sum())
    half = (praise + criticism) / 2
    return np.where(target, weight * half / max(praise, 1e-9), weight * half / max(criticism, 1e-9))


def _by_folds(
    collection: Collection, judged: Sequence[JudgedPassage]
) -> tuple[dict[str, Polarity], PolarityModel]:
    """Class each judged passage by a model of other documents; then train on all, with the same bounds.

    Every document is in one fold, drawn by a seed. The bounds are chosen on the tuning set alone.
    """
    documents = list(collection.documents)
    random = np.random.default_rng(_SEED)
    folds = {
        d.id: int(fold)
        for d, fold in zip(documents, random.permutation(len(documents)) % _FOLDS, strict=True)
    }
    learnt = {d.id: clauses_to_learn([d]) for d in documents}

    def without(fold: int | None) -> PolarityModel:
        return train([c for d in documents if folds[d.id] != fold for c in learnt[d.id]])

    models = {fold: without(fold) for fold in range(_FOLDS)}
    passages = {j.id: collection.by_id[j.id] for j in judged}
    balances = {
        name: models[folds[document.id]].balance(passage.text)
        for name, (document, passage) in passages.items()
    }
    bounds = _bounds([j for j in judged if j.set == "tuning"], balances, passages)
    final = replace(without(None), evaluative=bounds[0], strength=bounds[1], weakness=bounds[2])
    return {name: _class(passages[name][1], balances[name], bounds) for name in passages}, final


Bounds = tuple[float, float, float]


def _class(passage: Passage, balance: tuple[float, float], bounds: Bounds) -> Polarity:
    said = labelled(passage.kind, passage.section)
    if said is not None:
        return said
    if balance[0] < bounds[0]:
        return "neutral"
    return "strength" if balance[1] <= bounds[1] else "weakness" if balance[1] >= bounds[2] else "mixed"


def _bounds(
    tuning: Sequence[JudgedPassage],
    balances: Mapping[str, tuple[float, float]],
    passages: Mapping[str, tuple[Document, Passage]],
) -> Bounds:
    """Choose the bounds that class the tuning set best; of equals the middle one."""
    grid = product(np.arange(0.05, 0.45, 0.05), np.arange(0.04, 0.5, 0.02), np.arange(0.5, 1.0, 0.02))
    scored: dict[Bounds, int] = {}
    for one, two, three in grid:
        tried = (float(one), float(two), float(three))
        scored[tried] = sum(_class(passages[j.id][1], balances[j.id], tried) == j.polarity for j in tuning)
    best = np.array([tried for tried, right in scored.items() if right == max(scored.values())])
    chosen = best[int(np.argmin(np.abs(best - best.mean(axis=0)).sum(axis=1)))]
    evaluative, strength, weakness = (round(float(bound), 2) for bound in chosen)
    return evaluative, strength, weakness


@dataclass(frozen=True, slots=True)
class PolarityFigures:
    """How judged passages were classed: `table` is judged -> classed -> passages."""

    accuracy: Proportion
    commonest: Proportion
    table: Mapping[str, Mapping[str, int]]

    def to_json(self) -> dict[str, object]:
        """Give the figures with the accuracy's interval."""
        return {
            "accuracy": self.accuracy,
            "commonest_class": self.commonest,
            "judged_classed": self.table,
        }


def measured(judged: Sequence[JudgedPassage], classed: Mapping[str, Polarity]) -> PolarityFigures:
    """Compare classes with judgements."""
    counted = Counter((j.polarity, classed[j.id]) for j in judged)
    return PolarityFigures(
        share_of(classed[j.id] == j.polarity for j in judged),
        Proportion(max(Counter(j.polarity for j in judged).values(), default=0), len(judged)),
        {one: {other: counted[one, other] for other in POLARITIES} for one in POLARITIES},
    )


def printed(figures: PolarityFigures) -> str:
    """Lay out the table of judged and classed, and the accuracy with its interval."""
    rows = [(one, *(figures.table[one][other] for other in POLARITIES)) for one in POLARITIES]
    return "\n".join(
        (
            table(("judged \\ classed", *POLARITIES), rows),
            f"accuracy {figures.accuracy}; always the commonest class {figures.commonest}",
        )
    )


def stored(model: PolarityModel) -> str:
    """Write a model as polarity.json holds it, a run of words to a line."""
    head = {
        "made by": "python -m eval polarity --index DIR --train --write", "bias": model.bias,
        "cue": model.cue, "evaluative": model.evaluative, "strength": model.strength, "weakness": model.weakness,
    }  # fmt: skip
    lines = ",\n".join(f"  {json.dumps(gram)}: {weight:g}" for gram, weight in model.weights.items())
    return json.dumps(head, indent=1).removesuffix("\n}") + f',\n "weights": {{\n{lines}\n }}\n}}\n'
