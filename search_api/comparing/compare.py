"""Two inspections of one council side by side: what is asked for again, what is new, what is not mentioned.

A recommendation of the earlier report is held against everything that the later one says. That it isn't
mentioned any more shows nothing about what was done; only a later document that says so does, and then it is
quoted with its status. This module must not know how statuses are collected or how a page looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexer.document import Document, Passage
from indexer.store.stored_index import Index
from indexer.structure.likeness import Subjects, matter, wording

Outcome = Literal["repeated", "spoken of", "reported done", "no longer mentioned", "new"]
OUTCOMES: tuple[Outcome, ...] = ("repeated", "spoken of", "reported done", "no longer mentioned", "new")

_DONE = (
    "complete", "completed", "closed", "done", "achieved", "delivered", "implemented", "business as usual", "blue",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ComparisonSettings:
    """The bars, each from 0 to 1: what makes two recommendations one, and a paragraph speak of one.

    A likeness is the cosine of two texts' meaning and the share of the one's matter (rare words weigh more)
    that the other holds, `meaning` being the former's part. Where `wording` is reached, two texts that are near
    are one. The bars go with the default encoder: another's cosines lie elsewhere.
    """

    wording: float = 0.8
    meaning: float = 0.65
    again: float = 0.5
    spoken_of: float = 0.38
    most_paragraphs: int = 2


@dataclass(frozen=True, slots=True)
class Reported:
    """The last status reported on a recommendation, as printed, and where."""

    status: str
    url: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A recommendation of one of the two inspections with what the other says beside it, nearest first.

    `passage` is of the earlier report unless the outcome is "new". `likeness` is of the nearest of `beside`.
    Where nothing reached the bar, `beside` is the one nearest paragraph, which may be about something else
    (`beside_is_near` is false).
    """

    outcome: Outcome
    passage: Passage
    beside: tuple[Passage, ...]
    likeness: float
    reported: Reported | None = None
    beside_is_near: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two inspections and what became of each recommendation between them, in the order of the reports."""

    earlier: Document
    later: Document
    items: tuple[Compared, ...]

    def of(self, outcome: Outcome) -> tuple[Compared, ...]:
        """List those of one outcome."""
        return tuple(item for item in self.items if item.outcome == outcome)


def compare(
    index: Index,
    earlier: Document,
    later: Document,
    reported: Mapping[str, Reported] | None = None,
    settings: ComparisonSettings | None = None,
) -> Comparison:
    """Compare two documents with their passages; `reported` gives last statuses by a passage's id.

    A recommendation is "repeated" where the later report recommends the same again, "spoken of" where a
    paragraph of it speaks of the matter, else "reported done" where a document says so by its status, else "no
    longer mentioned". Those of the later report that repeat nothing are "new".
    """
    settings = settings or ComparisonSettings()
    known = reported or {}
    asked = _recommendations(earlier)
    asked_later = _recommendations(later)
    paragraphs, paragraphs_before = _paragraphs(later), _paragraphs(earlier)
    vectors = _Vectors(index, earlier, later)
    again = _likenesses(vectors, asked, asked_later, meaning=settings.meaning, both_ways=True)
    pairs = _linked(index, later, asked, asked_later)
    _add_alike(pairs, asked, asked_later, again, settings)
    spoken = _likenesses(vectors, asked, paragraphs, meaning=settings.meaning)
    before = _likenesses(vectors, asked_later, paragraphs_before, meaning=settings.meaning)
    items: list[Compared] = []
    for place, passage in enumerate(asked):
        beside, likeness, near = _nearest(spoken[place], paragraphs, settings)
        status = known.get(passage.id)
        outcome: Outcome = "no longer mentioned"
        if place in pairs:
            likeness = float(again[place, pairs[place]])
            beside = (asked_later[pairs[place]], *(beside[:1] if near else ()))
            outcome, near = "repeated", True
        elif near:
            outcome = "spoken of"
        elif status is not None and is_done(status.status):
            outcome = "reported done"
        items.append(Compared(outcome, passage, beside, likeness, status, near))
    repeating = set(pairs.values())
    for place, passage in enumerate(asked_later):
        if place not in repeating:
            beside, likeness, near = _nearest(before[place], paragraphs_before, settings)
            items.append(Compared("new", passage, beside, likeness, None, near))
    return Comparison(earlier, later, tuple(items))


def is_done(status: str) -> bool:
    """Tell whether a status, as printed, says that something is finished; "green" only says it goes well."""
    words = " ".join(status.casefold().replace("-", " ").split())
    return any(words == done or words.startswith(f"{done} ") for done in _DONE)


def _recommendations(document: Document) -> list[Passage]:
    held = {recommendation.passage_id for recommendation in document.recommendations}
    return [passage for passage in document.passages if passage.id in held and passage.text.strip()]


def _paragraphs(document: Document) -> list[Passage]:
    """List what a report tells; its summaries only where it has nothing else, since they speak of everything."""
    found = [passage for passage in document.passages if passage.kind == "paragraph" and passage.text.strip()]
    return found or [passage for passage in document.passages if passage.kind in {"summary", "text"}]


class _Vectors:
    """The vectors of two documents' passages, by passage id."""

    def __init__(self, index: Index, *documents: Document) -> None:
        self._rows: dict[str, int] = {}
        taken: list[int] = []
        for document in documents:
            for row, passage in zip(index.rows_of(document.id), document.passages, strict=True):
                self._rows[passage.id] = len(taken)
                taken.append(row)
        self._vectors = index.vectors(taken)

    def of(self, passages: Sequence[Passage]) -> NDArray[np.float32]:
        """Give the vectors of passages, in their order."""
        return self._vectors[[self._rows[passage.id] for passage in passages]]


