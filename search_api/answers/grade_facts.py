"""Answers on grades: now, ever, at a date or in a year, by area, from one to another, up or down, and how many.

Every condition looks at rows of the register; a set is whole. This module must not know how grades are printed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from indexer.register.areas import TITLES
from indexer.register.inspections import inspected
from indexer.text.councils import region_of
from search_api.answers.facts import (
    RANK,
    Facts,
    each_once,
    listed,
    many,
    named_councils,
    of_grade,
    place_of,
    report_filters,
)
from search_api.fields import Filters
from search_api.question.query import Query
from search_api.question.slots import Slots, When
from search_api.register.judgements import JudgementsWanted, held_at, judgements_wanted
from search_api.register.register import JudgementRow
from search_api.snapshot import Snapshot

_Rows = Sequence[JudgementRow]
_LAST = re.compile(r"\b(?:last|latest|most recent|this) (?:time|inspections?|report|visit)\b", re.I)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked, with what the question left open chosen."""

    query: Query
    slots: Slots
    grades: tuple[str, ...]
    areas: tuple[str, ...]
    when: When
    named: tuple[str, ...]


_BEST_FIRST = sorted(RANK, key=lambda grade: -RANK[grade])


def grade_facts(snapshot: Snapshot, query: Query, slots: Slots) -> Facts | None:
    """Answer a question on grades; None where no report that it is about judges the area."""
    named = named_councils(query)
    when = _when(slots, named, latest=query.latest or bool(_LAST.search(query.question)))
    areas = slots.areas or (() if slots.every_area else ("overall",))
    filters = report_filters(query)
    ever = _of_councils(snapshot, filters, JudgementsWanted(areas, when="all"))
    pool = _in_time(ever, query, when, named, now_too=slots.now_too)
    if not pool and named and when == "year":
        # An inspection of that year may have judged other areas alone.
        every = _of_councils(snapshot, filters, JudgementsWanted(when="all"))
        pool = _in_time(every, query, when, named)
        ever, areas = (every, ()) if pool else (ever, areas)
    if not pool and named:
        # What was asked of a year without an inspection is answered by the grade that held.
        pool, when = held_at(ever, _end(query)) or [row for row in ever if row.latest], "date"
    if not pool and named:
        ever = _of_councils(snapshot, filters, JudgementsWanted(when="all"))
        pool, areas = _in_time(ever, query, when, named) or [row for row in ever if row.latest], ()
    if not pool:
        return None
    grades = slots.grades or ((query.filters.grade,) if query.filters.grade else ())
    was = _were(query, slots, ever) if slots.then and not named else None
    if was is not None:
        pool = [row for row in pool if (row.council, row.area) in was]
    if slots.best and not grades:
        ranked = sorted({row.grade for row in pool if row.grade in RANK}, key=lambda grade: RANK[grade])
        grades = tuple(ranked[-1:] if slots.best == "best" else ranked[:1])
    rows = _chosen(slots, grades, pool, ever, when)
    if not areas and when == "latest":
        rows = of_newest(rows)
    notes: list[str] = []
    if not rows and named:
        rows = pool
        notes.append(f"No such judgement of {listed(named)} is here; these are the judgements that are.")
    if not rows:
        notes.append("None was found.")
    changed = bool(slots.before or slots.direction or slots.no_longer)
    before = {(row.document.id, row.area): row.citations[0] for row in snapshot.register().judgements}
    previous = _previous(snapshot.register().judgements)
    statements = each_once(
        of_grade(
            row, before.get((previous.get((row.document.id, row.area), ""), row.area)) if changed else None
        )
        for row in rows
    )
    inspected = len({row.council for row in pool})
    asked = _Asked(query, slots, grades, areas, when, named)
    reading, counted = _reading(asked), _counted(asked, rows, inspected)
    shown = filters.to_json() | {"area": list(areas), "grade": list(grades), "when": when}
    return Facts(
        "judgements",
        reading,
        counted,
        statements,
        {k: v for k, v in shown.items() if v},
        inspected,
        tuple(notes),
    )


