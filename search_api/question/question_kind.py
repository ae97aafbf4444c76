"""What kind of answer a question wants: a figure, a date, a reason, a finding, or a survey of councils.

Read from the question's wording alone. This module knows nothing of any document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["fact", "reason", "finding", "survey"]
Expected = Literal["number", "percentage", "money", "duration", "age", "date", "name"]

_SURVEY = re.compile(
    r"^\W*(?:findings|evidence|paragraphs|examples)\s+(?:on|about|of|for|regarding)\b"
    r"|\b(?:which|what|how many|list|all|any)\s+(?:of the\s+)?(?:\w+\s+){0,3}?"
    r"(?:councils|authorities|LAs|local authorities|boroughs|counties)\b"
    r"|\bwhere (?:have|has|did|do|were|was) (?:inspectors|ofsted)\b",
    re.I,
)
_REASON = re.compile(
    r"\bwhy\b|\bwhat (?:was|were|is|are|lay) behind\b"
    r"|\bwhat (?:caused|led to|explains?|held back|pushed|drove|made)\b"
    r"|\breasons?\s+(?:for|why|that)\b|\bhow come\b|\bbecause of what\b|\bwhat for\b",
    re.I,
)
_EXPECTED: tuple[tuple[Expected, str], ...] = (
    ("percentage", r"%|\bper ?cent(?:age)?\b|\bwhat (?:share|proportion|rate)\b|\brates?\b|\bproportion\b"),
    (
        "money",
        r"\bhow much (?:money|cash|extra cash|funding|does|did|is|was|can|could)\b|£|\bbudget\b|\bcosts?\b",
    ),
    (
        "duration",
        r"\bhow long\b|\bhow (?:quickly|fast|soon)\b|\bwaiting times?\b"
        r"|\bhow many (?:days|weeks|months|years)\b",
    ),
    ("age", r"\b(?:at )?what age\b|\bhow old\b|\bfrom what age\b|\bup to what age\b"),
    ("date", r"\bwhen\b|\bwhat (?:date|year|month)\b|\bwhich (?:year|month)\b|\bsince when\b"),
    ("number", r"\bhow many\b|\bnumbers? of\b|\bhow often\b|\bwhat number\b|\bhow much\b"),
    (
        "name",
        r"\bname of\b|\bcalled\b|\bnamed\b|\bwhat(?:'s| is| was)? the name\b|\bservice name\b|\bwho\b"
        r"|\bwhat (?:\w+ ){0,2}(?:scheme|programme|project|course|service|role|model|tool|app|club|topic)\b",
    ),
)
_COMPILED = tuple((expected, re.compile(pattern, re.I)) for expected, pattern in _EXPECTED)


@dataclass(frozen=True, slots=True)
class QuestionKind:
    """The kind of a question, and for a fact what its answer looks like (None where it may be anything)."""

    kind: Kind
    expected: Expected | None = None


def kind_of_question(question: str) -> QuestionKind:
    """Tell the kind of a question by its wording."""
    if _SURVEY.search(question):
        return QuestionKind("survey")
    if _REASON.search(question):
        return QuestionKind("reason")
    for expected, pattern in _COMPILED:
        if pattern.search(question):
            return QuestionKind("fact", expected)
    return QuestionKind("finding")
