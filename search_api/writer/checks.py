"""Whether one source says what a writer's sentence says: the checks that decide if it may be shown.

Each check can only refuse. A sentence stands if a single source that it cites passes all of them: its quotes are
in the source; so are its numbers, in their order, and its names; it adds and leaves out no "not", "should" or
"some", and no judgement; its words are the source's, in about their order; and its meaning, by the index's own
encoder, is near. The bars are calibrated by `-m eval writer`. This module knows nothing of models.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from indexer.text.councils import find_in
from indexer.text.sentences import sentences_of
from search_api.citing.word_difference import find_exact

Encode = Callable[[list[str]], NDArray[np.float32]]
"""Vectors of length 1 for texts, shape (number of texts, dimension)."""

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|%|[.;:!?]")
_QUOTED = re.compile(r"[“\"]([^“”\"]*)[”\"]")
_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
          "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS = {word: str(n) for n, word in enumerate(_UNITS)} | {w: str(10 * n) for n, w in enumerate(_TENS, 2)}
_PARTS = {"half": "1/2", "halves": "1/2", "third": "1/3", "thirds": "1/3", "quarter": "1/4", "quarters": "1/4",
          "fifth": "1/5", "fifths": "1/5", "tenth": "1/10", "dozen": "12", "hundred": "100", "thousand": "1000",
          "twice": "x2", "double": "x2", "doubled": "x2", "once": "x1", "per cent": "%", "percent": "%"}  # fmt: skip
_SUFFIXES = (
    "ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "edly", "ed", "es", "ly", "s", "e", "y",
)  # fmt: skip
_PREFIXES = ("un", "in", "im", "ir", "dis", "mis", "non", "under", "over", "de")
_ADDS = 2
"""Content words that a further sentence of the source must add to be one that the written sentence rests on."""
_SCOPE = 6
"""Tokens after a "not", a "should" or a "some" that it may govern."""


@dataclass(frozen=True, slots=True)
class Bars:
    """What a sentence must reach, each from 0 to 1: of its words in the source, in order, and the cosine."""

    coverage: float = 0.85
    order: float = 0.75
    cosine: float = 0.6


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is None for a sentence that its source supports; the measures are 0 where a check came first."""

    reason: str | None
    coverage: float = 0.0
    order: float = 0.0
    cosine: float = 0.0


@dataclass(frozen=True, slots=True)
class _Lexicon:
    kept: dict[str, frozenset[str]]
    polar: frozenset[str]
    neutral: frozenset[str]
    stop: frozenset[str]

    def is_content(self, word: str) -> bool:
        # Numbers have a check of their own, in which "twelve" is 12.
        numeral = word in _NUMBERS or word in _PARTS
        return len(word) > 2 and word not in self.stop and word[0].isalpha() and not numeral


def check(
    sentence: str, source: str, names: Iterable[str], encode: Encode | None, bars: Bars | None = None
) -> Verdict:
    """Say whether `source` supports a sentence, and if not, why.

    `names` are what is known of the source besides its words (its council, its date as written), which a
    sentence may name too. Without `encode` the nearness of meaning isn't measured.
    """
    bars = bars or Bars()
    about = " ".join(names)
    # A "not" or a figure elsewhere in a long quote is another statement's.
    part = nearest_part(sentence, source)
    for refuse, held in ((_quotes, source), (_numbers, part), (_names, source), (_kept_words, part)):
        reason = refuse(sentence, held, about)
        if reason:
            return Verdict(reason)
    coverage, order = overlap(sentence, f"{about} . {source}")
    cosine = nearness(sentence, source, encode) if encode else 1.0
    reason = None
    if coverage < bars.coverage:
        reason = "it has words that its source doesn't have"
    elif order < bars.order:
        reason = "it puts its source's words in another order"
    elif cosine < bars.cosine:
        reason = "its meaning is not near enough to its source's"
    return Verdict(reason, coverage, order, cosine)


