"""The labels that were made by reading (README.md), beside the statements of an index that they are of."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.errors import UsageError
from indexer.register.findings import PassageVectors
from indexer.register.statements import PassageText, Statements, read_statements
from indexer.register.subjects import load_subjects, subject_numbers
from indexer.register.verdict_model import CHANGES, HOLDERS
from indexer.store.stored_index import Index
from indexer.text.polarity import POLARITIES

LABELS = Path(__file__).with_name("statements.jsonl")
THROUGHOUT = Path(__file__).with_name("throughout.toml")
FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Labels as places in the vocabularies: of statement, subject, verdict, change and holder; shapes (labels,)."""

    statement: NDArray[np.int64]
    subject: NDArray[np.int64]
    verdict: NDArray[np.int64]
    change: NDArray[np.int64]
    about: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledStatements:
    """Whole passages' statements of which those of `judged` were read, by the first reader; `document` and `fold` by sentence.

    `subjects` is true where a statement has a subject, (sentences, subjects).
    """

    statements: Statements
    judged: NDArray[np.bool_]
    labels: Labels
    document: Sequence[str]
    fold: NDArray[np.int64]
    subjects: NDArray[np.bool_]
    whole: frozenset[str]
    """The documents of which nearly every passage was read."""


def read_labels(path: Path = LABELS) -> list[dict[str, Any]]:
    """Read every label line, those of the second reader too ("second")."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def read_throughout() -> tuple[frozenset[str], frozenset[int]]:
    """The documents in which every sentence on some subjects was read, and those subjects by number."""
    held = tomllib.loads(THROUGHOUT.read_text(encoding="utf-8"))
    numbers = subject_numbers()
    return frozenset(held["documents"]), frozenset(numbers[one] for one in held["subjects"])


def labelled_statements(index: Index) -> LabelledStatements:
    """Find the labelled statements in an index of the documents that they are of.

    Raises UsageError where it holds less than nine tenths of them.
    """
    lines = [line for line in read_labels() if not line.get("second")]
    rows = {passage: index.row_of(passage) for passage in dict.fromkeys(line["passage"] for line in lines)}
    held = sorted(row for row in rows.values() if row is not None)
    if not held:
        raise UsageError("none of the labelled statements is in this index")
    part = passage_vectors(index, held)
    statements = read_statements(part.passages, part.offsets, part.spans, part.vectors, part.passage_vectors)
    place_of = {row: place for place, row in enumerate(held)}
    at = {
        (place, start, end): number
        for number, (place, (start, end)) in enumerate(
            zip(statements.passage.tolist(), statements.spans.tolist(), strict=True)
        )
    }
    found = [
        (at[key], line)
        for line in lines
        if (key := (place_of.get(rows[line["passage"]] or -1, -1), line["start"], line["end"])) in at
    ]
    if len(found) < 0.9 * len(lines):
        raise UsageError(f"{len(lines) - len(found)} of {len(lines)} labelled statements aren't in the index")
    labels = _labels(found)
    judged = np.zeros(len(statements), dtype=np.bool_)
    judged[[place for place, _ in found]] = True
    subjects = np.zeros((len(statements), len(load_subjects())), dtype=np.bool_)
    subjects[labels.statement, labels.subject] = True
    owners = [line["passage"].rsplit(".", 1)[0] for line in lines]
    documents = [index.documents_by_number[number].id for number in index.columns.document[held].tolist()]
    document = [documents[place] for place in statements.passage.tolist()]
    folds = _folds(Counter(owners))
    whole = frozenset(name for name, count in Counter(owners).items() if count > 100)
    return LabelledStatements(
        statements, judged, labels, document, np.array([folds[name] for name in document]), subjects, whole
    )


def passage_vectors(index: Index, rows: Sequence[int]) -> PassageVectors:
    """Take what the models need of some rows from an index."""
    passages = index.passages(rows)
    sentences = index.sentence_vectors(rows)
    return PassageVectors(
        rows,
        [PassageText(passage.kind, tuple(passage.section), passage.text) for passage in passages],
        np.asarray(sentences.offsets),
        np.asarray(sentences.spans),
        np.asarray(sentences.vectors, dtype=np.float32),
        index.vectors(rows),
    )


def _labels(found: Sequence[tuple[int, Mapping[str, Any]]]) -> Labels:
    numbers = subject_numbers()
    rows = [
        (
            place, numbers[label["subject"]], POLARITIES.index(label["verdict"]), CHANGES.index(label["change"]),
            HOLDERS.index(label["about"]),
        )
        for place, line in found
        for label in line["labels"]
    ]  # fmt: skip
    return Labels(*np.array(rows, dtype=np.int64).T)


def _folds(counts: Counter[str]) -> dict[str, int]:
    """Share the documents out, whole, so that each fold has as many statements."""
    load = [0] * FOLDS
    found = {}
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        fold = load.index(min(load))
        found[name] = fold
        load[fold] += count
    return found
