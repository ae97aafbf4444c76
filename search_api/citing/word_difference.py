"""How a quotation differs from what is printed, word by word.

"Exact" has one meaning here, said wherever it is shown: the same characters in the same order, with quote marks,
white space, line breaks (in a word too), invisible characters, ligatures and capitals set aside, a full stop or comma
at a quoted part's end too, and with words left out only where the quotation marks it ("…", "[…]") or puts its own
letters or words in square brackets ("[T]he"). Dashes are folded for locating alone. This module knows nothing of indexes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import LCSseq

from indexer.json_value import JsonValue

MEANING_OF_EXACT = (
    "Exact means the same characters in the same order, apart from quote marks, capitals, spaces, line breaks and "
    "ligatures, and a full stop or comma at the end; words may be left out or put in where the quotation says so "
    "(… or […])."
)
ChangeKind = Literal["same", "changed", "added", "left out"]

_QUOTE_MARKS = frozenset("\"'“”„‟‘’‚‛′″`´«»‹›")
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_OMISSION = re.compile(r"\[[^\[\]]{0,120}\]|\(\s*(?:…|\.\s?\.\s?\.)\s*\)|…|\.\s?\.\s?\.(?:\s?\.)?")
_BROKEN = re.compile(r"(?<=[^\W\d_])-[^\S\n]*\n\s*(?=[^\W\d_])")
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
    text, places = _folded(printed)
    for parts in _readings(quoted):
        first, at = -1, 0
        for part in parts:
            found = _find_whole(part, text, at)
            if found < 0:
                break
            first = found if first < 0 else first
            at = found + len(part.text)
        else:
            return places[first], places[at - 1] + 1
    return None


@dataclass(frozen=True, slots=True)
class _DifferencePart:
    """Words of a quotation, folded; `cut_before` and `cut_after` say that brackets stand for the rest of a word."""

    text: str
    cut_before: bool
    cut_after: bool


@lru_cache(maxsize=8)
def _readings(quoted: str) -> tuple[tuple[_DifferencePart, ...], ...]:
    """Remember a quotation's folded parts while it is looked for in one passage after the other.

    Two readings where a line's end follows a hyphen: the word may have the hyphen, or only be broken there.
    """
    ways = ("-", "") if _BROKEN.search(quoted) else ("-",)
    found = (tuple(_parts(_BROKEN.sub(way, quoted))) for way in ways)
    return tuple(parts for parts in found if parts)


def _parts(quoted: str) -> Iterator[_DifferencePart]:
    at = 0
    cut_before = False
    for match in (*_OMISSION.finditer(quoted), None):
        words = quoted[at : match.start() if match else len(quoted)]
        editor = match is not None and match.group()[0] == "["
        folded = fold(words)[0].strip(_EDGES)
        if folded:
            yield _DifferencePart(folded, cut_before and words[:1].isalnum(), editor and words[-1:].isalnum())
        if match:
            at, cut_before = match.end(), editor


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
        for letter in _letters(character):
            kept.append(letter)
            places.append(place)
    return "".join(kept), places


@lru_cache(maxsize=4096)
def _letters(character: str) -> str:
    """A character in lower case, a ligature or wide letter as the letters that it stands for; no raised figure is one."""
    if character.isalnum() and unicodedata.decomposition(character).startswith(("<compat>", "<wide>")):
        character = unicodedata.normalize("NFKC", character)
    return character.casefold()


def _find_whole(part: _DifferencePart, text: str, at: int) -> int:
    """Find a part that doesn't begin or end inside a word, unless brackets stand for the word's rest."""
    words = part.text
    while (found := text.find(words, at)) >= 0:
        end = found + len(words)
        cut_before = found > 0 and words[0].isalnum() and text[found - 1].isalnum()
        cut_after = end < len(text) and words[-1].isalnum() and text[end].isalnum()
        if cut_before <= part.cut_before and cut_after <= part.cut_after:
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
