"""`python -m eval register-kinds`: fit what tells the kind of a question, and measure it on questions held out.

The questions are in questions.jsonl, each with its kind and its split. Questions about passages, from a file of further
ones (JSON lines with `question`), may be added to both: what isn't asked of the register must not be taken for it.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from indexer.errors import UsageError
from search_api.question.register_kind import KINDS, WEIGHTS, QueryKind, features, kind_of, vocabulary

QUESTIONS = Path(__file__).with_name("questions.jsonl")
WORDINGS = Path(__file__).with_name("wordings.toml")
FURTHER = Path(__file__).with_name("further.toml")
_FILLINGS = {
    "C": ("Leeds", "Kent", "Darlington", "Tower Hamlets"),
    "D": ("Bury", "Essex", "Durham", "Croydon"),
    "S": (
        "supervision",
        "pathway plans",
        "how children who go missing are helped",
        "strategy meetings",
        "early help",
    ),
    "Y": ("2014", "2016", "2019", "2022"),
    "G": ("inadequate", "good", "outstanding", "requires improvement"),
    "R": ("the North West", "London", "the South East"),
    "A": ("care leavers", "leadership", "help and protection", "children in care"),
}
_TIMES, WEIGHT_OF_WORDINGS = 2, 0.5
"""Each wording is filled so many times, and each of those weighs so much beside a question written as one."""
LEAST = 3
"""Training questions that have a word or a pair of cues, before it is looked at."""
SOFTNESS = 4.0
"""Inverse of the regularisation's strength, chosen by cross-validation over the training questions."""
WEIGHT_OF_OTHERS = 0.35
SMALLEST = 0.01
"""Weights that are smaller than this for every kind are left out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--passages", type=Path, help="further questions about passages, to be trained on")
    parser.add_argument("--unseen", type=Path, help="questions about passages, to be measured on")
    parser.add_argument("--fit", action="store_true", help=f"fit anew and write {WEIGHTS.name}")


def main(options: argparse.Namespace) -> int:
    """Fit where asked, and print how many held-out questions are told rightly, by kind."""
    held = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    if options.fit:
        train = [(one["question"], one["kind"]) for one in held if one["split"] == "train"]
        _fit(
            [*train, *_further("train")],
            _wordings(),
            _questions(options.passages) if options.passages else [],
        )
    _measure("held out", [(one["question"], one["kind"]) for one in held if one["split"] == "test"])
    _measure("of further.toml", _further("test"))
    if options.unseen:
        asked = _questions(options.unseen)
        kinds = collections.Counter(kind_of(question).kind for question in asked)
        kept = kinds["passages"] + kinds["unknowable"]
        print(
            f"about passages, and searched as such: {kept / len(asked):.3f} ({kept} of {len(asked)}); {dict(kinds)}"
        )
    return 0


def _measure(name: str, test: Sequence[tuple[str, QueryKind]]) -> None:
    right: collections.Counter[str] = collections.Counter()
    mistaken: collections.Counter[tuple[str, str]] = collections.Counter()
    for question, kind in test:
        found = kind_of(question).kind
        right[kind] += found == kind
        if found != kind:
            mistaken[kind, found] += 1
    of = collections.Counter(kind for _, kind in test)
    print(f"{'all':16} {sum(right.values()) / len(test):.3f} ({sum(right.values())} of {len(test)} {name})")
    for kind in KINDS:
        print(f"  {kind:14} {right[kind]} of {of[kind]}")
    print(
        "taken for another kind: " + "; ".join(f"{a} for {b}: {n}" for (a, b), n in mistaken.most_common(12))
    )


def _further(split: str) -> list[tuple[str, QueryKind]]:
    """Read the questions of further.toml that are there to be trained on, or to be measured on."""
    lines_of = tomllib.loads(FURTHER.read_text(encoding="utf-8"))[split]
    return [(line, kind) for kind in KINDS for line in lines_of.get(kind, "").strip().splitlines()]


def _questions(path: Path) -> list[str]:
    try:
        return [json.loads(line)["question"] for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"{path} can't be read as questions ({error}); give JSON lines with a question each"
        ) from error


def _wordings() -> list[tuple[str, QueryKind]]:
    """Fill the wordings, each a few times, one filling after the other."""
    lines_of = tomllib.loads(WORDINGS.read_text(encoding="utf-8"))
    return [
        (_filled(line, at * _TIMES + time), kind)
        for kind in KINDS
        for at, line in enumerate(lines_of.get(kind, "").strip().splitlines())
        for time in range(_TIMES)
    ]


def _filled(line: str, first: int) -> str:
    numbers = itertools.count(first)

    def fill(found: re.Match[str]) -> str:
        held = _FILLINGS[found[0]]
        return held[next(numbers) % len(held)]

    return re.sub(r"\b[CDSYGRA]\b", fill, line)


def _fit(
    train: Sequence[tuple[str, QueryKind]], wordings: Sequence[tuple[str, QueryKind]], others: Sequence[str]
) -> None:
    questions = [question for question, _ in (*train, *wordings)] + list(others)
    kinds = [kind for _, kind in (*train, *wordings)] + ["passages"] * len(others)
    often = set(vocabulary(questions, LEAST))
    names = [name for name in vocabulary(questions, 1) if _is_cue(name) or name in often]
    place = {name: at for at, name in enumerate(names)}
    cells = [
        (row, place[name], _scale(name))
        for row, q in enumerate(questions)
        for name in features(q)
        if name in place
    ]
    rows, columns, values = zip(*cells, strict=True)
    matrix = csr_matrix((values, (rows, columns)), shape=(len(questions), len(names)))
    model = LogisticRegression(C=SOFTNESS, max_iter=5_000)
    model.fit(
        matrix,
        kinds,
        [1.0] * len(train) + [WEIGHT_OF_WORDINGS] * len(wordings) + [WEIGHT_OF_OTHERS] * len(others),
    )
    order = [list(model.classes_).index(kind) for kind in KINDS]
    weights = {
        name: [round(float(w) * _scale(name), 3) for w in column]
        for name, column in zip(names, model.coef_[order].T, strict=True)
        if np.abs(column).max() * _scale(name) >= SMALLEST
    }
    bias = [round(float(model.intercept_[at]), 3) for at in order]
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(values)}" for name, values in weights.items())
    WEIGHTS.write_text(
        f'{{"kinds": {json.dumps(KINDS)},\n"bias": {json.dumps(bias)},\n"weights": {{\n{lines}\n}}}}\n',
        encoding="utf-8",
    )


def _is_cue(name: str) -> bool:
    return "'" not in name[:1] and "+" not in name


def _scale(name: str) -> float:
    """Weigh words and pairs of cues less than cues, so that the regularisation spares them less."""
    return 1.0 if _is_cue(name) else 0.4 if "+" in name else 0.7
