"""Words of a text, with where they stand, and their stems.

One place says what a word is, so that the lexical query, the highlights and the answer's scores agree with
each other and with the index's own tokeniser (letters and digits; Porter's stems). This module knows no
vocabulary.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from indexer.terms import stem

__all__ = ["STOPWORDS", "Word", "content_stems", "plain", "stem", "stem_of", "stems_at", "words_of"]

_WORD = re.compile(r"[^\W_]+(?:['’ʼ](?:s|t|re|ve|ll|d|m)(?![^\W_]))?", re.I)
_ENDING = re.compile(r"['’ʼ].*")

STOPWORDS = frozenset(Path(__file__).with_name("stopwords.txt").read_text(encoding="utf-8").split())
"""Words that carry no subject: left out of lexical queries and of every count of what a passage covers."""


@dataclass(frozen=True, slots=True)
class Word:
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


@functools.lru_cache(maxsize=65_536)
def stem_of(word: str) -> str:
    """Give the stem of a word as it stands in a text, in any case of letters and with any ending."""
    return stem(plain(word))


def plain(word: str) -> str:
    """Put a word in lower case, without accents and what follows an apostrophe ("didn't", "LAC's")."""
    lowered = _ENDING.sub("", word.lower())
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered)
    return "".join(part for part in parts if not unicodedata.combining(part))


def content_stems(text: str) -> list[str]:
    """List the stems of the words that carry a subject, in order, repeats kept."""
    return [word.stem for word in words_of(text) if word.lower not in STOPWORDS]
