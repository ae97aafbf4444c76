"""Which subject a question asks about, in anybody's own words: one or several of the taxonomy's, or one of its own.

Words are compared with every subject's wordings, by meaning and by stems; those nearest are meant together ("supervision" is
how often, how well and how recorded). Where none is near, statements are looked through for the words themselves. This
module must not know which verdict is asked for.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from indexer.errors import QueryError
from indexer.register.findings import FINDING_TYPE, FindingRows, load_findings_model
from indexer.register.signs import stems_of
from indexer.register.subjects import load_subjects, load_themes, subject_numbers
from indexer.store.columns import Mask
from indexer.store.stored_index import Index
from indexer.text.polarity import POLARITIES, polarity_of_text
from search_api.fields import no_such
from search_api.question.words import STOPWORDS
from search_api.snapshot import Snapshot

KNOWN = 0.5
"""The least likeness of words to a subject that is meant: of 225 wordings of subjects, all but five reach it, of eleven
that are no subject of ours three.
"""
TOGETHER = 0.15
"""How far below the nearest subject others are meant too: "adoption" is five of them."""
THEME = "theme:"
"""What stands before a theme's id: all subjects under it are meant."""
OWN_SUBJECT = -1
"""The number of a subject that isn't in the taxonomy."""
_NEAR, _COVERED = 0.5, 0.6
"""The least cosine of a statement to a subject of the asker's own, or share of its words that the statement holds; with
words, half that cosine is enough.
"""
_WHOLE = 0.99
_DEGREES = (
    "late lateness delay delays delayed slow slowly timely timeliness quick quickly prompt promptly overdue waiting long "
    "poor weak bad good strong better worse quality inconsistent variable high low too many few lack missing"
)
"""How something is, not what: whether it is late or good is the verdict on it."""
_WORD = re.compile(r"[^\W_]+")
_MEANING, _BEST_OF, _SHARED, _SAME = 0.5, 3, 0.2, 0.1


@dataclass(frozen=True, slots=True)
class SubjectAsked:
    """Words, and the subjects (ids) that they mean, nearest first: none where the subject is the asker's own."""

    words: str
    subjects: tuple[str, ...]

    @property
    def name(self) -> str:
        """What to call it: the theme's or the subject's name, its subjects' names, or the words themselves."""
        if self.words.startswith(THEME):
            return load_themes().get(self.words.removeprefix(THEME), self.words)
        names = [load_subjects()[subject_numbers()[one]].name for one in self.subjects]
        return "; ".join(names) or self.words


def subject_asked(snapshot: Snapshot, words: str) -> SubjectAsked:
    """Find which subjects some words mean: all of "theme:ID", or of ids with commas between, else by id or name, else by likeness to their wordings.

    QueryError for a theme that there isn't.
    """
    said = " ".join(words.split())
    if said.startswith(THEME):
        theme = said.removeprefix(THEME)
        if theme not in load_themes():
            raise QueryError(f"there is no theme {theme[:60]!r}; {no_such(theme, tuple(load_themes()))}")
        return SubjectAsked(said, tuple(one.id for one in load_subjects() if one.theme == theme))
    if "," in said and all(one in subject_numbers() for one in said.split(",")):
        return SubjectAsked(said, tuple(said.split(",")))
    for subject in load_subjects():
        if said.casefold() in (subject.id, subject.name.casefold()):
            return SubjectAsked(said, (subject.id,))
    scores = _likeness(snapshot, said)
    best = float(scores.max(initial=0.0))
    if best < KNOWN:
        return SubjectAsked(said, ())
    near = [place for place in np.argsort(-scores).tolist() if scores[place] >= best - TOGETHER]
    covered = _matter_covered(said)[near]
    if covered.max() >= _WHOLE:
        # "Care leavers' accommodation" isn't all that is said of care leavers.
        near = [place for place, share in zip(near, covered.tolist(), strict=True) if share >= _WHOLE]
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


def prepare_subjects() -> None:
    """Read what words are compared with, so that the first question needn't wait for it."""
    _wordings()
    _wording_vectors()


def _matter_covered(words: str) -> NDArray[np.float64]:
    """The share of some words' stems that each subject's wordings hold; stems that only say how it is don't count."""
    wordings = _wordings()
    stems = _content(words)
    stems = [stem for stem in stems if stem not in _degrees()] or stems
    held = np.stack([wordings.with_stem(stem) for stem in dict.fromkeys(stems)], axis=1)
    return np.asarray(np.maximum.reduceat(held, wordings.starts, axis=0).mean(axis=1))


@functools.cache
def _degrees() -> frozenset[str]:
    return frozenset(stems_of(_DEGREES))


