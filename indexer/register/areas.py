"""One name for a judged area across frameworks, whatever each of them prints.

"Children looked after and achieving permanence" (SIF), "children in care and care leavers" (ILACS until 2022) and
"children in care" (ILACS since) are about the same children. An area that judges two of them counts for both. What is
none of these keeps the words that are printed. This module knows no document.
"""

from __future__ import annotations

import re

AREAS: dict[str, str] = {
    "overall": r"^overall\b|\boverall (?:effectiveness|experiences|judgement)\b",
    "help and protection": r"\bhelp and protection\b|\bneed(?:ing)? (?:of )?help\b|\bsafeguarding services\b",
    "in care": r"\blooked[- ]after\b|\bin care\b",
    "care leavers": r"\bcare leavers\b|\bleaving care\b",
    "adoption": r"\badoption\b",
    "leadership": r"\bleaders\b|\bleadership\b",
    "LSCB": r"\bsafeguarding children board\b|\bLSCB\b",
}
"""What a judged area is printed as, by the area's name, in the order of a report."""

TITLES: dict[str, str] = {
    "overall": "overall effectiveness",
    "help and protection": "help and protection",
    "in care": "children in care",
    "care leavers": "care leavers",
    "adoption": "adoption",
    "leadership": "leadership",
    "LSCB": "the safeguarding children board",
}
"""How an area is spoken of in a sentence."""

_OF_CHILDREN_IN_CARE = "Looked after children"
"""The framework (2013) all of whose inspections are of one area: its overall grade is that area's, not the council's."""
_PRINTED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in AREAS.items()}


def areas_of(printed: str, framework: str | None) -> tuple[str, ...]:
    """Name the areas that a printed one judges: one or two of AREAS, or else the printed words."""
    if framework == _OF_CHILDREN_IN_CARE:
        return ("in care",) if _PRINTED["overall"].search(printed) else (printed,)
    found = tuple(name for name, pattern in _PRINTED.items() if pattern.search(printed))
    return found or (printed,)
