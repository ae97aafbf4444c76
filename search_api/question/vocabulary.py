"""What people type against what inspectors write: abbreviations, and words that mean the same in this field.

The words themselves are in vocabulary.toml. Expansion only adds ways for a passage to match; it never takes a
passage away. This module knows nothing of filters, of ranking or of any document.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from search_api.question.words import Word, words_of

_NUMBER = re.compile(r"\d{1,3}[a-z]?")
_FILE = Path(__file__).with_name("vocabulary.toml")


@dataclass(frozen=True, slots=True)
class Expansion:
    """`text[start:end]` of a question, and other wordings for it, the usual one first.

    `abbreviation` is true where the typed form stands for the first wording letter by letter.
    """

    start: int
    end: int
    wordings: tuple[str, ...]
    abbreviation: bool


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    abbreviations: Mapping[str, tuple[str, ...]]
    capitals_only: frozenset[str]
    phrases: Mapping[tuple[str, ...], tuple[str, ...]]
    numbered: Mapping[str, str]
    """What a number follows, in short and in full, and its full form."""
    longest: Mapping[str, int]
    """By a first word, the words of the longest phrase that begins with it."""


def expansions(text: str) -> list[Expansion]:
    """List the parts of a text that the field words in another way too, in order, the longest first."""
    vocabulary = _vocabulary()
    words = words_of(text)
    found: list[Expansion] = []
    at = 0
    while at < len(words):
        step = 1
        numbered = _numbered(text, words, at, vocabulary)
        if numbered is not None:
            found.append(numbered)
            at += 2
            continue
        for length in range(min(vocabulary.longest.get(words[at].lower, 1), len(words) - at), 0, -1):
            window = words[at : at + length]
            typed = tuple(word.lower for word in window)
            wordings = vocabulary.phrases.get(typed, ())
            abbreviation = False
            if length == 1:
                meant = _abbreviated(window[0], vocabulary)
                abbreviation = bool(meant)
                wordings = meant or wordings
            if wordings:
                found.append(Expansion(window[0].start, window[-1].end, wordings, abbreviation))
                step = length
                break
        at += step
    return found


def spelled_out(text: str) -> str:
    """Replace every abbreviation by what it stands for, as a sentence encoder needs it."""
    pieces = []
    at = 0
    for expansion in expansions(text):
        if expansion.abbreviation:
            pieces += [text[at : expansion.start], expansion.wordings[0]]
            at = expansion.end
    return "".join([*pieces, text[at:]])


def _numbered(text: str, words: Sequence[Word], at: int, vocabulary: _Vocabulary) -> Expansion | None:
    """Read a numbered part of a law or a report ("reg 44", "section 20"): its number alone says which is meant."""
    whole = vocabulary.numbered.get(words[at].lower)
    if whole is None or at + 1 >= len(words) or not _NUMBER.fullmatch(words[at + 1].lower):
        return None
    between = text[words[at].end : words[at + 1].start]
    if between.strip(". "):
        return None
    number = words[at + 1].lower
    wordings = [f"{whole} {number}"]
    for short, meant in vocabulary.numbered.items():
        if meant == whole:
            wordings += [f"{short} {number}", f"{short}{number}"]
            wordings += vocabulary.abbreviations.get(f"{short}{number}".upper(), ())
    typed = f"{words[at].lower} {number}"
    others = tuple(dict.fromkeys(wording for wording in wordings if wording != typed))
    return Expansion(words[at].start, words[at + 1].end, others, words[at].lower != whole)


def _abbreviated(word: Word, vocabulary: _Vocabulary) -> tuple[str, ...]:
    typed = word.text[: len(word.lower)]
    for form in (typed, typed.removesuffix("s")):
        upper = form.upper()
        meant = vocabulary.abbreviations.get(upper)
        if meant is None or (form != upper and upper in vocabulary.capitals_only):
            continue
        if form != typed:
            # "IROs": the wording in the plural first.
            return tuple(sorted(meant, key=lambda wording: not wording.endswith("s")))
        return meant
    return ()


@functools.cache
def _vocabulary() -> _Vocabulary:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    phrases: dict[tuple[str, ...], list[str]] = {}
    for group in data["same"]:
        for phrase in group["words"]:
            others = [other for other in group["words"] if other != phrase]
            phrases.setdefault(_key(phrase), []).extend(others)
    for phrase, wordings in data["plain"].items():
        phrases.setdefault(_key(phrase), []).extend(wordings)
    longest: dict[str, int] = {}
    for key in phrases:
        longest[key[0]] = max(len(key), longest.get(key[0], 0))
    matching = data["matching"]
    return _Vocabulary(
        abbreviations={short.upper(): tuple(meant) for short, meant in data["abbreviation"].items()},
        capitals_only=frozenset(matching["capitals_only"]) - frozenset(matching["small_too"]),
        phrases={key: tuple(dict.fromkeys(wordings)) for key, wordings in phrases.items()},
        numbered={**data["numbered"], **{whole: whole for whole in data["numbered"].values()}},
        longest=longest,
    )


def _key(phrase: str) -> tuple[str, ...]:
    return tuple(word.lower for word in words_of(phrase))
