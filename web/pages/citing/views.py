"""The addresses of the pages about citing: a passage's citation, and checking the citations of a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from indexer.errors import QueryError
from search_api.citing.check_citations import CheckedQuotation, CheckedText, check_citations
from search_api.citing.formats import FORMATS, Cited, written
from search_api.citing.references import Status
from search_api.citing.word_difference import MEANING_OF_EXACT, Change
from search_api.http.base_address import base_of
from search_api.http.citing_routes import passage_with_document, sent_text
from web.pages import display
from web.pages.site import NotHereError, Site, as_sentence

LONGEST_QUOTE = 6_000
"""Characters of a quote that are offered; a table read as one passage may be longer than a page can hold."""
LONGEST_KEPT = 30_000
"""Characters of a text that its box still holds beside the result; a longer one isn't sent back."""
_SAID: dict[Status, str] = {"exact": "Exact", "altered": "Altered", "not_found": "Not found"}
_COLOURS = {"exact": "green", "altered": "orange", "not_found": "red"}
LONGEST = 900
"""Characters of a quotation that are shown where it has no difference to show."""
MOST_SHOWN = 60
"""Quotations and references of each kind on a page; the JSON route gives all."""


def add_citing(site: Site) -> None:
    """Add the pages about citing."""
    router, engine, templates = site.router, site.engine, site.templates

    @router.get("/cite/{passage_id}")
    def show_citation(passage_id: str, request: Request) -> Response:
        snapshot = engine.snapshot()
        found = passage_with_document(snapshot, passage_id)
        if found is None:
            raise NotHereError(
                "There is no such passage here. It may have been read again since the link was made."
            )
        passage, document = found
        citation = shown_citation(Cited(passage, document, passage.text, base_of(request)))
        return templates.page("citing/cite.html", document=document, passage=passage, citation=citation)

    def check_page(
        status: int = 200, text: str = "", error: str = "", result: ShownCheck | None = None
    ) -> Response:
        return templates.page(
            "citing/check.html", status, error=error, mend="#text", text=text, result=result,
            exact_means=MEANING_OF_EXACT,
        )  # fmt: skip

    @router.get("/check-citations")
    def show_check() -> Response:
        return check_page()

    @router.post("/check-citations")
    async def check(request: Request) -> Response:
        text = ""
        try:
            text = await sent_text(request)
            checked = await run_in_threadpool(lambda: check_citations(engine.snapshot(), text))
        except (HTTPException, QueryError) as error:
            status = error.status_code if isinstance(error, HTTPException) else 400
            return check_page(status, text[:LONGEST_KEPT], as_sentence(error))
        return check_page(text=text if len(text) <= LONGEST_KEPT else "", result=shown_check(checked))


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a citation: its text, how many lines its box shows, and where it is to be had as a file."""

    name: str
    title: str
    text: str
    rows: int
    file: str | None


@dataclass(frozen=True, slots=True)
class ShownCitation:
    """A citation as `components/cite.html` shows it; `url` is relative, `permalink` whole where it can be."""

    reference: str
    url: str
    permalink: str
    forms: tuple[Form, ...]


def shown_citation(what: Cited) -> ShownCitation:
    """Put a citation into the words of its component; a quote that is too long for a page is cut at a word."""
    short = what
    if len(what.quote) > LONGEST_QUOTE:
        cut = what.quote[:LONGEST_QUOTE].rsplit(None, 1)[0]
        short = Cited(what.passage, what.document, f"{cut} […]", what.base)
    forms = []
    for form, known in FORMATS.items():
        text = written(short, form).rstrip("\n")
        file = f"/api/passages/{what.passage.id}/citation?format={form}" if known.saved else None
        rows = min(8, max(text.count("\n") + 1, 1 + len(text) // 75))
        forms.append(Form(form, known.title, text, rows, file))
    return ShownCitation(what.reference, what.passage.url, what.permalink, tuple(forms))


@dataclass(frozen=True, slots=True)
class PlaceLink:
    """A place in a document, as people write it, with its address."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownQuotation:
    """A quotation as it is shown; `changes` are empty unless it is altered."""

    text: str
    status: str
    colour: str
    place: PlaceLink | None
    also: tuple[PlaceLink, ...]
    changes: tuple[Change, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ShownReference:
    """A reference as it is shown, with where it leads."""

    text: str
    status: str
    colour: str
    places: tuple[PlaceLink, ...]
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
                tuple(PlaceLink(place.reference, place.url) for place in r.passages[:8])
                or tuple(PlaceLink(display.document_name(d), f"/documents/{d.id}") for d in r.documents[:4]),
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
    def link(number: int) -> PlaceLink:
        citation = (quotation.citation, *quotation.also)[number]
        assert citation is not None  # noqa: S101 (called for those that there are)
        return PlaceLink(citation.reference, citation.passage.url)

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
