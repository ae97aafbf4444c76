"""What a question asks for: which documents it is about, and which words and phrases say the rest.

Filters that a person states in words ("in Bucks", "since 2018", "inadequate councils") are understood, shown,
and can be undone one kind at a time. Those given as parameters always win over those understood. This module
decides nothing about which passage is best.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from indexer.errors import QueryError
from indexer.json_value import JsonValue
from indexer.text.councils import find_areas, find_in, members
from indexer.text.terms import tokens_of
from search_api.fields import ROWS, STATED, Filters, checked
from search_api.question.holdings import Holdings
from search_api.question.mistakes import SPELLING, Mended, mistakes_in, put_right
from search_api.question.neighbours import OWN, groups_in, similar_councils
from search_api.question.numbers import decimals, large_numbers
from search_api.question.operators import (
    OPERATORS,
    Operators,
    Sought,
    no_operators,
    operators_of,
)
from search_api.question.periods import Period, periods_in
from search_api.question.vocabulary import expansions, spelled_out
from search_api.question.words import STOPWORDS, words_of

MAX_CHARACTERS = 1_000
"""A question longer than this is pasted text, not a question."""

UNDERSTOOD_KINDS = (
    "council",
    "area",
    "year",
    "period",
    "latest",
    *(row.name for row in STATED),
    OPERATORS,
    SPELLING,
)
"""What a question may say of itself: the filters that its words may state, these before them, and how it is read."""
EVERYTHING, READING = "all", "reading"
AS_WRITTEN = (EVERYTHING, OPERATORS, SPELLING)
"""What is undone where a document's own words are looked for: nothing in them is meant for the search."""
"""What may be undone besides: every filter understood, and that rows of the register answer instead of passages."""

_ABOUT = r"(?:on|about|of|for|with|over|in|regarding|concerning|relating to)"
_FINDINGS = r"(?:findings?|evidence|paragraphs|passages|anything|everything|results|recommendations?|problems?|issues?)"
_OPENINGS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        # "show me all findings on", "what did inspectors say about"
        rf"^\s*(?:(?:please\s+)?(?:show|find|give|list|tell)\s+(?:me\s+)?(?:all\s+|any\s+|about\s+)*)?"
        rf"(?:{_FINDINGS}|what (?:do|did|does|has|have) (?:the )?(?:inspectors?|ofsted|reports?) (?:say|said|find|found))"
        rf"\s+{_ABOUT}\s+",
        # "which councils were criticised for", "how many authorities had findings on"
        r"^\s*(?:in\s+)?(?:which|what|how many)\s+(?:of the\s+)?(?:\w+\s+){0,2}?"
        r"(?:councils|authorities|local authorities|LAs|boroughs|counties|council|authority|borough)\s+"
        r"(?:(?:have|has|had|were|was|are|is|did|do|got|get|been|being)\s+)*"
        rf"(?:(?:criticised|praised|commended|told|found|judged|weak|strong|good|poor|failing|struggling)\s+)?"
        rf"(?:(?:to have|having|to be)\s+)?(?:{_FINDINGS}\s+)?(?:{_ABOUT}\s+)?",
    )
)
_NAMING = re.compile(r"(?<=\s)[A-Z][a-z]|\b(?:19|20)\d\d\b")
"""What a question that names a council or a year mostly has in it; which one, if any, is for `understand` to find."""

_MIN_CONTROL = 32


@dataclass(frozen=True, slots=True)
class Understood(JsonValue):
    """A filter read from the question's own words, `text` being `question[start:end]`; it can be undone."""

    kind: str
    value: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Term:
    """One word of the question, or a phrase that the field words in several ways.

    `wordings` are its forms as plain lower-case words, the typed one first.
    """

    wordings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A question as understood.

    `filters` come from parameters, checked; `councils` to `stated` from the question, in the index's own
    names. `subject` is the question without what became a filter; `sentences` word the question for the
    sentence encoder, their vectors' mean standing for it. `question` has the mistakes in `typed` mended and `readable` is
    that without what stands in quotation marks (places kept). A passage must hold one of each group of `required`, and
    none of `excluded`.
    """

    typed: str
    question: str
    readable: str
    filters: Filters
    understood: tuple[Understood, ...]
    councils: tuple[str, ...]
    years: tuple[int, ...]
    facts: tuple[Period, ...]
    published_from: str | None
    published_to: str | None
    latest: bool
    stated: Filters
    subject: str
    sentences: tuple[str, ...]
    terms: tuple[Term, ...]
    required: tuple[tuple[Sought, ...], ...]
    excluded: tuple[Sought, ...]
    operators: tuple[Understood, ...]
    mended: tuple[Mended, ...]
    undone: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    """What couldn't be understood as it was meant, in a sentence each."""


