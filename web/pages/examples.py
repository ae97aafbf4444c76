"""Questions for the front page, one of each kind that people ask, each with the answer that these documents give.

A question stands there only if it is answered here, and as the kind that it shows. They are asked once for an edition of
the index.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from search_api.answers.answer import Answer
from search_api.answers.answering import answer_question
from search_api.snapshot import Snapshot

_SUBJECTS = ("supervision", "return interviews", "care leavers", "private fostering")
_GRADES = ("inadequate", "requires improvement", "good")
_COUNCILS = 3
_LONGEST = 220
"""Characters of an answer that are shown."""


@dataclass(frozen=True, slots=True)
class AnsweredExample:
    """A question that is answered here: what kind it is of, and the answer's first words."""

    kind: str
    question: str
    answer: str

    @property
    def url(self) -> str:
        """The search that answers it."""
        return f"/search?q={quote_plus(self.question)}"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of question: its heading, the kind that its answer must be of, and its words with places to fill."""

    heading: str
    answered_as: str
    words: str


_KINDS = (
    _Kind("Who turned it round", "changes", "Which councils improved {subject}?"),
    _Kind("Who was criticised", "findings", "Which councils were criticised for {subject}?"),
    _Kind("Grades", "judgements", "Which councils are rated {grade} now?"),
    _Kind("What to improve", "recommendations", "What did inspectors tell {council} to improve?"),
    _Kind("One council over time", "changes", "How has {subject} changed at {council}?"),
    _Kind("In the inspectors’ words", "passages", "What was found about {subject}?"),
)


@dataclass(slots=True)
class Examples:
    """The questions of the edition that was last shown."""

    _digest: str = ""
    _found: tuple[AnsweredExample, ...] = ()
    _asking: threading.Lock = field(default_factory=threading.Lock)

    def of(self, snapshot: Snapshot) -> tuple[AnsweredExample, ...]:
        """The questions that an edition answers, one of each kind."""
        with self._asking:
            if self._digest != snapshot.index.digest:
                answered = (_first_answered(snapshot, kind) for kind in _KINDS)
                self._found = tuple(example for example in answered if example)
                self._digest = snapshot.index.digest
            return self._found


def _first_answered(snapshot: Snapshot, kind: _Kind) -> AnsweredExample | None:
    for question in _wordings(snapshot, kind.words):
        answer = answer_question(snapshot, question)
        if answer.status == "answered" and answer.query_kind == kind.answered_as:
            return AnsweredExample(kind.heading, question, _in_short(answer))
    return None


def _wordings(snapshot: Snapshot, words: str) -> Iterator[str]:
    inspected = Counter(d.council for d in snapshot.index.documents() if d.is_inspection and d.council)
    councils = [council for council, _ in inspected.most_common(_COUNCILS)]
    choices = [
        values if f"{{{name}}}" in words else [""]
        for name, values in (("subject", _SUBJECTS), ("grade", _GRADES), ("council", councils))
    ]
    for subject, grade, council in itertools.product(*choices):
        yield words.format(subject=subject, grade=grade, council=council)


def _in_short(answer: Answer) -> str:
    text = answer.counted or (f"“{answer.statements[0].text}”" if answer.statements else "")
    if len(text) <= _LONGEST:
        return text
    return text[:_LONGEST].rsplit(None, 1)[0] + " …"
