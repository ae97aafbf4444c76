"""A writer's text taken apart: its sentences, and the numbers that each cites.

A citation may stand before or after the full stop, alone or in a list ("[1, 3]", "[1][3]"). What isn't plain
prose (tags, links, code, headings) makes its sentence unusable. This module must not know what is cited.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from indexer.text.sentences import sentences_of

_MARK = r"\[\s*\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\s*\]"
_MARKS = re.compile(_MARK)
_AFTER_STOP = re.compile(rf"([.!?][\"'”’)]*)((?:\s*{_MARK})+)")
_BEFORE_STOP = re.compile(rf"\s*((?:{_MARK}\s*)+)(?=[.!?,;:]|\s|$)")
_NOT_PROSE = re.compile(r"[<>{}|\\`#*_~^=]|https?:|www\.|\]\(|\bjavascript\b|&(?:#|[a-z]+;)", re.I)
_BULLET = re.compile(r"^\s*(?:[-•–]|\d{1,2}[.)])\s+")
MOST_SENTENCES = 12
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class WriterSentence:
    """A sentence without its marks; `cites` are the numbers that they hold, in order, each once.

    `plain` is false where it holds what prose doesn't: a tag, a link, code, characters that can't be seen.
    """

    text: str
    cites: tuple[int, ...]
    plain: bool


def writer_sentences(text: str) -> list[WriterSentence]:
    """Take a writer's text apart, in order; what comes after the first twelve sentences is left unread."""
    # Marks after a full stop belong to the sentence that it ends.
    moved = _AFTER_STOP.sub(lambda m: f" {m[2].strip()}{m[1]}", text[:20_000])
    found = []
    for sentence in sentences_of(moved):
        said = _BULLET.sub("", sentence.text)
        cites = [int(n) for mark in _MARKS.findall(said) for n in re.findall(r"\d+", mark)]
        bare = " ".join(_BEFORE_STOP.sub("", said).split())
        if not any(c.isalpha() for c in bare):
            continue
        found.append(WriterSentence(bare, tuple(dict.fromkeys(cites)), _is_plain(bare)))
        if len(found) == MOST_SENTENCES:
            break
    return found


def _is_plain(text: str) -> bool:
    if len(text) > _LONGEST or _NOT_PROSE.search(text) or "[" in text or "]" in text:
        return False
    return all(unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cn", "Cs") for c in text)