def understand(question: str, filters: Filters, holdings: Holdings, without: Sequence[str] = ()) -> Query:
    """Read a question against what an index holds.

    `without` names kinds of understood filters that the person has undone; "all" undoes every one. Raises
    QueryError for a question that is empty, too long or only punctuation, and for filters that can't be.
    """
    typed = cleaned(question)
    filters = checked(filters, holdings.known)
    undone = _undone(without)
    mended = [] if SPELLING in undone else mistakes_in(typed, holdings)
    question = put_right(typed, mended)
    operators = no_operators(question) if OPERATORS in undone else operators_of(question)
    plain, readable = operators.plain, operators.readable
    opening = _opening(plain)

    councils, understood, notes = _councils(readable, filters, holdings, undone)
    periods = [] if EVERYTHING in undone else periods_in(readable, holdings.latest)
    dated = bool(filters.published_from or filters.published_to or filters.document)
    kept: list[Period] = []
    for period in periods:
        kind = {"range": "period", "fact": "period"}.get(period.kind, period.kind)
        if kind in undone or (dated and kind != "period") or (dated and period.kind == "range"):
            continue
        kept.append(period)
        understood.append(_tag(kind, _period_value(period), readable, period.start, period.end))
    stated = _stated(readable, filters, holdings, undone, understood)
    ranges = [period for period in kept if period.kind == "range"]
    understood.sort(key=lambda tag: tag.start)
    spans = [(tag.start, tag.end) for tag in understood]
    subject = _without_spans(plain, [(0, opening), *spans])
    if not words_of(subject):
        subject = _without_spans(plain, spans)
    query = Query(
        typed=typed,
        question=question,
        readable=readable,
        filters=filters,
        understood=tuple(understood),
        councils=tuple(dict.fromkeys(councils)),
        years=tuple(dict.fromkeys(p.year for p in kept if p.kind == "year" and p.year)),
        facts=tuple(period for period in kept if period.kind == "fact"),
        published_from=max((p.first for p in ranges if p.first), default=None),
        published_to=min((p.last for p in ranges if p.last), default=None),
        latest=any(period.kind == "latest" for period in kept),
        stated=stated,
        subject=subject,
        sentences=_sentences(plain, subject),
        terms=_with_operators(terms_of(subject), operators, holdings),
        required=operators.required,
        excluded=operators.excluded,
        operators=tuple(
            Understood(OPERATORS, one.said, question[one.start : one.end], one.start, one.end)
            for one in operators.found
        ),
        mended=tuple(mended),
        undone=undone,
        notes=tuple(notes),
    )
    if not query.terms and not query.required and not understood:
        # Only stopwords ("what is it?"): better to look for them than to refuse.
        return replace(query, terms=tuple(Term((word.lower,)) for word in words_of(plain)))
    return query


def cleaned(question: str) -> str:
    """Strip the question of control characters and runs of blanks.

    Raises QueryError where nothing is left to search for, or where it is too long to be a question.
    """
    if len(question) > MAX_CHARACTERS:
        raise QueryError(
            f"the question is {len(question):,} characters long; ask in {MAX_CHARACTERS:,} or fewer"
        )
    text = "".join(c if ord(c) >= _MIN_CONTROL and c not in "\x7f\ufeff" else " " for c in question)
    text = " ".join(text.encode("utf-8", "ignore").decode().split())
    if not text:
        raise QueryError("the question is empty; type what to search for")
    if not words_of(text):
        raise QueryError("there is nothing to search for in the question; use words")
    return text


def terms_of(text: str) -> tuple[Term, ...]:
    """List the words of a text that carry a subject, each with the field's other wordings for it."""
    terms: list[Term] = []
    at = 0
    spans = expansions(text)
    for expansion in [*spans, None]:
        end = expansion.start if expansion else len(text)
        terms += _plain_terms(text[at:end])
        if expansion:
            typed = _phrase(text[expansion.start : expansion.end])
            wordings = (typed, *(_phrase(wording) for wording in expansion.wordings))
            terms.append(Term(tuple(dict.fromkeys(wordings))))
            at = expansion.end
    return tuple(dict.fromkeys(terms))


def _plain_terms(text: str) -> Iterator[Term]:
    at = 0
    numbers = sorted((*large_numbers(text), *decimals(text)))
    for start, end, wordings in (*numbers, (len(text), len(text), ())):
        yield from (Term((w.lower,)) for w in words_of(text[at:start]) if w.lower not in STOPWORDS)
        if wordings:
            yield Term(wordings)
        at = end


