"""Answers on what inspectors told councils to do: the recommendations of an inspection, or those on a subject anywhere.

This module must not know how recommendations are found in a report.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from indexer.document import Document
from indexer.register.inspections import inspected
from search_api.answers.answer import Statement
from search_api.answers.facts import (
    Facts,
    councils_in,
    listed,
    many,
    named_councils,
    of_advice,
    of_passage,
    place_of,
    report_filters,
    subject_in,
)
from search_api.citing.citation import spoken_date
from search_api.comparing.recommendation import NO_EVIDENCE, follow
from search_api.question.query import Query
from search_api.question.register_kind import asking_words
from search_api.question.slots import Slots, without_names
from search_api.register.register import RecommendationRow
from search_api.search.result_set import matching_rows
from search_api.snapshot import Snapshot

_ON = re.compile(
    r"\b(?:recommend\w*|recs|areas? for improvement|(?:any|some)thing|told|tell|asked?|do|points?|advice|instructed)\b.{0,40}?"
    r"\b(?:about|on|over|concerning|regarding|re|with|to (?:speed up|improve|sort out|fix|reduce|get)|for|from)\s+(?P<what>.+)",
    re.I,
)
_MOST = 400
"""Rows of one answer: more of them is the whole register, which nobody means."""
_LONGEST, _LONGEST_SUBJECT = 600, 8
_EVERY = re.compile(r"\b(?:all|ever|every)\b", re.I)
_LSCB = re.compile(r"\bLSCBs?\b|\bboards?\b", re.I)


def advice_facts(snapshot: Snapshot, query: Query, slots: Slots) -> Facts | None:
    """Answer with recommendations; None where the question names neither a council, a time nor a subject."""
    named, notes = named_councils(query), list[str]()
    filters, pool = report_filters(query), list[RecommendationRow]()
    mask = snapshot.index.select(filters.selection())
    pool = [row for row in snapshot.register().recommendations if mask[row.row]]
    of_board = (
        [row for row in pool if row.addressed_to == "LSCB"] if _LSCB.search(without_names(query)) else []
    )
    rows = _of_inspections(query, slots, of_board or pool, named, notes)
    subject = advised_on(query, named)
    if subject:
        near = set(matching_rows(snapshot, subject, replace(filters, passage_kind="recommendation")).tolist())
        on_it = [row for row in rows if row.row in near]
        if on_it or not named:
            rows = on_it
        else:
            notes.append(f"None of them was found to be on “{subject}”; these are all.")
            subject = ""
    if (
        not rows
        or len(rows) > _MOST
        or not (named or subject or query.years or query.published_from or query.published_to)
    ):
        return None
    statements = tuple(of_advice(row) for row in rows)
    inspections = {row.document.id: row.document for row in rows}
    councils = len({row.council for row in pool})
    on = f" on “{subject}”" if subject else ""
    where = f" for {listed(named)}" if named else place_of(query)
    reading = f"Recommendations and areas for improvement{on}{where}: {_inspections_in_words(tuple(inspections.values()))}"
    counted = (
        f"{many(len(rows), 'recommendation')}{on} from {many(len(inspections), 'inspection')}"
        f" at {councils_in(statements):,} of {many(councils, 'council')}{place_of(query)} with recommendations here."
    )
    return Facts("recommendations", reading, counted, statements, filters.to_json(), councils, tuple(notes))


def became_facts(snapshot: Snapshot, query: Query, slots: Slots) -> Facts | None:
    """Answer what became of an inspection's recommendations: what later documents say of each; None for no council."""
    asked = advice_facts(snapshot, query, slots) if named_councils(query) else None
    if asked is None:
        return None
    statements: list[Statement] = []
    followed = 0
    for advice in asked.statements:
        document = snapshot.index.document(advice.citations[0].document.id)
        passage_id = advice.citations[0].passage.id
        later = _later(snapshot, document, passage_id) if document else []
        followed += bool(later)
        statements += [advice, *later]
    counted = (
        f"Later documents here say something of {followed} of {many(len(asked.statements), 'recommendation')}. "
        "Nothing said of one doesn’t show that nothing was done."
    )
    reading = f"What became of: {asked.reading[:1].lower()}{asked.reading[1:]}"
    notes = (*asked.notes, *(() if followed else (NO_EVIDENCE,)))
    return replace(
        asked, kind="became", reading=reading, counted=counted, statements=tuple(statements), notes=notes
    )


def _later(snapshot: Snapshot, document: Document, passage_id: str) -> list[Statement]:
    followed = follow(snapshot, document, passage_id)
    again = [
        row.citations[0].passage.id
        for row in snapshot.register().recommendations
        if passage_id in row.repeats
    ]
    passages = dict.fromkeys((*(report.passage_id for report in followed.reports), *again))
    rows = (snapshot.index.row_of(one) for one in passages)
    made = (of_passage(snapshot, row, _LONGEST) for row in rows if row is not None)
    return [statement for statement in made if statement]


def _of_inspections(
    query: Query, slots: Slots, pool: Sequence[RecommendationRow], named: Sequence[str], notes: list[str]
) -> Sequence[RecommendationRow]:
    """Choose the inspections that are meant: of the years named, or of a named council the latest."""
    years = set(query.years) or {period.year for period in query.facts if period.year}
    if years:
        found = [row for row in pool if years & _years(row.document, whole=bool(named))]
        if found or not named:
            return found
        notes.append(
            f"No recommendations of {listed(map(str, sorted(years)))} are here; these are of the latest inspection."
        )
    if query.published_from or query.published_to:
        first, last = query.published_from or "", query.published_to or "9999"
        return [row for row in pool if first <= inspected(row.document) <= last]
    if not named or (slots.when == "ever" and _EVERY.search(query.question)):
        return pool
    latest: dict[str | None, Document] = {}
    for row in pool:
        held = latest.get(row.council)
        if not row.document.is_visit and (held is None or inspected(held) < inspected(row.document)):
            latest[row.council] = row.document
    chosen = {document.id for document in latest.values()}
    return [row for row in pool if row.document.id in chosen]


def _years(document: Document, *, whole: bool) -> set[int]:
    dates = [inspected(document)] + (
        [document.inspected_from or "", document.published or ""] if whole else []
    )
    return {int(date[:4]) for date in dates if date}


def advised_on(query: Query, named: Sequence[str]) -> str:
    """Give what recommendations are asked about, "" where all are: of a named council only what stands after "on" or "about"."""
    text = query.subject
    if named:
        match = _ON.search(text)
        text = match["what"] if match else ""
    found = subject_in(text, asking_words("advice"))
    return "" if named and len(found.split()) > _LONGEST_SUBJECT else found


def _inspections_in_words(documents: Sequence[Document]) -> str:
    if len(documents) > 3:
        return many(len(documents), "inspection")
    return listed(f"inspection of {spoken_date(inspected(document)) or 'no date'}" for document in documents)
