"""Texts to terms: what counts as a word of the lexical index, and when two words are the same.

A term is a run of letters and digits in lower case, without accents, reduced to its stem. The index's writer,
its search and the questions asked of it all cut words here, so that they can't disagree. This module knows no
vocabulary and must not know where a text comes from. A change of what is a term raises `manifest.FORMAT`: rows that
an index holds already are not cut again.
"""

from __future__ import annotations

import functools
import re
import unicodedata

_TOKEN = re.compile(r"[^\W_]+")
_COMBINING = re.compile("[\u0300-\u036f]")


def tokens_of(text: str) -> list[str]:
    """List a text's words in order, in lower case and otherwise as they stand; `term_of` makes terms of them."""
    if not text.isascii() and _COMBINING.search(text):
        # A letter and its accent written as two characters would fall apart at the accent.
        text = unicodedata.normalize("NFC", text)
    return _TOKEN.findall(text.lower())


def terms_of(text: str) -> list[str]:
    """List a text's terms in order."""
    return [term_of(token) for token in tokens_of(text)]


def term_of(token: str) -> str:
    """Give the term of a word in lower case."""
    if not token.isascii():
        parts = unicodedata.normalize("NFD", token)
        token = "".join(part for part in parts if not unicodedata.combining(part))
    return stem(token)


@functools.lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Reduce a lower-case word to its stem (Porter 1980, steps 1 to 5), as SQLite's porter tokeniser does."""
    if len(word) < 3 or not word.isascii():
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


def _forms(word: str) -> str:
    """Write c for each consonant and v for each vowel, which a y is after a consonant; in one pass, whatever its length."""
    forms = []
    before = "v"
    for letter in word:
        before = "v" if letter in "aeiou" or (letter == "y" and before == "c") else "c"
        forms.append(before)
    return "".join(forms)


def _measure(base: str) -> int:
    return _forms(base).count("vc")


def _has_vowel(base: str) -> bool:
    return "v" in _forms(base)


def _short(base: str) -> bool:
    """Whether it ends consonant, vowel, consonant, the last not w, x or y ("hop", not "snow")."""
    return _forms(base).endswith("cvc") and base[-1] not in "wxy"


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
                and _forms(base).endswith("c")
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
