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


@functools.lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Reduce a lower-case word to its stem (Porter 1980, steps 1 to 5), as SQLite's porter tokeniser does."""
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return word
    word = _step_1a(word)
    word = _step_1b(word)
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    word = _replace(word, _STEP_2, 0)
    word = _replace(word, _STEP_3, 0)
    word = _step_4(word)
    if word.endswith("e"):
        base = word[:-1]
        if _measure(base) > 1 or (_measure(base) == 1 and not _short(base)):
            word = base
    if word.endswith("ll") and _measure(word[:-1]) > 1:
        word = word[:-1]
    return word


_STEP_2 = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize", "bli": "ble",
    "alli": "al", "entli": "ent", "eli": "e", "ousli": "ous", "ization": "ize", "ation": "ate", "ator": "ate",
    "alism": "al",
    "iveness": "ive", "fulness": "ful", "ousness": "ous", "aliti": "al", "iviti": "ive", "biliti": "ble",
    "logi": "log",
}  # fmt: skip
_STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
_STEP_4 = (
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ion", "ism", "ate", "iti", "ous", "ive",
    "ize", "al", "er", "ic", "ou",
)  # fmt: skip


def _is_consonant(word: str, at: int) -> bool:
    letter = word[at]
    if letter in "aeiou":
        return False
    return letter != "y" or at == 0 or not _is_consonant(word, at - 1)


def _measure(base: str) -> int:
    forms = "".join("c" if _is_consonant(base, at) else "v" for at in range(len(base)))
    return len(re.findall("v+c+", forms))


def _has_vowel(base: str) -> bool:
    return any(not _is_consonant(base, at) for at in range(len(base)))


def _short(base: str) -> bool:
    """Whether it ends consonant, vowel, consonant, the last not w, x or y ("hop", not "snow")."""
    return (
        len(base) >= 3
        and _is_consonant(base, len(base) - 3)
        and not _is_consonant(base, len(base) - 2)
        and _is_consonant(base, len(base) - 1)
        and base[-1] not in "wxy"
    )


def _step_1a(word: str) -> str:
    if word.endswith("sses") or word.endswith("ies"):
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def _step_1b(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        if word.endswith(ending) and _has_vowel(word[: -len(ending)]):
            base = word[: -len(ending)]
            if base.endswith(("at", "bl", "iz")):
                return base + "e"
            if (
                len(base) > 1
                and base[-1] == base[-2]
                and _is_consonant(base, len(base) - 1)
                and base[-1] not in "lsz"
            ):
                return base[:-1]
            return base + "e" if _measure(base) == 1 and _short(base) else base
    return word


def _replace(word: str, endings: dict[str, str], least: int) -> str:
    for ending in sorted(endings, key=len, reverse=True):
        if word.endswith(ending):
            base = word[: -len(ending)]
            return base + endings[ending] if _measure(base) > least else word
    return word


def _step_4(word: str) -> str:
    for ending in _STEP_4:
        if word.endswith(ending):
            base = word[: -len(ending)]
            if _measure(base) > 1 and (ending != "ion" or base[-1:] in ("s", "t")):
                return base
            return word
    return word
