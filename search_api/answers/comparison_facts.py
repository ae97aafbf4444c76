"""Councils side by side: their grades, or what was found on a subject at each of them, else the sentences nearest to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from indexer.register.areas import TITLES
from search_api.answers.answer import Statement
from search_api.answers.facts import (
    Facts,
    each_once,
    listed,
    named_councils,
    of_grade,
    report_filters,
    subject_in,
)
from search_api.answers.finding_facts import findings_with_verdict, of_each_inspection, of_finding
from search_api.answers.grade_facts import grades_in_time, of_newest
from search_api.fields import Filters
from search_api.question.query import Query
from search_api.question.register_kind import asking_words
from search_api.question.slots import Slots, without_names
from search_api.register.judgements import JudgementsWanted, judgements_wanted
from search_api.register.subject_asked import subject_asked
from search_api.snapshot import Snapshot

Quoted = Callable[[str, Filters], list[Statement]]
"""Gives the sentences nearest to a subject under filters, the best first; empty where none is near."""

_EACH = 4
_INSPECTIONS = 2
"""The last inspections of a council with findings on the subject that are set beside the other's."""


def comparison_facts(snapshot: Snapshot, query: Query, slots: Slots, quoted: Quoted) -> Facts | None:
    """Set two or more councils side by side; None where fewer are named."""
    named = named_councils(query)
    if len(named) < 2:
        return None
    filters = report_filters(query)
    subject = subject_in(without_names(query), asking_words("comparison"))
    areas = slots.areas or (() if slots.every_area else ("overall",))
    rows = judgements_wanted(snapshot, filters, JudgementsWanted(areas, when="all"))
    graded = grades_in_time(rows, query, slots)
    if not subject and not slots.areas:
        rows = judgements_wanted(snapshot, filters, JudgementsWanted(when="all"))
        graded = of_newest(grades_in_time(rows, query, slots))
    statements: list[Statement] = []
    absent = []
    for name in named:
        own = [of_grade(row) for row in graded if row.council == name] if slots.areas or not subject else []
        if subject:
            its = replace(filters, council=(name,))
            own += _found(snapshot, its, subject) or quoted(subject, its)[:_EACH]
        statements += own
        absent += [] if own else [name]
    if not statements or len(absent) == len(named):
        return None
    about = (
        subject or listed(TITLES.get(area, area) for area in slots.areas) or "grades at the latest inspection"
    )
    reading = f"{listed(named)} side by side: {about}"
    counted = (
        f"{len(named) - len(absent)} of {len(named)} councils: {listed(n for n in named if n not in absent)}."
    )
    notes = (f"Nothing was found on it at {listed(absent)}.",) if absent else ()
    return Facts("comparison", reading, counted, each_once(statements), filters.to_json(), len(named), notes)


def _found(snapshot: Snapshot, filters: Filters, subject: str) -> list[Statement]:
    """Give the surest findings on a subject at a council's last inspections, the newest inspection first."""
    rows = of_each_inspection(
        findings_with_verdict(snapshot, filters, subject, subject_asked(snapshot, subject))
    )
    newest = list(dict.fromkeys(row.document.id for row in reversed(rows)))[:_INSPECTIONS]
    return [of_finding(row) for document in newest for row in rows if row.document.id == document]
