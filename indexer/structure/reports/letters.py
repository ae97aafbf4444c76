"""Letters that report a visit: who it was to, when, and by whom, told in sentences and not in labelled fields.

Focused and monitoring visits, joint targeted area inspections and older reports are sent as letters: an
address, a date, "Dear …", a title, findings under headings, a signature. Knows the frame of such a letter;
the findings in it are read like those of any report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from indexer.reading.layout import Flow, FlowLine, join
from indexer.text.dates import date_range, dates_in

TITLE = re.compile(
    r"\b(?:(?:re-?)?inspection\s+(?:of|report)|re-?inspection|review\s+of|monitoring\s+visit|focus(?:s)?ed\s+visit"
    r"|joint\s+targeted\s+area|assurance\s+visit|area\s+send)\b",
    re.IGNORECASE,
)
_DEAR = re.compile(r"^dear\b.{0,80}$", re.IGNORECASE)
_CLOSE = re.compile(r"^yours\s+(?:sincerely|faithfully|truly)\b", re.IGNORECASE)
_WHEN = re.compile(
    r"\b(?:visit(?:ed)?|inspection|inspected|carried\s+out|took\s+place|undertook|undertaken|fieldwork)\b"
    r"[^.]{0,240}?\b(?:on|from|between|during)\s+(?P<dates>\d{1,2}\b[^.]{2,70}?\b(?:19|20)\d\d)",
    re.IGNORECASE,
)
_PERSON = r"[A-Z][\w’'-]{1,40}(?:\s+(?:[A-Z][\w’'.-]{1,40}|de|van|der|von)){1,3}"
_BY = re.compile(
    rf"\b(?:led|carried\s+out|undertaken|conducted)\s+by\s+(?:(?:His|Her)\s+Majesty[’']s\s+Inspectors?,?\s+)?(?P<name>{_PERSON})"
    rf"|\b[Ii]nspectors?\s+(?:for\s+this\s+(?:visit|inspection)\s+)?(?:was|were):?\s+(?P<named>{_PERSON})"
)
_LEAD_AFTER = re.compile(rf"^(?P<name>{_PERSON})\b.*\blead\s+inspector$")
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
            if len(found := dates_in(flow.lines[i].text)) == 1 and _bare_date(flow.lines[i])
        ),
        None,
    )
    places = {*range(dear + 1), *title, *_signature(flow)}
    return Letter(frozenset(places), title, published)


def told_dates(flow: Flow) -> tuple[str | None, str | None]:
    """When the visit was, where a sentence of the first pages says so."""
    match = _WHEN.search(_opening(flow))
    return date_range(match["dates"]) if match else (None, None)


def told_inspector(flow: Flow) -> str | None:
    """Who led the visit: named as such, or the one who signs, or the first of those named."""
    for i, placed in enumerate(flow.lines):
        match = _LEAD_AFTER.match(placed.text)
        if match:
            return match["name"]
        if _CLOSE.match(placed.text):
            for following in flow.lines[i + 1 : i + 4]:
                if re.fullmatch(_PERSON, following.text.strip(" ,")):
                    return following.text.strip(" ,")
    match = _BY.search(_opening(flow))
    return (match["name"] or match["named"]) if match else None


def _opening(flow: Flow) -> str:
    return join((flow.lines[i].text for i in flow.front()), flow.vocabulary)


def _titles(flow: Flow, at: int) -> bool:
    placed = flow.lines[at]
    return bool(TITLE.search(placed.text)) and len(placed.text) < 160 and not placed.text.endswith(".")


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


def _bare_date(placed: FlowLine) -> bool:
    return len(placed.text) < 30 and bool(re.search(r"(?:19|20)\d\d$", placed.text))


def _signature(flow: Flow) -> range:
    for i, placed in enumerate(flow.lines):
        if _CLOSE.match(placed.text):
            end = i + 1
            while end < len(flow.lines) and end <= i + 5 and len(flow.lines[end].text) < 60:
                end += 1
            return range(i, end)
    return range(0)
