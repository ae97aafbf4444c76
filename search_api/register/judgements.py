"""Judgements by area: the grades that hold, held at a date, or were ever given, and what changed between two.

This module must not know how a question was worded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from indexer.document import GRADES
from indexer.errors import QueryError
from indexer.register.areas import AREAS, areas_of
from search_api.fields import Filters
from search_api.register.parameter import Given, Parameter
from search_api.register.register import JudgementRow
from search_api.snapshot import Snapshot

JUDGEMENTS_ASKED = (
    Parameter("area", f"only this judged area: {', '.join(AREAS)}, or as it is printed", "care leavers"),
    Parameter(
        "when",
        "latest (the grades that hold now), all, or a date: those that held then; all where from or to is given",
        "latest",
    ),
    Parameter("from", "only where the inspection before gave this grade", "Inadequate"),
    Parameter("to", "only where the inspection after it gave this grade", "Good"),
)
_DATE = re.compile(r"\d{4}(?:-\d{2}){0,2}", re.ASCII)
_GRADES = {grade.casefold(): grade for grade in GRADES}


@dataclass(frozen=True, slots=True)
class JudgementsWanted:
    """Which judgements are asked for: an empty tuple asks nothing, values of one field are alternatives.

    `when` is "latest", "all" or an ISO date that may stop at the year or the month: then the grades that held at its end.
    `before` are grades of the inspection before.
    """

    areas: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    when: str = "latest"
    before: tuple[str, ...] = ()


def judgements(snapshot: Snapshot, filters: Filters, given: Given) -> Sequence[JudgementRow]:
    """Answer the table's parameters; QueryError for a value that can't be."""
    before, after = (_grade(name, given[name]) if name in given else None for name in ("from", "to"))
    changed = "from" in given or "to" in given
    wanted = JudgementsWanted(
        areas=(_area(snapshot, given["area"]),) if "area" in given else (),
        grades=tuple(grade for grade in (after, filters.grade) if grade),
        when=_when(given.get("when", "all" if changed else "latest")),
        before=(before,) if before else (),
    )
    if after and filters.grade and after != filters.grade:
        return ()
    return [row for row in judgements_wanted(snapshot, filters, wanted) if not changed or row.previous_grade]


def judgements_wanted(
    snapshot: Snapshot, filters: Filters, wanted: JudgementsWanted
) -> Sequence[JudgementRow]:
    """Give the judgements that are wanted, by organisation and in the order of time.

    Filters choose among the reports; the grade is not one of them here, since it is the row's own.
    """
    mask = snapshot.index.select(filters.without("grade").selection())
    rows: Iterable[JudgementRow] = snapshot.register().judgements
    if wanted.when == "latest":
        rows = (row for row in rows if row.latest)
    elif wanted.when != "all":
        rows = held_at(rows, wanted.when)
    checks: tuple[tuple[tuple[str, ...], Callable[[JudgementRow], str | None]], ...] = (
        (wanted.areas, lambda row: row.area),
        (wanted.grades, lambda row: row.grade),
        (wanted.before, lambda row: row.previous_grade),
    )
    return [row for row in rows if mask[row.row] and all(not v or of(row) in v for v, of in checks)]


def held_at(rows: Iterable[JudgementRow], date: str) -> list[JudgementRow]:
    """Give the judgement of each organisation and area that held at the end of a day, a month or a year."""
    end = date + "-99-99"[: 3 * (2 - date.count("-"))]
    held: dict[tuple[str | None, str], JudgementRow] = {}
    for row in rows:
        if row.document.inspected_to and row.document.inspected_to <= end:
            held[row.organisation, row.area] = row
    return list(held.values())


def _area(snapshot: Snapshot, value: str) -> str:
    named = {name.casefold(): name for name in AREAS}.get(value.casefold())
    found = named or areas_of(value, None)[0]
    known = dict.fromkeys((*AREAS, *(row.area for row in snapshot.register().judgements)))
    if found not in known:
        raise QueryError(f"area can't be {value[:60]!r}; it is one of: {', '.join(known)}")
    return found


def _grade(name: str, value: str) -> str:
    if value.casefold() not in _GRADES:
        raise QueryError(f"{name} can't be {value[:60]!r}; it is one of: {', '.join(GRADES)}")
    return _GRADES[value.casefold()]


def _when(value: str) -> str:
    if value in ("latest", "all") or _DATE.fullmatch(value):
        return value
    raise QueryError(
        f"when can't be {value[:60]!r}; it is latest, all, or a date as 2018-09-01, 2018-09 or 2018"
    )
