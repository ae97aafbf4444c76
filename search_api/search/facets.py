"""How many of a result's passages each value of each filter has.

Numbers are counted over the whole result, one pass over a column each. A filter's own values are counted as
if it weren't set, so that what stands beside a value is what choosing it would find. This module must not
know what a question is or how a page looks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.document import DOCUMENT_KINDS, GRADES, PASSAGE_KINDS
from indexer.store.columns import Columns, Mask
from indexer.store.stored_index import Index
from indexer.text.councils import region_of
from search_api.question.filters import Filters

MOST_SECTIONS = 8
"""Headings listed: there are hundreds, most of them of one document."""

_LEAST_OF_A_SECTION = 2
_ARTICLE = re.compile(r"^the\s+(?=\S)", re.IGNORECASE)
_GRADED = re.compile(rf"\s*:\s*(?:is |are )?(?:{'|'.join(GRADES)})\b.*$", re.IGNORECASE)
"""A grade printed after a heading: the same heading, whatever grade follows it, is one section. So is one with and without its article."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a filter and the number of passages that choosing it would find."""

    value: str
    passages: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter by its name as a parameter ("year" stands for both ends of the time published)."""

    name: str
    values: tuple[Value, ...]


NAMES = (
    "council", "region", "year", "kind", "framework", "section", "grade", "polarity", "passage_kind",
)  # fmt: skip


def facets(index: Index, matched: Mask, filters: Filters) -> tuple[Facet, ...]:
    """Count the values of every filter among the passages that match.

    `matched` (shape (passages,)) is what the question finds before `filters` are applied. Values of a
    facet stand in their own order (years newest first, grades best first) or the most frequent first.
    """
    found = []
    for name in NAMES:
        rows = np.flatnonzero(matched & index.select(_without(filters, name).selection()))
        values = _COUNTERS[name](index.columns, rows, filters)
        if values:
            found.append(Facet(name, tuple(values)))
    return tuple(found)


def _without(filters: Filters, name: str) -> Filters:
    if name == "council":
        return replace(filters, council=())
    if name == "year":
        return replace(filters, published_from=None, published_to=None)
    undone: dict[str, Any] = {name: None}
    return replace(filters, **undone) if name in Filters.SINGLE else filters


Rows = NDArray[np.int64]


def _tally(column: NDArray[np.int32], rows: Rows, names: Sequence[str]) -> dict[str, int]:
    """Count a column's numbers over the rows by their names; -1 is none and isn't counted."""
    chosen = column[rows]
    counts = np.bincount(chosen[chosen >= 0], minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=False) if count}


def _frequent(counts: dict[str, int], chosen: Sequence[str | None]) -> list[Value]:
    names = sorted(counts, key=lambda name: (-counts[name], name))
    absent = [name for name in chosen if name and name not in counts]
    return [Value(name, counts.get(name, 0), name in chosen) for name in (*absent, *names)]


def _in_order(counts: dict[str, int], order: Sequence[str], chosen: str | None) -> list[Value]:
    known = [name for name in order if name in counts or name == chosen]
    others = sorted(name for name in counts if name not in order)
    return [Value(name, counts.get(name, 0), name == chosen) for name in (*known, *others)]


def _councils(columns: Columns, rows: Rows, filters: Filters) -> list[Value]:
    return _frequent(_tally(columns.council, rows, columns.councils), filters.council)


def _regions(columns: Columns, rows: Rows, filters: Filters) -> list[Value]:
    counts: Counter[str] = Counter()
    for council, count in _tally(columns.council, rows, columns.councils).items():
        region = region_of(council)
        if region:
            counts[region] += count
    return _frequent(counts, (filters.region,))


def _years(columns: Columns, rows: Rows, filters: Filters) -> list[Value]:
    chosen = filters.published_from if filters.published_from == filters.published_to else None
    numbers, counts = np.unique(columns.published[rows] // 10_000, return_counts=True)
    by_year = {str(year): int(count) for year, count in zip(numbers, counts, strict=True) if year}
    if chosen and len(chosen) == 4:
        by_year.setdefault(chosen, 0)
    return [Value(year, by_year[year], year == chosen) for year in sorted(by_year, reverse=True)]


def _kinds(columns: Columns, rows: Rows, filters: Filters) -> list[Value]:
    return _in_order(_tally(columns.document_kind, rows, DOCUMENT_KINDS), DOCUMENT_KINDS, filters.kind)


def _frameworks(columns: Columns, rows: Rows, filters: Filters) -> list[Value]:
    return _frequent(_tally(columns.framework, rows, columns.frameworks), (filters.framework,))


def _grades(columns: Columns, rows: Rows, filters: Filters) -> list[Value]:
    return _in_order(_tally(columns.grade, rows, columns.grades), GRADES, filters.grade)


def _passage_kinds(columns: Columns, rows: Rows, filters: Filters) -> list[Value]:
    return _in_order(_tally(columns.kind, rows, PASSAGE_KINDS), PASSAGE_KINDS, filters.passage_kind)


def _sections(columns: Columns, rows: Rows, filters: Filters) -> list[Value]:
    """The commonest headings; each counted as the filter finds it, inside other headings and in any case."""
    counts = np.bincount(columns.section[rows], minlength=len(columns.sections))
    paths = [(columns.sections[number], int(counts[number])) for number in np.flatnonzero(counts)]
    printed: dict[str, Counter[str]] = {}
    for path, count in paths:
        named = (_ARTICLE.sub("", _GRADED.sub("", heading)) for heading in path)
        for folded, heading in {heading.casefold(): heading for heading in named}.items():
            printed.setdefault(folded, Counter())[heading] += count
    most = sorted(printed, key=lambda folded: (-printed[folded].total(), folded))[:MOST_SECTIONS]
    chosen = filters.section.casefold() if filters.section else None
    values = []
    for folded in dict.fromkeys([*([chosen] if chosen else []), *most]):
        held = sum(count for path, count in paths if any(folded in heading.casefold() for heading in path))
        name = printed[folded].most_common(1)[0][0] if folded in printed else filters.section or ""
        if held >= _LEAST_OF_A_SECTION or folded == chosen:
            values.append(Value(name, held, folded == chosen))
    return values


def _polarities(columns: Columns, rows: Rows, filters: Filters) -> list[Value]:
    """Strengths and weaknesses, where the index knows them apart."""
    column, names = getattr(columns, "polarity", None), getattr(columns, "polarities", ())
    if column is None:
        return []
    return _frequent(_tally(column, rows, names), (getattr(filters, "polarity", None),))


_COUNTERS = {
    "council": _councils,
    "region": _regions,
    "year": _years,
    "kind": _kinds,
    "framework": _frameworks,
    "section": _sections,
    "grade": _grades,
    "polarity": _polarities,
    "passage_kind": _passage_kinds,
}
