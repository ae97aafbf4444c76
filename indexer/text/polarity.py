"""Whether a passage praises or criticises: strength, weakness, mixed, or neutral where it does neither.

A linear model over the words of each clause: cue words (polarity_cues.toml), and the runs of words that stand with them
in reports (`eval/answers/polarity.py` trains it); a passage's polarity is the balance of its clauses, and what a report prints as a strength or an area for improvement is
taken at its word. The model is data (polarity.json), and reading it runs no code. This module
must not know what a question is.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Literal

from indexer.document import Passage
from indexer.text.sentences import sentences_of

Polarity = Literal["strength", "weakness", "mixed", "neutral"]
POLARITIES: tuple[Polarity, ...] = ("strength", "weakness", "mixed", "neutral")

_FILE = Path(__file__).with_name("polarity.json")
_CUES = Path(__file__).with_name("polarity_cues.toml")
_REACH = 45
"""Characters before a word of praise in which it may be turned."""

_WORD = re.compile(r"[A-Za-z]+|\d+")
_TURN = re.compile(r"[,;]?\s+(?:but|although|though|whereas|albeit|however|yet|despite|except)\b[,\s]*", re.I)
_CONCEDES = re.compile(
    r"^(?:While|Although|Though|Whilst|Despite|Notwithstanding|Even though)\b[^,;]{8,}?[,;]\s*"
)
_GRAM = 3
"""Words of the longest run that the model weighs: "does not always"."""

_STRENGTHS = re.compile(
    r"\bstrengths\b|\bis (?:good|outstanding) because\b|\bdoes well\b|\bworking well\b", re.I
)
_IMPROVEMENTS = re.compile(
    r"\bneeds? to improve\b|\bareas? for improvement\b|\bareas? for (?:priority action|development)\b"
    r"|\bpriority (?:and immediate )?action|\bneeds? to be better\b|\bcould be better\b|^recommendations?\b",
    re.I,
)
_INFORMATION = re.compile(
    r"^information about|\binspection team\b|\bliving in this area\b|\bin this area\b|\bjudgements mean\b"
    r"|^(?:previous|other) (?:ofsted )?inspections?|\bother information\b|^about (?:this|the) inspection",
    re.I,
)
_OWN_PAPERS = frozenset({"action", "indicator", "progress"})
"""What a council plans or reports of itself is no inspector's finding."""


@dataclass(frozen=True, slots=True)
class Cues:
    """Words of praise and of criticism, and those that turn the one into the other."""

    praise: re.Pattern[str]
    criticism: re.Pattern[str]
    turning: re.Pattern[str]

    def count(self, clause: str) -> tuple[int, int]:
        """Count a clause's words of praise and of criticism; praise that is turned ("not good") is criticism."""
        # The patterns are in lower case: ignoring case would have every alternative tried at every word.
        clause = clause.lower()
        praise, criticism = 0, len(self.criticism.findall(clause))
        for match in self.praise.finditer(clause):
            if self.turning.search(clause[max(0, match.start() - _REACH) : match.start()]):
                criticism += 1
            else:
                praise += 1
        return praise, criticism


@dataclass(frozen=True, slots=True)
class PolarityModel:
    """Weights by run of words, positive for praise, and of each cue; the others say how clauses make a passage.

    `evaluative` is the least share of a passage's words, each weighed by its clause's certainty, that must praise or
    criticise; below it the passage is neutral. A share of criticism up to `strength` makes a strength, from `weakness`
    on a weakness.
    """

    bias: float
    weights: Mapping[str, float]
    cue: float
    evaluative: float
    strength: float
    weakness: float

    def score(self, clause: str) -> float:
        """Give the log odds that a clause praises rather than criticises."""
        grams = features_of(clause)
        if not grams:
            return 0.0
        scale = float(len(grams) ** -0.5)
        praise, criticism = load_cues().count(clause)
        learnt = scale * sum(map(self.weights.get, grams, repeat(0.0)))
        return self.bias + learnt + self.cue * (praise - criticism)

    def balance(self, text: str) -> tuple[float, float]:
        """Say which share of a text is evaluative, and which share of that is criticism; 0..1 each."""
        words = praise = criticism = 0.0
        for clause, weight in clauses_of(text):
            length = weight * len(_WORD.findall(clause))
            certain = _certainty(self.score(clause))
            words += length
            praise += length * max(0.0, certain)
            criticism += length * max(0.0, -certain)
        said = praise + criticism
        return (said / words if words else 0.0), (criticism / said if said else 0.0)

    def polarity(self, text: str) -> Polarity:
        """Give the polarity of a text by its words alone."""
        evaluative, criticism = self.balance(text)
        if evaluative < self.evaluative:
            return "neutral"
        if criticism <= self.strength:
            return "strength"
        return "weakness" if criticism >= self.weakness else "mixed"