def _likeness(snapshot: Snapshot, words: str) -> NDArray[np.float64]:
    """How like each subject some words are: mostly 0 to 1, a little over for a wording that is the same."""
    wordings = _wordings()
    stems = _content(words)
    weights = np.array([wordings.rarity(stem) for stem in stems])
    held = np.stack([wordings.with_stem(stem) for stem in stems], axis=1)
    shared = held @ weights / weights.sum()
    once = [place for place, stem in enumerate(stems) if stem not in stems[:place]]
    same = shared * (held[:, once] @ weights[once]) / wordings.weight
    starts = wordings.starts
    meaning = np.maximum.reduceat(shared, starts)
    if snapshot.encoder.name == load_findings_model().subjects.encoder:
        cosines = (_wording_vectors() @ snapshot.vector_of([words])).astype(np.float64)
        # Within each subject the nearest first: subjects' wordings stand together, and go on doing so.
        nearest = cosines[np.lexsort((-cosines, wordings.subjects))]
        counts = np.minimum(np.diff([*starts, len(cosines)]), _BEST_OF)
        place = np.arange(len(cosines)) - np.repeat(starts, np.diff([*starts, len(cosines)]))
        best = np.add.reduceat(np.where(place < _BEST_OF, nearest, 0.0), starts) / counts
        meaning = _MEANING * (nearest[starts] + best)
    return meaning + _SHARED * np.maximum.reduceat(shared, starts) + _SAME * np.maximum.reduceat(same, starts)


@functools.cache
def _wording_vectors() -> NDArray[np.float32]:
    return load_findings_model().wording_vectors()


@dataclass(frozen=True, slots=True, eq=False)
class _SubjectWordings:
    """Every wording's subject, by number, its stems and their weight together."""

    subjects: NDArray[np.int64]
    stems: tuple[frozenset[str], ...]
    weight: NDArray[np.float64]
    counts: Counter[str]
    places: dict[str, list[int]]

    def rarity(self, stem: str) -> float:
        """How few subjects are spoken of with a stem."""
        return float(np.log((len(load_subjects()) + 1) / (self.counts[stem] + 0.5)))

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each subject's wordings begin."""
        return np.searchsorted(self.subjects, np.arange(len(load_subjects())))

    def with_stem(self, stem: str) -> NDArray[np.float64]:
        """1 for each wording that holds a stem, else 0."""
        found = np.zeros(len(self.stems))
        found[list(self.places.get(stem, ()))] = 1
        return found


@functools.cache
def _wordings() -> _SubjectWordings:
    subjects = [number for number, subject in enumerate(load_subjects()) for _ in subject.wordings]
    stems = tuple(frozenset(_content(text)) for subject in load_subjects() for text in subject.wordings)
    counts: Counter[str] = Counter()
    for subject in load_subjects():
        counts.update({stem for text in subject.wordings for stem in _content(text)})
    places: dict[str, list[int]] = {}
    for place, held in enumerate(stems):
        for stem in held:
            places.setdefault(stem, []).append(place)
    found = _SubjectWordings(np.array(subjects), stems, np.ones(len(stems)), counts, places)
    weight = np.array([sum(map(found.rarity, held)) for held in stems])
    return replace(found, weight=np.maximum(weight, 1e-9))


def _content(text: str) -> list[str]:
    words = [word for word in text.split() if word.lower().strip("?.,!'’\"") not in STOPWORDS]
    return stems_of(" ".join(words)) or stems_of(text) or [text]


def _own_findings(snapshot: Snapshot, words: str, mask: Mask) -> FindingRows:
    """Statements near to a subject that isn't in the taxonomy, with the verdict of their surest finding or their words'."""
    index = snapshot.index
    vector = snapshot.vector_of([words])
    stems = _content(words)
    best = index.sentence_scores(vector)
    covered = _covered(index, words) >= _COVERED
    rows = np.flatnonzero(mask & ((best >= _NEAR) | (covered & (best >= _NEAR / 2))))
    if not len(rows):
        return np.empty(0, dtype=FINDING_TYPE)
    sentences = index.sentence_vectors(rows)
    cosines = sentences.vectors @ vector
    place = np.repeat(np.arange(len(rows)), np.diff(sentences.offsets))
    likely = np.flatnonzero((cosines >= _NEAR) | (covered[rows][place] & (cosines >= _NEAR / 2)))
    texts = index.texts(rows.tolist())
    known = _surest(index.findings.select(mask=mask))
    found = []
    for at in likely.tolist():
        start, end = sentences.spans[at].tolist()
        text = texts[place[at]][start:end]
        if cosines[at] >= _NEAR or _share(stems, text) >= _COVERED:
            row = int(rows[place[at]])
            found.append(_own_finding(row, start, end, text, known.get((row, start))))
    return np.array(found, dtype=FINDING_TYPE)


def _covered(index: Index, words: str) -> NDArray[np.float64]:
    """The share of some words that each passage holds."""
    content = [word for word in _WORD.findall(words.lower()) if word not in STOPWORDS] or [words]
    held = np.zeros(len(index))
    for word in content:
        held[index.rows_with(word, "text")] += 1 / len(content)
    return held + 1e-9


def _share(stems: Sequence[str], text: str) -> float:
    return len(set(stems) & set(stems_of(text))) / len(set(stems))


def _surest(found: FindingRows) -> dict[tuple[int, int], FindingRows]:
    """The surest finding of each statement, by row and start."""
    order = found[np.lexsort((-found["confidence"].astype(np.int64), found["start"], found["row"]))]
    keys = order["row"].astype(np.int64) << 32 | order["start"]
    first = np.unique(keys, return_index=True)[1]
    return dict(
        zip(
            zip(order["row"][first].tolist(), order["start"][first].tolist(), strict=True),
            order[first],
            strict=True,
        )
    )


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
