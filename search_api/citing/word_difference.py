"""How a quotation differs from what is printed, word by word.

"Exact" has one meaning here, said wherever it is shown: the same characters in the same order, with quote marks,
white space and invisible characters set aside, a full stop or comma at a quoted part's end too, and with words
left out only where the quotation marks it ("…", "[…]") or puts its own in square brackets. Typography is folded
for locating alone. This module knows nothing of indexes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import LCSseq

from indexer.json_value import JsonValue

MEANING_OF_EXACT = (
    "Exact means the same characters in the same order, apart from quote marks, spaces and line breaks, and a full "
    "stop or comma at the end; words may be left out where the quotation says so (… or […])."
)
ChangeKind = Literal["same", "changed", "added", "left out"]

_QUOTE_MARKS = frozenset("\"'“”„‟‘’‚‛′″`´«»‹›")
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_OMISSION = re.compile(r"\[[^\[\]]{0,120}\]|\(\s*(?:…|\.\s?\.\s?\.)\s*\)|…|\.\s?\.\s?\.(?:\s?\.)?")
_EDGES = " .,;:"
_WORD = re.compile(r"\S+")
_LETTERS = re.compile(r"[\W_]+")
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*$")
_DASHES = str.maketrans("‐‑‒–—−", "------")
MOST_WORDS = 1_200
"""Words of a quotation that are aligned, and six times as many of a passage; longer ones are cut."""


@dataclass(frozen=True, slots=True)
class Change(JsonValue):
    """Neighbouring words of one fate; `quoted` is empty for words left out, `printed` for words added."""

    kind: ChangeKind
    quoted: str
    printed: str


@dataclass(frozen=True, slots=True)
class Alignment:
    """The part of a printed text (`start` to `end`, characters) that a quotation is nearest to.

    `similarity` is from 0 to 1: twice the words in common over the words of both.
    """

    start: int
    end: int
    similarity: float
    changes: tuple[Change, ...]


def find_exact(quoted: str, printed: str) -> tuple[int, int] | None:
    """Find where `printed` holds the quotation exactly (see the module), as characters; None where it doesn't."""
    parts = _parts(quoted)
    if not parts:
        return None
    text, places = _folded(printed)
    first, at = -1, 0
    for part in parts:
        found = _find_whole(part, text, at)
        if found < 0:
            return None
        first = found if first < 0 else first
        at = found + len(part)
    return places[first], places[at - 1] + 1


@lru_cache(maxsize=8)
def _parts(quoted: str) -> tuple[str, ...]:
    """Remember a quotation's folded parts while it is looked for in one passage after the other."""
    return tuple(part for part in (fold(p)[0].strip(_EDGES) for p in _OMISSION.split(quoted)) if part)


@lru_cache(maxsize=512)
def _folded(printed: str) -> tuple[str, list[int]]:
    """Remember printed texts: the quotations of one draft are mostly of the same few documents."""
    return fold(printed)


def fold(text: str) -> tuple[str, list[int]]:
    """Set aside what "exact" sets aside; with the place in `text` of each character that is left."""
    kept: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character in _INVISIBLE:
            continue
        if character in _QUOTE_MARKS:
            # An apostrophe inside a word is part of it ("we're" is not "were"), whichever way it is drawn.
            if text[place - 1 : place].isalnum() and text[place + 1 : place + 2].isalnum():
                kept.append("'")
                places.append(place)
            continue
        if character.isspace():
            if kept and kept[-1] != " ":
                kept.append(" ")
                places.append(place)
            continue
        kept.append(character)
        places.append(place)
    return "".join(kept), places


def _find_whole(part: str, text: str, at: int) -> int:
    """Find a part that doesn't begin or end inside a word."""
    while (found := text.find(part, at)) >= 0:
        end = found + len(part)
        cuts = (found > 0 and part[0].isalnum() and text[found - 1].isalnum()) or (
            end < len(text) and part[-1].isalnum() and text[end].isalnum()
        )
        if not cuts:
            return found
        at = found + 1
    return -1


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    key: str
    exact: str
    start: int
    end: int


