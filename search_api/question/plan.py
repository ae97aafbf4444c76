"""From a question understood to the rows of an index that it is about.

What a parameter asks for is obeyed. What was understood from the question's words is applied as far as it
leaves anything: a filter that would leave nothing gives way, and a note says so. This module ranks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from indexer.store.columns import Mask, Selection
from indexer.store.stored_index import Index
from indexer.text.councils import find_in
from search_api.fields import STATED, Filters
from search_api.question.holdings import Holdings
from search_api.question.numbers import phrase_forms
from search_api.question.operators import Sought
from search_api.question.periods import Period
from search_api.question.query import Query


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Which rows a question is about (`mask`, shape (passages,)), and what was applied to get there.

    `filters` are all that hold, by the contract's names; `given_way` the kinds that were understood and
    dropped. `facts` are times that no document was chosen by: later documents near them are preferred.
    """

    mask: Mask
    filters: dict[str, Any]
    notes: tuple[str, ...]
    given_way: frozenset[str]
    facts: tuple[Period, ...]


@dataclass(slots=True)
class _Narrowing:
    mask: Mask
    filters: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    given_way: set[str] = field(default_factory=set)

    def try_filter(self, kind: str, mask: Mask, shown: dict[str, Any], otherwise: str) -> bool:
        narrowed = self.mask & mask
        if not narrowed.any():
            self.given_way.add(kind)
            self.notes.append(otherwise)
            return False
        self.mask = narrowed
        self.filters |= shown
        return True


def plan(query: Query, index: Index, holdings: Holdings) -> Plan:
    """Choose the rows that a question is about.

    The mask is empty only where the parameters themselves leave nothing, or a quoted phrase or an excluded
    word does.
    """
    now = _Narrowing(
        index.select(query.filters.selection()), query.filters.to_json(), notes=list(query.notes)
    )
    facts = list(query.facts)
    if now.mask.any():
        _by_council(query, index, now)
        _by_time(query, index, holdings, now, facts)
        _by_words(query, index, now)
    now.mask = _by_operators(query, index, holdings, now.mask)
    return Plan(now.mask, now.filters, tuple(now.notes), frozenset(now.given_way), tuple(facts))


def _by_council(query: Query, index: Index, now: _Narrowing) -> None:
    if not query.councils:
        return
    held = [name for name in query.councils if name in index.columns.councils]
    absent = [tag.value for tag in query.understood if tag.kind == "council" and tag.value not in held]
    mask = index.select(Selection(councils=tuple(held))) if held else np.zeros_like(now.mask)
    missing = ", ".join(absent) or "those councils"
    found = now.try_filter(
        "council", mask, {"council": held}, f"No document of {missing} fits, so every council was searched."
    )
    if found and absent and not _replaced(query, held, absent):
        now.notes.append(f"No document of {missing} is in this index.")


def _replaced(query: Query, held: list[str], absent: list[str]) -> bool:
    """Whether each absent council is one whose successors are held instead."""
    named = {tag.value for tag in query.understood if tag.kind == "council"}
    return bool(set(held) - named) and len(absent) == 1


def _by_time(query: Query, index: Index, holdings: Holdings, now: _Narrowing, facts: list[Period]) -> None:
    councils = tuple(now.filters.get("council", ()))
    if query.latest:
        newest = [d.id for d in holdings.latest_inspections(councils)]
        now.try_filter(
            "latest",
            _documents(index, newest),
            {"latest": True},
            "No inspection report was found to be the latest.",
        )
    if query.years:
        ids = [id_ for id_, years in holdings.years.items() if years & set(query.years)]
        years = " or ".join(str(year) for year in query.years)
        if not now.try_filter(
            "year", _documents(index, ids), {"year": list(query.years)},
            f"Nothing searched was published or inspected in {years}, so other years were searched too.",
        ):  # fmt: skip
            facts += [Period("fact", 0, 0, f"{year}-01-01", f"{year}-12-31") for year in query.years]
    if query.published_from or query.published_to:
        shown = {"published_from": query.published_from, "published_to": query.published_to}
        now.try_filter(
            "period",
            index.select(Selection(published_from=query.published_from, published_to=query.published_to)),
            {name: value for name, value in shown.items() if value},
            "Nothing searched was published in that time, so other times were searched too.",
        )


def _by_words(query: Query, index: Index, now: _Narrowing) -> None:
    for row in STATED:
        for value in query.stated.values(row.name):
            said = (
                f"Nothing searched is of {row.name.replace('_', ' ')} “{value}”, so that was not asked for."
            )
            shown: dict[str, Any] = {row.name: value}
            now.try_filter(row.name, index.select(Filters(**shown).selection()), shown, said)


def _by_operators(query: Query, index: Index, holdings: Holdings, mask: Mask) -> Mask:
    for group in query.required:
        found = np.zeros_like(mask)
        for sought in group:
            found |= _rows_with(index, holdings, sought)
        mask = mask & found
    for sought in query.excluded:
        mask = mask & ~_rows_with(index, holdings, sought)
        # "-Darlington" leaves out what is about Darlington, not only what says its name.
        named = tuple(mention.name for mention in find_in(sought.words, also=holdings.councils))
        held = tuple(name for name in named if name in index.columns.councils)
        mask = mask & ~index.select(Selection(councils=held)) if held else mask
    return mask


def _rows_with(index: Index, holdings: Holdings, sought: Sought) -> Mask:
    mask = np.zeros(len(index), dtype=np.bool_)
    if sought.how == "exact":
        mask[holdings.exact(sought.words)] = True
        return mask
    words = (
        holdings.words().beginning(sought.words) if sought.how == "beginning" else phrase_forms(sought.words)
    )
    for word in words:
        mask[index.rows_with(word, "text")] = True
    return mask


def _documents(index: Index, ids: list[str]) -> Mask:
    if not ids:
        return np.zeros(len(index), dtype=np.bool_)
    return index.select(replace(Selection(), documents=tuple(ids)))
