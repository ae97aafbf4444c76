"""Words of a text, with where they stand, and their stems.

One place says what a word is, so that the lexical query, the highlights and the answer's scores agree with
each other and with the index's own tokeniser (letters and digits; Porter's stems). This module knows no
vocabulary.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

from indexer.text.terms import stem

__all__ = ["STOPWORDS", "Word", "content_stems", "plain", "stem", "stem_of", "stems_at", "words_of"]

_APOSTROPHES = "'’ʼ"
_SHORT = re.compile(rf"[{_APOSTROPHES}](?:s|t|re|ve|ll|d|m)(?![^\W_])", re.I)
_WORD = re.compile(rf"[^\W_]+(?:{_SHORT.pattern})?", re.I)
_ENDING = re.compile(r"['’ʼ].*")

STOPWORDS = frozenset(Path(__file__).with_name("stopwords.txt").read_text(encoding="utf-8").split())
"""Words that carry no subject: left out of lexical queries and of every count of what a passage covers."""


class Word(NamedTuple):
    """`source[start:end]`, its lower-case form without accents or apostrophes, and its stem."""

    text: str
    start: int
    end: int
    lower: str

    @property
    def stem(self) -> str:
        """The word's stem, shared by its inflections."""
        return stem(self.lower)


def words_of(text: str) -> list[Word]:
    """List the words of a text in order; a possessive ending is part of `text` and not of `lower`."""
    return [
        Word(match.group(), match.start(), match.end(), plain(match.group()))
        for match in _WORD.finditer(text)
    ]


def stems_at(text: str) -> list[tuple[str, int, int]]:
    """List the stems of a text's words in order, each with where its word stands; quicker than `words_of`."""
    return [(stem_of(match.group()), *match.span()) for match in _WORD.finditer(text)]


def word_at(text: str, start: int) -> re.Match[str] | None:
    """Find the word that begins at `start`, where no letter or digit stands before it; None where none does."""
    if start >= 2 and text[start - 1] in _APOSTROPHES and _WORD.match(text, start - 2):
        # What looks like a word may be the ending of the one before ("Leeds's").
        ending = _SHORT.match(text, start - 1)
        if ending is not None:
            return None
    return _WORD.match(text, start)


def word_from(text: str, start: int) -> re.Match[str] | None:
    """Find the first word that begins at `start`, the end of another, or after it."""
    return _WORD.search(text, start)


@functools.lru_cache(maxsize=65_536)
def stem_of(word: str) -> str:
    """Give the stem of a word as it stands in a text, in any case of letters and with any ending."""
    return stem(plain(word))


def plain(word: str) -> str:
    """Put a word in lower case, without accents and what follows an apostrophe ("didn't", "LAC's")."""
    lowered = word.lower()
    if lowered.isalnum() and lowered.isascii():
        return lowered
    lowered = _ENDING.sub("", lowered)
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered)
    return "".join(part for part in parts if not unicodedata.combining(part))


def content_stems(text: str) -> list[str]:
    """List the stems of the words that carry a subject, in order, repeats kept."""
    return [word.stem for word in words_of(text) if word.lower not in STOPWORDS]
