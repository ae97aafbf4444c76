"""What a question takes for granted and is not so: a council, a year or a framework that doesn't exist.

Such a question has no answer, however near a passage comes; the reason says which part is false. This
module ranks nothing, and says nothing about questions that are merely unanswered.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from indexer.text.councils import council, find_areas, find_in, former_councils, nearest
from search_api.question.holdings import Holdings
from search_api.question.query import Query
from search_api.question.words import STOPWORDS, words_of

PremiseKind = Literal["council", "absent council", "year", "framework", "grade"]

_WORDS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("premises.toml").read_text(encoding="utf-8")
)

FIRST_INSPECTIONS = 2000
"""Children's services have been inspected as such only since a few years after this."""

_BOROUGH_OF = re.compile(
    r"\b(?:London Borough|Royal Borough|Metropolitan Borough|City|County|Borough)\s+of\s+"
    r"((?:[A-Z][\w'’-]+)(?:\s+(?:and|upon|on|with|of)\s+[A-Z][\w'’-]+|\s+[A-Z][\w'’-]+)*)"
)
_COUNCIL = re.compile(
    r"\b((?:[A-Z][\w'’-]+\s+)+?)"
    r"(?:(?:County|Borough|City|District|Metropolitan|Unitary|Metropolitan Borough)\s+)?Council\b"
)
_NOT_A_PLACE = frozenset(_WORDS["not_a_place"])
_PLACED = re.compile(
    r"\b(?:in|at|for|by|from|of|across|within|near|around|about)\s+"
    r"((?:[A-Z][a-z][\w'’-]+)(?:[\s-]+[A-Z][a-z][\w'’-]+)*)"
)
_TYPED = re.compile(
    r"\b(?:the|an?|its|their|under|Ofsted(?:'s|’s)?)\s+((?:[A-Z][\w-]*\d*(?:-\d+)?\s+){1,4})"
    r"(?:[a-z]\w*\s+){0,2}?(framework|inspection|inspections|review)\b"
)
_GRADED = re.compile(r"\b(?:got|get|rated|judged|graded|awarded|given)\s+(?:an?\s+)?([A-Z][a-z]{3,})\b")
_SINCE = {"ILACS": 2017, "SIF": 2013}
_UNTIL = {"SIF": 2018}
_KNOWN_TYPES = frozenset(_WORDS["known_types"])
_GRADE_WORDS = frozenset(_WORDS["grade_words"])


@dataclass(frozen=True, slots=True)
class FalsePremise:
    """What in the question isn't so: `text` as typed, and a sentence for the person."""

    kind: PremiseKind
    text: str
    reason: str


def false_premises(query: Query, holdings: Holdings) -> list[FalsePremise]:
    """Find what a question wrongly takes for granted, the plainest first; empty where nothing is."""
    return [
        *_impossible_years(query, holdings),
        *_unknown_councils(query, holdings),
        *_unknown_frameworks(query, holdings),
        *_unknown_grades(query, holdings),
        *_absent_councils(query, holdings),
    ]


def _impossible_years(query: Query, holdings: Holdings) -> Iterator[FalsePremise]:
    years = [year for year in query.years if year]
    for year in years:
        if year < FIRST_INSPECTIONS:
            yield FalsePremise(
                "year", str(year),
                f"These are documents of inspections since {FIRST_INSPECTIONS}, so none is of {year}.",
            )  # fmt: skip
        elif holdings.latest is not None and year > holdings.latest + 1:
            yield FalsePremise(
                "year",
                str(year),
                f"The newest document in this index is of {holdings.latest}, so none is of {year}.",
            )
    for name in (query.stated.framework, query.filters.framework):
        for year in years if name else ():
            if year < _SINCE.get(name or "", 0):
                yield FalsePremise("framework", f"{name} {year}", f"{name} inspections began after {year}.")
            elif year > _UNTIL.get(name or "", 9999):
                yield FalsePremise(
                    "framework", f"{name} {year}", f"{name} inspections had ended before {year}."
                )


def _unknown_councils(query: Query, holdings: Holdings) -> Iterator[FalsePremise]:
    question = query.readable
    seen: set[str] = set()
    for match in (*_BOROUGH_OF.finditer(question), *_COUNCIL.finditer(question)):
        words = re.sub(r"['’]s?$", "", match.group(1).strip()).split()
        name = " ".join(word for word in words if word.lower() not in _NOT_A_PLACE)
        if name and name not in seen and not _is_place(name, holdings):
            seen.add(name)
            yield FalsePremise("council", name, _no_council(name, holdings))
    for match in _PLACED.finditer(question):
        name = re.sub(r"['’]s?$", "", match.group(1))
        if any(name in other for other in seen) or _is_place(name, holdings) or _mentioned(name, holdings):
            continue
        seen.add(name)
        yield FalsePremise("council", name, _no_council(name, holdings))


def _no_council(name: str, holdings: Holdings) -> str:
    known = sorted({*holdings.councils, *(c.name for c in former_councils())})
    guess = nearest(name, known)
    hint = f" Did you mean {guess}?" if guess else ""
    return f"No document here mentions {name}, and no English council is called that.{hint}"


def _is_place(name: str, holdings: Holdings) -> bool:
    return bool(find_in(name, also=holdings.councils) or find_areas(name))


def _mentioned(name: str, holdings: Holdings) -> bool:
    """Whether documents know any word of a name: only a name that they never mention is called unknown."""
    return any(holdings.has_phrase(word.lower) for word in words_of(name) if word.lower not in STOPWORDS)


def _unknown_frameworks(query: Query, holdings: Holdings) -> Iterator[FalsePremise]:
    for match in _TYPED.finditer(query.readable):
        name = match.group(1).strip()
        words = [word.lower for word in words_of(name)]
        if all(word in _KNOWN_TYPES or word.isdigit() for word in words) or _is_place(name, holdings):
            continue
        unknown = " ".join(word for word in words if word not in {"ofsted"})
        if unknown and not holdings.has_phrase(unknown):
            what = "inspection framework" if match.group(2) == "framework" else "kind of inspection"
            shown = re.sub(r"^Ofsted(?:'s|’s)?\s+", "", name)
            yield FalsePremise(
                "framework", shown, f"No {what} called {shown} appears in any document searched."
            )


def _unknown_grades(query: Query, holdings: Holdings) -> Iterator[FalsePremise]:
    for match in _GRADED.finditer(query.readable):
        word = match.group(1)
        if word.lower() in _GRADE_WORDS or _is_place(word, holdings) or holdings.has_phrase(word.lower()):
            continue
        yield FalsePremise("grade", word, f"{word} is not a grade that any document searched prints.")


def _absent_councils(query: Query, holdings: Holdings) -> Iterator[FalsePremise]:
    named: Sequence[str] = [tag.value for tag in query.understood if tag.kind == "council"]
    named = [*named, *query.filters.council]
    if any(name in holdings.councils for name in (*named, *query.councils)):
        return
    for name in named:
        found = council(name)
        until = found.until if found else None
        ended = f" It was abolished in {until}." if until else ""
        yield FalsePremise("absent council", name, f"No document of {name} is in this index.{ended}")