def overlap(sentence: str, source: str) -> tuple[float, float]:
    """Measure how many of a sentence's content words the source has, and how many in the source's order."""
    lexicon = _lexicon()
    said = [word for word in _words(sentence) if lexicon.is_content(word)]
    theirs = [_stem(word) for word in _words(source) if lexicon.is_content(word)]
    known = set(theirs)
    telling = [_stem(word) in known for word in said if word not in lexicon.neutral]
    held = [_stem(word) for word in said if _stem(word) in known]
    if not telling or not held:
        return 0.0, 0.0
    return sum(telling) / len(telling), LCSseq.similarity(held, theirs) / len(held)


def nearest_part(sentence: str, source: str) -> str:
    """Find the sentences of a source that a sentence is made of: the most alike, and those that add to it."""
    lexicon = _lexicon()
    ours = {_stem(w) for w in _words(sentence) if lexicon.is_content(w) and w not in lexicon.neutral}
    parts = sentences_of(source)
    held = [ours & {_stem(w) for w in _words(part.text)} for part in parts]
    chosen: list[int] = []
    said: set[str] = set()
    for place in sorted(range(len(parts)), key=lambda n: (-len(held[n]), len(parts[n].text))):
        if not chosen or len(held[place] - said) >= _ADDS:
            chosen.append(place)
            said |= held[place]
    return "\n".join(parts[place].text for place in sorted(chosen))


def nearness(sentence: str, source: str, encode: Encode) -> float:
    """Measure the cosine of a sentence and the nearest of its source: a sentence of it, or the whole."""
    parts = [part.text for part in sentences_of(source)]
    vectors = encode([sentence, source, *parts])
    return float(np.max(vectors[1:] @ vectors[0]))


def _quotes(sentence: str, source: str, _: str) -> str | None:
    if len(re.findall(r"[“”\"]", sentence)) % 2:
        return "it opens a quotation that it doesn't close"
    for quoted in _QUOTED.findall(sentence):
        if quoted.strip() and find_exact(quoted, source) is None:
            return "it quotes words that its source doesn't have"
    return None


def _numbers(sentence: str, source: str, about: str) -> str | None:
    ours, theirs = numbers_of(sentence), numbers_of(source)
    years = {n for n in numbers_of(about) if len(n) == 4}
    rest = iter(theirs)
    for number in ours:
        if not any(number == held for held in rest):
            if number in years and number not in theirs:
                rest = iter(theirs)
                continue
            return "it has a number that its source doesn't have, or has elsewhere"
    return None


