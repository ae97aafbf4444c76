"""How alike two texts are in their words: the same recommendation twice, or a text on its subject.

Two measures. `wording` compares texts as printed, for one that was copied with a word changed; `Subjects`
weighs words by how rare they are among a set of texts, for one that speaks of the same matter in its own
words. Knows nothing of documents.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

_WORD = re.compile(r"[a-z0-9]+")
_EMPTY = frozenset(
    {"a", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "being", "both", "but",
     "by", "can", "continue", "ensure", "for", "from", "further", "had", "has", "have", "how",
     "improve", "improvement", "improving", "in", "including", "into", "is", "it", "its", "make",
     "more", "need", "needs", "new", "not", "of", "on", "or", "order", "our", "s", "so", "sure",
     "that", "the", "their", "them", "there", "these", "they", "this", "those", "to", "was", "we",
     "were", "when", "where", "which", "who", "will", "with", "within"}
)  # fmt: skip
_ENDINGS = ("isation", "ization", "ements", "ement", "ations", "ation", "ments", "ment", "ings", "ing",
            "ness", "ities", "ity", "ies", "ers", "er", "ed", "es", "s", "ly", "e", "y")  # fmt: skip
_SAME_MATTER = {"supervis": "oversight", "supervision": "oversight", "supervisor": "oversight",
                "scrutin": "oversight", "overse": "oversight", "timescal": "timel",
                "timelines": "timel", "timeli": "timel", "respond": "respons"}  # fmt: skip
"""Stems that speak of the same matter in this field."""
_PURPOSE = re.compile(
    r",?\s+(?:so that|in order (?:to|that|for)|to (?:ensure|enable|improve|inform|allow|make sure)|"
    r"including|and that)\b|;|(?<=[a-z])\.\s",
    re.IGNORECASE,
)
_LEAST_WORDS = 6
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})


@functools.lru_cache(maxsize=2_000)
def stems(text: str) -> tuple[str, ...]:
    """Give the telling words of a text in order, without their endings: "homeless", "foster", "review"."""
    words = _WORD.findall(text.translate(_QUOTES).lower().replace("'s", "").replace("'", ""))
    return tuple(_stem(word) for word in words if word not in _EMPTY)


@functools.lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    if word.isdigit() or len(word) < 5:
        return word[:-1] if len(word) == 4 and word.endswith("s") and not word.endswith("ss") else word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    word = word[:-1] if len(word) > 4 and (word[-1] == word[-2] or word[-1] == "e") else word
    return _SAME_MATTER.get(word, word)


@functools.lru_cache(maxsize=2_000)
def matter(text: str) -> str:
    """Cut a recommendation down to what is to be done, without what it is for ("so that…", "in order to…")."""
    to_do = _PURPOSE.split(" ".join(text.split()), maxsplit=1)[0]
    return to_do if len(to_do.split()) >= _LEAST_WORDS else text


def wording(one: str, other: str) -> float:
    """How much of the shorter text's wording the other has in the same order, 0 to 1.

    1 for the same words whatever their quotes and case; about 0.9 where a few were changed or the end was cut
    off; unrelated texts stay below 0.55.
    """
    first, second = _plain(one), _plain(other)
    if not first or not second:
        return 0.0
    whole = fuzz.ratio(first, second) / 100
    shorter, longer = sorted((first, second), key=len)
    if len(shorter.split()) < 6 or len(longer) <= 1.15 * len(shorter):
        return whole
    return max(whole, 0.97 * fuzz.partial_ratio(shorter, longer) / 100)


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.translate(_QUOTES).lower().replace("'", "")))


class Subjects:
    """Texts as weighed bags of words: a word weighs more, the fewer of the texts have it.

    `dull` are stems that tell nothing among these texts, whatever their number.
    """

    def __init__(self, texts: Sequence[str], dull: frozenset[str] = frozenset()) -> None:
        self._bags = [Counter(stem for stem in stems(text) if stem not in dull) for text in texts]
        spread = Counter(word for bag in self._bags for word in bag)
        total = len(self._bags) + 1
        self._weights = {word: math.log(total / count) for word, count in spread.items()}

    def share(self, of: int, spoken_in: int) -> float:
        """Give the share of text `of`'s matter that text `spoken_in` speaks of, by weight; 0 to 1."""
        mine, theirs = self._bags[of], self._bags[spoken_in]
        total = sum(self._weights[word] for word in mine)
        return sum(self._weights[word] for word in mine if word in theirs) / total if total else 0.0

    def weight(self, of: int, spoken_in: int) -> float:
        """Give the weight of the words that two of the texts share; rarer words weigh more."""
        return sum(self._weights[word] for word in self._bags[of] if word in self._bags[spoken_in])

    def common(self, one: int, other: int) -> int:
        """How many different words two of the texts share."""
        return len(set(self._bags[one]) & set(self._bags[other]))

    def shares(self, first: int, *, both_ways: bool = False) -> NDArray[np.float64]:
        """Give the share of each of the `first` texts' matter that each of the others speaks of, shape (first, others).

        With `both_ways` it is the larger of that and of the other's share. A single word in common, however rare, is no
        common matter: then it is 0.
        """
        places = {word: place for place, word in enumerate(self._weights)}
        held = np.zeros((len(self._bags), len(places)))
        for row, bag in enumerate(self._bags):
            held[row, [places[word] for word in bag]] = 1.0
        ones, others = held[:first], held[first:]
        weights = np.array(list(self._weights.values()))
        shared = (ones * weights) @ others.T
        whole = np.maximum(held @ weights, 1e-12)
        found = shared / whole[:first, None]
        if both_ways:
            found = np.maximum(found, shared / whole[None, first:])
        return np.asarray(np.where(ones @ others.T >= 2, found, 0.0))

    def stress(self, of: int, spoken_in: int) -> int:
        """How often text `spoken_in` says the word of text `of` that it says most."""
        return max((self._bags[spoken_in][word] for word in self._bags[of]), default=0)
