"""Words of a question that name a framework, a grade, a kind of document or a part of one.

Each is taken as a filter only where the wording plainly describes documents or authorities: "inadequate
councils" is a filter, "inadequate supervision" is what is searched for. This module knows nothing of any
index but the names of its frameworks.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.structure.profile_files import profiles

_AUTHORITIES = (
    r"(?:councils?|authorit(?:y|ies)|local authorities|LAs?|boroughs?|count(?:y|ies)|services overall|areas)"
)
_GRADES = (
    ("Outstanding", r"outstanding"),
    ("Good", r"good"),
    ("Requires improvement", r"requires? improvement(?: to be good)?|requiring improvement|RI"),
    ("Inadequate", r"inadequate"),
    ("Adequate", r"adequate"),
)
_RATED = r"(?:rated|judged|graded|found|judged to be|found to be|rated as|judged as|graded as)"
_GRADE_PATTERNS = tuple(
    (grade, re.compile(pattern, re.I))
    for grade, words in _GRADES
    for pattern in (
        rf"\b(?P<grade>{words})[- ]?(?:rated |graded )?{_AUTHORITIES}\b",
        rf"\b{_RATED}\s+['\"‘“]?(?P<grade>{words})\b(?!\s+(?:quality|practice|enough))",
        rf"\b{_AUTHORITIES}\s+(?:that (?:are|were)|which (?:are|were))\s+(?P<grade>{words})\b",
    )
)
_NOT = re.compile(r"\b(?:not|less than|than|never)\s+(?:yet )?$", re.I)
_KINDS = (
    ("improvement plan", r"(?:improvement|action) plans?"),
    ("progress report", r"progress (?:reports?|updates?|tables?|trackers?)"),
    ("committee report", r"(?:committee|cabinet|scrutiny|council|panel) (?:reports?|papers?)"),
    ("inspection report", r"(?:inspection|ofsted) reports"),
)  # fmt: skip
_IN = r"(?:in|from|according to|per|within)\s+(?:(?:the|its|their|a|any|each)\s+|[\w'’-]+(?:'s|’s)\s+)?"
_SECTIONS = (
    ("Leadership", r"(?:leadership|management and governance|leadership,? management and governance)"),
    ("Safeguarding Children Board", r"(?:LSCB|safeguarding (?:children )?board)"),
    ("care leavers", r"care leavers"),
    ("adoption", r"adoption"),
    ("help and protection", r"(?:help and protection|need(?:ing)? (?:of )?help and protection)"),
    ("looked after", r"(?:looked[- ]after children|children looked after)"),
    ("in care", r"(?:children in care)"),
)
_PASSAGE_KINDS = (
    (
        "recommendation",
        re.compile(
            r"^\W*(?:which |what |any |all |the )*(?:recommendations?|areas? for improvement)\s+"
            r"(?=(?:on|about|for|to|relating|regarding|concerning)\b)|\bin the recommendations\b",
            re.I,
        ),
    ),
    ("summary", re.compile(r"\bin the (?:executive )?summar(?:y|ies)\b", re.I)),
)
_SEVERAL = re.compile(r"\b(inspection|visit|assessment|check|report|card)\b")
"""What a profile's words for a kind of report name once, and questions also several times."""


@dataclass(frozen=True, slots=True)
class Stated:
    """`text[start:end]` of a question states a filter's value."""

    value: str
    start: int
    end: int


Reader = Callable[[str, Sequence[str]], list[Stated]]
"""Finds the values of one filter that a text states, given the names of the index's frameworks."""


def frameworks(text: str, names: Sequence[str]) -> list[Stated]:
    """Find the frameworks named, of those that the index has."""
    return [
        Stated(name, match.start(), match.end())
        for name, pattern in _framework_patterns(tuple(names))
        for match in pattern.finditer(text)
    ]


@functools.lru_cache(maxsize=16)
def _framework_patterns(names: tuple[str, ...]) -> Sequence[tuple[str, re.Pattern[str]]]:
    words = {name: [name] for name in names}
    for profile in profiles():
        if profile.framework in words:
            words[profile.framework] += profile.asked.words
    return [
        (name, re.compile(rf"\b(?:{'|'.join(map(_spelt, asked))})\b", re.I)) for name, asked in words.items()
    ]


def _spelt(words: str) -> str:
    """Words as a pattern: any white space, any apostrophe or none, one inspection or several."""
    pattern = re.escape(words.replace("’", "'")).replace("\\ ", r"\s+").replace("'", "['’]?")
    return _SEVERAL.sub(r"\1s?", pattern)


def grades(text: str, _: Sequence[str]) -> list[Stated]:
    """Find the grades that authorities are said to have."""
    return [
        Stated(grade, *match.span("grade"))
        for grade, pattern in _GRADE_PATTERNS
        for match in pattern.finditer(text)
        # "not good", "less than good" and "good or better" name no one grade.
        if not _NOT.search(text[: match.start("grade")])
    ]


def kinds(text: str, _: Sequence[str]) -> list[Stated]:
    """Find the kinds of documents to look in."""
    return [
        Stated(kind, *match.span("kind"))
        for kind, words in _KINDS
        for match in re.finditer(rf"\b{_IN}(?P<kind>{words})\b", text, re.I)
    ]


def sections(text: str, _: Sequence[str]) -> list[Stated]:
    """Find the parts of documents to look in."""
    found = []
    for value, words in _SECTIONS:
        for match in re.finditer(
            rf"\b{_IN}(?P<section>{words})\s+(?:section|chapter|part|judgement|area)\b"
            rf"|\bsections?\s+(?:on|about)\s+(?P<named>{words})\b",
            text,
            re.I,
        ):
            group = "section" if match.group("section") else "named"
            found.append(Stated(value, match.start(group), match.end()))
    return found


def passage_kinds(text: str, _: Sequence[str]) -> list[Stated]:
    """Find the kinds of passages to look for."""
    return [
        Stated(kind, match.start(), match.end())
        for kind, pattern in _PASSAGE_KINDS
        for match in pattern.finditer(text)
    ]
