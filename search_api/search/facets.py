"""How many of some rows each value of a filter has, counted in one pass over a column.

This module must not know what a question is or how a page looks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.document import GRADES
from indexer.store.columns import Columns
from indexer.text.councils import region_of

MOST_SECTIONS = 8
"""Headings listed: there are hundreds, most of them of one document."""

_LEAST_OF_A_SECTION = 2
_ARTICLE = re.compile(r"^the\s+(?=\S)", re.IGNORECASE)
_GRADED = re.compile(rf"\s*:\s*(?:is |are )?(?:{'|'.join(GRADES)})\b.*$", re.IGNORECASE)
"""A grade printed after a heading: the same heading, whatever grade follows it, is one section. So is one with and without its article."""

Rows = NDArray[np.int64]


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


Count = Callable[[Columns, Rows, Sequence[str]], list[Value]]
"""Counts the values of a filter over rows; the values chosen are among them though none has them."""


Numbered = Callable[[Columns], tuple[NDArray[np.int32], Sequence[str]]]
"""Gives a column, and the names that its numbers stand for."""


def frequent(numbered: Numbered) -> Count:
    """Count a column's values, the most frequent first."""

    def count(columns: Columns, rows: Rows, chosen: Sequence[str]) -> list[Value]:
        return _frequent(_tally(*numbered(columns), rows), chosen)

    return count


def in_order(numbered: Numbered, order: Sequence[str]) -> Count:
    """Count a column's values, those of `order` first."""

    def count(columns: Columns, rows: Rows, chosen: Sequence[str]) -> list[Value]:
        counts = _tally(*numbered(columns), rows)
        known = [name for name in order if name in counts or name in chosen]
        others = sorted(name for name in counts if name not in order)
        return [Value(name, counts.get(name, 0), name in chosen) for name in (*known, *others)]

    return count


def regions(columns: Columns, rows: Rows, chosen: Sequence[str]) -> list[Value]:
    """Count the regions of the rows' councils."""
    counts: Counter[str] = Counter()
    for council, count in _tally(columns.council, columns.councils, rows).items():
        region = region_of(council)
        if region:
            counts[region] += count
    return _frequent(counts, chosen)


def years(columns: Columns, rows: Rows, chosen: Sequence[str]) -> list[Value]:
    """Count the years published, the newest first."""
    numbers, counts = np.unique(columns.published[rows] // 10_000, return_counts=True)
    by_year = {str(year): int(count) for year, count in zip(numbers, counts, strict=True) if year}
    for year in chosen:
        if len(year) == 4:
            by_year.setdefault(year, 0)
    return [Value(year, by_year[year], year in chosen) for year in sorted(by_year, reverse=True)]


def sections(columns: Columns, rows: Rows, chosen: Sequence[str]) -> list[Value]:
    """Count the commonest headings; each counted as the filter finds it, inside other headings and in any case."""
    counts = np.bincount(columns.section[rows], minlength=len(columns.sections))
    paths = [(columns.sections[number], int(counts[number])) for number in np.flatnonzero(counts)]
    printed: dict[str, Counter[str]] = {}
    for path, count in paths:
        named = (_ARTICLE.sub("", _GRADED.sub("", heading)) for heading in path)
        for folded, heading in {heading.casefold(): heading for heading in named}.items():
            printed.setdefault(folded, Counter())[heading] += count
    most = sorted(printed, key=lambda folded: (-printed[folded].total(), folded))[:MOST_SECTIONS]
    typed = {section.casefold(): section for section in chosen}
    values = []
    for folded in dict.fromkeys([*typed, *most]):
        held = sum(count for path, count in paths if any(folded in heading.casefold() for heading in path))
        name = printed[folded].most_common(1)[0][0] if folded in printed else typed[folded]
        if held >= _LEAST_OF_A_SECTION or folded in typed:
            values.append(Value(name, held, folded in typed))
    return values


def _tally(column: NDArray[np.int32], names: Sequence[str], rows: Rows) -> dict[str, int]:
    """Count a column's numbers over the rows by their names; -1 is none and isn't counted."""
    chosen = column[rows]
    counts = np.bincount(chosen[chosen >= 0], minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=False) if count}


def _frequent(counts: Mapping[str, int], chosen: Sequence[str]) -> list[Value]:
    names = sorted(counts, key=lambda name: (-counts[name], name))
    absent = [name for name in chosen if name not in counts]
    return [Value(name, counts.get(name, 0), name in chosen) for name in (*absent, *names)]
