"""`python -m eval verdicts`: fits the models of findings to labels made by reading, and says how good they are.

Held out by document: each fold's statements are judged by models that saw none of their documents. With `--write` models
of all labels become the product's.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.verdicts.fit import SubjectFit, fit_verdicts, quantised_columns
from eval.verdicts.labels import (
    FOLDS,
    LabelledStatements,
    labelled_statements,
    read_labels,
    read_throughout,
)
from indexer.encode.encoder import Encoder, load_encoder
from indexer.register.findings import MODEL_FILE, FindingsModel
from indexer.register.subjects import load_subjects
from indexer.register.verdict_model import CHANGES, HOLDERS, Judged, judged_by, see
from indexer.store.location import add_index_option
from indexer.store.opening import open_index
from indexer.text.polarity import POLARITIES

REGULARISATION = (3.0, 6.0, 3.0)
"""The inverse of it, of verdict, change and holder."""
_THRESHOLDS = np.arange(0.2, 0.7, 0.02)
_ENOUGH = 3
"""Documents with a verdict on a subject from which its precision and recall are given by themselves."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_index_option(parser, "an index of the documents that the labels are of")
    parser.add_argument(
        "--write", action="store_true", help="fit to all labels and write the product's models"
    )
    parser.add_argument("--out", type=Path, help="write the figures to this file as JSON")


def main(options: argparse.Namespace) -> int:
    """Fit, measure, and print the figures."""
    with open_index(options.index) as index:
        data = labelled_statements(index)
        encoder = load_encoder(index.manifest.encoder)
    figures = measure(data, encoder)
    print(json.dumps(figures, indent=1))
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.write:
        model = fit_all(data, encoder, figures["threshold"])
        model.save(MODEL_FILE)
        print(f"wrote {MODEL_FILE.name}: {MODEL_FILE.stat().st_size / 1e6:.1f} MB")
    return 0


def wording_vectors(encoder: Encoder) -> NDArray[np.float32]:
    """The vector of each wording of each subject, in their order, of length 1; shape (wordings, dimension)."""
    texts = [text for subject in load_subjects() for text in subject.wordings]
    return np.array([encoder.encode_query(text) for text in texts], dtype=np.float32)


