"""Typing mistakes: which word of an index's own a word that it lacks was meant to be.

A noisy channel (Kernighan, Church and Gale 1990): of the words a few slips away that one is meant which stands often in
the documents, and beside the words next to it. A word that the index has is never changed, nor one
of everyday English: those that inspectors don't use are no mistakes. This module must not know what a filter is.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from indexer.text.councils import all_councils, former_councils
from indexer.text.terms import tokens_of
from search_api.question.words import STOPWORDS, Word, words_of

SPELLING = "spelling"
"""What `without` calls it: undone, words are looked for as they were typed."""

_SHORTEST = 4
_A_SLIP = 5.0
"""The natural logarithm of how much rarer a word with a slip is than one without."""
_OTHER_FIRST = 0.7
"""Slips that another first letter counts beside itself: people seldom mistype it."""
_BESIDE = 0.7
"""What the frequency beside the neighbouring words counts, beside the word's own."""
_LEAST = -9.5
"""The least that a word must score: a rare word two slips away is a guess."""
_NAME_SLIPS = 1.0
"""Slips at most in a name: one that is further from every name may be a name that isn't known."""
_NO_NAME = 50
"""How often a word must stand in the documents to be meant by what is written as a name."""
_LOOKED_AT = 8
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


@dataclass(frozen=True, slots=True)
class Mended:
    """`text[start:end]` of a question as typed, and the word or words that were looked for instead."""

    start: int
    end: int
    word: str


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
        return [word for word in known if len(word) >= _SHORTEST and word.isalpha()]

    @cached_property
    def _sounds(self) -> dict[str, list[str]]:
        sounds: dict[str, list[str]] = {}
        for word in self.counts:
            if len(word) >= _SHORTEST and word.isalpha():
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
        found = process.extract(typed, self._words, scorer=OSA.distance, score_cutoff=allowed, limit=None)
        slips = {word: float(distance) for word, distance, _ in found}
        alike: dict[str, float] = {}
        for word in self._sounds.get(sound_of(typed), ()) if len(typed) > _SHORTEST else ():
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


def mend(
    question: str,
    *,
    kept: Sequence[tuple[int, int]],
    names: Callable[[], Sequence[tuple[int, int]]],
    is_known: Callable[[str], bool],
    words: Callable[[], WordCounts],
    frequency: Callable[[tuple[str, ...]], int],
    is_name: Callable[[str], bool],
) -> list[Mended]:
    """Find the words that were mistyped and what they were meant to be, in order; quick where every word is known.

    Spans of `kept` are left as they are, and those of `names`, asked for only where a word is unknown. `frequency` counts
    the passages that hold any of some phrases.
    """
    typed = words_of(question)
    sentence = any(word.text[0].islower() for word in typed)
    doubtful = [
        (place, word)
        for place, word in enumerate(typed)
        if _may_be_wrong(word) and not _within(word, kept) and not is_known(word.lower)
    ]
    if not doubtful:
        return []
    taken = names()
    found = []
    for place, word in doubtful:
        if _within(word, taken):
            continue
        beside = (
            typed[place - 1].lower if place else "",
            typed[place + 1].lower if place + 1 < len(typed) else "",
        )
        # A name in a sentence is no misspelling of a word, but it may be one of another name.
        only_names = sentence and place > 0 and word.text[0].isupper()
        meant = _meant(word.lower, beside, words(), frequency, is_name if only_names else None)
        if meant is not None:
            found.append(Mended(word.start, word.start + len(word.lower), _cased(meant, word.text)))
    return found


def put_right(question: str, mended: Sequence[Mended]) -> str:
    """Write a question with its mistakes mended."""
    for one in reversed(mended):
        question = question[: one.start] + one.word + question[one.end :]
    return question


def as_typed(span: tuple[int, int], mended: Sequence[Mended]) -> tuple[int, int]:
    """Find the span of a mended question in the question as it was typed."""

    def place(at: int, *, is_end: bool) -> int:
        moved = 0
        for one in mended:
            begin = one.start + moved
            end = begin + len(one.word)
            if at >= end:
                moved += len(one.word) - (one.end - one.start)
            elif at > begin:
                return one.end if is_end else one.start
        return at - moved

    return place(span[0], is_end=False), place(span[1], is_end=True)


def _meant(
    typed: str,
    beside: tuple[str, str],
    words: WordCounts,
    frequency: Callable[[tuple[str, ...]], int],
    is_name: Callable[[str], bool] | None,
) -> str | None:
    if typed in words.counts:
        return None
    near = words.near(typed)
    if is_name is not None:
        near = {
            word: slips
            for word, slips in near.items()
            if slips <= _NAME_SLIPS and (words.counts.get(word, 0) >= _NO_NAME or is_name(word))
        }
    scored = {word: math.log(1 + words.expected(word)) - _A_SLIP * slips for word, slips in near.items()}
    for at in range(2, len(typed) - 1) if is_name is None else ():
        first, second = typed[:at], typed[at:]
        if first in words.counts and second in words.counts:
            held = frequency((f"{first} {second}",))
            scored |= {f"{first} {second}": math.log(1 + held) - _A_SLIP} if held > 1 else {}
    scored = {word: score for word, score in scored.items() if score >= _LEAST}
    best = sorted(scored, key=lambda word: (-scored[word], word))[:_LOOKED_AT]
    before, after = beside
    for word in best:
        for phrase in (f"{before} {word}" if before else "", f"{word} {after}" if after else ""):
            scored[word] += _BESIDE * math.log(1 + frequency((phrase,))) if phrase else 0.0
    return max(best, key=lambda word: (scored[word], word), default=None)


def _may_be_wrong(word: Word) -> bool:
    lower = word.lower
    if len(lower) < _SHORTEST or not word.text.isalpha() or not word.text.isascii() or lower in STOPWORDS:
        return False
    # Capitals are an abbreviation, which letters beside it would make another one.
    return not (word.text.isupper() and len(lower) <= _SHORTEST + 2)


def _within(word: Word, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < word.end and word.start < end for start, end in spans)


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


def _cased(word: str, typed: str) -> str:
    if typed.isupper():
        return word.upper()
    return word.capitalize() if typed[0].isupper() else word
