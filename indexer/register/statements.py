"""Statements as the models of findings see them: sentences, their words, and what stands around each.

A sentence seldom names its subject alone: "these" and "this" carry it on from the sentence before, and headings name the
children. This module must not know what is learned from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from indexer.register.signs import Flags, load_signs, stems_of

_CARRIED = re.compile(
    r"(?:These|This|They|It|As a result|Consequently|However, (?:this|these|they)|Such|Those|Here|Their|The latter|In these)\b"
)
_KINDS = ("paragraph", "summary", "recommendation")
_EMPTY = frozenset(
    stem
    for word in [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "by",
        "for",
        "from",
        "has",
        "have",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "that",
        "the",
        "this",
        "to",
        "was",
        "were",
        "which",
        "with",
        "their",
        "they",
        "them",
        "there",
        "these",
        "those",
        "not",
    ]
    for stem in stems_of(word)
)


@dataclass(frozen=True, slots=True)
class PassageText:
    """What is known of a passage without its document."""

    kind: str
    section: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """The sentences of some passages, in order; arrays are by sentence, but for `passage_vectors`.

    `passage` is the place of a sentence's passage among them, `spans` its (start, end) there; `own`, `before`,
    `around` and `headings` are the signs' phrases (signs.py) in the sentence, in the one before it, and so on; `vectors`
    are float32 of length 1.
    """

    passages: Sequence[PassageText]
    passage: NDArray[np.int64]
    spans: NDArray[np.int32]
    texts: Sequence[str]
    stems: Sequence[Sequence[str]]
    vectors: NDArray[np.float32]
    passage_vectors: NDArray[np.float32]
    own: Flags
    before: Flags
    around: Flags
    headings: Flags

    def __len__(self) -> int:
        """The number of sentences."""
        return len(self.texts)

    @property
    def first(self) -> NDArray[np.int64]:
        """The first sentence of each sentence's passage."""
        return np.searchsorted(self.passage, self.passage)

    def numbers(self) -> NDArray[np.float32]:
        """What a sentence is, whatever it says: its kind, place and length, and whether it begins by a pronoun."""
        kinds = [self.passages[place].kind for place in self.passage.tolist()]
        return np.column_stack(
            [
                *(np.array([kind == one for kind in kinds], dtype=np.float32) for one in _KINDS),
                np.arange(len(self)) - self.first,
                np.log1p(np.array([len(text) for text in self.texts])),
                np.array([_CARRIED.match(text) is not None for text in self.texts]),
            ]
        ).astype(np.float32)

    def runs(self) -> list[list[str]]:
        """Each sentence's stems, and pairs of stems that follow each other; words that say nothing left out."""
        found = []
        for stems in self.stems:
            words = [stem for stem in stems if stem not in _EMPTY and not stem.isdigit()]
            found.append([*words, *(f"{one} {two}" for one, two in pairwise(words))])
        return found


def read_statements(
    passages: Sequence[PassageText],
    offsets: NDArray[np.int64],
    spans: NDArray[np.int32],
    vectors: NDArray[np.float32],
    passage_vectors: NDArray[np.float32],
) -> Statements:
    """Read the sentences of passages: passage n's are `offsets[n]` to `offsets[n + 1]` of spans and vectors."""
    signs = load_signs()
    passage = np.repeat(np.arange(len(passages)), np.diff(offsets))
    texts = [
        passages[place].text[start:end]
        for place, (start, end) in zip(passage.tolist(), spans.tolist(), strict=True)
    ]
    stems = [stems_of(text) for text in texts]
    own = signs.phrases_in(stems)
    before = np.zeros_like(own)
    before[1:] = own[:-1]
    before[offsets[:-1][np.diff(offsets) > 0]] = False
    headings = signs.phrases_in([stems_of(" . ".join(one.section)) for one in passages])
    whole = signs.phrases_in([stems_of(one.text) for one in passages])
    return Statements(
        passages, passage, spans, texts, stems, _unit(vectors), passage_vectors, own, before, whole[passage],
        headings[passage],
    )  # fmt: skip


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(
        vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32
    )
