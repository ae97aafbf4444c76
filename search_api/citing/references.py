"""References to documents in a text, in the forms that people write, and what each leads to.

"Darlington, 1 September 2015, paragraph 42, page 15", "(Ofsted, Darlington 2015, para 42)", "recommendation 11 of
the Durham report (March 2016)", a permalink: the parts are found by themselves and put together where they stand
close to each other. A reference that names no council takes the one before it ("para 43"). This module finds
and resolves; comparing quoted words is another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal

from indexer.document import Document
from indexer.encode.context import document_date
from indexer.text.councils import find_in
from indexer.text.dates import ANY_MONTH, month_number

_LAST = r"(?:\s?(?:-|–|—|to|and|&)\s?(\d{1,4}(?:\.\d{1,3})*))?"
_PARTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("link", re.compile(r"/documents/([a-z0-9][a-z0-9-]{0,200})/([a-z]{1,3}[\w.-]{0,40}?)(?=[#\s)\]>\"'’”,;.]|$)")),
    ("date", re.compile(rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)?\s+)?({ANY_MONTH})\.?,?\s+((?:19|20)\d\d)\b", re.I)),
    ("iso", re.compile(r"\b((?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)\b")),
    ("year", re.compile(r"\b((?:19|20)\d\d)\b")),
    ("paragraph", re.compile(rf"(?:\bpara(?:graph)?s?\b\.?|§{{1,2}}|¶{{1,2}})\s{{0,3}}(\d{{1,4}}(?:\.\d{{1,3}})*){_LAST}", re.I)),
    ("recommendation", re.compile(rf"\brec(?:ommendation|s|ommendations)?\b\.?\s{{0,3}}(\d{{1,3}}[a-z]?){_LAST}", re.I)),
    ("action", re.compile(r"\baction\s{0,3}(\d{1,3}(?:\.\d{1,3})*[a-z]?)()\b", re.I)),
    ("page", re.compile(
        rf"\b(?:pages?|pp?\.)\s{{0,3}}[\w.-]{{1,20}}(?:\s?(?:-|–|—|to|and|&)\s?[\w.-]{{1,20}})?"
        rf"\s{{0,3}}\((\d{{1,4}}){_LAST}\s+of\s+the\s+file\)", re.I)),
    ("page", re.compile(rf"\b(?:pages?|pp?\.)\s{{0,3}}(\d{{1,4}}){_LAST}", re.I)),
)  # fmt: skip
_LABELS = ("paragraph", "recommendation", "action")
_GAP = 45
"""Characters between two parts of one reference, at most."""
_BREAK = re.compile(r"[.!?;]\s+[A-Z“‘\"']|\n\s*\n|[“”\"]|;|\)[^()]*\(")
_BRACKETS = re.compile(r"[(\[][^()\[\]]{0,200}[)\]]")
_MOST_LABELS = 30

Status = Literal["exact", "altered", "not_found"]


@dataclass(frozen=True, slots=True)
class ReferencePart:
    """A piece of a reference at `start` to `end` of the text; `values` are its numbers or words."""

    kind: str
    start: int
    end: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference as written: whose document, of when, which paragraph, which page; None for what isn't said.

    `date` is an ISO date, month or year. `labels` are pairs such as ("paragraph", "42"). `place` is
    (document id, passage key) where a permalink is given.
    """

    start: int
    end: int
    text: str
    council: str | None = None
    title: str | None = None
    date: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    pages: tuple[int, int] | None = None
    place: tuple[str, str] | None = None


def references(text: str, councils: Sequence[str], titles: Sequence[str] = ()) -> list[Reference]:
    """List the references of a text in order.

    `councils` are names that documents give besides the known authorities'; `titles` are those of documents
    that name no council. What names a council alone, without a number or a date in brackets, is no reference.
    """
    found: list[Reference] = []
    for cluster in _clusters(text, sorted(_parts(text, councils, titles), key=lambda p: (p.start, -p.end))):
        made = _made(text, cluster)
        before = found[-1] if found else None
        named = made.place or made.council or made.title
        if not named:
            if before is None or not (made.labels or made.pages):
                continue
            made = replace(made, council=before.council, title=before.title, date=made.date or before.date)
            if not (made.council or made.title):
                continue
        elif not (made.place or made.labels or made.pages or _in_brackets(text, made)):
            continue
        found.append(made)
    return found


def fits_date(document: Document, date: str | None) -> bool:
    """Tell whether a document is of a date as people give it: published, printed or inspected then."""
    if date is None:
        return True
    own = (document.published, document_date(document), document.inspected_from, document.inspected_to)
    if any(day and (day.startswith(date) or date.startswith(day)) for day in own):
        return True
    first, last = document.inspected_from, document.inspected_to
    return bool(first and last and len(date) == 10 and first <= date <= last)