def _of_councils(snapshot: Snapshot, filters: Filters, wanted: JudgementsWanted) -> _Rows:
    return [row for row in judgements_wanted(snapshot, filters, wanted) if row.council]


def grades_in_time(rows: _Rows, query: Query, slots: Slots) -> _Rows:
    """Give the rows of the time that a question names, of each council the latest where it names none."""
    when = "latest" if slots.when in (None, "ever") else slots.when
    found = _in_time(rows, query, when, named_councils(query))
    missing = {row.council for row in rows} - {row.council for row in found}
    return [*found, *(row for row in rows if row.latest and row.council in missing)]


def of_newest(rows: _Rows) -> _Rows:
    """Keep of each council the judgements of its last inspection among these: no adoption grade from years before."""
    newest = {row.council: row.document.id for row in sorted(rows, key=lambda row: inspected(row.document))}
    return [row for row in rows if newest[row.council] == row.document.id]


def _when(slots: Slots, named: Sequence[str], *, latest: bool) -> When:
    """Choose the time where the words leave it open: what changed is asked of every pair of inspections.

    Two grades at one inspection are asked of all as well: adoption has had no grade since 2018.
    """
    if not slots.when and slots.by in ("year", "framework"):
        return "ever"  # counted over time, each inspection counts
    changes = slots.before or slots.direction or slots.pairs or slots.always or slots.times
    if slots.when == "latest" and changes and not (latest or named):
        return "ever"
    return slots.when or ("ever" if changes else "latest")


def _in_time(
    rows: _Rows, query: Query, when: When, named: Sequence[str], *, now_too: bool = False
) -> list[JudgementRow]:
    if when == "latest":
        return [row for row in rows if row.latest]
    if when == "date":
        return held_at(rows, _end(query))
    if when == "year":
        years = set(query.years) or {period.year for period in query.facts if period.year}
        found = [row for row in rows if years & _years(row, whole=bool(named))]
        return (
            found + [row for row in rows if row.latest and row not in found]
            if named and now_too and found
            else found
        )
    if when == "period":
        first, last = query.published_from or "", query.published_to or "9999"
        return [row for row in rows if first <= (row.inspected_to or row.published or "") <= last]
    return list(rows)


def _end(query: Query) -> str:
    years = query.years or tuple(period.year for period in query.facts if period.year)
    return str(max(years)) if years else (query.published_to or query.published_from or "9999")[:4]


def _years(row: JudgementRow, *, whole: bool) -> set[int]:
    """Give the years of an inspection: for a council that is named also those of its report and its beginning."""
    document = row.document
    dates = [row.inspected_to or row.published]
    dates += [document.inspected_from, document.published] if whole else []
    return {int(date[:4]) for date in dates if date}


def _chosen(slots: Slots, grades: tuple[str, ...], pool: _Rows, ever: _Rows, when: When) -> _Rows:
    if slots.pairs:
        return _with_pairs(slots, pool)
    if slots.against:
        return _against(slots, pool)
    if slots.always or slots.times:
        return _often(slots, grades, pool, ever)
    if slots.before and slots.after:
        return [row for row in pool if (row.previous_grade, row.grade) == (slots.before, slots.after)]
    if slots.before:
        return [row for row in pool if row.previous_grade == slots.before and _moved(row, slots)]
    if slots.no_longer:
        was = {row.council for row in ever if row.grade in grades}
        return [row for row in pool if row.latest and row.council in was and row.grade not in grades]
    rows: Iterable[JudgementRow] = pool
    if slots.unmoved:
        return [
            row
            for row in pool
            if row.latest
            and row.previous_grade
            and not _moved(row, slots)
            and (not grades or row.grade in grades)
        ]
    if slots.direction:
        rows = [row for row in pool if _moved(row, slots)]
    if not grades:
        return list(rows)
    if slots.negated and when in ("ever", "period"):
        had = {(row.council, row.area) for row in pool if row.grade in grades}
        return [row for row in ever if row.latest and (row.council, row.area) not in had]
    return [row for row in rows if (row.grade in grades) != slots.negated]