def align(quoted: str, printed: str) -> Alignment | None:
    """Find the part of `printed` nearest to a quotation and how they differ; None where no word is shared."""
    ours = _quoted_words(quoted)
    theirs = _printed_words(printed)
    pairs = _pairs([w.key for w in ours], [w.key for w in theirs])
    if not pairs:
        return None
    first, last = _densest(pairs)
    low = _widened_down(theirs, pairs[first][1], pairs[first][0])
    high = _widened_up(theirs, pairs[last][1], len(ours) - 1 - pairs[last][0])
    window = theirs[low : high + 1]
    operations = LCSseq.opcodes([w.key for w in ours], [w.key for w in window])
    same = sum(o.src_end - o.src_start for o in operations if o.tag == "equal")
    changes: list[Change] = []
    for o in operations:
        changes += _changes(
            ours[o.src_start : o.src_end], window[o.dest_start : o.dest_end], o.tag == "equal"
        )
    return Alignment(
        window[0].start, window[-1].end, 2 * same / (len(ours) + len(window)), tuple(_joined(changes))
    )


@lru_cache(maxsize=8)
def _quoted_words(quoted: str) -> list[_Word]:
    return _words(quoted, MOST_WORDS)


@lru_cache(maxsize=512)
def _printed_words(printed: str) -> list[_Word]:
    return _words(printed, 6 * MOST_WORDS)


def _words(text: str, most: int) -> list[_Word]:
    found: list[_Word] = []
    for match in _WORD.finditer(text):
        if len(found) == most:
            break
        exact = fold(match.group())[0]
        if not exact:
            continue
        key = _LETTERS.sub("", exact.translate(_DASHES).casefold()) or exact
        found.append(_Word(match.group(), key, exact, match.start(), match.end()))
    return found


def _pairs(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int]]:
    return [
        (o.src_start + step, o.dest_start + step)
        for o in LCSseq.opcodes(ours, theirs)
        if o.tag == "equal"
        for step in range(o.src_end - o.src_start)
    ]


def _densest(pairs: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Find the run of pairs that has most words in common with fewest between them: the rest are chance."""
    best, total, start = (0.0, 0, 0), 0.0, 0
    for place, (ours, theirs) in enumerate(pairs):
        gap = (ours - pairs[place - 1][0] - 1 + theirs - pairs[place - 1][1] - 1) / 2 if place else 0.0
        if total - gap <= 0:
            total, start = 0.0, place
            gap = 0.0
        total += 1 - gap
        if total > best[0]:
            best = (total, start, place)
    return best[1], best[2]


def _widened_down(words: Sequence[_Word], at: int, most: int) -> int:
    while most > 0 and at > 0 and not _SENTENCE_END.search(words[at - 1].text):
        at, most = at - 1, most - 1
    return at


def _widened_up(words: Sequence[_Word], at: int, most: int) -> int:
    while most > 0 and at + 1 < len(words) and not _SENTENCE_END.search(words[at].text):
        at, most = at + 1, most - 1
    return at


def _changes(ours: Sequence[_Word], theirs: Sequence[_Word], same: bool) -> list[Change]:
    if not same:
        quoted, printed = _text(ours), _text(theirs)
        kind: ChangeKind = "changed" if quoted and printed else "added" if quoted else "left out"
        return [Change(kind, quoted, printed)]
    return [
        Change("same" if a.exact.strip(_EDGES) == b.exact.strip(_EDGES) else "changed", a.text, b.text)
        for a, b in zip(ours, theirs, strict=True)
    ]


def _joined(changes: Sequence[Change]) -> list[Change]:
    """Put neighbours of one kind together; words added beside words left out are words changed."""
    joined: list[Change] = []
    for change in changes:
        last = joined[-1] if joined else None
        both = {last.kind, change.kind} if last else set()
        if last and (len(both) == 1 or (both <= {"added", "left out", "changed"})):
            quoted = f"{last.quoted} {change.quoted}".strip()
            printed = f"{last.printed} {change.printed}".strip()
            kind: ChangeKind = last.kind if len(both) == 1 else "changed"
            joined[-1] = Change(kind, quoted, printed)
        else:
            joined.append(change)
    return joined


def _text(words: Sequence[_Word]) -> str:
    return " ".join(word.text for word in words)