def numbers_of(text: str) -> list[str]:
    """List a text's numbers in order, digits and words alike; "21", "twenty-one", "two-thirds" are one each."""
    lowered = re.sub(r"\bper\s+cent\b", "percent", text.lower())
    found: list[str] = []
    for token in re.findall(r"\d+(?:[.,]\d+)*|[a-z]+|%", lowered):
        if token[0].isdigit():
            found.append(token.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+", token) else token)
        elif token in _NUMBERS:
            tens = (
                found
                and token in _UNITS[1:10]
                and found[-1] in ("20", "30", "40", "50", "60", "70", "80", "90")
            )
            if tens and re.search(rf"{_word_of(found[-1])}[\s-]{token}\b", lowered):
                found[-1] = str(int(found[-1]) + int(_NUMBERS[token]))
            else:
                found.append(_NUMBERS[token])
        elif token in _PARTS or token in ("percent", "%"):
            found.append(_PARTS.get(token, "%"))
    return found


def _word_of(tens: str) -> str:
    return f"(?:{_TENS[int(tens) // 10 - 2]})"


def _names(sentence: str, source: str, about: str) -> str | None:
    lexicon = _lexicon()
    # "Somerset" is a word of "Bath and North East Somerset", and another council.
    if _councils(sentence) - _councils(source) - _councils(about):
        return "it names something that its source doesn't name"
    known = {w.lower() for w in _raw_words(source)} | {w.lower() for w in _raw_words(about)}
    ordinary = lexicon.stop | lexicon.neutral | lexicon.polar | set().union(*lexicon.kept.values())
    for place, word in enumerate(_raw_words(sentence)):
        if not word[0].isupper():
            continue
        bare = re.sub(r"['’]s?$", "", word.lower())
        if bare in known or word.lower() in known or (place == 0 and bare in ordinary):
            continue
        return "it names something that its source doesn't name"
    return None


def _councils(text: str) -> set[str]:
    return {mention.name for mention in find_in(text) if mention.how != "misspelling"}


def _kept_words(sentence: str, source: str, about: str) -> str | None:
    lexicon = _lexicon()
    ours, theirs = _words(sentence), _words(source)
    known, stems = set(theirs) | set(_words(about)), {_stem(w) for w in theirs}
    for word in ours:
        if word in known:
            continue
        if any(word in words for words in lexicon.kept.values()):
            return f"it adds “{word}”"
        if word in lexicon.polar and _stem(word) not in stems:
            return f"it adds the judgement “{word}”"
        if _is_opposite(word, stems) or any(_is_opposite(held, {_stem(word)}) for held in set(theirs)):
            return f"it turns “{word}” round"
    negations = lexicon.kept["negation"]
    if sum(w in negations for w in ours) > sum(w in negations for w in theirs):
        return "it adds a negation"
    for name, words in lexicon.kept.items():
        for reason in (_left_out(ours, theirs, words, name), _left_out(theirs, ours, words, "")):
            if reason:
                return reason
    return None


def _left_out(ours: Sequence[str], theirs: Sequence[str], words: frozenset[str], name: str) -> str | None:
    """Find a word of a class that governs something in `theirs` which `ours` says with fewer of the class."""
    here, there = _strengths(ours, words), _strengths(theirs, words)
    said = {_stem(word) for word in ours if _lexicon().is_content(word)}
    # "Not always timely" is turned round by "timely"; of "some" and "should", the next word tells.
    most = 3 if words is _lexicon().kept["negation"] else 1
    for word, governed in _governing(theirs, words):
        if any(stem in said and there[stem] > here.get(stem, 0.0) for stem in governed[:most]):
            return f"it leaves out “{word}”" if name else f"it moves “{word}”"
    return None


def _strengths(tokens: Sequence[str], words: frozenset[str]) -> dict[str, float]:
    """Count, for each governed stem, the words of a class that govern it, by the times that it is said."""
    times = Counter(_stem(token) for token in tokens)
    governors = Counter(stem for _, governed in _governing(tokens, words) for stem in set(governed))
    return {stem: count / times[stem] for stem, count in governors.items()}


def _governing(tokens: Sequence[str], words: frozenset[str]) -> list[tuple[str, list[str]]]:
    """List each word of a class with the stems of up to three content words after it, in its clause."""
    lexicon = _lexicon()
    found = []
    for place, token in enumerate(tokens):
        if token not in words:
            continue
        governed: list[str] = []
        for following in tokens[place + 1 : place + 1 + _SCOPE]:
            if following in ".;:!?":
                break
            if lexicon.is_content(following) and following not in words:
                governed.append(_stem(following))
            if len(governed) == 3:
                break
        found.append((token, governed))
    return found


def _is_opposite(word: str, stems: set[str]) -> bool:
    return any(
        word.startswith(prefix) and len(word) - len(prefix) > 3 and _stem(word[len(prefix) :]) in stems
        for prefix in _PREFIXES
    )


def _words(text: str) -> list[str]:
    return [token.replace("’", "'").lower() for token in _TOKEN.findall(text)]


def _raw_words(text: str) -> list[str]:
    return [token for token in _TOKEN.findall(text) if token[0].isalpha()]


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    word = re.sub(r"'s?$", "", word)
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            bare = word[: -len(suffix)]
            return bare[:-1] if len(bare) > 3 and bare[-1] == bare[-2] and suffix in ("ing", "ed") else bare
    return word


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    data = tomllib.loads(Path(__file__).with_name("writer_words.toml").read_text(encoding="utf-8"))
    return _Lexicon(
        kept={name: frozenset(words) for name, words in data["kept"].items()},
        polar=frozenset(data["words"]["polar"]),
        neutral=frozenset(data["words"]["neutral"]),
        stop=frozenset(data["words"]["stop"]),
    )
