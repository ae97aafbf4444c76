"""Whether a heading or a sentence introduces recommendations, and whose they are.

"Members are asked to" and "the following areas for improvement were identified" both begin a list; the first
is what the council's officers ask of a committee, the second what inspectors told the council. Knows only
such words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MADE = re.compile(
    r"^(?:ofsted\s+)?(?:recommendation|area for improvement|priority "
    r"action)\s+(?:no\.?\s*)?(?P<label>\d{1,3}[a-z]?)\s*(?:[:.–—-]\s*|$)(?P<text>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_ASKED = re.compile(
    r"\b(?:is|are|be)\s+(?:therefore\s+)?(?:asked|recommended|requested|invited)\s+(?:to|"
    r"that)\b|\bit is recommended\b"
    r"|\b(?:committee|cabinet|board|panel|members?|council)\s+(?:is|are)\s+(?:asked|"
    r"recommended|requested|invited)\b"
    r"|\b(?:recommends?|recommended)\s+that\b",
    re.IGNORECASE,
)
_ASKED_HEADING = re.compile(
    r"^(?:\d+(?:\.\d+)*[.)]?\s*)?(?:officer\s+|summary of\s+)?recommend(?:ation|ations|"
    r"ed)(?:\s*\(s\))?(?:\s+(?:for decision|to (?:the )?(?:committee|cabinet|board|council|"
    r"members).*))?\s*:?$",
    re.IGNORECASE,
)
_WHAT = (
    r"(?:recommendations|areas?\s+(?:for|of|requiring|in need of|that "
    r"need)\s+(?:further\s+)?(?:improvement|development|improving)|priority\s+actions?|"
    r"areas?\s+for\s+priority\s+action)"
)
_TOLD = re.compile(
    rf"\b(?:following|identified|made|set out|highlighted|these)\b[^.]*\b{_WHAT}\b[^.]*:\s*$|"
    rf"\b{_WHAT}\b[^.]{{0,80}}\b(?:were|are|was|is|as follows|identified|made|below|"
    rf"include[sd]?)\b[^.]*:\s*$|\bwhat needs to improve\b[^.]*:\s*$",
    re.IGNORECASE,
)
_NOT_TOLD = re.compile(
    r"\b(?:themes?|grouped|progress (?:has|made|against)|actions? (?:taken|undertaken|have)|"
    r"work (?:has|undertaken)|response to|governance|respond)\b",
    re.IGNORECASE,
)
_TOLD_HEADING = re.compile(
    rf"^(?:appendix \w+\s*[:–-]\s*)?(?:\d+(?:\.\d+)*[.)]?\s*)?(?:(?:the|ofsted(?:['’]s)?|"
    rf"inspection|inspectors['’]?|ilacs|sif|summary of|key|main)\s+)*(?:{_WHAT}|what needs to "
    rf"improve\b.*)(?:\s+(?:from|by|in|identified|made|arising)\b.*)?\s*:?$",
    re.IGNORECASE,
)
_COMMITTEE_SECTION = re.compile(r"^(?:\d+(?:\.\d+)*[.)]?\s*)?recommend", re.IGNORECASE)
_ADDRESSED = re.compile(r"^(?P<body>(?:the\s+)?[A-Z][^.;:]{3,160}?)\s+should\s*:$")
LONGEST_STEM = 400
"""The end of a stem that is looked at: what introduces a list stands just before it."""


@dataclass(frozen=True, slots=True)
class ListKind:
    """What a list holds: under which heading it is kept, to whom it is addressed.

    `by_heading` is true where a printed heading names it; `alone` where a sentence without a list is a
    recommendation by itself.
    """

    heading: str
    addressed_to: str | None
    by_heading: bool = False
    alone: bool = False


def recommendation_heading(text: str) -> tuple[str, str] | None:
    """Give the number and the words of a line that is a recommendation's own heading; None for any other."""
    match = _MADE.match(text.strip())
    if not match or (match["text"] and not re.match(r"[A-Z“‘'\"(]", match["text"])):
        return None
    return match["label"], " ".join(match["text"].split())


def addressed_by(stem: str) -> str | None:
    """Whom a stem such as "The management board should:" is addressed to; None where it is no such stem."""
    match = _ADDRESSED.match(" ".join(stem.split()))
    return match["body"] if match else None


def list_kind(stem: str, section: Sequence[str]) -> ListKind | None:
    """Tell what the list after `stem` holds, under these headings; None if no recommendations."""
    innermost = section[-1] if section else ""
    stem = " ".join(stem.split())[-LONGEST_STEM:]
    if _ASKED.search(stem):
        headed = bool(_COMMITTEE_SECTION.match(innermost))
        return ListKind("Recommendations", None, headed, alone=headed)
    if _TOLD.search(stem) and not _NOT_TOLD.search(stem):
        named = re.search(_WHAT, stem, re.IGNORECASE)
        heading = named.group().capitalize() if named else "Areas for improvement"
        if heading.lower() == "recommendations":
            heading = "Recommendations of the inspection"
        return ListKind(heading, "local authority")
    if _ASKED_HEADING.match(innermost) and not stem:
        return ListKind("Recommendations", None, by_heading=True)
    if _TOLD_HEADING.match(innermost) and not stem and not _ASKED_HEADING.match(innermost):
        return ListKind("Areas for improvement", "local authority", by_heading=True)
    return None
