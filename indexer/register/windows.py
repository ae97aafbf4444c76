"""Passages cut into what the reader of verdicts sees at once: headings, then sentences that follow each other.

A sentence seldom names its subject alone: "these" and "this" carry it on from the sentence before, and headings name the
children. Each sentence is read in one window; the one before a window's first stands in it too. This module must not know
what is learned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.register.statements import PassageText

HEADINGS, HEADING_TOKENS = 2, 28
"""How many headings, the innermost, and how many pieces of them at most, the last."""
MOST = 230
"""The pieces of sentences in a window, at most; a longer sentence is cut."""
_BEFORE = 90
"""A sentence before a window's first stands in it if it is shorter than this."""
_KINDS = {"recommendation": "recommendation. ", "judgement": "grade. "}


class Pieces(Protocol):
    """Cuts texts into pieces of words, by number (indexer/encode/word_pieces.py)."""

    @property
    def start(self) -> int:
        """The number that begins a text."""

    @property
    def end(self) -> int:
        """The number that ends a part of a text."""

    def of(self, texts: Sequence[str]) -> list[list[int]]:
        """The pieces of each text."""


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces by number, and where sentences stand among them: (sentence, first piece, the one after its last)."""

    ids: tuple[int, ...]
    sentences: tuple[tuple[int, int, int], ...]


def windows_of(
    passages: Sequence[PassageText],
    offsets: NDArray[np.int64],
    spans: NDArray[np.int32],
    pieces: Pieces,
    wanted: Collection[int] | None = None,
) -> list[Window]:
    """Cut passages into windows: passage n's sentences are `offsets[n]` to `offsets[n + 1]` of `spans` (start, end).

    With `wanted` sentences, by number, others stand in a window only where they are next to one of those.
    """
    headings = pieces.of([heading_of(passage) for passage in passages])
    sentences = pieces.of(
        [
            passage.text[start:end]
            for passage, first, after in zip(
                passages, offsets[:-1].tolist(), offsets[1:].tolist(), strict=True
            )
            for start, end in spans[first:after].tolist()
        ]
    )
    found = []
    for place, heading in enumerate(headings):
        first, after = int(offsets[place]), int(offsets[place + 1])
        near = range(first, after) if wanted is None else _near(wanted, first, after)
        cut = [ids[:MOST] for ids in sentences[first:after]]
        begin = [pieces.start, *heading[-HEADING_TOKENS:], pieces.end]
        found += list(_windows(begin, cut, first, near, pieces.end))
    return [
        window for window in found if wanted is None or any(one in wanted for one, *_ in window.sentences)
    ]


def heading_of(passage: PassageText) -> str:
    """What is read before a passage's sentences: its kind where that matters, and its innermost headings."""
    return _KINDS.get(passage.kind, "") + " – ".join(passage.section[-HEADINGS:])


def _near(wanted: Collection[int], first: int, after: int) -> Collection[int]:
    held = [one for one in range(first, after) if one in wanted]
    if len(held) >= 0.6 * (after - first):
        return range(first, after)
    return {one + step for one in held for step in (-1, 0, 1)}


def _windows(
    begin: Sequence[int], sentences: Sequence[Sequence[int]], first: int, near: Collection[int], end: int
) -> Iterator[Window]:
    at = 0
    while at < len(sentences):
        if first + at not in near:
            at += 1
            continue
        ids = list(begin)
        held: list[tuple[int, int, int]] = []
        size = 0
        if at and len(sentences[at - 1]) < _BEFORE:
            ids += sentences[at - 1]
            size = len(sentences[at - 1])
        while at < len(sentences) and first + at in near and (not held or size + len(sentences[at]) <= MOST):
            held.append((first + at, len(ids), len(ids) + len(sentences[at])))
            ids += sentences[at]
            size += len(sentences[at])
            at += 1
        yield Window((*ids, end), tuple(held))
