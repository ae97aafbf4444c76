"""Recommendations and areas for improvement of inspections and of visits after them, as rows.

This module must not know how a question was worded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from indexer.errors import QueryError
from search_api.fields import Filters
from search_api.register.parameter import Given, Parameter
from search_api.register.register import RecommendationRow
from search_api.search.result_set import matching_rows
from search_api.snapshot import Snapshot

RECOMMENDATIONS_ASKED = (
    Parameter("q", "only those that speak of this", "pathway plans"),
    Parameter("year", "only of inspections that ended in this year", "2019"),
)
_YEAR = re.compile(r"\d{4}", re.ASCII)


def recommendations(snapshot: Snapshot, filters: Filters, given: Given) -> Sequence[RecommendationRow]:
    """Answer the table's parameters; QueryError for a value that can't be.

    The grade, as a filter, is the inspection's overall one: advice stands under none.
    """
    year = given.get("year")
    if year and not _YEAR.fullmatch(year):
        raise QueryError(f"year can't be {year[:60]!r}; give it as 2019")
    mask = snapshot.index.select(filters.without("grade").selection())
    speak = None
    if "q" in given:
        chosen = replace(filters.without("grade"), passage_kind="recommendation")
        speak = set(matching_rows(snapshot, given["q"], chosen).tolist())
    return [
        row
        for row in snapshot.register().recommendations
        if mask[row.row]
        and (speak is None or row.row in speak)
        and (year is None or (row.inspected_to or row.published or "").startswith(year))
        and (filters.grade is None or row.document.overall == filters.grade)
    ]