def _likenesses(
    vectors: _Vectors,
    ones: Sequence[Passage],
    others: Sequence[Passage],
    *,
    meaning: float,
    both_ways: bool = False,
) -> NDArray[np.float64]:
    """Give the likeness of each to each, shape (ones, others); `both_ways` takes the shorter's share."""
    if not ones or not others:
        return np.zeros((len(ones), len(others)))
    cosines = vectors.of(ones) @ vectors.of(others).T
    subjects = Subjects([*(matter(passage.text) for passage in ones), *(passage.text for passage in others)])
    shares = subjects.shares(len(ones), both_ways=both_ways)
    alike: NDArray[np.float64] = (1 - meaning) * shares + meaning * np.clip(cosines, 0.0, 1.0)
    return alike


def _linked(
    index: Index, later: Document, asked: Sequence[Passage], asked_later: Sequence[Passage]
) -> dict[int, int]:
    """Which later recommendation repeats which earlier one, by the links found when the index was built."""
    place = {passage.id: at for at, passage in enumerate(asked)}
    place_later = {passage.id: at for at, passage in enumerate(asked_later)}
    pairs: dict[int, int] = {}
    for link in index.links(later.id):
        ends = (link.from_passage_id, link.to_passage_id)
        if link.relation == "same recommendation":
            one = next((place[end] for end in ends if end in place), None)
            two = next((place_later[end] for end in ends if end in place_later), None)
            if one is not None and two is not None:
                pairs.setdefault(one, two)
    return pairs


def _add_alike(
    pairs: dict[int, int],
    asked: Sequence[Passage],
    asked_later: Sequence[Passage],
    likeness: NDArray[np.float64],
    settings: ComparisonSettings,
) -> None:
    """Add the pairs that are one by their wording or likeness, each taken once, the most alike first."""
    scores = likeness.copy()
    for one, passage in enumerate(asked):
        for two, other in enumerate(asked_later):
            # A short text is easily found inside a long one: the matter must be near too.
            if likeness[one, two] >= settings.spoken_of:
                said = wording(passage.text, other.text)
                if said >= settings.wording:
                    scores[one, two] = 1.0 + said
    taken = set(pairs.values())
    for flat in np.argsort(-scores, axis=None, kind="stable").tolist():
        one, two = divmod(flat, scores.shape[1])
        if scores[one, two] < settings.again:
            break
        if one not in pairs and two not in taken:
            pairs[one] = two
            taken.add(two)


def _nearest(
    likeness: NDArray[np.float64], passages: Sequence[Passage], settings: ComparisonSettings
) -> tuple[tuple[Passage, ...], float, bool]:
    """Give the nearest passages, the likeness of the first, and whether they reach the bar."""
    if not len(likeness):
        return (), 0.0, False
    order = np.argsort(-likeness, kind="stable")[: settings.most_paragraphs].tolist()
    near = tuple(passages[at] for at in order if likeness[at] >= settings.spoken_of)
    best = float(likeness[order[0]])
    return (near, best, True) if near else ((passages[order[0]],), best, False)
