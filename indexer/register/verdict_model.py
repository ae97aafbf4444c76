"""What a statement says of one of its subjects: the verdict, whether it reports a change, and whom it is about.

Linear models over the words of the clause that speaks of the subject and of the whole sentence, beside the polarity of
each clause (indexer/text/polarity.py), the headings, and the subject. This module must not know how subjects are found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexer.register.signs import Flags, load_signs, stems_of
from indexer.register.statements import Statements
from indexer.register.word_weights import Floats, Numbers, Vocabulary
from indexer.text.polarity import POLARITIES, load_cues, load_polarity_model

Change = Literal["improved", "worsened", "still"]
CHANGES: tuple[Change | None, ...] = (None, "improved", "worsened", "still")
HOLDERS = (
    "children-help-protection", "children-in-care", "care-leavers", "disabled-children", "children", "families",
    "carers", "adopters", "social-workers", "managers", "leaders", "partners", "board", "service",
)  # fmt: skip
OUTPUTS = (len(POLARITIES), len(CHANGES), len(HOLDERS))

_TURN = re.compile(
    r"[,;:]?\s+(?:but|although|though|whereas|albeit|however|yet|despite|except|while|whilst|which means|meaning that)\b[,\s]*"
    r"|;\s+|(?<=[a-z]),\s+and\s+(?=(?:the|there|this|these|some|not|it|they|social|managers|leaders|most|many|few|a|children"
    r"|staff|care)\b)",
    re.IGNORECASE,
)
_CONCEDES = re.compile(
    r"^(?:While|Although|Though|Whilst|Despite|Notwithstanding|Even though|In spite of)\b[^,;]{8,}?[,;]\s*"
)
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+%?")
_IMPROVE = re.compile(
    r"need.{0,3} to improve|areas? for (?:improvement|priority|development)|recommendation", re.IGNORECASE
)
_STRENGTHS = re.compile(r"strength", re.IGNORECASE)
_KINDS = ("paragraph", "summary", "recommendation", "judgement")
_MANY = 3


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Places in POLARITIES, CHANGES and HOLDERS, and the chance of the verdict; shapes (pairs,)."""

    verdict: NDArray[np.int8]
    change: NDArray[np.int8]
    about: NDArray[np.int8]
    chance: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the models see of pairs of a statement and a subject: runs of words, and numbers (pairs, numbers)."""

    runs: Sequence[Sequence[str]]
    numbers: Floats


def clauses_in(text: str) -> list[str]:
    """Split a sentence where its sense may turn."""
    conceded = _CONCEDES.match(text)
    first = [conceded.group()] if conceded else []
    rest = text[conceded.end() :] if conceded else text
    return [*first, *(part for part in _TURN.split(rest) if part and part.strip())]


def see(
    statements: Statements, statement: NDArray[np.int64], subject: NDArray[np.int64], subjects: int
) -> Seen:
    """See pairs of a statement and a subject, both by number; `subjects` is the number of all."""
    read = _readings({place: statements.texts[place] for place in np.unique(statement).tolist()})
    headings = [" ".join(passage.section) for passage in statements.passages]
    runs: list[list[str]] = []
    rows: list[list[float]] = []
    first = statements.first
    for place, number in zip(statement.tolist(), subject.tolist(), strict=True):
        reading = read[place]
        clause = reading.clause_on(number)
        heading, passage = headings[statements.passage[place]], statements.passages[statements.passage[place]]
        runs.append(
            [
                *(f"c {run}" for run in _runs(reading.clauses[clause] if clause >= 0 else reading.text)),
                *_runs(reading.text),
                *(f"h {word}" for word in _WORD.findall(heading.lower())),
            ]
        )
        own = reading.polarity(clause)
        rows.append(
            [
                *own, *reading.polarity(-1), *reading.turns(),
                float(clause >= 0), float(place > first[place]),
                float(_IMPROVE.search(heading) is not None), float(_STRENGTHS.search(heading) is not None),
                *(float(passage.kind == kind) for kind in _KINDS),
            ]
        )  # fmt: skip
    known = np.zeros((len(rows), subjects), dtype=np.float32)
    known[np.arange(len(rows)), subject] = 1.0
    numbers = np.array(rows, dtype=np.float32).reshape(len(rows), -1)
    return Seen(runs, np.hstack([numbers, known]))


class _ReadVerdict:
    """A sentence's clauses, and which of them speaks of a subject."""

    def __init__(self, text: str, clauses: list[str]) -> None:
        self.text = text
        self.clauses = clauses
        self.phrases: Flags | None = None
        self.fired: Flags | None = None
        self._polarities: dict[int, list[float]] = {}

    def clause_on(self, subject: int) -> int:
        """The clause in which the subject's signs fire most, else in which their phrases stand; -1 where none does."""
        if self.phrases is None or self.fired is None:
            return -1
        signs = load_signs()
        fired = self.fired[:, signs.subjects == subject].sum(axis=1)
        weighed = 6 * fired + signs.evidence(self.phrases, subject)
        return int(weighed.argmax()) if weighed.max() > 0 else -1

    def polarity(self, clause: int) -> list[float]:
        """Log odds of praise, bounded and not, and the cue words of a clause; of the whole sentence for -1."""
        if clause not in self._polarities:
            text = self.clauses[clause] if clause >= 0 else self.text
            odds = load_polarity_model().score(text)
            praise, criticism = load_cues().count(text)
            self._polarities[clause] = [
                float(np.tanh(odds / 2)), odds / 4, min(praise, _MANY), min(criticism, _MANY),
                float(praise > 0 and criticism > 0),
            ]  # fmt: skip
        return self._polarities[clause]

    def turns(self) -> list[float]:
        """The least and the most praise of a clause, and how far both stand apart."""
        if len(self.clauses) < 2:
            one = self.polarity(-1)[0]
            return [one, one, 0.0, 0.0]
        odds = [self.polarity(place)[0] for place in range(len(self.clauses))]
        least, most = min(odds), max(odds)
        return [least, most, 1.0, max(0.0, -least) * max(0.0, most)]


