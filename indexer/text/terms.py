"""Texts to terms: what counts as a word of the lexical index, and when two words are the same.

A term is a run of letters and digits in lower case, without accents, reduced to its stem. The index's writer,
its search and the questions asked of it all cut words here, so that they can't disagree. This module
must not know where a text comes from. A change of what is a term raises `manifest.FORMAT`: rows that
an index holds already are not cut again.
"""

from __future__ import annotations

import functools
import re
import unicodedata

import Stemmer

_PORTER = Stemmer.Stemmer("porter", 0)  # No cache of its own: `stem` has one.
_TOKEN = re.compile(r"[^\W_]+")
_COMBINING = re.compile("[\u0300-\u036f]")
_COMPATIBLE = re.compile("[\ufb00-\ufb4f\uff01-\uff5e\u0132\u0133\u01c4-\u01cc\u01f1-\u01f3]+")
"""Ligatures and wide letters: the same letters in another shape."""


def tokens_of(text: str) -> list[str]:
    """List a text's words in order, in lower case and otherwise as they stand; `term_of` makes terms of them."""
    if not text.isascii() and _COMBINING.search(text):
        # A letter and its accent written as two characters would fall apart at the accent.
        text = unicodedata.normalize("NFC", text)
    if not text.isascii() and _COMPATIBLE.search(text):
        text = _COMPATIBLE.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
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
    """Reduce a lower-case word to its stem, as SQLite's porter tokeniser does (Porter 1980, with his two later rules)."""
    if len(word) < 3 or not word.isascii():
        return word
    found: str = _PORTER.stemWord(word)
    if found.endswith("logi") and len(found) > 5:
        return found[:-1]
    return str(_PORTER.stemWord(f"{found[:-1]}e")) if found.endswith("bli") and len(found) > 4 else found
