"""Typing mistakes: which word of an index's own a word that it lacks was meant to be.

A noisy channel (Kernighan, Church and Gale 1990): of the words a few slips away that one is meant which is to be expected
most, by itself and beside the words next to it. A word that the index has is never changed, nor one of everyday English:
those that inspectors don't use are no mistakes. This module must not know what a filter is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.text.councils import find_in
from indexer.text.spelling import SHORTEST, is_everyday
from search_api.question.holdings import Holdings
from search_api.question.operators import QUOTED
from search_api.question.vocabulary import expansions
from search_api.question.words import STOPWORDS, Word, words_of

SPELLING = "spelling"
"""What `without` calls it: undone, words are looked for as they were typed."""

_A_SLIP = 5.0
"""The natural logarithm of how much rarer a word with a slip is than one without."""
_BESIDE = 0.7
"""What the frequency beside the neighbouring words counts, beside the word's own."""
_LEAST = -9.5
"""The least that a word must score: a rare word two slips away is a guess."""
_NAME_SLIPS = 1.0
"""Slips at most in a name: one that is further from every name may be a name that isn't known."""
_NO_NAME = 50
"""How often a word must stand in the documents to be meant by what is written as a name."""
_LOOKED_AT = 8
_MOST = 12
"""Unknown words of a question in which mistakes are looked for: each costs some milliseconds."""


@dataclass(frozen=True, slots=True)
class Mended:
    """`text[start:end]` of a question as typed, and the word or words that were looked for instead."""

    start: int
    end: int
    word: str


def mistakes_in(question: str, holdings: Holdings) -> list[Mended]:
    """Find the words that were mistyped and what they were meant to be, in order; quick where every word is known.

    What stands in quotation marks or ends in a star is left alone, and so is a question of so many unknown words that it is
    none.
    """
    typed = words_of(question)
    kept = [match.span() for match in (*QUOTED.finditer(question), *re.finditer(r"\w+\*", question))]
    doubtful = [
        (place, word)
        for place, word in enumerate(typed)
        if _may_be_wrong(word) and not _within(word, kept) and not _is_known(word.lower, holdings)
    ]
    if not 0 < len(doubtful) <= _MOST:
        return []
    named = find_in(question, also=holdings.councils, is_word=holdings.has_phrase)
    taken = [(mention.start, mention.end) for mention in named]
    sentence = any(word.text[0].islower() for word in typed)
    found = []
    for place, word in doubtful:
        if _within(word, taken):
            continue
        before, after = typed[:place][-1:], typed[place + 1 :][:1]
        beside = (before[0].lower if before else "", after[0].lower if after else "")
        # A name in a sentence is no misspelling of a word, but it may be one of another name.
        is_name = sentence and place > 0 and word.text[0].isupper()
        meant = _meant(word.lower, beside, holdings, is_name=is_name)
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
    holdings: Holdings,
    *,
    is_name: bool,
) -> str | None:
    words, frequency = holdings.words(), holdings.frequency
    if typed in words.counts:
        return None
    near = words.near(typed)
    if is_name:
        near = {
            word: slips
            for word, slips in near.items()
            if slips <= _NAME_SLIPS
            and (words.counts.get(word, 0) >= _NO_NAME or find_in(word, also=holdings.councils))
        }
    scored = {word: math.log(1 + words.expected(word)) - _A_SLIP * slips for word, slips in near.items()}
    for at in range(2, len(typed) - 1) if not is_name else ():
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


def _is_known(word: str, holdings: Holdings) -> bool:
    return holdings.has_phrase(word) or is_everyday(word) or bool(expansions(word))


def _may_be_wrong(word: Word) -> bool:
    lower = word.lower
    if len(lower) < SHORTEST or not word.text.isalpha() or not word.text.isascii() or lower in STOPWORDS:
        return False
    # Capitals are an abbreviation, which letters beside it would make another one.
    return not (word.text.isupper() and len(lower) <= SHORTEST + 2)


def _within(word: Word, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < word.end and word.start < end for start, end in spans)


def _cased(word: str, typed: str) -> str:
    if typed.isupper():
        return word.upper()
    return word.capitalize() if typed[0].isupper() else word