def _were(query: Query, slots: Slots, ever: _Rows) -> set[tuple[str | None, str]]:
    """Give the councils and areas that had one of the grades in the years named, or ever before the one that holds."""
    # Of two years the second is that of the grade that followed.
    years = {min(query.years)} if len(query.years) > 1 else set(query.years)
    return {
        (row.council, row.area)
        for row in ever
        if row.grade in slots.then and (years & _years(row, whole=False) if years else not row.latest)
    }


def _often(slots: Slots, grades: tuple[str, ...], pool: _Rows, ever: _Rows) -> _Rows:
    """Keep the grades of those that had one of them (or the same) at every inspection, so many times, or so many running."""
    given: dict[tuple[str | None, str], list[str]] = {}
    for row in sorted(ever, key=lambda row: inspected(row.document)):
        given.setdefault((row.council, row.area), []).append(row.grade)

    def holds(row: JudgementRow) -> bool:
        had = [grade in grades if grades else grade == row.grade for grade in given[row.council, row.area]]
        if slots.always:
            return all(had)
        runs = "".join("x" if one else " " for one in had).split() if slots.running else ["x" * sum(had)]
        return max(map(len, runs), default=0) >= slots.times

    return [row for row in pool if (not grades or row.grade in grades) and holds(row)]


def _moved(row: JudgementRow, slots: Slots) -> bool:
    if row.grade not in RANK or row.previous_grade not in RANK:
        return False
    by = RANK[row.grade] - RANK[row.previous_grade]
    if slots.direction == "same":
        return by == 0
    if slots.direction == "changed":
        return by != 0
    return (by > 0) == (slots.direction == "up") and by != 0 and (not slots.by_two or abs(by) >= 2)


def _with_pairs(slots: Slots, pool: _Rows) -> _Rows:
    wanted = dict(slots.pairs)
    met = Counter(row.document.id for row in pool if row.grade in wanted.get(row.area, ()))
    return [row for row in pool if met[row.document.id] == len(wanted) and row.area in wanted]


def _against(slots: Slots, pool: _Rows) -> _Rows:
    assert slots.against is not None  # noqa: S101 (asked for only then)
    one, other, way = slots.against
    grades = {(row.document.id, row.area): RANK.get(row.grade) for row in pool}

    def holds(document_id: str) -> bool:
        first, second = grades.get((document_id, one)), grades.get((document_id, other))
        return (
            first is not None and second is not None and (first > second if way == "up" else first < second)
        )

    return [row for row in pool if row.area in (one, other) and holds(row.document.id)]


def _previous(rows: Iterable[JudgementRow]) -> dict[tuple[str, str], str]:
    """Give the report before, by its id, of each report and area."""
    found: dict[tuple[str, str], str] = {}
    last: dict[tuple[str | None, str], str] = {}
    for row in rows:
        key = (row.council, row.area)
        if key in last:
            found[row.document.id, row.area] = last[key]
        last[key] = row.document.id
    return found