def _with_operators(terms: tuple[Term, ...], operators: Operators, holdings: Holdings) -> tuple[Term, ...]:
    """Take words of which one is as good as another as one term, and every word with a beginning that was typed."""
    held = list(terms)
    for group in operators.either:
        chosen = [term for word in group for term in held if term.wordings[0] == word]
        if len(chosen) > 1:
            held = [term for term in held if term not in chosen]
            held.append(Term(tuple(dict.fromkeys(wording for term in chosen for wording in term.wordings))))
    for letters in operators.beginnings:
        found = holdings.words().beginning(letters)
        held = [term for term in held if term.wordings[0] != letters]
        held.append(Term(found or (letters,)))
    return tuple(dict.fromkeys(held))


def _phrase(wording: str) -> str:
    """Part words as the index's tokeniser does: "children's" is two."""
    return " ".join(tokens_of(wording))


def likely_sentences(question: str) -> tuple[str, ...]:
    """Tell at a glance what a question's `sentences` will hold: itself as typed, unless it seems to name a filter.

    Raises QueryError as `understand` does.
    """
    plain = operators_of(cleaned(question)).plain
    return () if _NAMING.search(plain) or _opening(plain) else (_typed(plain),)


def _typed(plain: str) -> str:
    return " ".join(plain.split())


def _sentences(plain: str, subject: str) -> tuple[str, ...]:
    """Word the question for a sentence encoder: its subject, and where that has abbreviations also as typed.

    Where a council is a filter, its name would only draw in passages that happen to say it. Passages write an
    abbreviation out or not, and so both wordings stand for it.
    """
    typed, whole = _typed(plain), spelled_out(subject)
    return (
        (_typed(subject),) if whole == subject and subject else tuple(dict.fromkeys((typed, whole or typed)))
    )


def _opening(text: str) -> int:
    """Measure the opening that asks and names no subject ("findings on", "which councils were criticised
    for").
    """
    for pattern in _OPENINGS:
        match = pattern.match(text)
        if match and any(word.lower not in STOPWORDS for word in words_of(text[match.end() :])):
            return match.end()
    return 0


def _undone(without: Sequence[str]) -> frozenset[str]:
    allowed = (*UNDERSTOOD_KINDS, READING, EVERYTHING)
    for value in without:
        if value not in allowed:
            raise QueryError(f"without can't be {value[:60]!r}; it is one of: {', '.join(allowed)}")
    return frozenset(without)


def _councils(
    text: str,
    filters: Filters,
    holdings: Holdings,
    undone: frozenset[str],
) -> tuple[list[str], list[Understood], list[str]]:
    """Read the councils that a question names or means: their names, what says so, and what isn't understood."""
    named: list[str] = []
    understood: list[Understood] = []
    notes: list[str] = []
    if filters.council or filters.document or EVERYTHING in undone:
        return named, understood, notes
    mentions = find_in(text, also=holdings.councils, is_word=holdings.has_phrase)
    similar = similar_councils()
    if "area" not in undone:
        for group in groups_in(text, mentions):
            if group.within in mentions:
                mentions.remove(group.within)
            owners = group.owners or tuple(filter(None, [similar.own]))
            alike = [name for owner in owners for name in similar.of(owner)]
            whose = " and ".join(owners)
            if alike:
                named += alike
                value = f"Statistical neighbours of {whose}"
                understood.append(_tag("area", value, text, group.start, group.end))
            elif owners:
                notes.append(f"No statistical neighbours of {whose} are known, so they were not asked for.")
            else:
                notes.append(f"Whose neighbours was not said: name the council, or set {OWN} to yours.")
    if "council" not in undone:
        for mention in mentions:
            named += holdings.with_successors(mention.name)
            understood.append(_tag("council", mention.name, text, mention.start, mention.end))
    if "area" not in undone and not named:
        places = find_areas(text)
        named += members(*(mention.name for mention in places))
        understood += [_tag("area", m.name, text, m.start, m.end) for m in places]
    return named, understood, notes


def _stated(
    text: str, filters: Filters, holdings: Holdings, undone: frozenset[str], understood: list[Understood]
) -> Filters:
    """Read the filters that the words state, each once, but for those that are set as parameters."""
    if EVERYTHING in undone or filters.document is not None:
        return Filters()
    found: dict[str, Any] = {}
    for name, row in ROWS.items():
        if row.stated and name not in undone and not filters.values(name):
            stated = min(row.stated(text, holdings.known.frameworks), key=lambda one: one.start, default=None)
            if stated is not None:
                found[name] = stated.value
                understood.append(_tag(name, stated.value, text, stated.start, stated.end))
    return Filters(**found)


def _tag(kind: str, value: str, text: str, start: int, end: int) -> Understood:
    return Understood(kind, value, text[start:end], start, end)


def _period_value(period: Period) -> str:
    if period.kind == "latest":
        return "latest"
    if period.kind == "year":
        return str(period.year)
    return f"{period.first or ''}..{period.last or ''}"


def _without_spans(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return " ".join(text.split())
