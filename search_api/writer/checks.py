"""Whether a writer's sentence is one that its source has, whole: the checks that decide if it may be shown.

A writer may choose sentences, put them in an order and introduce them by words of a closed list, and nothing else. A
sentence that is shortened or put in other words loses what its truth hangs on, who said it, whether, when, on what
condition, and no list of words that we tried found out often enough (docs/decisions/0031-writer-and-citing.md). This module knows
nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from indexer.text.sentences import Sentence, sentences_of
from search_api.citing.word_difference import find_exact

_WORD = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W_]+(?:['’-][^\W_]+)*|[%£$€&+=<>@#]")
_QUOTED = re.compile(r"[“\"]([^“”\"]*)[”\"]")
_ENDED = re.compile(r"[.!?]['\"”’)\]]*\s*$")
_LINKS = ("also", "in addition", "additionally", "furthermore", "moreover", "further")
_ADDED = re.compile(rf"(?:{'|'.join(_LINKS)}),?\s+", re.IGNORECASE)
_DROPPED = re.compile(
    rf"(?:{'|'.join(_LINKS)}|however|overall|therefore|as a result|for example),\s+", re.IGNORECASE
)
_REPORTED = re.compile(
    r"(?:the\s+)?(inspectors|report|document)\s+(?:found|said|says|reported|reports|noted|notes|wrote|states|stated)"
    r"(?:\s+that\b|[:,]?\s+(?=[“\"]))\s*",
    re.IGNORECASE,
)
_PLACED = re.compile(r"(?:in|at)\s+([^,]{3,80}),\s+", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\s*\((?:(?:see|paragraphs?|pages?|sections?|recommendations?|tables?|figures?|annex|appendix|and|to)\b|[\d\s.,;–-])+\)",
    re.IGNORECASE,
)
MOST_TOGETHER = 4
"""Sentences of a source that are tried as one: where a sentence ends, writers and readers don't always agree."""


def statements_of(text: str, start: int = 0, end: int | None = None) -> list[str]:
    """Give what can be quoted alone of `text` from `start` to `end`, in order: sentences, and runs of a few.

    An item of a list says nothing without what leads to it: it can be quoted from there on alone. What the
    part from `start` to `end` cuts can't be quoted at all.
    """
    end = len(text) if end is None else end
    sentences = sentences_of(text)
    found = []
    governed = False
    for place, first in enumerate(sentences):
        alone = not governed and (place == 0 or not _leads(sentences[place - 1]))
        governed = governed or first.text.rstrip().endswith(":")
        if first.start < start or not alone:
            continue
        for last in range(place, min(place + MOST_TOGETHER, len(sentences))):
            if sentences[last].end > end:
                break
            if _ENDED.search(sentences[last].text) or last == len(sentences) - 1:
                found.append(text[first.start : sentences[last].end])
    return found


def _leads(sentence: Sentence) -> bool:
    return sentence.text.rstrip().endswith((":", ";", ",", "–", "-"))


def check(sentence: str, statements: Sequence[str], names: Iterable[str]) -> str | None:
    """Say why a sentence may not be shown beside a source of these statements; None where it may.

    `names` are what is known of the source besides its words: its council, and "inspectors" where it is theirs.
    """
    known = {name.lower() for name in names} | {"report", "document"}
    said = [tuple(_words(form)) for form in _forms(sentence, known)]
    for statement in statements:
        plain = _REFERENCE.sub("", statement)
        kept = (statement, plain, *(_DROPPED.sub("", text, count=1) for text in (statement, plain)))
        held = {tuple(_words(text)) for text in kept}
        if any(form and form in held for form in said):
            return _quotes(sentence, statement)
    return "it isn't a whole sentence of its source"


def _forms(sentence: str, known: set[str]) -> list[str]:
    """The sentence as it stands, and without each introduction of the closed list that it begins with."""
    forms = [sentence]
    if match := _ADDED.match(sentence):
        forms.append(sentence := sentence[match.end() :])
    if (match := _PLACED.match(sentence)) and match[1].lower() in known:
        forms.append(sentence := sentence[match.end() :])
    if (match := _REPORTED.match(sentence)) and match[1].lower() in known:
        forms.append(sentence[match.end() :])
    return forms


def _quotes(sentence: str, source: str) -> str | None:
    if len(re.findall(r"[“”\"]", sentence)) % 2:
        return "it opens a quotation that it doesn't close"
    for quoted in _QUOTED.findall(sentence):
        if quoted.strip() and find_exact(quoted, source) is None:
            return "it quotes words that its source doesn't have"
    return None


def _words(text: str) -> list[str]:
    return [word.replace("’", "'").lower() for word in _WORD.findall(text)]
