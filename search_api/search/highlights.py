"""Where a passage says the question's words: spans to mark in its text.

A word matches in any inflection, an abbreviation by what it stands for and the other way round. This module
knows nothing of scores: it marks what a reader would recognise.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence

from search_api.question.operators import phrases_of
from search_api.question.query import Query
from search_api.question.words import STOPWORDS, stem_of, stems_at, word_at, word_from, words_of

Span = tuple[int, int]
_Phrases = Sequence[tuple[str, ...]]
_BEYOND_ASCII = re.compile(r"[^\W_\x00-\x7f]")


def highlights(text: str, query: Query) -> list[Span]:
    """Find the question's words in a text: (start, end) characters, in order, without overlaps."""
    sought = _sought(query)
    return _merged(
        [
            (start, end)
            for start, phrases in _first_words(text, sought)
            for phrase in phrases
            if (end := _end_of(text, start, phrase)) is not None
        ]
    )


def _first_words(text: str, sought: Mapping[str, _Phrases]) -> Iterator[tuple[int, _Phrases]]:
    """Where a word stands that some phrases begin with, and these phrases."""
    lower = text.lower()
    if len(lower) != len(text) or _BEYOND_ASCII.search(text):
        # A letter with an accent may be any letter.
        yield from ((start, sought[stem]) for stem, start, _ in stems_at(text) if stem in sought)
        return
    for stem, phrases in sought.items():
        for beginning in _beginnings(stem):
            at = lower.find(beginning)
            while at >= 0:
                if at == 0 or not lower[at - 1].isalnum():
                    word = word_at(text, at)
                    if word is not None and stem_of(word.group()) == stem:
                        yield at, phrases
                at = lower.find(beginning, at + 1)


def _beginnings(stem: str) -> Sequence[str]:
    """How a word of a stem may begin: its last two letters may be the stemmer's, and an i have been a y."""
    kept = stem[: max(2, len(stem) - 2)]
    if len(kept) == 2 and kept[1] in "iy":
        return (f"{kept[0]}i", f"{kept[0]}y")
    return (kept,)


def _end_of(text: str, start: int, phrase: Sequence[str]) -> int | None:
    """Where a phrase ends that begins with the word at `start`; None where other words follow."""
    at = start
    for stem in phrase:
        word = word_from(text, at)
        if word is None or stem_of(word.group()) != stem:
            return None
        at = word.end()
    return at


@functools.lru_cache(maxsize=256)
def _sought(query: Query) -> Mapping[str, _Phrases]:
    """List the phrases to look for, each as its stems, by the first of them."""
    sought: dict[str, list[tuple[str, ...]]] = {}
    for wording in (
        *(w for term in query.terms for w in term.wordings),
        *(phrase for group in query.required for sought in group for phrase in phrases_of(sought.words)),
    ):
        phrase = tuple(stem_of(word.text) for word in words_of(wording))
        if phrase and not (len(phrase) == 1 and phrase[0] in STOPWORDS):
            sought.setdefault(phrase[0], []).append(phrase)
    return sought


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(set(spans)):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
