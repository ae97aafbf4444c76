"""Passages that say nearly the same, put under the first of them, so that a list isn't ten times one text.

Plans and papers print a report's words again and again. Vectors say quickly which passages could be alike;
their words decide. Nothing is left out: what is folded is listed under what it repeats. This module knows
nothing of questions or pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.store.stored_index import Index

ALIKE = 0.75
"""Share of their different words that two texts must have in common to be nearly the same."""

_NEAR = 0.8
"""Cosine below which two passages are not compared word for word."""


@dataclass(frozen=True, slots=True)
class Group:
    """A row, and those after it that say nearly the same, in the order in which they were found."""

    row: int
    others: tuple[int, ...] = ()


def fold(index: Index, rows: Sequence[int]) -> list[Group]:
    """Group rows by the first that they repeat; the order of the first ones is kept."""
    if not len(rows):
        return []
    vectors = index.vectors(list(rows))
    near = np.triu(vectors @ vectors.T >= _NEAR, k=1)
    suspects = np.flatnonzero(near.any(axis=0) | near.any(axis=1))
    passages = index.passages([int(rows[place]) for place in suspects.tolist()])
    words = {
        place: frozenset(passage.text.lower().split())
        for place, passage in zip(suspects.tolist(), passages, strict=True)
    }
    under: dict[int, int] = {}
    for later in suspects.tolist():
        for earlier in np.flatnonzero(near[:, later]).tolist():
            if earlier not in under and _alike(words[earlier], words[later]):
                under[later] = earlier
                break
    others: dict[int, list[int]] = {}
    for later, earlier in sorted(under.items()):
        others.setdefault(earlier, []).append(int(rows[later]))
    return [
        Group(int(row), tuple(others.get(place, ()))) for place, row in enumerate(rows) if place not in under
    ]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= ALIKE * max(1, len(one | other))
