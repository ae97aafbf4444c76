"""Judgements that a council's own document tells again: in a table, or in a sentence.

A committee report says "the judgement for children's services was 'requires improvement'" and leaves the
reader to know who judged. Knows the words that such sentences use, and nothing of tables or of paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from indexer.document import Judgement
from indexer.structure.profile_files import base_profile
from indexer.structure.reports.grades import known_grade

_JUDGED = re.compile(
    r"\b(?:judge?ments?|judged|rated|ratings?|grade[sd]?|graded|inspection outcome)\b", re.IGNORECASE
)
_EARLIER = re.compile(
    r"\b(?:previous(?:ly)?|prior|last inspection|earlier inspection|formerly|had been|moved "
    r"from|improved from)\b",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(
    r"\b((?:[A-Z][\w'’]{0,40}|and|of|for|the|&)(?:\s+(?:[A-Z][\w'’]{0,40}|and|of|for|the|&)){1,7})\s*\(([A-Z]{3,8})\)"
)
_ABOUT = re.compile(
    r"\b(?:children|services?|leaders?|leadership|management|governance|safeguarding|board|"
    r"care leavers?|adoption"
    r"|overall|experiences?|help and protection|looked after|in care|effectiveness|cyps|lscb|partnership)\b",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"children[’']?s?\b|local authority|\bcouncil\b|overall effectiveness|social care|\bofsted\b",
    re.IGNORECASE,
)
"""What a sentence speaks of that gives the council's own grade: another service's inspection is told of as well."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“‘'\"])|\n")


@dataclass(frozen=True, slots=True)
class _Told:
    """How sentences give a grade: for an area, of an area, or of the whole."""

    for_area: re.Pattern[str]
    of_area: re.Pattern[str]
    overall: re.Pattern[str]


@cache
def _told() -> _Told:
    grade = rf"['‘“\"]?(?P<grade>{base_profile().scale.grade.pattern})['’”\"]?"
    return _Told(
        re.compile(
            r"\bfor\s+(?:the\s+)?(?P<area>[^,;.:]{2,120}?)\s+(?:was|were|is|are|as|has been|being)\s+"
            rf"(?:judged\s+|rated\s+|graded\s+)?(?:to\s+be\s+|as\s+)?{grade}",
            re.IGNORECASE,
        ),
        re.compile(
            r"(?:^|[,;:]\s*|\band\s+|\bthat\s+)(?P<area>(?:the\s+|our\s+)?[^,;.:]{4,120}?)\s+(?:was|were|is|are|has been"
            rf"|have been)\s+(?:judged|rated|graded)\s+(?:to\s+be\s+|as\s+)?{grade}",
            re.IGNORECASE,
        ),
        re.compile(rf"\boverall\b[^.;]{{0,90}}?{grade}", re.IGNORECASE),
    )


def abbreviations(text: str) -> dict[str, str]:
    """Give the names that the text itself shortens, by their short form: {"LSCB": "Local Safeguarding …"}."""
    found: dict[str, str] = {}
    for match in _ABBREVIATION.finditer(text):
        words, short = match.group(1).split(), match.group(2)
        for start in range(len(words)):
            if not words[start][0].isupper():
                continue
            initials = "".join(word[0] for word in words[start:] if word[0].isupper())
            if initials == short:
                found.setdefault(short, " ".join(words[start:]))
                break
    return found


def judgements_in(text: str, names: dict[str, str], page: int | None = None) -> list[Judgement]:
    """Give the judgements that the sentences of `text` tell, each area once; `names` has the short forms."""
    found: dict[str, Judgement] = {}
    for sentence in _SENTENCE.split(text):
        if not _JUDGED.search(sentence) or known_grade(sentence) is None or _EARLIER.search(sentence):
            continue
        clauses = re.split(r"(?:,|;)?\s+and\s+(?=for\s)", sentence)
        for clause in clauses:
            match = _told().for_area.search(clause) or _told().of_area.search(clause)
            if match:
                area = _area(match["area"], names)
                grade = known_grade(match["grade"])
                if grade and _ABOUT.search(area):
                    found.setdefault(area.lower(), Judgement(area, grade, page))
    return list(found.values())


def overall_in(text: str) -> str | None:
    """Give the overall grade that a sentence of `text` tells, or None."""
    for sentence in _SENTENCE.split(text):
        match = (
            _told().overall.search(sentence)
            if _JUDGED.search(sentence) or "effectiveness" in sentence.lower()
            else None
        )
        if match and not _EARLIER.search(sentence) and _OURS.search(sentence):
            return known_grade(match["grade"])
    return None


def _area(text: str, names: dict[str, str]) -> str:
    text = " ".join(text.split()).strip(" '‘“\"")
    return names.get(text, text)


def graded_column(rows: Sequence[Sequence[str]]) -> int | None:
    """Give the column whose cells are grades, in a table of two rows or more; None where there is none."""
    width = max((len(row) for row in rows), default=0)
    for column in range(1, width):
        cells = [row[column].strip() for row in rows if column < len(row) and row[column].strip()]
        if len(cells) >= 2 and sum(1 for cell in cells if is_grade(cell)) >= 0.7 * len(cells):
            return column
    return None


def is_grade(text: str) -> bool:
    """Whether a whole cell is a grade, with or without "to be good"."""
    return base_profile().scale.whole(" ".join(text.split())) is not None
