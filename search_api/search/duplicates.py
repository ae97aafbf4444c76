"""Passages that say nearly the same: plans and papers print a report's words again and again.

Vectors say quickly which passages could be alike; their words decide. This module knows nothing of questions or pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.store.stored_index import Index

ALIKE = 0.75
"""Share of their different words that two texts must have in common to be put under one in a list."""

_NEAR = 0.8
"""Cosine below which two passages of a list are not compared word for word."""


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """A row, and those after it that say nearly the same, in the order in which they were found."""

    row: int
    others: tuple[int, ...] = ()


def grouped_duplicates(index: Index, rows: Sequence[int]) -> list[DuplicateGroup]:
    """Group rows by the first that they repeat; the order of the first ones is kept, and nothing is left out."""
    under = duplicates(index, rows, cosine=_NEAR, share=ALIKE)
    others: dict[int, list[int]] = {}
    for later, earlier in sorted(under.items()):
        others.setdefault(earlier, []).append(int(rows[later]))
    return [
        DuplicateGroup(int(row), tuple(others.get(place, ())))
        for place, row in enumerate(rows)
        if place not in under
    ]


def duplicates(index: Index, rows: Sequence[int], *, cosine: float, share: float) -> dict[int, int]:
    """Find the places of rows that repeat an earlier one, each with the place of the first that it repeats.

    Two texts are compared where their vectors are near by `cosine`; they repeat each other where they have `share` of
    their different words in common. What repeats another is itself repeated by none.
    """
    if not len(rows):
        return {}
    vectors = index.vectors(list(rows))
    near = np.tril(vectors @ vectors.T >= cosine, k=-1)
    suspects = np.flatnonzero(near.any(axis=0) | near.any(axis=1)).tolist()
    texts = dict(zip(suspects, index.texts([int(rows[place]) for place in suspects]), strict=True))
    words: dict[int, frozenset[str]] = {}

    def words_at(place: int) -> frozenset[str]:
        if place not in words:
            words[place] = frozenset(texts[place].lower().split())
        return words[place]

    found: dict[int, int] = {}
    for place in suspects:
        for earlier in np.flatnonzero(near[place]).tolist():
            # Most that repeat are the same to the letter; only others are taken apart into words.
            if earlier not in found and (
                texts[place] == texts[earlier] or _overlap(words_at(place), words_at(earlier)) >= share
            ):
                found[place] = earlier
                break
    return found


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / max(1, len(one) + len(other) - shared)
