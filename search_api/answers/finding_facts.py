"""Answers made of findings: who is criticised or praised, what changed, what a group has in common, how it runs over years.

The rows are the register's own tables; here a question's words choose among them. This module must not know how findings are
made.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from indexer.errors import QueryError
from indexer.register.findings import FindingRows
from indexer.register.inspections import inspected
from indexer.text.polarity import POLARITIES
from search_api.answers.answer import Statement
from search_api.answers.facts import (
    Facts,
    councils_in,
    listed,
    many,
    named_councils,
    place_of,
    report_filters,
    subject_in,
)
from search_api.answers.topic import side_of
from search_api.citing.citation import Citation
from search_api.fields import Filters
from search_api.question.query import Query
from search_api.question.register_kind import asking_words
from search_api.question.slots import Slots, without_names
from search_api.register.changes import changes
from search_api.register.common import common
from search_api.register.findings import FindingRow, finding_rows, select_findings
from search_api.register.subject_asked import SubjectAsked, subject_asked
from search_api.register.trend import trend
from search_api.snapshot import Snapshot

_OF_EACH = 3
"""Statements of one inspection that show how a council stood on a subject."""
_MOST_SHARED = 15
_SHORT_SUBJECT = 3
"""Words of a subject that is asked about in a group; more of them are the group's."""
_STILL = re.compile(
    r"\b(?:still|keeps?|kept|remain\w*|stay\w*|sustain\w*|again|same old|twice|throughout|persist\w*)\b", re.I
)
_NOT = re.compile(
    r"\b(?:not|never)\s+(?:\w+\s+)?(?:criticised|praised|found|told|weak|faulted)\b|n['’]t\s+(?:been\s+)?(?:criticised|praised|found|faulted)\b",
    re.I,
)
_NOT_IMPROVED = re.compile(
    r"\b(?:not|never|failed to|fail to|no)\b.{0,40}\b(?:improv|better|progress)|n['’]t\b.{0,30}\b(?:improv|better|sorted|fixed)",
    re.I,
)
_TURNED_ROUND = re.compile(r"\bturn(?:s|ed|ing)?\b.{0,60}?\ba?round\b", re.I)
_EITHER = re.compile(
    r"\bfor and against\b|\bfindings?\b|\bprais\w+ (?:or|and) criti|\bcriti\w+ (?:or|and) prais", re.I
)
_SAID = re.compile(
    r"\b(?:inspectors?|ofsted|reports?|they)\b.{0,12}\b(?:say|said|written|write|think|thought|find|found|mention\w*)\b"
    r"|\bhow (?:well|badly)\b",
    re.I,
)
_WHO = re.compile(
    r"\b(?:who|whose|where|which|councils?|authorit\w+|boroughs?|count(?:y|ies)|places|areas|las?|ones|any(?:one|where|body)|list)\b",
    re.I,
)
_BLAME = re.compile(
    r"\b(?:critici[sz]\w*|weak\w*|poor\w*|bad\w*|wrong|worst|fault\w*|fail\w*|concern\w*|problem\w*|negativ\w*"
    r"|shortcomings?|shortfalls?|lack\w*|dislike[ds]?|wanting|trouble\w*|struggl\w*)\b|n['’]t like\b",
    re.I,
)
_STRONG = re.compile(r"\b(?:strong|strength|good|well|praised|edge)\b", re.I)
_PRAISE = re.compile(
    r"\b(?:prais\w*|commend\w*|strengths?|good|well|best|strong\w*|like[ds]?|excel\w*|positive\w*|lovely|highly)\b",
    re.I,
)
_WORDS = {"weakness": "criticised", "strength": "praised"}
_CHANGED = {
    "improved": "improved", "worsened": "got worse", "still_weak": "stayed weak", "still_strong": "stayed strong",
}  # fmt: skip


