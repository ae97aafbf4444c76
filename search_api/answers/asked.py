"""What a question was taken to ask, as parts that a person can change, and the question that asks for the parts.

The parts stand in a form above an answer; what is changed there is put into words again, so that an address stays what a
person could have typed, and one way leads to rows. This module must not know how a form looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from indexer.document import GRADES
from indexer.json_value import JsonValue
from indexer.register.areas import TITLES
from search_api.answers.advice_facts import advised_on
from search_api.answers.facts import named_councils
from search_api.answers.finding_facts import change_asked, side_asked, subject_of
from search_api.question.query import Query
from search_api.question.register_kind import QueryKind
from search_api.question.slots import Slots

ASKS = {
    "judged": "Grades", "recommendations": "Recommendations", "criticised": "Criticised for", "praised": "Praised for",
    "improved": "Improved on", "worsened": "Got worse at", "still_weak": "Still weak on", "still_strong": "Still strong on",
    "trend": "How often, over the years", "common": "What a group has in common",
}  # fmt: skip
"""What can be asked, with how it is called in a form."""
_SAID = {
    "criticised": "Which councils{where} were criticised for {subject}{years}?",
    "praised": "Which councils{where} were praised for {subject}{years}?",
    "improved": "Which councils{where} have improved on {subject} between two inspections?",
    "worsened": "Which councils{where} got worse at {subject} between two inspections?",
    "still_weak": "Which councils{where} are still weak on {subject} after two inspections?",
    "still_strong": "Which councils{where} are still strong on {subject} after two inspections?",
    "trend": "Trend of findings on {subject} by year{where}{years}",
}


@dataclass(frozen=True, slots=True)
class AskedParts(JsonValue):
    """A question in parts: one of ASKS, a subject or a judged area, a grade, councils or a region, and years."""

    ask: str
    subject: str = ""
    area: str = ""
    grade: str = ""
    where: str = ""
    years: str = ""


PARTS = tuple(one.name for one in fields(AskedParts))


def asked_in(query: Query, slots: Slots, kind: QueryKind) -> AskedParts | None:
    """Take a question apart that was answered as one of a kind; None for a kind without a form."""
    where = " and ".join(dict.fromkeys(t.value for t in query.understood if t.kind in ("council", "area")))
    years = " and ".join(map(str, query.years))
    if not years and (query.published_from or query.published_to):
        years = f"{(query.published_from or '')[:4]} to {(query.published_to or '')[:4]}".strip()
    grade = slots.grades[0] if len(slots.grades) == 1 else ""
    if kind == "judgements":
        return AskedParts(
            "judged", area=slots.areas[0] if slots.areas else "overall", grade=grade, where=where, years=years
        )
    if kind == "recommendations":
        return AskedParts(
            "recommendations", subject=advised_on(query, named_councils(query)), where=where, years=years
        )
    if kind == "common":
        return AskedParts("common", grade=grade, where=where)
    ask = {
        "findings": {"strength": "praised"}.get(side_asked(query) or "", "criticised"),
        "changes": change_asked(query, slots) or "improved",
        "trend": "trend",
    }.get(kind)
    return AskedParts(ask, subject=subject_of(query), where=where, years=years) if ask else None


def question_for(given: Mapping[str, str]) -> str:
    """Put parts into words; "" where what is asked isn't one of ASKS, or has no subject."""
    parts = AskedParts(**{name: " ".join(given.get(name, "").split())[:200] for name in PARTS})
    years = f" in {parts.years}" if parts.years.isdigit() else f" from {parts.years}" if parts.years else ""
    where = f" in {parts.where}" if parts.where else ""
    grade = next((one for one in GRADES if one.casefold() == parts.grade.casefold()), "").lower()
    if parts.ask == "judged":
        area = f" for {TITLES.get(parts.area, TITLES['overall'])}"
        if grade:
            return (
                f"Which councils{where} {'were' if years else 'are currently'} judged {grade}{area}{years}?"
            )
        return f"What {'grades were given' if years else 'are the latest grades'}{where}{area}{years}?"
    if parts.ask == "recommendations":
        on = f" on {parts.subject}" if parts.subject else ""
        return f"Recommendations made{f' to {parts.where}' if where else ''}{on}{years}"
    if parts.ask == "common":
        return f"What do councils judged {grade or 'inadequate'}{where} have in common?"
    said = _SAID.get(parts.ask, "") if parts.subject else ""
    return said.format(subject=parts.subject, where=where, years=years)
