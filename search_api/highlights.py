"""Where a passage says the question's words: spans to mark in its text.

A word matches in any inflection, an abbreviation by what it stands for and the other way round. This module
knows nothing of scores: it marks what a reader would recognise.
"""

from __future__ import annotations

from collections.abc import Sequence

from search_api.query import Query
from search_api.words import STOPWORDS, Word, words_of

Span = tuple[int, int]


def highlights(text: str, query: Query) -> list[Span]:
    """Find the question's words in a text: (start, end) characters, in order, without overlaps."""
    words = words_of(text)
    stems = [word.stem for word in words]
    sought: list[list[str]] = []
    for phrase in (*(w for term in query.terms for w in term.wordings), *query.phrases):
        sought.append([word.stem for word in words_of(phrase)])
    spans = []
    for phrase_stems in sorted(sought, key=len, reverse=True):
        spans += _occurrences(words, stems, phrase_stems)
    return _merged(spans)


def _occurrences(words: Sequence[Word], stems: Sequence[str], phrase: Sequence[str]) -> list[Span]:
    if not phrase or (len(phrase) == 1 and phrase[0] in STOPWORDS):
        return []
    length = len(phrase)
    return [
        (words[at].start, words[at + length - 1].end)
        for at in range(len(words) - length + 1)
        if stems[at] == phrase[0] and list(stems[at : at + length]) == list(phrase)
    ]


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(set(spans)):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