def _reading(asked: _Asked) -> str:
    query, slots, grades, when, named = asked.query, asked.slots, asked.grades, asked.when, asked.named
    area = listed(TITLES.get(name, name) for name in asked.areas) or "every area"
    grade = _alternatives(grades)
    who = f"Councils{place_of(query)}"
    time = _time(asked)
    if named:
        graded = f", {'not ' if slots.negated else ''}{grade}" if grade else ""
        return f"Grades of {listed(named)} for {area}{graded}: {time}"
    if slots.then:
        first, last = (min(query.years), max(query.years)) if query.years else (None, None)
        past = f"judged {_alternatives(slots.then)} {f'in {first}' if first else 'before'}"
        now = f"grade at the end of {last}" if last != first else "grade now"
        return f"{who} {past} for {area}: {f'those whose {now} is {grade}' if grade else f'their {now}'}"
    if slots.always:
        return f"{who} judged {grade} for {area} at every inspection here"
    if slots.times:
        run = " inspections running" if slots.running else " inspections or more"
        return f"{who} judged {grade or 'the same'} for {area} at {slots.times}{run}"
    if slots.pairs:
        each = listed(f"{_alternatives(found)} for {TITLES.get(name, name)}" for name, found in slots.pairs)
        return f"{who} judged {each} at one inspection: {time}"
    if slots.against:
        one, other, side = slots.against
        step = "higher" if side == "up" else "lower"
        return f"{who} with a {step} grade for {TITLES.get(one, one)} than for {TITLES.get(other, other)}: {time}"
    if slots.before and slots.after:
        moved = f"from {slots.before.lower()} to {slots.after.lower()}"
        return f"{who} that went {moved} for {area} between two consecutive inspections: {time}"
    if slots.no_longer:
        return f"{who} that were once judged {grade} for {area} and no longer are"
    if slots.direction:
        given = {"up": "a better", "down": "a worse", "same": "the same", "changed": "another"}[
            slots.direction
        ]
        given = f"no {given.removeprefix('a ')}" if slots.unmoved else given
        kept = f", {grade}," if grade else f", after {slots.before.lower()}," if slots.before else ""
        step = " by two grades or more" if slots.by_two and slots.direction != "same" else ""
        like = "as" if slots.direction == "same" else "than"
        return f"{who} given {given} grade{kept} for {area}{step} {like} at the inspection before: {time}"
    if not grade:
        return f"Grades for {area}: {who.lower()}, {time}"
    if when == "latest":
        return f"{who} whose latest inspection judged {area} {'other than ' if slots.negated else ''}{grade}"
    verb = "never judged" if slots.negated and when == "ever" else "not judged" if slots.negated else "judged"
    return f"{who} {verb} {grade} for {area}: {time}"


def _alternatives(grades: Sequence[str]) -> str:
    return " or ".join(
        grade.lower() for grade in sorted(grades, key=lambda g: _BEST_FIRST.index(g) if g in RANK else 9)
    )


def _time(asked: _Asked) -> str:
    query, when = asked.query, asked.when
    and_now = ", and the latest" if asked.named and asked.slots.now_too else ""
    years = query.years or tuple(period.year for period in query.facts if period.year)
    if when == "latest":
        return "the latest inspection"
    if when == "date":
        return (
            f"the grade that held at the end of {_end(query)}"
            if _end(query) != "9999"
            else "the grade that holds"
        )
    if when == "year":
        return f"inspections of {listed(map(str, years))}{and_now}"
    if when == "period":
        ends = (("from", query.published_from), ("to", query.published_to))
        return f"inspections {' '.join(f'{word} {date[:4]}' for word, date in ends if date)}"
    return "all inspections"


def _counted(asked: _Asked, rows: _Rows, inspected: int) -> str:
    slots, time = asked.slots, _time(asked)
    area = listed(TITLES.get(name, name) for name in asked.areas) or "any area"
    found = len({row.council for row in rows})
    whose = (
        f"that were judged {_alternatives(slots.then)}"
        if slots.then and not asked.named
        else f"with a judgement of {area} here"
    )
    said = f"{found:,} of the {many(inspected, 'council')}{place_of(asked.query)} {whose} ({time})"
    by: dict[str, Callable[[JudgementRow], str]] = {
        "year": lambda row: (row.inspected_to or row.published or "")[:4],
        "region": lambda row: region_of(row.council or "") or "no region",
        "framework": lambda row: row.framework or "",
    }
    if slots.by in by:
        each = Counter((by[slots.by](row), row.grade) for row in rows)
        groups = dict.fromkeys(sorted(group for group, _ in each))
        said += ": " + "; ".join(
            f"{group}: {', '.join(f'{each[group, grade]} {grade.lower()}' for grade in _BEST_FIRST if each[group, grade])}"
            for group in groups
        )
    elif not slots.grades and found > 1 and not slots.before:
        grades = Counter(row.grade for row in rows)
        said += ": " + ", ".join(f"{grades[grade]} {grade.lower()}" for grade in _BEST_FIRST if grades[grade])
    return f"{said}."
