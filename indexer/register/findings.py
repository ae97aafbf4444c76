"""Findings: what each statement of a document says about a subject, worked out when an index is built.

From passages' words and the vectors that the index holds anyway; a passage's findings depend on nothing else, so that an
unchanged one keeps them. The models are fitted by `python -m eval verdicts` and stored as plain arrays (findings.npz).
This module must not know how findings are stored.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.register.statements import PassageText, read_statements
from indexer.register.subject_model import SubjectModel
from indexer.register.subjects import load_subjects
from indexer.register.verdict_model import VerdictModel, judged_by, see
from indexer.register.verdict_reader import READER_FILE, load_verdict_reader, together
from indexer.register.windows import Pieces, windows_of
from indexer.register.word_weights import Floats

FINDING_TYPE = np.dtype(
    [
        ("row", "<i4"), ("start", "<i4"), ("end", "<i4"), ("subject", "<i2"), ("verdict", "i1"), ("change", "i1"),
        ("about", "i1"), ("confidence", "u1"),
    ]
)  # fmt: skip
"""A finding: characters `start` to `end` of the passage in `row`; the subject by number (subjects.py), the others by place
in POLARITIES, CHANGES and HOLDERS; the confidence in hundredths, of subject and verdict together.
"""

MODEL_FILE = Path(__file__).with_name("findings.npz")
MADE_BY = (
    "subjects.toml", "subjects.py", "signs.py", "word_weights.py", "statements.py", "subject_model.py", "verdict_model.py",
    "windows.py", "verdict_reader.py", "findings.py", MODEL_FILE.name, READER_FILE.name,
)  # fmt: skip
"""What decides findings: with other code or numbers, those that an index holds are stale."""

AT_ONCE = 400
"""Passages looked at together."""
_NO_STATEMENT = frozenset({"action", "indicator", "progress"})
"""What a council plans or reports of itself is no inspector's finding."""

FindingRows = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class FindingsModel:
    """Both models, and the vectors of every subject's wordings (int8, a scale each), in the order of the subjects."""

    subjects: SubjectModel
    verdicts: VerdictModel
    wordings: NDArray[np.int8]
    wording_scales: Floats

    def save(self, path: Path) -> None:
        """Write it as plain arrays."""
        arrays = self.subjects.numbers() | self.verdicts.numbers()
        encoder = np.frombuffer(self.subjects.encoder.encode(), dtype=np.uint8)
        np.savez_compressed(
            path, allow_pickle=False, encoder=encoder, wordings=self.wordings, wording_scales=self.wording_scales,
            **arrays,
        )  # fmt: skip

    def wording_vectors(self) -> Floats:
        """The vectors of every wording, float32 (wordings, dimension), of length 1."""
        return np.asarray(self.wordings * self.wording_scales[:, None], dtype=np.float32)


@functools.cache
def load_findings_model() -> FindingsModel:
    """Read the fitted models."""
    with np.load(MODEL_FILE, allow_pickle=False) as numbers:
        encoder = numbers["encoder"].tobytes().decode()
        return FindingsModel(
            SubjectModel.read(numbers, encoder),
            VerdictModel.read(numbers),
            np.asarray(numbers["wordings"], np.int8),
            np.asarray(numbers["wording_scales"], np.float32),
        )


@dataclass(frozen=True, slots=True, eq=False)
class PassageVectors:
    """Passages with their rows and vectors: passage n's sentences are `offsets[n]` to `offsets[n + 1]` of the others.

    `spans` are (start, end) characters, `vectors` float32 of length 1, `passage_vectors` one for each passage.
    """

    rows: Sequence[int]
    passages: Sequence[PassageText]
    offsets: NDArray[np.int64]
    spans: NDArray[np.int32]
    vectors: NDArray[np.float32]
    passage_vectors: NDArray[np.float32]


def find_findings(parts: Iterator[PassageVectors], encoder: str, pieces: Pieces) -> FindingRows:
    """Work out the findings of passages, given some at a time, whose vectors an encoder of this name made."""
    found = [_findings_in(part, encoder, pieces) for part in parts]
    return np.concatenate([np.empty(0, dtype=FINDING_TYPE), *found])


def states_findings(kind: str) -> bool:
    """Whether a kind of passage may state an inspector's findings."""
    return kind not in _NO_STATEMENT


def _findings_in(part: PassageVectors, encoder: str, pieces: Pieces) -> FindingRows:
    model = load_findings_model()
    statements = read_statements(part.passages, part.offsets, part.spans, part.vectors, part.passage_vectors)
    statement, subject, chance = model.subjects.assign(statements, encoder)
    if not len(statement):
        return np.empty(0, dtype=FINDING_TYPE)
    reader = load_verdict_reader()
    vectors = statements.vectors
    if encoder != reader.encoder:
        vectors = np.zeros((len(statements), len(reader.vector)), dtype=np.float32)
    windows = windows_of(part.passages, part.offsets, part.spans, pieces)
    linear = model.verdicts.odds(see(statements, statement, subject, len(load_subjects())))
    judged = judged_by(together(linear, reader.odds(windows, statement, subject, vectors)))
    found = np.empty(len(statement), dtype=FINDING_TYPE)
    found["row"] = np.asarray(part.rows)[statements.passage[statement]]
    found["start"], found["end"] = statements.spans[statement].T
    found["subject"], found["verdict"], found["change"] = subject, judged.verdict, judged.change
    found["about"] = judged.about
    found["confidence"] = np.rint(100 * np.sqrt(chance * judged.chance))
    return found


def taken_over(old: FindingRows, pairs: NDArray[np.int64], new: FindingRows) -> FindingRows:
    """Findings of rows that stood in the index before, by pairs (row, old row), with those of others; by row."""
    order = np.argsort(pairs[:, 1], kind="stable")
    places = np.searchsorted(old["row"], pairs[order, 1])
    lengths = np.searchsorted(old["row"], pairs[order, 1], side="right") - places
    at = np.arange(int(lengths.sum())) + np.repeat(
        places - np.concatenate(([0], np.cumsum(lengths)))[:-1], lengths
    )
    kept = old[at]
    kept["row"] = np.repeat(pairs[order, 0], lengths)
    found = np.concatenate([kept, new])
    return found[np.lexsort((found["start"], found["row"]))]