def mean_wordings(wordings: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean vector of each subject's wordings, of length 1; shape (subjects, dimension)."""
    ends = np.cumsum([len(subject.wordings) for subject in load_subjects()])
    means = np.array([part.mean(axis=0) for part in np.split(wordings, ends[:-1])])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def fit_all(data: LabelledStatements, encoder: Encoder, threshold: float) -> FindingsModel:
    """Fit to every label."""
    wordings = wording_vectors(encoder)
    fit = SubjectFit(data, mean_wordings(wordings), encoder.name)
    unseen = fit.unseen_scores(data.judged, data.fold)
    subjects = fit.model(unseen, data.judged, threshold, fit.linear(data.judged))
    labels = data.labels
    seen = see(data.statements, labels.statement, labels.subject, len(load_subjects()))
    verdicts = fit_verdicts(seen, (labels.verdict, labels.change, labels.about), REGULARISATION)
    codes, scales = quantised_columns(wordings.T)
    return FindingsModel(subjects, verdicts, codes.T, scales)


def measure(data: LabelledStatements, encoder: Encoder) -> dict[str, Any]:
    """Fit to all folds but one and predict that one, in turn; give the figures of all predictions together."""
    fit = SubjectFit(data, mean_wordings(wording_vectors(encoder)), encoder.name)
    unseen = fit.unseen_scores(data.judged, data.fold)
    labels = data.labels
    chances = np.zeros(data.subjects.shape, dtype=np.float32)
    true_pairs = see(data.statements, labels.statement, labels.subject, len(load_subjects()))
    odds = np.zeros((len(labels.statement), len(POLARITIES) + len(CHANGES) + len(HOLDERS)), dtype=np.float32)
    of_chosen: list[tuple[NDArray[np.int64], NDArray[np.int64], Judged]] = []
    for fold in range(FOLDS):
        train, test = data.judged & (data.fold != fold), data.judged & (data.fold == fold)
        model = fit.model(unseen, train, 0.0, fit.linear(train))
        i, j, chance = model.chances(data.statements, encoder.name)
        kept = test[i]
        chances[i[kept], j[kept]] = chance[kept]
        learned = train[labels.statement]
        part = type(true_pairs)(
            [runs for runs, one in zip(true_pairs.runs, learned, strict=True) if one],
            true_pairs.numbers[learned],
        )
        targets = (labels.verdict[learned], labels.change[learned], labels.about[learned])
        verdicts = fit_verdicts(part, targets, REGULARISATION)
        asked = test[labels.statement]
        held = type(true_pairs)(
            [runs for runs, one in zip(true_pairs.runs, asked, strict=True) if one], true_pairs.numbers[asked]
        )
        odds[asked] = verdicts.odds(held)
        likely = kept & (chance >= _THRESHOLDS[0])
        seen = see(data.statements, i[likely], j[likely], len(load_subjects()))
        of_chosen.append((i[likely], j[likely], judged_by(verdicts.odds(seen))))
    verdict = np.full(data.subjects.shape, -1, dtype=np.int64)
    for i, j, judged in of_chosen:
        verdict[i, j] = judged.verdict
    truth = data.subjects & data.judged[:, None]
    best = max(_THRESHOLDS, key=lambda t: _f1(truth, chances >= t)["f1"])
    return {
        "statements": int(data.judged.sum()),
        "labels": len(labels.statement),
        "threshold": round(float(best), 2),
        "agreement": agreement(),
        "subjects": _f1(truth, chances >= best) | {"found_among_likely": float((chances > 0)[truth].mean())},
        "verdict": _classes(labels.verdict, odds[:, :4].argmax(1), POLARITIES),
        "change": _classes(labels.change, odds[:, 4:8].argmax(1), [one or "none" for one in CHANGES]),
        "about": float((odds[:, 8:].argmax(1) == labels.about).mean()),
        "documents": documents(data, chances >= best, verdict),
    }


def _f1(truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> dict[str, float]:
    hits = int((truth & found).sum())
    precision, recall = hits / max(1, int(found.sum())), hits / max(1, int(truth.sum()))
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
    }


def _classes(truth: NDArray[np.int64], found: NDArray[np.int64], names: Iterable[str]) -> dict[str, Any]:
    names = list(names)
    table = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(table, (truth, found), 1)
    chance = (table.sum(0) * table.sum(1)).sum() / table.sum() ** 2
    accuracy = table.trace() / table.sum()
    return {
        "accuracy": round(float(accuracy), 4),
        "kappa": round(float((accuracy - chance) / (1 - chance)), 4),
        "confusion (rows: by readers)": {
            name: dict(zip(names, row, strict=True)) for name, row in zip(names, table.tolist(), strict=True)
        },
    }


def documents(
    data: LabelledStatements, found: NDArray[np.bool_], verdict: NDArray[np.int64]
) -> dict[str, Any]:
    """Which documents criticise, or praise, each subject: of those read nearly whole, and read throughout for some subjects."""
    named, subjects = read_throughout()
    every = np.ones(data.subjects.shape[1], dtype=np.bool_)
    some = np.isin(np.arange(len(every)), sorted(subjects))
    whole, throughout = (np.isin(data.document, sorted(names)) for names in (data.whole, named))
    return {
        "read whole": _sides(data, found, verdict, whole, every),
        "read throughout for some subjects": _sides(data, found, verdict, throughout, some),
    }


def _sides(
    data: LabelledStatements,
    found: NDArray[np.bool_],
    verdict: NDArray[np.int64],
    within: NDArray[np.bool_],
    subjects: NDArray[np.bool_],
) -> dict[str, Any]:
    """Precision and recall of documents by side, over the sentences `within` and these subjects."""
    truth_verdict = np.full(data.subjects.shape, -1, dtype=np.int64)
    truth_verdict[data.labels.statement, data.labels.subject] = data.labels.verdict
    names, place = np.unique(np.asarray(data.document)[within], return_inverse=True)
    result: dict[str, Any] = {}
    for side, name in (
        (POLARITIES.index("weakness"), "criticised"),
        (POLARITIES.index("strength"), "praised"),
    ):
        sides = []
        for said in (truth_verdict, np.where(found, verdict, -1)):
            holds = np.isin(said, (side, POLARITIES.index("mixed"))) & data.judged[:, None] & subjects
            by_document = np.zeros((len(names), len(subjects)), dtype=np.bool_)
            np.logical_or.at(by_document, place, holds[within])
            sides.append(by_document)
        truth, guess = sides
        rows = {
            load_subjects()[s].id: _f1(truth[:, s], guess[:, s])
            for s in np.flatnonzero(truth.sum(axis=0) >= _ENOUGH)
        }
        good = [row for row in rows.values() if row["precision"] >= 0.9 and row["recall"] >= 0.9]
        result[name] = _f1(truth, guess) | {
            "subjects": len(rows),
            "mean precision": round(float(np.mean([row["precision"] for row in rows.values()])), 4),
            "mean recall": round(float(np.mean([row["recall"] for row in rows.values()])), 4),
            "both at least 0.9": len(good),
        }
        if not subjects.all():
            result[name]["by subject"] = rows
    return result


def agreement() -> dict[str, float]:
    """How far two readers agree, of the statements that both judged."""
    by_statement: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for line in read_labels():
        labels = {label["subject"]: label for label in line["labels"]}
        by_statement.setdefault((line["passage"], line["start"]), []).append(labels)
    twice = [(both[0], both[1]) for both in by_statement.values() if len(both) > 1]
    shared = [(a[s], b[s]) for a, b in twice for s in a.keys() & b.keys()]
    total = sum(len(a) + len(b) for a, b in twice)
    found = {"statements": len(twice), "subjects f1": round(2 * len(shared) / max(1, total), 4)}
    for field, names in (("verdict", list(POLARITIES)), ("change", list(CHANGES))):
        places = np.array([[names.index(one[field]) for one in pair] for pair in shared])
        found[f"{field} kappa"] = _classes(places[:, 0], places[:, 1], [str(name) for name in names])["kappa"]
    return found
