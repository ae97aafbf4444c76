"""Words that may have been meant by a mistyped one: those of an index, those of everyday English, and how near they are.

Slips are counted by letters (optimal string alignment), and by sound. This module must not know what a question is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from indexer.text.councils import all_councils, former_councils
from indexer.text.terms import tokens_of

SHORTEST = 4
"""Letters of a word that may be a mistake: among fewer, too many words lie a slip away."""
_OTHER_FIRST = 0.7
"""Slips that another first letter counts beside itself: people seldom mistype it."""
_SOUNDS_AWAY = 4
"""Slips at most between words that sound the same; every second one counts."""
_LIST = "frequency_dictionary_en_82_765.txt"
_BEFORE = ("un", "re", "non", "pre", "mis")
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(?:kn|gn|pn)", "n"), (r"^wr", "r"), (r"^ps", "s"), (r"^wh", "w"), (r"ph", "f"), (r"gh(?=[aeiou])", "g"),
        (r"ough", "f"), (r"augh", "f"), (r"gh", ""), (r"sch|ck|ch|q|c(?![eiy])", "k"), (r"[ts]ion|shun|cian", "xn"),
        (r"x", "ks"), (r"c(?=[eiy])|z", "s"), (r"dge?|g(?=[eiy])", "j"), (r"mb$", "m"),
    )
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class WordCounts:
    """The words of an index as they stand (not stems), in small letters, and how often each stands in it."""

    counts: Mapping[str, int]

    @cached_property
    def _total(self) -> int:
        return sum(self.counts.values())

    @cached_property
    def _words(self) -> list[str]:
        known = dict.fromkeys((*self.counts, *everyday_words()))
        return [word for word in known if len(word) >= SHORTEST and word.isalpha()]

    @cached_property
    def _sounds(self) -> dict[str, list[str]]:
        sounds: dict[str, list[str]] = {}
        for word in self.counts:
            if len(word) >= SHORTEST and word.isalpha():
                sounds.setdefault(sound_of(word), []).append(word)
        return sounds

    def expected(self, word: str) -> float:
        """Say how often a word is to be expected: as often as it stands here, and as everyday English has it."""
        return self.counts.get(word, 0) + everyday_words().get(word, 0.0) * self._total

    def beginning(self, letters: str, most: int = 40) -> tuple[str, ...]:
        """List the words that begin with some letters, the most frequent first."""
        found = [word for word in self.counts if word.startswith(letters)]
        return tuple(sorted(found, key=lambda word: (-self.counts[word], word))[:most])

    def near(self, typed: str) -> dict[str, float]:
        """Find the words that may have been meant, each with its slips."""
        allowed = _allowed(len(typed))
        found = extract(typed, self._words, scorer=OSA.distance, score_cutoff=allowed, limit=None)
        slips = {word: float(distance) for word, distance, _ in found}
        alike: dict[str, float] = {}
        for word in self._sounds.get(sound_of(typed), ()) if len(typed) > SHORTEST else ():
            distance = OSA.distance(typed, word, score_cutoff=_SOUNDS_AWAY)
            if distance <= _SOUNDS_AWAY:
                alike[word] = (1 + distance) / 2
        for word in slips:
            if _once(word) == _once(typed):
                slips[word] = 0.5
            elif word[0] != typed[0]:
                slips[word] += _OTHER_FIRST
        return slips | {word: min(cost, slips.get(word, cost)) for word, cost in alike.items()}


def count_words(texts: Iterable[str]) -> WordCounts:
    """Count the words of texts; those of councils' names are known even where no text has them."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(tokens_of(text))
    for council in (*all_councils(), *former_councils()):
        for name in (council.name, *council.aliases):
            counts.update(tokens_of(name))
    return WordCounts(counts)


@cache
def everyday_words() -> Mapping[str, float]:
    """Read the words of everyday English, in small letters, with each one's share of all that is written.

    They are symspellpy's list; the package itself isn't loaded.
    """
    found = find_spec("symspellpy")
    folder = Path(found.origin).parent if found and found.origin else Path()
    lines = (folder / _LIST).read_text(encoding="utf-8-sig").splitlines()
    counts = {word: int(count) for word, count in (line.split() for line in lines)}
    total = sum(counts.values())
    return {word: count / total for word, count in counts.items()}


def is_everyday(word: str) -> bool:
    """Whether a word in small letters is one of everyday English, or the contrary or repetition of one."""
    words = everyday_words()
    return word in words or any(
        word.startswith(before) and word[len(before) :] in words for before in _BEFORE
    )


def _allowed(length: int) -> int:
    if length < 7:
        return 1
    return 2 if length < 12 else 3


def _once(word: str) -> str:
    """Write a word with each doubled letter once."""
    return "".join(letter for letter, _ in groupby(word))


def sound_of(word: str) -> str:
    """Write a word roughly as it sounds: consonants, and a vowel only where it begins."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    begins = "a" if word[:1] in tuple("aeiouy") else word[:1]
    return begins + _once(re.sub(r"[aeiouyhw]", "", word[1:]))