def _readings(texts: Mapping[int, str]) -> dict[int, _ReadVerdict]:
    """Read sentences by place; the signs in the clauses of all of them are looked for at once."""
    found = {place: _ReadVerdict(text, clauses_in(text)) for place, text in texts.items()}
    several = [reading for reading in found.values() if len(reading.clauses) > 1]
    signs = load_signs()
    phrases = signs.phrases_in([stems_of(clause) for reading in several for clause in reading.clauses])
    ends = np.cumsum([len(reading.clauses) for reading in several], dtype=np.int64)
    starts = np.concatenate(([0], ends))[:-1]
    whole = np.zeros_like(phrases)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        whole[start:end] = phrases[start:end].any(axis=0)
    fired = signs.fired(phrases, whole)
    for reading, start, end in zip(several, starts.tolist(), ends.tolist(), strict=True):
        reading.phrases, reading.fired = phrases[start:end], fired[start:end]
    return found


def _runs(text: str) -> list[str]:
    words = ["0" if word[0].isdigit() else word for word in _WORD.findall(text.lower().replace("’", "'"))]
    words = ["<", *words, ">"]
    return [
        *words,
        *(f"{one} {two}" for one, two in pairwise(words)),
        *(f"{one} {two} {three}" for one, two, three in zip(words, words[1:], words[2:], strict=False)),
    ]


@dataclass(frozen=True, slots=True, eq=False)
class VerdictModel:
    """Weights of runs of words and of numbers, a column for each output: verdicts, then changes, then holders."""

    words: Vocabulary
    word_weights: NDArray[np.int8]
    word_scales: Floats
    number_weights: Floats
    bias: Floats

    @classmethod
    def read(cls, numbers: Numbers) -> VerdictModel:
        """Read what `numbers` wrote."""
        return cls(
            Vocabulary.read(numbers, "verdict"),
            np.asarray(numbers["verdict.word_weights"], np.int8),
            np.asarray(numbers["verdict.word_scales"], np.float32),
            np.asarray(numbers["verdict.number_weights"], np.float32),
            np.asarray(numbers["verdict.bias"], np.float32),
        )

    def numbers(self) -> dict[str, NDArray[np.generic]]:
        """Write it as arrays."""
        return self.words.numbers("verdict") | {
            "verdict.word_weights": self.word_weights,
            "verdict.word_scales": self.word_scales,
            "verdict.number_weights": self.number_weights,
            "verdict.bias": self.bias,
        }

    def odds(self, seen: Seen) -> Floats:
        """The log odds of every output, shape (pairs, outputs)."""
        words = self.words.rows(seen.runs).times(self.word_weights, self.word_scales)
        return np.asarray(words + seen.numbers @ self.number_weights + self.bias, dtype=np.float32)


def judged_by(odds: Floats) -> Judged:
    """What the odds of every output say, (pairs, outputs)."""
    verdicts, changes, holders = np.split(odds, np.cumsum(OUTPUTS)[:-1], axis=1)
    weighed = np.exp(verdicts - verdicts.max(axis=1, keepdims=True, initial=-np.inf))
    chances = weighed / weighed.sum(axis=1, keepdims=True)
    best = [part.argmax(axis=1).astype(np.int8) for part in (verdicts, changes, holders)]
    return Judged(best[0], best[1], best[2], chances[np.arange(len(best[0])), best[0]])
