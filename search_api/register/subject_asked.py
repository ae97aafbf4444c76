"""Which subject a question asks about, in anybody's own words: one or several of the taxonomy's, or one of its own.

Words are compared with every subject's wordings, by meaning and by stems; those nearest are meant together ("supervision" is
how often, how well and how recorded). Where none is near, statements are looked through for the words themselves. This
module must not know which verdict is asked for.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.register.findings import FINDING_TYPE, FindingRows, load_findings_model
from indexer.register.signs import stems_of
from indexer.register.subjects import load_subjects, subject_numbers
from indexer.store.columns import Mask
from indexer.text.polarity import POLARITIES, polarity_of_text
from search_api.question.words import STOPWORDS
from search_api.snapshot import Snapshot

KNOWN = 0.5
"""The least likeness of words to a subject that is meant: of 225 wordings of subjects, all but five reach it, of eleven
that are no subject of ours three.
"""
TOGETHER = 0.15
"""How far below the nearest subject others are meant too: "adoption" is five of them."""
OWN_SUBJECT = -1
"""The number of a subject that isn't in the taxonomy."""
_NEAR, _COVERED = 0.5, 0.6
"""The least cosine of a statement to a subject of the asker's own, or share of its words that the statement holds; with
words, half that cosine is enough.
"""
_MEANING, _BEST_OF, _SHARED, _SAME = 0.5, 3, 0.2, 0.1


@dataclass(frozen=True, slots=True)
class SubjectAsked:
    """Words, and the subjects (ids) that they mean, nearest first: none where the subject is the asker's own."""

    words: str
    subjects: tuple[str, ...]

    @property
    def name(self) -> str:
        """What to call it: the subject's name, its subjects' names, or the words themselves."""
        names = [load_subjects()[subject_numbers()[one]].name for one in self.subjects]
        return "; ".join(names) or self.words


def subject_asked(snapshot: Snapshot, words: str) -> SubjectAsked:
    """Find which subjects some words mean: by id or name, else by likeness to their wordings."""
    said = " ".join(words.split())
    for subject in load_subjects():
        if said.casefold() in (subject.id, subject.name.casefold()):
            return SubjectAsked(said, (subject.id,))
    scores = _likeness(snapshot, said)
    best = float(scores.max(initial=0.0))
    if best < KNOWN:
        return SubjectAsked(said, ())
    near = [place for place in np.argsort(-scores).tolist() if scores[place] >= best - TOGETHER]
    return SubjectAsked(said, tuple(load_subjects()[place].id for place in near))


def findings_on(snapshot: Snapshot, asked: SubjectAsked, mask: Mask) -> FindingRows:
    """Findings on a subject in passages where `mask` is true, in the order of passages.

    A statement counts once, by its surest finding, where several subjects are asked together. A subject of the asker's
    own has the number OWN_SUBJECT.
    """
    if not asked.subjects:
        return _own_findings(snapshot, asked.words, mask)
    found = snapshot.index.findings.select(asked.subjects, mask=mask)
    if len(asked.subjects) == 1:
        return found
    surest = found[np.lexsort((-found["confidence"].astype(np.int64), found["start"], found["row"]))]
    same = (surest["row"][1:] == surest["row"][:-1]) & (surest["start"][1:] == surest["start"][:-1])
    kept: FindingRows = surest[np.concatenate(([True], ~same))] if len(surest) else surest
    return kept


