"""How much of a subject a sentence says: its words, in any inflection, and whether they stand together as in it.

"Initial health assessments" is said by "initial assessments of children's health" in part only, and by "assessments of
parents' mental health" less. A word is the same word where its stem is, or where one stem begins the other
("guardian", "guardianship"). This module must not know where the sentence stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from search_api.question.query import Term
from search_api.question.words import STOPWORDS, stem

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s\b")

_SHORTEST_BEGINNING = 6
"""Letters of a stem that may begin another: shorter ones begin too many."""

_NEAR = 3
"""Words between which two words of a phrase still stand together."""

_OTHER_WORDING = 0.6
"""What a wording that shares no word with the typed one is worth: "mentors" for "independent visitors"."""

Stems = tuple[str, ...]
Marked = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subject, made ready to be looked for: each term's wordings as stems with what each is worth, and phrases.

    `words` are all of their stems; `known` remembers which of these each stem of a text is.
    """

    terms: tuple[tuple[tuple[Stems, float], ...], ...]
    phrases: tuple[Stems, ...]
    words: frozenset[str]
    known: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def marked(self, stems: Stems) -> Marked | None:
        """Say of each word of a text which words of the subject it is; None where none is any."""
        found = [self._is(stem) for stem in stems]
        return tuple(found) if any(found) else None

    def head(self, shares: Sequence[float]) -> float:
        """Say how far the subject's first phrase is said, given how far each term is: "support" of "support for
        special guardians". What the rest names is often taken for granted.
        """
        if not self.phrases:
            return 0.0
        weights = [
            sum(any(same(part, word) for word in self.phrases[0]) for part in term[0][0])
            for term in self.terms
        ]
        total = sum(weights)
        return sum(w * share for w, share in zip(weights, shares, strict=True)) / total if total else 0.0

    def _is(self, stem: str) -> frozenset[str]:
        held = self.known.get(stem)
        if held is None:
            held = frozenset(word for word in self.words if same(word, stem))
            self.known[stem] = held
        return held


def wanted(terms: Sequence[Term], phrases: Sequence[Sequence[str]]) -> Wanted:
    """Make a subject ready: its terms in their order, and its phrases as stems."""
    worded = tuple(_wordings(term) for term in terms)
    stemmed = tuple(tuple(stem(word) for word in phrase) for phrase in phrases)
    words = {part for term in worded for parts, _ in term for part in parts}
    return Wanted(worded, stemmed, frozenset(words | {word for phrase in stemmed for word in phrase}))


def stems_of(text: str) -> Stems:
    """List the stems of every word of a text, in order; thousands of sentences are read for one count."""
    return tuple(stem(word) for word in _WORD.findall(_POSSESSIVE.sub("", text.lower())))


def said(subject: Wanted, stems: Stems) -> list[float]:
    """Say how far a text holds each term, 0..1, by the best of its wordings."""
    marked = subject.marked(stems)
    if marked is None:
        return [0.0] * len(subject.terms)
    return [
        max((worth for parts, worth in term if _holds(marked, parts)), default=0.0) for term in subject.terms
    ]


def together(subject: Wanted, stems: Stems) -> list[float]:
    """Say of each phrase which share of its neighbouring words stand near each other in a text, 0..1.

    A phrase of one word is held or not.
    """
    marked = subject.marked(stems)
    if marked is None:
        return [0.0] * len(subject.phrases)
    return [_together(phrase, marked) for phrase in subject.phrases]


def _together(phrase: Stems, marked: Marked) -> float:
    places = {word: [at for at, other in enumerate(marked) if word in other] for word in phrase}
    if len(phrase) == 1:
        return float(bool(places[phrase[0]]))
    pairs = list(pairwise(phrase))
    near = sum(
        any(0 < abs(a - b) <= _NEAR for a in places[one] for b in places[other]) for one, other in pairs
    )
    return near / len(pairs)


def same(one: str, other: str) -> bool:
    """Whether two stems are of one word, as far as spelling tells."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= _SHORTEST_BEGINNING and longer.startswith(shorter)


def _wordings(term: Term) -> tuple[tuple[Stems, float], ...]:
    typed = tuple(stem(word) for word in term.wordings[0].split())
    content = {word for word in typed if word not in STOPWORDS}
    found = []
    for wording in term.wordings:
        stems = tuple(stem(word) for word in wording.split())
        kin = len(typed) == 1 or any(same(a, b) for a in content for b in stems) or _initials(typed, stems)
        found.append((stems, 1.0 if kin else _OTHER_WORDING))
    return tuple(found)


def _initials(one: Stems, other: Stems) -> bool:
    """Whether one wording is the other's initials, as "rhi" is of "return home interview"."""
    short, long = sorted((one, other), key=len)
    return len(short) == 1 and len(long) > 1 and short[0].rstrip("s") == "".join(word[0] for word in long)


def _holds(marked: Marked, parts: Stems) -> bool:
    size = len(parts)
    return any(
        all(part in marked[at + place] for place, part in enumerate(parts))
        for at in range(len(marked) - size + 1)
        if parts[0] in marked[at]
    )
