"""Where a text quotes: words between quote marks, and block quotes.

People write quote marks in every way: curly, straight, single, one that opens each paragraph and closes only the
last. Words so few that they may be a term in inverted commas aren't taken for a quotation; they are counted.
This module knows nothing of documents.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

SHORTEST = 4
"""Words of the shortest quotation that is looked up: fewer are a term, or what anybody might write."""

_CLOSINGS = 20
"""Marks looked at for the end of a quotation in single marks, of which most are apostrophes."""

LONGEST = 6_000
"""Characters from an opening to a closing mark; what lies further apart is no pair."""

_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_BLOCK = re.compile(r"(?:^[ \t]*>[^\n]*(?:\n|$))+", re.M)
_ATTRIBUTION = re.compile(r"\s*(?:—|–|--|-|\(|\[)")
_CONTINUED = re.compile(r"(?<=\n)([^\S\n]*)“")
_STRAIGHT = re.compile(r'(?<![\w"])"(?=\S)([^"]{1,6000}?)(?<=\S)"(?!\w)')
_CLOSING_SINGLE = re.compile(r"(?<=\S)[’'](?![\w’'])")
_OPENING_SINGLE = re.compile(r"(?<![\w’'])[‘'](?=\w)")


@dataclass(frozen=True, slots=True)
class Quotation:
    """Quoted words; `start` and `end` are the characters of the text from mark to mark, marks included."""

    start: int
    end: int
    text: str
    form: Literal["marks", "block"]


def quotations(text: str) -> tuple[list[Quotation], int]:
    """List the quotations of a text in order, and count the quoted words too few to be looked up.

    No two overlap: of nested ones the outermost is taken.
    """
    found: list[Quotation] = []
    taken = bytearray(len(text))
    for candidates in (_blocks(text), _curly(text), _straight(text), _single(text)):
        free = [q for q in candidates if not any(taken[q.start : q.end])]
        for quotation in free:
            taken[quotation.start : quotation.end] = b"\1" * (quotation.end - quotation.start)
        found += free
    found.sort(key=lambda q: q.start)
    whole = [q for q in found if len(q.text.split()) >= SHORTEST]
    return whole, len(found) - len(whole)


def _blocks(text: str) -> list[Quotation]:
    found = []
    for match in _BLOCK.finditer(text):
        lines = [line.strip().lstrip(">").strip() for line in match.group().strip("\n").split("\n")]
        while lines and (not lines[-1] or (len(lines) > 1 and _ATTRIBUTION.match(lines[-1]))):
            lines.pop()
        words = "\n".join(lines).strip()
        words = words[1:-1] if words[:1] in '“"‘' and words[-1:] in '”"’' else words
        if words:
            found.append(
                Quotation(match.start(), match.start() + len(match.group().rstrip()), words, "block")
            )
    return found


def _curly(text: str) -> list[Quotation]:
    found: list[Quotation] = []
    opened: int | None = None
    depth = 0
    for match in re.finditer("[“”„]", text):
        at = match.start()
        if match.group() == "”":
            if opened is not None:
                depth -= 1
                if depth <= 0:
                    found.append(_marked(text, opened, at + 1))
                    opened = None
            continue
        if opened is None or at - opened > LONGEST:
            opened, depth = at, 1
        elif not text[max(0, at - 40) : at].rstrip(" \t").endswith("\n"):
            depth += 1
        # An opening mark that begins a paragraph while another is open goes on with the same quotation.
    return found


def _marked(text: str, start: int, end: int) -> Quotation:
    inside = _CONTINUED.sub(r"\1", text[start + 1 : end - 1])
    return Quotation(start, end, inside.strip(), "marks")


def _straight(text: str) -> list[Quotation]:
    found = []
    for first, last in _paragraphs(text):
        for match in _STRAIGHT.finditer(text, first, last):
            found.append(Quotation(match.start(), match.end(), match.group(1).strip(), "marks"))
    return found


def _single(text: str) -> list[Quotation]:
    found = []
    for first, last in _paragraphs(text):
        at = first
        # Found once for all openings: a text may open thousands that it never closes.
        marks = [match.start() for match in _CLOSING_SINGLE.finditer(text, first, last)]
        while (opening := _OPENING_SINGLE.search(text, at, last)) is not None:
            # The apostrophe of "parents' views" looks like a closing mark: one that isn't after an s is surer.
            begin = bisect_left(marks, opening.end())
            closings = [m for m in marks[begin : begin + _CLOSINGS] if m < opening.end() + LONGEST]
            sure = [m for m in closings if text[m - 1] not in "sS"] or closings
            if not sure:
                at = opening.end()
                continue
            words = text[opening.end() : sure[0]].strip()
            found.append(Quotation(opening.start(), sure[0] + 1, words, "marks"))
            at = sure[0] + 1
    return found


def _paragraphs(text: str) -> list[tuple[int, int]]:
    ends = [match.start() for match in _PARAGRAPH_END.finditer(text)]
    return list(zip([0, *ends], [*ends, len(text)], strict=True))