def _likeness(snapshot: Snapshot, words: str) -> NDArray[np.float64]:
    """How like each subject some words are: mostly 0 to 1, a little over for a wording that is the same."""
    wordings = _wordings()
    stems = _content(words)
    weights = np.array([wordings.rarity(stem) for stem in stems])
    shared = np.array([[stem in held for stem in stems] for held in wordings.stems]) @ weights / weights.sum()
    same = (
        shared
        * np.array([sum(map(wordings.rarity, held & set(stems))) for held in wordings.stems])
        / wordings.weight
    )
    cosines: NDArray[np.floating] = np.zeros(len(wordings.stems))
    if snapshot.encoder.name == load_findings_model().subjects.encoder:
        cosines = load_findings_model().wording_vectors() @ snapshot.vector_of([words])
    scores = []
    for subject in range(len(load_subjects())):
        its = wordings.subjects == subject
        best = np.sort(cosines[its])[::-1]
        meaning = _MEANING * (best[0] + best[:_BEST_OF].mean()) if cosines.any() else shared[its].max()
        scores.append(meaning + _SHARED * shared[its].max() + _SAME * same[its].max())
    return np.array(scores)


@dataclass(frozen=True, slots=True, eq=False)
class _Wordings:
    """Every wording's subject, by number, its stems and their weight together."""

    subjects: NDArray[np.int64]
    stems: tuple[frozenset[str], ...]
    weight: NDArray[np.float64]
    counts: Counter[str]

    def rarity(self, stem: str) -> float:
        """How few subjects are spoken of with a stem."""
        return float(np.log((len(load_subjects()) + 1) / (self.counts[stem] + 0.5)))


@functools.cache
def _wordings() -> _Wordings:
    subjects = [number for number, subject in enumerate(load_subjects()) for _ in subject.wordings]
    stems = tuple(frozenset(_content(text)) for subject in load_subjects() for text in subject.wordings)
    counts: Counter[str] = Counter()
    for subject in load_subjects():
        counts.update({stem for text in subject.wordings for stem in _content(text)})
    found = _Wordings(np.array(subjects), stems, np.ones(len(stems)), counts)
    weight = np.array([sum(map(found.rarity, held)) for held in stems])
    return _Wordings(found.subjects, stems, np.maximum(weight, 1e-9), counts)


def _content(text: str) -> list[str]:
    words = [word for word in text.split() if word.lower().strip("?.,!'’\"") not in STOPWORDS]
    return stems_of(" ".join(words)) or stems_of(text) or [text]


def _own_findings(snapshot: Snapshot, words: str, mask: Mask) -> FindingRows:
    """Statements near to a subject that isn't in the taxonomy, with the verdict of their surest finding or their words'."""
    index = snapshot.index
    vector = snapshot.vector_of([words])
    rows = np.flatnonzero(mask & (index.sentence_scores(vector) >= _NEAR / 2))
    if not len(rows):
        return np.empty(0, dtype=FINDING_TYPE)
    sentences = index.sentence_vectors(rows)
    cosines = sentences.vectors @ vector
    stems = set(_content(words))
    known: dict[tuple[int, int], FindingRows] = {}
    for finding in index.findings.select(mask=mask):
        key = (int(finding["row"]), int(finding["start"]))
        if key not in known or finding["confidence"] > known[key]["confidence"]:
            known[key] = finding
    found = []
    for place, (row, text) in enumerate(zip(rows.tolist(), index.texts(rows.tolist()), strict=True)):
        for at in range(int(sentences.offsets[place]), int(sentences.offsets[place + 1])):
            start, end = sentences.spans[at].tolist()
            held = len(stems & set(stems_of(text[start:end]))) / len(stems)
            if cosines[at] >= (_NEAR / 2 if held >= _COVERED else _NEAR):
                found.append(_own_finding(row, start, end, text[start:end], known.get((row, start))))
    return np.array(found, dtype=FINDING_TYPE)


def _own_finding(row: int, start: int, end: int, text: str, known: FindingRows | None) -> tuple[int, ...]:
    if known is not None:
        said = (
            int(known["verdict"]),
            int(known["change"]),
            int(known["about"]),
            int(known["confidence"]) // 2,
        )
    else:
        said = (POLARITIES.index(polarity_of_text(text)), 0, -1, 25)
    return (row, start, end, OWN_SUBJECT, *said)