def finding_facts(snapshot: Snapshot, query: Query, slots: Slots) -> Facts | None:
    """Answer which councils were criticised or praised for a subject; None where no subject is named, or its lack asked for.

    Where neither is asked for, passages answer: a survey of all that is said, facts too, finds more of it.
    """
    subject, side = subject_of(query), side_asked(query)
    named = named_councils(query)
    if side is None or (not subject and not named):
        return None
    filters, grades = _in_years(report_filters(query), query), slots.grades
    asked = subject_asked(snapshot, subject) if subject else None
    try:
        found = select_findings(snapshot, filters, asked)
    except QueryError:
        return None  # the index was built before there were findings
    found = found[_of_grades(snapshot, found, grades)]
    verdict = found["verdict"]
    wanted = np.isin(verdict, (POLARITIES.index("mixed"), POLARITIES.index(side)))
    done, lacking = _WORDS[side], bool(_NOT.search(query.question))
    holding = _councils_of(snapshot, found[wanted])
    if lacking:
        of_others = [snapshot.document_at(int(row)).council not in holding for row in found["row"]]
        wanted = (verdict != POLARITIES.index("neutral")) & np.array(of_others, dtype=np.bool_)
    rows = finding_rows(snapshot, found[wanted], subject)
    rated = f" judged {listed(grade.lower() for grade in grades)}" if grades else ""
    who = listed(named) if named else f"Councils{place_of(query)}{rated}"
    statements = tuple(of_finding(row) for row in _purest_first(rows, side))
    inspected_here = _councils(snapshot, filters, grades)
    about = _name(subject, asked) if asked else "any subject"
    reading = f"{who} {'with findings on it, but not ' if lacking else ''}{done} for {about}"
    spoken_of = _councils_of(snapshot, found)
    here = councils_in(statements)
    if lacking:
        was = f"{'has' if here == 1 else 'have'} findings on it and {'was' if here == 1 else 'were'} not {done} for it"
        beside = f"; {len(holding)} {'was' if len(holding) == 1 else 'were'}"
    else:
        partly = len(holding - _councils_of(snapshot, found[verdict == POLARITIES.index(side)]))
        was = f"{done} for it{f' ({partly:,} of them only in part)' if partly else ''}"
        others = len(spoken_of - holding)
        beside = (
            f"; {others:,} more {'has' if others == 1 else 'have'} only other findings on it"
            if others
            else ""
        )
    counted = (
        f"{here:,} of {many(len(inspected_here), 'council')} inspected{place_of(query)} {was}, in "
        f"{many(len({row.document.id for row in rows}), 'report')}{beside}; of {len(inspected_here - spoken_of):,} nothing was found on it"
        f"{_not_inspected(snapshot, filters, inspected_here)}."
    )
    return Facts("findings", reading, counted, statements, filters.to_json(), len(inspected_here))


def _purest_first(rows: Sequence[FindingRow], side: str) -> list[FindingRow]:
    """Put councils in order, those of which only mixed statements are there last, and in each the mixed ones last."""
    pure = {row.council for row in rows if row.verdict != "mixed"}
    return sorted(
        rows,
        key=lambda row: (
            row.council not in pure, row.council or "", row.verdict == "mixed", inspected(row.document), row.row
        ),
    )  # fmt: skip


def _of_grades(snapshot: Snapshot, found: FindingRows, grades: Sequence[str]) -> NDArray[np.bool_]:
    """True for the findings of reports with one of these overall grades; for all where none is given."""
    if not grades:
        return np.ones(len(found), dtype=np.bool_)
    numbers = [n for n, d in enumerate(snapshot.index.documents_by_number) if d.overall in grades]
    return np.isin(snapshot.index.columns.document[found["row"]], numbers)


def _councils_of(snapshot: Snapshot, found: FindingRows) -> set[str | None]:
    numbers = np.unique(snapshot.index.columns.document[found["row"]]).tolist()
    return {snapshot.index.documents_by_number[number].council for number in numbers}


def _not_inspected(snapshot: Snapshot, filters: Filters, inspected_here: set[str]) -> str:
    """Count the councils that reports are here of, but none of the time or framework that is asked about."""
    everywhen = replace(filters, published_from=None, published_to=None, framework=None)
    left = len(_councils(snapshot, everywhen, ()) - inspected_here)
    if everywhen == filters or not left:
        return ""
    return f"; {left:,} more {'was' if left == 1 else 'were'} not inspected then"