def polarity_of(passage: Passage, model: PolarityModel | None = None) -> Polarity:
    """Give a passage's polarity: as the report labels it, else by its words."""
    return polarity_under(passage.kind, passage.section, passage.text, model)


def polarity_under(
    kind: str, section: Sequence[str], text: str, model: PolarityModel | None = None
) -> Polarity:
    """Give the polarity of a text of some kind under some headings."""
    return labelled(kind, section) or (model or load_polarity_model()).polarity(text)


def polarity_of_text(text: str) -> Polarity:
    """Give the polarity of some words by themselves."""
    return load_polarity_model().polarity(text)


def labelled(kind: str, section: Sequence[str]) -> Polarity | None:
    """Say what a report itself makes of a passage, by its kind and innermost heading; None where it doesn't."""
    heading = section[-1] if section else ""
    if kind == "recommendation":
        return "weakness"
    if kind in _OWN_PAPERS or kind == "judgement" or _INFORMATION.search(heading):
        return "neutral"
    praises = _STRENGTHS.search(heading) is not None
    criticises = _IMPROVEMENTS.search(heading) is not None or "weakness" in heading.lower()
    if praises == criticises:
        # Neither, or "key strengths and weaknesses": the passage's words say which.
        return None
    return "strength" if praises else "weakness" if kind != "paragraph" else None


def clauses_of(text: str) -> Iterator[tuple[str, float]]:
    """Split a text where its sense may turn ("but", "although"), each clause with its weight.

    What is only conceded ("While most plans are good, …") weighs half.
    """
    for sentence in sentences_of(text):
        rest = sentence.text
        conceded = _CONCEDES.match(rest)
        if conceded:
            yield conceded.group(), 0.5
            rest = rest[conceded.end() :]
        parts = [part for part in _TURN.split(rest) if part and part.strip()]
        for part in parts:
            yield part, 1.0


def features_of(clause: str) -> tuple[str, ...]:
    """List a clause's runs of one to three words, in lower case; figures are 0, and names (capitals) left out."""
    words: list[str] = []
    for place, word in enumerate(_WORD.findall(clause)):
        if word[0].isdigit():
            words.append("0")
        elif place and word[0].isupper():
            words.append("")
        else:
            words.append(word.lower())
    seconds, thirds = words[1:], words[2:]
    return tuple(
        dict.fromkeys(
            [
                *filter(None, words),
                *[f"{a} {b}" for a, b in zip(words, seconds, strict=False) if a and b],
                *[f"{a} {b} {c}" for a, b, c in zip(words, seconds, thirds, strict=False) if a and b and c],
            ]
        )
    )


@functools.cache
def load_polarity_model() -> PolarityModel:
    """Read the trained model from polarity.json."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    return PolarityModel(
        bias=float(data["bias"]),
        weights={str(gram): float(weight) for gram, weight in data["weights"].items()},
        cue=float(data["cue"]),
        evaluative=float(data["evaluative"]),
        strength=float(data["strength"]),
        weakness=float(data["weakness"]),
    )


@functools.cache
def load_cues() -> Cues:
    """Read the cue words from polarity_cues.toml."""
    data = tomllib.loads(_CUES.read_text(encoding="utf-8"))
    turning = rf"(?:{_any(data['turning'])})[^,;:.]*$"
    patterns = (_any(data["praise"]), _any(data["criticism"]), turning)
    return Cues(*(re.compile(pattern) for pattern in patterns))


def _any(words: Sequence[str]) -> str:
    longest_first = sorted((word.lower() for word in words), key=len, reverse=True)
    patterns = [re.escape(word).replace(r"\*", r"\w*") for word in longest_first]
    return rf"\b(?:{'|'.join(patterns)})\b"


def polarity_digest() -> bytes:
    """Give the SHA-256 of the model: polarities given by another can't stand beside its own."""
    files = (_FILE, _CUES, Path(__file__))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).digest()


def _certainty(log_odds: float) -> float:
    """Bring log odds to -1..1: small ones say next to nothing."""
    bounded = max(-6.0, min(6.0, log_odds))
    return bounded / (1 + abs(bounded))
