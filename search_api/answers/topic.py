"""What a question about many councils is about, without the words that only ask: its subject, and which side.

"Which councils were criticised for late health assessments, and since when?" asks for criticism, and its subject is
late health assessments. Read from the wording alone. This module must not know what any document says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from search_api.question.query import Query, Term, terms_of
from search_api.question.vocabulary import spelled_out
from search_api.question.words import STOPWORDS

Side = Literal["praise", "criticism"]

_PRAISE = re.compile(
    r"\b(?:prais\w+|commend\w+|strengths?|good practice|best practice|strong(?:est)?|do(?:ing|es)? well|did well"
    r"|positive(?:ly)?|excellent|outstanding practice)\b",
    re.I,
)
_CRITICISM = re.compile(
    r"\b(?:criticis\w+|weakness(?:es)?|weak(?:est)?|poor(?:ly)?|problems?|concerns?|fail(?:ed|ing|ings|ures?|s)?"
    r"|struggl\w+|shortfalls?|shortcomings?|negative(?:ly)?|told to improve|need(?:ed|s)? to improve)\b",
    re.I,
)
_CLOSING = re.compile(
    r"[,;:–-]?\s*\b(?:and|or|but)?\s*(?:was|were|is|are)\s+(?:it|this|they|these|those|that)\b.*$"
    r"|[,;:–-]\s*(?:and\s+)?(?:in (?:which|what)|when|why|how|what)\b.*$"
    r"|[?!.\s]+$",
    re.I | re.S,
)
_ASKING = re.compile(
    r"\b(?:because|enough|properly|really|actually|also|ever|been|being|inspectors?|ofsted|findings?|found|criticis\w+"
    r"|prais\w+|commend\w+|weakness(?:es)?|strengths?|problems? with|concerns? (?:about|over)|issues? with|poor|good"
    r"|weak|strong|judged|told|anything|something)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject in plain words, its terms with their wordings, its wording for the encoder, and the side asked for.

    `side` is None where both are asked for, or neither. `phrases` are the runs of words that stand together in it.
    """

    text: str
    terms: tuple[Term, ...]
    sentence: str
    side: Side | None
    phrases: tuple[tuple[str, ...], ...] = ()


def topic_of(query: Query) -> Topic:
    """Take the topic out of a question; the question's own subject where nothing else is left."""
    text = query.subject
    while True:
        shorter = _CLOSING.sub("", text).strip()
        if shorter == text or not terms_of(shorter):
            break
        text = shorter
    bare = " ".join(_ASKING.sub(" ", text).split())
    terms = _alternatives(bare, terms_of(bare)) or query.terms
    return Topic(
        bare or text,
        terms,
        spelled_out(bare) or bare or query.question,
        side_of(query.question),
        phrases_of(bare or text),
    )


def _alternatives(text: str, terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Put "frequent or regular" into one term: either says it."""
    joined = list(terms)
    for match in re.finditer(r"\b(\w+) or (\w+)\b", text.lower()):
        pair = [term for word in match.groups() for term in joined if term.wordings[0] == word]
        if len(pair) == 2 and pair[0] != pair[1]:
            joined[joined.index(pair[0])] = Term((*pair[0].wordings, *pair[1].wordings))
            joined.remove(pair[1])
    return tuple(joined)


def phrases_of(text: str) -> tuple[tuple[str, ...], ...]:
    """List the runs of words between the words that carry no subject: "support", "special guardians"."""
    found: list[tuple[str, ...]] = []
    run: list[str] = []
    for piece in re.findall(r"[^\W_]+(?:['’][^\W_]+)*|[,;:.()]", text.lower()):
        if piece in STOPWORDS or not piece[0].isalnum():
            found.append(tuple(run))
            run = []
        else:
            run.append(piece)
    found.append(tuple(run))
    return tuple(dict.fromkeys(phrase for phrase in found if phrase))


def side_of(question: str) -> Side | None:
    """Say which side a question asks for, by its wording."""
    praise, criticism = bool(_PRAISE.search(question)), bool(_CRITICISM.search(question))
    if praise == criticism:
        return None
    return "praise" if praise else "criticism"