def change_facts(snapshot: Snapshot, query: Query, slots: Slots) -> Facts | None:
    """Answer what changed on a subject: at the councils named, over all their inspections; else wherever it did.

    None where no subject is named, or where councils named have findings on it of one inspection alone.
    """
    subject, named = subject_of(query), named_councils(query)
    if not subject:
        return None
    filters = report_filters(query)
    asked = subject_asked(snapshot, subject)
    about = _name(subject, asked)
    if named:
        shown = of_each_inspection(findings_with_verdict(snapshot, filters, subject, asked))
        if len({row.document.id for row in shown}) < 2:
            return None  # what one inspection found is no change
        statements = tuple(of_finding(row) for row in shown)
        if len({row.document.id for row in shown}) < 2:
            return None
        days = listed(dict.fromkeys(inspected(row.document)[:4] for row in shown))
        counted = f"{many(len(statements), 'finding')} of the inspections of {days}, in the order of time."
        reading = f"How {about} changed at {listed(named)}, inspection by inspection"
        return Facts("changes", reading, counted, statements, filters.to_json(), len(named))
    change = change_asked(query, slots)
    try:
        pairs = changes(snapshot, filters, {"q": subject} | ({"change": change} if change else {}))
    except QueryError:
        return None
    statements = tuple(replace(of_finding(row.after), citations=row.citations) for row in pairs)
    here = _councils(snapshot, Filters(council=filters.council, region=filters.region), ())
    held = snapshot.register().inspections.values()
    followed = sum(len(its) > 1 and its[-1].document.council in here for its in held)
    done = _CHANGED.get(change or "", "changed")
    reading = (
        f"Councils{place_of(query)} that {done} on {about} between two inspections that follow each other"
    )
    counted = f"{councils_in(statements):,} of the {many(followed, 'council')}{place_of(query)} with two inspections here; {len(here) - followed:,} more have one alone."
    return Facts("changes", reading, counted, statements, filters.to_json(), followed)


def trend_facts(snapshot: Snapshot, query: Query, slots: Slots) -> Facts | None:
    """Answer how findings on a subject run over the years, frameworks or regions; None where no subject is named."""
    subject = subject_of(query)
    if not subject:
        return None
    by = slots.by or "year"
    filters = _in_years(report_filters(query), query)
    try:
        rows = trend(snapshot, filters, {"q": subject, "by": by})
    except QueryError:
        return None
    said = "; ".join(
        f"{row.year or row.framework or row.region}: {row.inspected} inspected, {row.with_findings} with findings "
        f"({row.weakness} weak, {row.strength} strong, {row.mixed} both)"
        for row in rows
    )
    statements = tuple(_of_citation(one) for row in rows for one in row.citations[:1])
    reading = f"Findings on {_name(subject, subject_asked(snapshot, subject))} by {by}, in documents"
    inspections = sum(row.inspected for row in rows)
    return Facts("trend", reading, f"{said}.", statements, filters.to_json() | {"by": by}, inspections)


def common_facts(snapshot: Snapshot, query: Query, slots: Slots) -> Facts | None:
    """Answer what a group of councils has in common beside the rest; None where the words choose no group."""
    filters = _in_years(report_filters(query), query)
    if slots.grades:
        filters = replace(filters, grade=slots.grades[0])
    text = _without_grades(query)
    well = bool(slots.grades) and slots.grades[0] in ("Good", "Outstanding")
    side = "weakness" if _BLAME.search(text) else "strength" if well or _PRAISE.search(text) else "weakness"
    try:
        rows = common(snapshot, filters, {"verdict": side})
    except QueryError:
        return None
    subject = subject_of(query)
    meant = subject_asked(snapshot, subject).subjects if subject else ()
    if meant and len(subject.split()) <= _SHORT_SUBJECT:
        rows = [row for row in rows if row.subject in meant]
    rows = rows[:_MOST_SHARED]
    said = "; ".join(
        f"{row.name}: {row.weak_in_group} of {row.group}, elsewhere {row.weak_in_rest} of {row.rest}"
        for row in rows
    )
    grades = listed(grade.lower() for grade in slots.grades)
    group = f"{f'{filters.framework} ' if filters.framework else ''}inspections{place_of(query)}{f' with the overall grade {grades}' if grades else ''}{_years(query)}"
    done = _WORDS[side]
    reading = f"What {group} are {done} for more often than the rest"
    statements = tuple(_of_citation(one) for row in rows for one in row.citations[:1])
    return Facts("common", reading, f"{said}.", statements, filters.to_json() | {"verdict": side}, 0)


