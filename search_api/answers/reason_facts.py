"""Why a council was judged as it was: the report's own words under that judgement, and its recommendations.

Nothing is inferred: what a report says in its summary, or under the heading of the area, is what it gives as its reasons.
This module must not know how a question was worded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from indexer.document import Document
from indexer.register.areas import TITLES, areas_of
from indexer.register.inspections import inspected
from indexer.text.polarity import polarity_of_text
from indexer.text.sentences import sentences_of
from search_api.answers.answer import Statement
from search_api.answers.facts import (
    SIDE_OF_GRADE,
    Facts,
    each_once,
    listed,
    named_councils,
    of_advice,
    of_grade,
    report_filters,
)
from search_api.citing.citation import cite, spoken_date
from search_api.question.query import Query
from search_api.question.slots import Slots
from search_api.register.judgements import JudgementsWanted, judgements_wanted
from search_api.register.register import JudgementRow
from search_api.snapshot import Snapshot

_MOST, _MOST_ADVICE = 10, 8
_FOR_CHILDREN = "children and young people"
_LONGEST = 500
_ABOUT = re.compile(r"\binformation about\b", re.IGNORECASE)
"""Headings over facts of the place and the inspection, which are nobody's reasons."""


def reason_facts(snapshot: Snapshot, query: Query, slots: Slots) -> Facts | None:
    """Give the reasons for each judgement that a question asks about; None where it names no council that was judged."""
    named = named_councils(query)
    if not named:
        return None
    filters = report_filters(query)
    areas = slots.areas or ("overall",)
    rows = judgements_wanted(snapshot, filters, JudgementsWanted(areas[:2], when="all"))
    chosen = [
        row for name in named for row in _asked_about(query, slots, [r for r in rows if r.council == name])
    ]
    if not chosen:
        return None
    statements: list[Statement] = []
    for row in chosen:
        side = _side(slots, row)
        said = _said(snapshot, row, side)
        statements += [of_grade(row), *said]
        if side == "weakness":
            advice = [
                of_advice(one)
                for one in snapshot.register().recommendations
                if one.document.id == row.document.id and (row.area == "LSCB") == (one.addressed_to == "LSCB")
            ]
            statements += advice[:_MOST_ADVICE] if row.area in ("overall", "LSCB") else []
    reading = "Reasons for the judgement: " + listed(
        f"{row.council}, {TITLES.get(row.area, row.area)}, {row.grade.lower()}, {spoken_date(inspected(row.document))}"
        for row in chosen
    )
    counted = f"{len(statements):,} passages of {listed(_title(row.document) for row in chosen)}: the judgement, what the report says under it, and what it recommends."
    notes = _unlike(query, slots, chosen)
    return Facts("reasons", reading, counted, each_once(statements), filters.to_json(), len(named), notes)


def _unlike(query: Query, slots: Slots, chosen: Sequence[JudgementRow]) -> tuple[str, ...]:
    """Say where the judgements that there are aren't those that the question takes for granted."""
    wanted = (slots.after,) if slots.after else slots.grades
    years = {str(year) for year in query.years}
    asks_why_not = slots.negated or slots.direction == "down" or not wanted
    other = not asks_why_not and not any(row.grade in wanted for row in chosen)
    other_year = years and not any(years & _years(row.document) for row in chosen)
    if not (other or other_year):
        return ()
    graded = f" {listed(str(grade).lower() for grade in wanted)}" if other else ""
    when = f" of {listed(sorted(years))}" if other_year else ""
    return (
        f"No such judgement{graded}{when} is among the documents here; these are the reasons for what is.",
    )


def _title(document: Document) -> str:
    return f"the report of {spoken_date(inspected(document))}"


def _asked_about(query: Query, slots: Slots, rows: Sequence[JudgementRow]) -> list[JudgementRow]:
    """Choose the judgements: of the years named, else the last with the grade named, else the latest."""
    years = set(query.years) | {period.year for period in query.facts if period.year}
    in_years = (
        [row for row in rows if {str(year) for year in years} & _years(row.document)] if years else list(rows)
    )
    wanted = (slots.after,) if slots.after else slots.grades
    graded = [row for row in in_years or rows if row.grade in wanted] if wanted and not slots.negated else []
    if slots.direction == "down" and not slots.after:
        # "Why did it lose its good?" asks about the grade that came after.
        fallen = [row for row in in_years or rows if row.previous_grade in wanted and row.grade not in wanted]
        graded = fallen or graded
    pool = graded or in_years or list(rows)
    last = max((inspected(row.document) for row in pool), default="")
    return [row for row in pool if inspected(row.document) == last]


def _years(document: Document) -> set[str]:
    return {date[:4] for date in (document.inspected_from, document.inspected_to, document.published) if date}


def _side(slots: Slots, row: JudgementRow) -> str:
    """Say which side explains a grade: "why not good" and "why only good" ask for what is weak."""
    if slots.negated or slots.direction == "down":
        return "weakness"
    return "strength" if slots.direction == "up" else SIDE_OF_GRADE.get(row.grade, "weakness")


def _said(snapshot: Snapshot, row: JudgementRow, side: str) -> list[Statement]:
    found = [made for made in _sentences(snapshot, row) if made.polarity in (side, "mixed")]
    if len(found) < 2:
        found = list(_sentences(snapshot, row))
    summaries = [made for made in found if made.citations[0].passage.kind == "summary"]
    return (summaries or found)[:_MOST]


def _sentences(snapshot: Snapshot, row: JudgementRow) -> Iterable[Statement]:
    """Give what a report says under a judgement, passage by passage: its summary for the whole, a part's own for an area."""
    document = snapshot.index.document(row.document.id)
    for passage in document.passages if document else ():
        headings = " ".join(passage.section)
        if (
            passage.kind not in ("summary", "paragraph", "text")
            or _FOR_CHILDREN in headings.casefold().split("summary for")[-1:][0][:30]
        ):
            continue
        if _ABOUT.search(headings):
            continue
        under = {area for heading in passage.section for area in areas_of(heading, None)}
        if row.area == "overall":
            belongs = passage.kind == "summary" and not under & set(TITLES) - {"overall"}
        else:
            belongs = row.area in under
        if not belongs:
            continue
        ends = [sentence.end for sentence in sentences_of(passage.text) if sentence.end <= _LONGEST]
        citation = cite(passage, row.document, 0, max(ends, default=len(passage.text)))
        polarity = polarity_of_text(citation.quote)
        yield Statement(citation.quote, (citation,), row.council, row.grade, polarity=polarity)
