"""Which authority a misspelt name means: the one name that lies a slip or two from what was typed.

A guess that would fit two names is not made, and an ordinary word is never taken for a name by its likeness.
This module knows no names: `councils` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

_COMPASS = frozenset(
    {"north", "south", "east", "west", "central", "n", "s", "e", "w", "ne", "nw", "se", "sw"}
)


@dataclass(frozen=True, slots=True)
class Target:
    """A name to be guessed from a misspelling of one of its forms."""

    form: tuple[str, ...]
    joined: str
    name: str


Targets = Mapping[tuple[str, int], Sequence[Target]]
"""By their first letter and the number of words typed for them."""


def _is_common(word: str, common: frozenset[str], is_word: Callable[[str], bool] | None) -> bool:
    return word in common or bool(is_word and is_word(word)) or any(c.isdigit() for c in word)


def closest(
    words: Sequence[str],
    targets: Sequence[Target],
    common: frozenset[str],
    is_word: Callable[[str], bool] | None,
) -> str | None:
    """Name the one target nearest to some typed words; None where none is near, or two are equally near.

    `common` words are no names however near they are, nor are those that `is_word` knows.
    """
    typed = "".join(words)
    best: dict[int, set[str]] = {}
    for target in targets:
        allowed = _allowed(len(target.joined))
        if abs(len(target.joined) - len(typed)) > allowed:
            continue
        distance = OSA.distance(target.joined, typed, score_cutoff=allowed)
        if distance > allowed or (len(words) > 1 and not _word_by_word(words, target.form, common, is_word)):
            continue
        best.setdefault(distance, set()).add(target.name)
    if not best:
        return None
    nearest_names = best[min(best)]
    # Two names equally near: no guess is better than the other, so none is made.
    return next(iter(nearest_names)) if len(nearest_names) == 1 else None


def _allowed(length: int) -> int:
    if length < 8:
        return 1
    return 2 if length < 16 else 3


def _word_by_word(
    words: Sequence[str], form: tuple[str, ...], common: frozenset[str], is_word: Callable[[str], bool] | None
) -> bool:
    """Each word must resemble its own, and one that differs must be no ordinary word nor a compass point."""
    for word, target in zip(words, form, strict=True):
        if word == target:
            continue
        if word in _COMPASS or _is_common(word, common, is_word) or word[0] != target[0]:
            return False
        if OSA.distance(word, target) > _allowed(len(target)):
            return False
    return True
