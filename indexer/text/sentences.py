"""A passage's sentences, with where they stand.

A line break ends a sentence too: it separates list items and paragraphs of a passage. Inspectors' sentences hold "e.g.",
"St. Helens", "2.5%" and lists whose items end without a full stop; a quote must be whole all the same. This
module knows nothing of questions. A change of what is a sentence raises `manifest.FORMAT`: passages that an index
holds already are not split again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENDS = re.compile(r"[.!?]+[\"'’”)\]]*(?=\s|$)|\n+")
_NOT_ENDS = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|mr|mrs|ms|dr|st|no|nos|vs|cf|para|paras|p|pp|approx|inc|ltd|rev|prof|sec|art|fig)|\b[A-Z])\.$",
    re.I,
)
_NEXT = re.compile(r"\s*(\S)")
_LONGEST = 16
"""Characters before a full stop among which its abbreviation stands."""
_SHORTEST = 2
"""Words of the shortest sentence: a lone "Good." or a stray number is no statement."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`passage.text[start:end]`, without the blanks around it."""

    start: int
    end: int
    text: str


def sentences_of(text: str) -> list[Sentence]:
    """Split a text into sentences and list items, in order; together they hold every word of it."""
    found: list[Sentence] = []
    start = 0
    for match in _ENDS.finditer(text):
        end = match.end()
        if not match.group().startswith("\n"):
            found_next = _NEXT.match(text, end)
            following = found_next[1] if found_next else ""
            if following.islower() or (following.isalnum() and _ends_abbreviation(text, start, match)):
                continue
        _add(found, text, start, end)
        start = end
    _add(found, text, start, len(text))
    return found


def _ends_abbreviation(text: str, start: int, end: re.Match[str]) -> bool:
    # No more is looked at than an abbreviation and the letter before it: a text may be all initials.
    match = _NOT_ENDS.search(text[max(start, end.start() - _LONGEST) : end.end()].rstrip("\"'’”)]"))
    if match is None:
        return False
    # "No." and "St." are abbreviations, "no." at a sentence's end is a word; a lone capital is an initial.
    word = match.group()
    return word.lower() not in {"no.", "p.", "art.", "fig."} or word[0].isupper()


def _add(found: list[Sentence], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return
    begin = start + len(piece) - len(piece.lstrip())
    if found and len(stripped.split()) < _SHORTEST and text[found[-1].end : begin].find("\n") < 0:
        last = found.pop()
        found.append(Sentence(last.start, begin + len(stripped), text[last.start : begin + len(stripped)]))
        return
    found.append(Sentence(begin, begin + len(stripped), stripped))
