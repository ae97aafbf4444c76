"""The addresses of the pages about citing: a passage's citation, and checking the citations of a text."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from indexer.errors import QueryError
from search_api.citing.check_citations import check_citations
from search_api.citing.formats import FORMATS, Cited, written
from search_api.citing.word_difference import MEANING_OF_EXACT
from search_api.http.citing_routes import base_of, passage_with_document, sent_text
from web.pages.citing.check_page import ShownCheck, shown_check
from web.pages.site import NotHereError, Site, as_sentence

_TITLES = {"text": "Text", "markdown": "Markdown", "ris": "RIS (EndNote, Zotero)", "bibtex": "BibTeX"}
_FILES = frozenset({"ris", "bibtex"})
LONGEST_QUOTE = 6_000
"""Characters of a quote that are offered; a table read as one passage may be longer than a page can hold."""
LONGEST_KEPT = 30_000
"""Characters of a text that its box still holds beside the result; a longer one isn't sent back."""


def add_citing(site: Site) -> None:
    """Add the pages about citing."""
    router, engine, templates = site.router, site.engine, site.templates

    @router.get("/cite/{passage_id}")
    def show_citation(passage_id: str, request: Request) -> Response:
        snapshot = engine.snapshot()
        found = passage_with_document(snapshot, passage_id)
        if found is None:
            raise NotHereError(
                "There is no such passage here. It may have been read anew since the link was made."
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
    for form in FORMATS:
        text = written(short, form).rstrip("\n")
        file = f"/api/passages/{what.passage.id}/citation?format={form}" if form in _FILES else None
        rows = min(8, max(text.count("\n") + 1, 1 + len(text) // 75))
        forms.append(Form(form, _TITLES[form], text, rows, file))
    return ShownCitation(what.reference, what.passage.url, what.permalink, tuple(forms))
