"""Operators of a question, as people type them into a search: "as it stands", -word, NOT, AND, OR, supervis*.

In capitals NOT, AND and OR are operators; in small letters they are words. NOT after a verb ("had NOT improved") is a
negation that somebody stresses, and a question in capitals throughout has no operator in capitals. This module must not
know what a filter or a passage is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from indexer.errors import QueryError
from indexer.text.terms import tokens_of
from search_api.question.numbers import phrase_forms

OPERATORS = "operators"
"""What `without` calls them: undone, a question is read as plain words."""

How = Literal["exact", "stems", "beginning"]

QUOTED = re.compile(r'"([^"]*)"|“([^”]*)”')
_ITEM = r"(?:\"[^\"]*\"|“[^”]*”|[^\W_](?:[\w'’-]*\w)?\*?)"
_MINUS = re.compile(rf"(?:^|(?<=\s)(?<!\d\s))-({_ITEM})")
_NOT = re.compile(rf"\b(?:AND\s+|BUT\s+)?NOT\s+({_ITEM})")
_EITHER = re.compile(rf"{_ITEM}(?:\s+OR\s+{_ITEM})+")
_BOTH = re.compile(rf"{_ITEM}(?:\s+AND\s+(?!NOT\b){_ITEM})+")
_BEGINNING = re.compile(r"(?<![\w*])([^\W_]{3,})\*(?!\w)")
_NEGATED = re.compile(
    r"\b(?:am|is|are|was|were|be|been|being|do|does|did|has|have|had|can|could|may|might|must|shall|should|will|would|"
    r"but|if|or|and|why|whether|that|who|which|still|to)\s+$",
    re.IGNORECASE,
)
_BETWEEN = r"\s\-\u2010-\u2015/'’‘"
"""What may stand between words that are looked for as they stand, beside what was typed there."""
_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|[^\W_]+")


@dataclass(frozen=True, slots=True)
class Sought:
    """Words of which passages are chosen: as they stand, in any inflection, or by a word's beginning (no star)."""

    words: str
    how: How = "stems"


@dataclass(frozen=True, slots=True)
class Operator:
    """What `text[start:end]` of a question asks for, in words for the person."""

    said: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Operators:
    """The operators of a question.

    A passage must hold one of each group of `required`, and none of `excluded`. `either` are groups of single words of
    which one is as good as another; `beginnings` words of which the beginning was typed. `plain` is the question without
    what is left out and without marks (places kept), `readable` without what stands in quotation marks too: a filter is
    read from nothing else.
    """

    required: tuple[tuple[Sought, ...], ...]
    excluded: tuple[Sought, ...]
    either: tuple[tuple[str, ...], ...]
    beginnings: tuple[str, ...]
    found: tuple[Operator, ...]
    plain: str
    readable: str