def of_finding(row: FindingRow) -> Statement:
    """Make a statement of a finding."""
    return Statement(row.text, row.citations, row.council, row.document.overall, polarity=row.verdict)


def _of_citation(citation: Citation) -> Statement:
    document = citation.document
    return Statement(citation.quote, (citation,), document.council, document.overall)


def findings_with_verdict(
    snapshot: Snapshot, filters: Filters, subject: str, asked: SubjectAsked
) -> Sequence[FindingRow]:
    """Give the findings on a subject that praise, criticise or do both; none of an index that was built without them.

    Of a report without any on the subjects that the words mean, those that are near to the words themselves.
    """
    neutral = POLARITIES.index("neutral")
    try:
        found = select_findings(snapshot, filters, asked)
        found = found[found["verdict"] != neutral]
        if asked.subjects:
            column = snapshot.index.columns.document
            near = select_findings(snapshot, filters, SubjectAsked(asked.words, ()))
            held = np.isin(column[near["row"]], column[found["row"]])
            found = np.concatenate([found, near[~held & (near["verdict"] != neutral)]])
    except QueryError:
        return ()
    return finding_rows(snapshot, found, subject)


def subject_of(query: Query) -> str:
    """Give what of a question names a subject, without the words that only ask; "" for none."""
    return subject_in(without_names(query), asking_words("findings"))


def _name(subject: str, asked: SubjectAsked) -> str:
    return f"“{subject}”" + (f" (taken as: {asked.name})" if asked.subjects and asked.name != subject else "")


def side_asked(query: Query) -> str | None:
    """Say which side of findings a question asks for; None where for either, or for no side."""
    side = side_of(query.question)
    if side:
        return "strength" if side == "praise" else "weakness"
    text = _without_grades(query)
    if _EITHER.search(text):
        return None
    if _PRAISE.search(text) or _BLAME.search(text):
        return "strength" if _PRAISE.search(text) else "weakness"
    # "Who has too many cases?" asks for what is weak without saying so; what is said at all is asked of passages.
    return "weakness" if _WHO.search(text) and not (_SAID.search(text) or named_councils(query)) else None


def _without_grades(query: Query) -> str:
    text = query.question
    return re.sub(
        r"\b(?:outstanding|good)\b(?= (?:councils?|authorit\w+|boroughs?|places|ones|las)\b)",
        "",
        text,
        flags=re.I,
    )


def change_asked(query: Query, slots: Slots) -> str | None:
    """Say which change between two inspections a question asks for; None for any."""
    text = query.question
    if _NOT_IMPROVED.search(text):
        return "still_weak"
    if _STILL.search(text) or slots.direction == "same":
        return (
            "still_strong"
            if _STRONG.search(text) and not re.search(r"\bweak|problem|criti", text, re.I)
            else "still_weak"
        )
    if _TURNED_ROUND.search(text):
        return "improved"
    return {"up": "improved", "down": "worsened"}.get(slots.direction or "")


def _in_years(filters: Filters, query: Query) -> Filters:
    """Add the years that a question names to filters, unless they are set."""
    if filters.published_from or filters.published_to:
        return filters
    years = [str(year) for year in query.years]
    first, last = (min(years), max(years)) if years else (query.published_from, query.published_to)
    return replace(filters, published_from=first, published_to=last)


def _years(query: Query) -> str:
    return f" of {listed(map(str, query.years))}" if query.years else ""


def _councils(snapshot: Snapshot, filters: Filters, grades: Sequence[str]) -> set[str]:
    """Name the councils with an inspection's report that the filters leave."""
    mask = snapshot.index.select(filters.selection())
    numbers = set(snapshot.index.columns.document[mask].tolist())
    documents = [snapshot.index.documents_by_number[number] for number in numbers]
    return {
        d.council for d in documents if d.council and d.is_inspection and (not grades or d.overall in grades)
    }


def of_each_inspection(rows: Sequence[FindingRow]) -> list[FindingRow]:
    """Keep the surest statements of each inspection with a verdict, in the order of time."""
    held: dict[str, list[FindingRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: -row.confidence):
        if row.verdict != "neutral" and len(held[row.document.id]) < _OF_EACH:
            held[row.document.id].append(row)
    return sorted(
        (row for found in held.values() for row in found), key=lambda row: (inspected(row.document), row.row)
    )
