"""Where a passage says the question's words: spans to mark in its text.

A word matches in any inflection, an abbreviation by what it stands for and the other way round. This module
knows nothing of scores: it marks what a reader would recognise.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from search_api.query import Query
from search_api.words import STOPWORDS, stems_at, words_of

Span = tuple[int, int]


def highlights(text: str, query: Query) -> list[Span]:
    """Find the question's words in a text: (start, end) characters, in order, without overlaps."""
    words = stems_at(text)
    stems = [stem for stem, _, _ in words]
    sought = _sought(query)
    return _merged(
        [
            (words[at][1], words[at + len(phrase) - 1][2])
            for at, stem in enumerate(stems)
            for phrase in sought.get(stem, ())
            if tuple(stems[at : at + len(phrase)]) == phrase
        ]
    )


@functools.lru_cache(maxsize=256)
def _sought(query: Query) -> Mapping[str, Sequence[tuple[str, ...]]]:
    """List the phrases to look for, each as its stems, by the first of them."""
    sought: dict[str, list[tuple[str, ...]]] = {}
    for wording in (*(w for term in query.terms for w in term.wordings), *query.phrases):
        phrase = tuple(word.stem for word in words_of(wording))
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
