"""Signs of a subject: words and phrases that statements on it are likely to hold, together or near.

"supervision + regular|monthly + !foster carers" fires where a text speaks of supervision, says regular or monthly, and
doesn't speak of foster carers. Phrases are compared by their words' stems. This module must not know which subject a
statement has: that is weighed elsewhere.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import Stemmer
from numpy.typing import NDArray

from indexer.register.subjects import load_subjects

Flags = NDArray[np.bool_]

_WORD = re.compile(r"[a-z]+|\d+")
_STEMMER = Stemmer.Stemmer("english")


@functools.lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


def stems_of(text: str) -> list[str]:
    """Stem a text's words, in lower case and in order; an apostrophe parts words, as a hyphen does."""
    return [_stem(word) for word in _WORD.findall(text.lower())]


@dataclass(frozen=True, slots=True)
class _Condition:
    """Phrases of which one must stand in a text itself, or in what surrounds it; or none of them, if `excludes`."""

    own: tuple[int, ...]
    around: tuple[int, ...]
    excludes: bool


class Signs:
    """All subjects' signs; `subjects` is each sign's subject by number, shape (signs,)."""

    def __init__(self, signs: Iterable[tuple[int, str]]) -> None:
        """Of pairs of a subject's number and a sign."""
        self._phrases: dict[tuple[str, ...], int] = {}
        numbers: list[int] = []
        self._signs: list[tuple[_Condition, ...]] = []
        for subject, sign in signs:
            numbers.append(subject)
            self._signs.append(tuple(self._condition(part.strip()) for part in sign.split(" + ")))
        self.subjects = np.array(numbers, dtype=np.int64)
        self._by_first: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for phrase, number in self._phrases.items():
            self._by_first.setdefault(phrase[0], []).append((phrase, number))

    def _condition(self, text: str) -> _Condition:
        phrases = [phrase.strip() for phrase in text.removeprefix("!").split("|")]
        own = [phrase for phrase in phrases if not phrase.startswith("@")]
        around = [phrase[1:] for phrase in phrases if phrase.startswith("@")]
        return _Condition(
            tuple(map(self._number, own)), tuple(map(self._number, around)), text.startswith("!")
        )

    def _number(self, phrase: str) -> int:
        return self._phrases.setdefault(tuple(stems_of(phrase)), len(self._phrases))

    def phrases_in(self, texts: Sequence[Sequence[str]]) -> Flags:
        """Which phrases stand in each text, given as its stems; shape (texts, phrases)."""
        found = np.zeros((len(texts), len(self._phrases)), dtype=np.bool_)
        for place, stems in enumerate(texts):
            held = [
                number
                for at, stem in enumerate(stems)
                for phrase, number in self._by_first.get(stem, ())
                if len(phrase) == 1 or tuple(stems[at : at + len(phrase)]) == phrase
            ]
            found[place, held] = True
        return found

    def fired(self, own: Flags, around: Flags) -> Flags:
        """Which signs fire, of texts that hold `own` phrases among others that hold `around`; shape (texts, signs)."""
        found = np.empty((len(own), len(self._signs)), dtype=np.bool_)
        for sign, conditions in enumerate(self._signs):
            holds = np.ones(len(own), dtype=np.bool_)
            for condition in conditions:
                said = own[:, condition.own].any(axis=1)
                if condition.around:
                    places = list(condition.around)
                    said |= own[:, places].any(axis=1) | around[:, places].any(axis=1)
                holds &= ~said if condition.excludes else said
            found[:, sign] = holds
        return found

    def evidence(self, own: Flags, subject: int) -> NDArray[np.int64]:
        """How many of the phrases that a subject's signs ask for each text holds; shape (texts,)."""
        return np.asarray(own[:, self._asked_for(subject)].sum(axis=1), dtype=np.int64)

    @functools.cache  # noqa: B019 (the signs are one object, kept as long as the program runs)
    def _asked_for(self, subject: int) -> NDArray[np.int64]:
        found = {
            phrase
            for sign in np.flatnonzero(self.subjects == subject).tolist()
            for condition in self._signs[sign]
            if not condition.excludes
            for phrase in condition.own
        }
        return np.array(sorted(found), dtype=np.int64)

    def by_subject(self, fired: Flags, subjects: int) -> NDArray[np.float32]:
        """How many signs of each subject fire; shape (texts, subjects)."""
        found = np.zeros((len(fired), subjects), dtype=np.float32)
        for sign, subject in enumerate(self.subjects.tolist()):
            found[:, subject] += fired[:, sign]
        return found


@functools.cache
def load_signs() -> Signs:
    """Read every subject's signs."""
    return Signs((number, sign) for number, subject in enumerate(load_subjects()) for sign in subject.signs)