def operators_of(question: str) -> Operators:
    """Read a question's operators; what is part of one isn't read as another.

    Raises QueryError for a question that only says what to leave out.
    """
    capitals = question.upper() != question
    required: list[tuple[Sought, ...]] = []
    excluded: list[Sought] = []
    either: list[tuple[str, ...]] = []
    found: list[Operator] = []
    plain = question
    for match in _left_out(question, capitals):
        items = _items(match.group(1))
        if items:
            excluded += items
            found.append(Operator(f"without {_said(match.group(1))}", *match.span()))
            plain = _blank(plain, *match.span())
    if not tokens_of(plain):
        raise QueryError("the question only says what to leave out; say what to search for too")
    readable = QUOTED.sub(lambda match: " " * len(match.group()), plain)
    chains = ((_EITHER, "OR", " or "), (_BOTH, "AND", " and ")) if capitals else ()
    for pattern, word, joined in chains:
        for match in list(pattern.finditer(plain)):
            parts = re.split(rf"\s+{word}\s+", match.group())
            groups = [_items(part) for part in parts]
            said = joined.join(_said(part) for part in parts)
            found.append(Operator(said, *match.span()))
            if word == "AND":
                required += [(item,) for group in groups for item in group]
            elif any(QUOTED.match(part) for part in parts):
                required.append(tuple(item for group in groups for item in group))
            else:
                either.append(tuple(item.words for group in groups for item in group))
            plain = _without_word(plain, word, *match.span())
            readable = _without_word(readable, word, *match.span())
    taken = [(one.start, one.end) for one in found]
    for match in QUOTED.finditer(plain):
        if all(match.end() <= start or end <= match.start() for start, end in taken):
            items = _items(match.group())
            if items:
                required.append(tuple(items))
                found.append(Operator(f"exactly {_said(match.group())}", *match.span()))
    beginnings = []
    for match in _BEGINNING.finditer(readable):
        beginnings.append(match.group(1).lower())
        found.append(Operator(f"words that begin with “{match.group(1)}”", *match.span()))
    for mark in '"“”*':
        plain = plain.replace(mark, " ")
    return Operators(
        tuple(required), tuple(excluded), tuple(either), tuple(beginnings),
        tuple(sorted(found, key=lambda one: one.start)), plain, readable.replace("*", " "),
    )  # fmt: skip


def no_operators(question: str) -> Operators:
    """Read a question as plain words."""
    for mark in '"“”*':
        question = question.replace(mark, " ")
    return Operators((), (), (), (), (), question, question)


def exactly(words: str) -> re.Pattern[str]:
    """Make the pattern of words as they stand: any case, any blanks or hyphens, thousands with a comma or without."""
    parts: list[str] = []
    end = 0
    for match in _TOKEN.finditer(words):
        if parts:
            parts.append(f"[{_BETWEEN}{re.escape(words[end : match.start()])}]+")
        token = match.group().replace(",", "")
        parts.append(_number(token) if token.isdigit() else re.escape(token))
        end = match.end()
    return re.compile(rf"(?<![^\W_])(?<!\d[.,]){''.join(parts)}(?![^\W_])(?![.,]\d)", re.IGNORECASE)


def phrases_of(words: str) -> tuple[str, ...]:
    """List the ways in which an index may have cut words that stand somewhere, each in plain words."""
    return phrase_forms(" ".join(tokens_of(words)))


def _number(digits: str) -> str:
    first = len(digits) % 3
    groups = [digits[:first], *(digits[at : at + 3] for at in range(first, len(digits), 3))]
    return ",?".join(group for group in groups if group) if len(digits) > 3 else digits


def _left_out(question: str, capitals: bool) -> Iterator[re.Match[str]]:
    inside = [match.span() for match in QUOTED.finditer(question)]

    def is_free(at: int) -> bool:
        return all(not start <= at < end for start, end in inside)

    yield from (match for match in _MINUS.finditer(question) if is_free(match.start()))
    for match in _NOT.finditer(question) if capitals else ():
        before = question[: match.start()]
        if is_free(match.start()) and before.strip() and not _NEGATED.search(before) and "?" not in question:
            yield match


def _items(typed: str) -> list[Sought]:
    quoted = QUOTED.fullmatch(typed)
    if quoted:
        words = (quoted.group(1) or quoted.group(2) or "").strip()
        return [Sought(words, "exact")] if tokens_of(words) else []
    words = " ".join(tokens_of(typed))
    how: How = "beginning" if typed.endswith("*") else "stems"
    return [Sought(words, how)] if words else []


def _said(typed: str) -> str:
    quoted = QUOTED.fullmatch(typed)
    return f"“{(quoted.group(1) or quoted.group(2) or '').strip()}”" if quoted else f"“{typed}”"


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _without_word(text: str, word: str, start: int, end: int) -> str:
    part = re.sub(rf"(?<=\s){word}(?=\s)", " " * len(word), text[start:end])
    return text[:start] + part + text[end:]