def _parts(text: str, councils: Sequence[str], titles: Sequence[str]) -> Iterator[ReferencePart]:
    taken = bytearray(len(text))

    def take(start: int, end: int) -> bool:
        if any(taken[start:end]):
            return False
        taken[start:end] = b"\1" * (end - start)
        return True

    for kind, pattern in _PARTS:
        for match in pattern.finditer(text):
            if not take(*match.span()):
                continue
            yield ReferencePart(
                kind, match.start(), match.end(), tuple(value or "" for value in match.groups())
            )
    lowered = text.lower()
    for title in sorted({t for t in titles if len(t.split()) >= 2}, key=len, reverse=True)[:500]:
        at = lowered.find(title.lower())
        while at >= 0 and len(lowered) == len(text):
            if take(at, at + len(title)):
                yield ReferencePart("title", at, at + len(title), (title,))
            at = lowered.find(title.lower(), at + 1)
    for mention in find_in(text, also=councils):
        if mention.how != "misspelling" and take(mention.start, mention.end):
            yield ReferencePart("council", mention.start, mention.end, (mention.name,))


def _clusters(text: str, parts: Sequence[ReferencePart]) -> Iterator[list[ReferencePart]]:
    """Put parts together that stand close and don't say the same thing twice; each with a number or a date."""
    cluster: list[ReferencePart] = []
    held: set[str] = set()
    for part in parts:
        if cluster and not _belongs(text, cluster[-1], held, part):
            yield from _kept(cluster)
            # A name may begin the next reference although it stands at this one's end.
            cluster, held = [], set()
        cluster.append(part)
        held.add(_said_by(part))
    yield from _kept(cluster)


def _kept(cluster: list[ReferencePart]) -> Iterator[list[ReferencePart]]:
    kinds = {part.kind for part in cluster}
    if kinds & {*_LABELS, "page", "link"} or (
        kinds & {"council", "title"} and kinds & {"date", "iso", "year"}
    ):
        yield cluster


def _said_by(part: ReferencePart) -> str:
    return {"iso": "date", "year": "date", "title": "council"}.get(part.kind, part.kind)


def _belongs(text: str, last: ReferencePart, held: AbstractSet[str], part: ReferencePart) -> bool:
    """Whether a part goes on with a cluster that ends with `last` and has said what is `held`."""
    between = text[last.end : part.start]
    if len(between) > _GAP or _BREAK.search(between) or part.kind == "link" or last.kind == "link":
        # "… paragraph 42, page 15) http://…/documents/…": the link says the same once more.
        return part.kind == "link" and "link" not in held and len(between) <= 80 and "\n\n" not in between
    said = _said_by(part)
    return said not in ("council", "date", "page") or said not in held


def _made(text: str, cluster: Sequence[ReferencePart]) -> Reference:
    start, end = cluster[0].start, cluster[-1].end
    made = Reference(start, end, text[start:end])
    labels: list[tuple[str, str]] = []
    for part in cluster:
        if part.kind == "council":
            made = replace(made, council=part.values[0])
        elif part.kind == "title":
            made = replace(made, title=part.values[0])
        elif part.kind in ("date", "iso", "year"):
            made = replace(made, date=_iso(part))
        elif part.kind == "page":
            first = int(part.values[0])
            made = replace(made, pages=(first, max(first, int(part.values[1] or first))))
        elif part.kind == "link":
            made = replace(made, place=(part.values[0], part.values[1]))
        else:
            labels += [(part.kind, label) for label in _range(*part.values[:2])]
    return replace(made, labels=tuple(labels[:_MOST_LABELS]))


def _range(first: str, last: str) -> list[str]:
    if first.isdigit() and last.isdigit() and int(first) < int(last) < int(first) + _MOST_LABELS:
        return [str(number) for number in range(int(first), int(last) + 1)]
    return [label for label in (first, last) if label]


def _iso(part: ReferencePart) -> str:
    if part.kind != "date":
        return part.values[0]
    day, month, year = part.values
    return f"{year}-{month_number(month):02d}" + (f"-{int(day):02d}" if day else "")


def _in_brackets(text: str, made: Reference) -> bool:
    """Tell whether a name and a date alone stand as a reference does: in brackets, the date at the least."""
    around = _BRACKETS.finditer(text, max(0, made.start - 60), min(len(text), made.end + 60))
    return made.date is not None and any(
        match.start() < made.end and made.start < match.end() and match.end() >= made.end for match in around
    )
