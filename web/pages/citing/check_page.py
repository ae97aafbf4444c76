"""What was found of a draft's quotations and references, in words for the page that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from search_api.citing.check_citations import CheckedQuotation, CheckedText
from search_api.citing.references import Status
from search_api.citing.word_difference import Change
from web.pages import display

_SAID: dict[Status, str] = {"exact": "Exact", "altered": "Altered", "not_found": "Not found"}
_COLOURS = {"exact": "green", "altered": "orange", "not_found": "red"}
LONGEST = 900
"""Characters of a quotation that are shown where it has no difference to show."""
MOST_SHOWN = 60
"""Quotations and references of each kind on a page; the JSON route gives all."""


@dataclass(frozen=True, slots=True)
class Link:
    """A place in a document, as people write it, with its address."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownQuotation:
    """A quotation as it is shown; `changes` are empty unless it is altered."""

    text: str
    status: str
    colour: str
    place: Link | None
    also: tuple[Link, ...]
    changes: tuple[Change, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ShownReference:
    """A reference as it is shown, with where it leads."""

    text: str
    status: str
    colour: str
    places: tuple[Link, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """The result of a check as it is shown; those that need looking at come first."""

    summary: str
    quotations: tuple[ShownQuotation, ...]
    references: tuple[ShownReference, ...]
    notes: tuple[str, ...]


def shown_check(checked: CheckedText) -> ShownCheck:
    """Put the result of a check into words."""
    quotations = sorted(checked.quotations, key=lambda q: (_urgency(q.status), q.quotation.start))
    references = sorted(checked.references, key=lambda r: (_urgency(r.status), r.reference.start))
    notes = []
    if checked.short:
        notes.append(f"{display.count(checked.short, 'quotation')} of fewer than four words not looked up.")
    if checked.unchecked:
        notes.append(f"{display.count(checked.unchecked, 'item')} not checked: check the text in parts.")
    if max(len(quotations), len(references)) > MOST_SHOWN:
        notes.append(f"The first {MOST_SHOWN} of each are shown, those to look at first.")
    return ShownCheck(
        _summary(checked),
        tuple(_quotation(q) for q in quotations[:MOST_SHOWN]),
        tuple(
            ShownReference(
                r.reference.text[:LONGEST],
                _SAID[r.status],
                _COLOURS[r.status],
                tuple(Link(place.reference, place.url) for place in r.passages[:8])
                or tuple(Link(display.document_name(d), f"/documents/{d.id}") for d in r.documents[:4]),
                r.note,
            )
            for r in references[:MOST_SHOWN]
        ),
        tuple(notes),
    )


def _urgency(status: Status) -> int:
    return ("altered", "not_found", "exact").index(status)


def _summary(checked: CheckedText) -> str:
    if not checked.quotations and not checked.references:
        return "No quotation of four words or more and no reference was found in the text."
    counts = ", ".join(f"{checked.count(status)} {said.lower()}" for status, said in _SAID.items())
    quotations = display.count(len(checked.quotations), "quotation")
    references = display.count(len(checked.references), "reference")
    return f"{quotations}: {counts}. {references}. {display.count(checked.documents_searched, 'document')} searched."


def _quotation(quotation: CheckedQuotation) -> ShownQuotation:
    def link(number: int) -> Link:
        citation = (quotation.citation, *quotation.also)[number]
        assert citation is not None  # noqa: S101 (called for those that there are)
        return Link(citation.reference, citation.passage.url)

    text = quotation.quotation.text
    return ShownQuotation(
        text if len(text) <= LONGEST else text[:LONGEST].rsplit(None, 1)[0] + " …",
        _SAID[quotation.status],
        _COLOURS[quotation.status],
        link(0) if quotation.citation else None,
        tuple(link(1 + place) for place in range(len(quotation.also))),
        _cut(quotation.difference),
        quotation.note,
    )


def _cut(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Shorten long runs of the same words: what differs is what is looked for."""
    short = []
    for change in changes:
        words = change.quoted.split()
        if change.kind == "same" and len(words) > 40:
            text = " ".join((*words[:15], "…", *words[-15:]))
            change = Change("same", text, text)  # noqa: PLW2901
        short.append(change)
    return tuple(short[:200])
