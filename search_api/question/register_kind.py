"""What a question asks of the register: grades, recommendations, reasons, a comparison…, or passages as ever.

A linear model over cues, pairs of cues and words; wordiness, misspellings and negation don't change the kind. The cues are
in register_kinds.toml, the weights in register_kinds.json (`-m eval register-kinds` fits and measures them on questions
written by hand). This module looks at no document.
"""

from __future__ import annotations

import functools
import json
import math
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Literal, get_args

from rapidfuzz.distance import OSA

from indexer.text.councils import find_areas, find_in

QueryKind = Literal[
    "judgements", "recommendations", "reasons", "findings", "changes", "comparison", "common", "trend", "became",
    "unknowable", "passages",
]  # fmt: skip
KINDS: tuple[QueryKind, ...] = get_args(QueryKind)

CUES = Path(__file__).with_name("register_kinds.toml")
WEIGHTS = Path(__file__).with_name("register_kinds.json")
_GRADE = re.compile(
    r"\b(?:outstandings?|goods?|requires? improvement|requiring improvement|ri|inadequates?)\b"
)
_GOOD_ITSELF = re.compile(
    r"\bgood(?= (?:at(?! (?:every|all|each|both|two|three|their|its|the l))|on|with|practice|work|help|quality|or bad|enough|idea|example|job|say|use))|(?<=any )good"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d(?:/\d\d)?\b")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|%|£")
_SURE, _LIKELY = 0.9, 0.6
"""The least chances at which a question needs no word of `required`, and of `expected`, to be of a kind."""
_SHORT = 7
"""Words of a terse question, less one."""


@dataclass(frozen=True, slots=True)
class _Cues:
    patterns: dict[str, re.Pattern[str]]
    spelled: frozenset[str]
    asking: dict[str, frozenset[str]]
    not_here: dict[str, re.Pattern[str]]
    required: dict[str, re.Pattern[str]]
    expected: dict[str, re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class AskedFor:
    """The kind of a question, and the model's chance (0..1) that it is that kind."""

    kind: QueryKind
    chance: float


def kind_of(question: str, also: Sequence[str] = ()) -> AskedFor:
    """Tell the kind of a question; `also` are names that an index has for councils beside those of the register."""
    bias, weights = _weights()
    totals = list(bias)
    for feature in features(question, also):
        for place, weight in enumerate(weights.get(feature, ())):
            totals[place] += weight
    top = max(totals)
    shares = [math.exp(total - top) for total in totals]
    best = shares.index(max(shares))
    kind, chance = KINDS[best], shares[best] / sum(shares)
    needed = _cues().required.get(kind) if chance < _SURE else None
    if needed is None and chance < _LIKELY:
        needed = _cues().expected.get(kind)
    if needed and not needed.search(_written(question, also)[0]):
        return AskedFor("passages", 1 - chance)
    return AskedFor(kind, chance)


def why_unknowable(question: str) -> str | None:
    """Say why inspection documents can't know what a question asks; None where nothing in it says so."""
    text = spelled_right(question.lower())
    return next((reason for reason, said in _cues().not_here.items() if said.search(text)), None)


def features(question: str, also: Sequence[str] = ()) -> list[str]:
    """List what the model looks at in a question, each once: cues, pairs of cues ("why+graded"), words and pairs of words."""
    text, councils = _written(question, also)
    cues = [name for name, pattern in _cues().patterns.items() if pattern.search(text)]
    cues += [f"councils={min(councils, 3)}"]
    cues += [name for name in ("xyear", "xgrade", "xregion") if name in text]
    words = _WORD.findall(text)
    cues += ["short"] if len(words) < _SHORT else []
    pairs = [f"{one}+{other}" for one, other in combinations(cues, 2)]
    grams = [f"'{word}" for word in words] + [f"'{one} {other}" for one, other in pairwise(words)]
    return list(dict.fromkeys([*cues, *pairs, *grams]))


def asking_words(name: str) -> frozenset[str]:
    """List the words that only ask, in questions for advice or for a comparison, and name no subject."""
    return _cues().asking[name]


def _written(question: str, also: Sequence[str]) -> tuple[str, int]:
    """Write a question for the cues, and count the councils that it names."""
    councils = find_in(question, also=also)
    spans = [(mention.start, mention.end, " xcouncil ") for mention in councils]
    for area in find_areas(question):
        if all(area.end <= start or end <= area.start for start, end, _ in spans):
            spans.append((area.start, area.end, " xregion "))
    text = question
    for start, end, name in sorted(spans, reverse=True):
        text = text[:start] + name + text[end:]
    text = spelled_right(text.lower())
    text = _GRADE.sub("xgrade", _GOOD_ITSELF.sub("fine", _YEAR.sub("xyear", text)))
    return re.sub(r"\bxcouncil's\b", "xcouncil", text), len({mention.name for mention in councils})


def spelled_right(text: str) -> str:
    """Put right the words of a text that are a slip away from one that cues look for; blanks become single."""
    return " ".join(_right(word) for word in text.replace("’", "'").split())


@functools.lru_cache(maxsize=4_096)
def _right(word: str) -> str:
    """Put right a word that is a slip or two away from one that cues look for."""
    bare = word.strip(".,;:?!()\"'")
    if not bare.islower():
        return word
    spelled = _cues().spelled
    if len(bare) < 5 or bare in spelled:
        return word
    most = 1 if len(bare) < 8 else 2
    near = min(spelled, key=lambda known: (OSA.distance(bare, known, score_cutoff=most), known))
    if OSA.distance(bare, near, score_cutoff=most) > most or near[0] != bare[0] or _inflected(bare, near):
        return word
    return word.replace(bare, near)


def _inflected(word: str, known: str) -> bool:
    """Whether two words are forms of one, such as "report" and "reported", rather than a slip."""
    shared = min(len(word), len(known)) - 1
    return word[:shared] == known[:shared] and word[-1] in "sdgrye" and len(word) >= len(known)


@functools.cache
def _cues() -> _Cues:
    data = tomllib.loads(CUES.read_text(encoding="utf-8"))
    patterns = {name: re.compile("|".join(parts)) for name, parts in data["cues"].items()}
    asking = {name: frozenset(words.split()) for name, words in data["asking"].items()}
    not_here, required, expected = (
        {name: re.compile("|".join(parts)) for name, parts in data[table].items()}
        for table in ("not_here", "required", "expected")
    )
    return _Cues(patterns, frozenset(data["spelled"].split()), asking, not_here, required, expected)


@functools.cache
def _weights() -> tuple[list[float], dict[str, list[float]]]:
    data = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return data["bias"], data["weights"]


def vocabulary(questions: Iterable[str], least: int) -> list[str]:
    """List the features that at least so many questions have, in alphabetical order."""
    counts: dict[str, int] = {}
    for question in questions:
        for feature in features(question):
            counts[feature] = counts.get(feature, 0) + 1
    return sorted(feature for feature, count in counts.items() if count >= least)
