"""Letters that report a visit: who it was to, when, and by whom, told in sentences and not in labelled fields.

Focused and monitoring visits, joint targeted area inspections and older reports are sent as letters: an
address, a date, "Dear …", a title, findings under headings, a signature. Knows the frame of such a letter;
the findings in it are read like those of any report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from indexer.reading.layout import Flow, FlowLine, join
from indexer.structure.profiles import Profile
from indexer.text.dates import date_range, dates_in

TITLE = re.compile(
    r"\b(?:(?:re-?)?inspection\s+(?:of|report)|re-?inspection|review\s+of|monitoring\s+visit|focus(?:s)?ed\s+visit"
    r"|joint\s+targeted\s+area|assurance\s+visit|area\s+send)\b",
    re.IGNORECASE,
)
_DEAR = re.compile(r"^dear\b.{0,80}$", re.IGNORECASE)
_CLOSE = re.compile(r"^yours?\s+(?:sincerely|faithfully|truly)\b", re.IGNORECASE)
_COPIES = re.compile(
    r"^(?:I\s+am|we\s+are)\s+(?:copying|sending\s+a\s+copy\s+of)\s+this\s+letter\b|^cc:?\b", re.IGNORECASE
)
_PERSON = (
    r"[A-Z][\w’'-]{1,40}(?:\s+(?:(?!(?:HMIs?|CQC|OBE|MBE|CBE|DCS)\b)[A-Z][\w’'.-]{1,40}|de|van|der|von)){1,3}"
)
_BY = re.compile(
    rf"\b(?:led|carried\s+out|undertaken|conducted)\s+by\s+(?:(?:His|Her)\s+Majesty[’']s\s+Inspectors?,?\s+)?(?P<name>{_PERSON})"
    rf"|\b[Ii]nspectors?\s+(?:for\s+this\s+(?:visit|inspection)\s+)?(?:was|were):?\s+(?P<named>{_PERSON})"
)
_LEAD_AFTER = re.compile(rf"^(?P<name>{_PERSON})\b(?:(?!\bCQC\b).)*?\b[Ll]ead\s+[Ii]nspector\b")
_SIGNED = re.compile(
    rf"(?P<name>{_PERSON}?)(?:,?\s+(?:HMIs?|H(?:er|is)\s+Majesty.*|Senior\s.*|Ofsted.*))?[.,]?$"
)
_ADDRESS_LINES = 30


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter's frame: the places it takes up in the flow, its title's places, and what it says in sentences."""

    places: frozenset[int]
    title_places: tuple[int, ...]
    published: str | None


def read_letter(flow: Flow) -> Letter | None:
    """The frame of a letter; None for what isn't one."""
    front = flow.front()
    dear = next((i for i in front if _DEAR.match(flow.lines[i].text)), None)
    if dear is None or dear > _ADDRESS_LINES + 20:
        return None
    before = range(dear)
    titles = [i for i in before if TITLE.search(flow.lines[i].text)]
    after = next((i for i in range(dear + 1, min(dear + 6, len(flow.lines))) if _titles(flow, i)), None)
    start = after if after is not None else (titles[0] if titles else None)
    title = _title_from(flow, start) if start is not None else ()
    published = next(
        (
            found[0]
            for i in before
            if len(found := dates_in(flow.lines[i].text)) == 1 and is_bare_date(flow.lines[i])
        ),
        None,
    )
    places = {*range(dear + 1), *title, *_signature(flow)}
    return Letter(frozenset(places), title, published)


def dates_in_sentences(flow: Flow, profile: Profile) -> tuple[str | None, str | None]:
    """When the visit was, where a sentence of the first pages says so."""
    opening = _opening(flow)
    found = (re.search(pattern, opening, re.IGNORECASE) for pattern in profile.sentences.inspected)
    return next((date_range(match["dates"]) for match in found if match), (None, None))


def inspector_in_sentences(flow: Flow, profile: Profile) -> str | None:
    """Who led the visit: named as such, or the one who signs, or the first of those named."""
    for i, placed in enumerate(flow.lines):
        match = _LEAD_AFTER.match(placed.text)
        if match:
            return match["name"]
        if _CLOSE.match(placed.text):
            for following in flow.lines[i + 1 : i + 4]:
                signed = _SIGNED.match(following.text.strip())
                if signed:
                    return signed["name"].rstrip(".")
    opening = _opening(flow)
    sentence = next(
        (m for p in profile.sentences.inspector if (m := re.search(p, opening, re.IGNORECASE))), None
    )
    if sentence:
        return sentence["name"]
    match = _BY.search(opening)
    return (match["name"] or match["named"]) if match else None


def _opening(flow: Flow) -> str:
    return join((flow.lines[i].text for i in flow.front()), flow.vocabulary)


def _titles(flow: Flow, at: int) -> bool:
    placed = flow.lines[at]
    subject = bool(TITLE.match(placed.text)) and len(placed.text) < 100
    return subject or (
        bool(TITLE.search(placed.text)) and len(placed.text) < 160 and not placed.text.endswith(".")
    )


def _title_from(flow: Flow, start: int) -> tuple[int, ...]:
    """The title's lines: those that go on in the same type, with no gap between."""
    places = [start]
    for i in range(start + 1, min(start + 4, len(flow.lines))):
        this, first = flow.lines[i], flow.lines[start]
        alike = this.line.bold == first.line.bold and abs(this.line.size - first.line.size) < 0.6
        if this.gap or not alike or this.text.endswith(".") or (not first.line.bold and flow.paged):
            break
        places.append(i)
    return tuple(places)


def is_bare_date(placed: FlowLine) -> bool:
    """Whether a line is a date and nothing else."""
    return len(placed.text) < 30 and bool(re.search(r"(?:19|20)\d\d$", placed.text))


def _signature(flow: Flow) -> range:
    for i, placed in enumerate(flow.lines):
        if _CLOSE.match(placed.text):
            end = i + 1
            while end < len(flow.lines) and end <= i + 5 and len(flow.lines[end].text) < 60:
                end += 1
            return range(i - 1 if i and _COPIES.match(flow.lines[i - 1].text) else i, end)
    return range(0)
