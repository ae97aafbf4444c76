"""The pages' addresses: each reads what was asked, calls the engine, and hands plain values to a template.

No view decides anything about ranking, answering or reading; `document_page`, `council_page` and their like put
what the engine gives into words. A search's addresses are in `search_views`.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from indexer.document import Document, Passage
from indexer.errors import UnreadableDocument
from search_api.comparing.visits import asked_again, visits_in
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.question.neighbours import similar_councils
from search_api.search.results import Hit, search_passages
from search_api.snapshot import Snapshot
from web.pages import wording
from web.pages.about.views import add_about
from web.pages.comparing.compare_views import add_compare
from web.pages.comparing.themes_views import add_themes
from web.pages.councils import grade_chart
from web.pages.councils import page as council_page
from web.pages.documents import originals
from web.pages.documents import page as document_page
from web.pages.packs.views import add_pack
from web.pages.recommendations import page as recommendation_page
from web.pages.search.views import add_search
from web.templates import Templates

_DOCUMENTS_PER_PAGE = 100
_NEAREST_PARAGRAPHS = 3
_QUESTION = 300
"""Characters of a recommendation that are searched for: enough to say what it is about."""


class NotHereError(Exception):
    """Nothing is at this address; the message says what was looked for."""


def page_routes(engine: Engine, templates: Templates) -> APIRouter:
    """Make the routes of every page over an open engine."""
    router = APIRouter(include_in_schema=False)
    pictures = originals.Pictures()
    alike = similar_councils()

    def home(question: str = "", error: str | None = None, status: int = 200) -> Response:
        snapshot = engine.snapshot()
        return templates.page(
            "home.html",
            status,
            area="search",
            question=question,
            error=error,
            errors=[{"text": error, "href": "#q"}] if error else [],
            documents=len(snapshot.index.documents()),
            facts=_holdings(snapshot),
        )

    @router.get("/")
    def show_home() -> Response:
        return home()

    add_search(router, engine, templates, home)
    add_compare(router, engine, templates)
    add_themes(router, engine, templates)
    add_pack(router, engine, templates, pictures)
    add_about(router, engine, templates)

    @router.get("/documents")
    def show_documents(request: Request) -> Response:
        snapshot = engine.snapshot()
        everything = snapshot.index.documents()
        last = max(1, -(-len(everything) // _DOCUMENTS_PER_PAGE))
        page = min(_number(request.query_params.get("page")), last)
        first = (page - 1) * _DOCUMENTS_PER_PAGE
        return templates.page(
            "documents/documents.html",
            documents=everything[first : first + _DOCUMENTS_PER_PAGE],
            total=len(everything),
            page=page,
            last=last,
        )

    @router.get("/documents/{document_id}")
    def show_document(document_id: str, request: Request) -> Response:
        snapshot = engine.snapshot()
        document = _document(snapshot, document_id)
        parts = document_page.parts(document)
        number = _number(request.query_params.get("part"))
        if number > len(parts):
            raise NotHereError(f"This document has {wording.count(len(parts), 'part')}.")
        return _document_page(snapshot, templates, document, parts[number - 1], None)

    @router.get("/documents/{document_id}/original")
    def send_original(document_id: str) -> Response:
        snapshot = engine.snapshot()
        document = _document(snapshot, document_id)
        path = snapshot.index.source_path(document_id)
        if path is None:
            raise NotHereError("The original file is no longer where it was indexed.")
        return originals.send_original(document, path)

    @router.get("/documents/{document_id}/pages/{page}.png")
    def send_page(document_id: str, page: str, request: Request) -> Response:
        snapshot = engine.snapshot()
        document = _document(snapshot, document_id)
        path = snapshot.index.source_path(document_id)
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 0
        if path is None or not 1 <= number <= document.pages:
            raise NotHereError("This document has no such page.")
        try:
            picture = pictures.picture(document_id, path, number)
        except UnreadableDocument as error:
            raise NotHereError(f"This page can’t be drawn: {error}.") from error
        return originals.send_picture(request, document, number, picture)

    @router.get("/documents/{document_id}/{key}")
    def show_passage(document_id: str, key: str) -> Response:
        snapshot = engine.snapshot()
        document = _document(snapshot, document_id)
        part = document_page.part_of(document, key)
        if part is None:
            raise NotHereError(
                "This document has no such passage. It may have been read anew since the link was made."
            )
        asked = next(p for p in document.passages if p.key == key)
        return _document_page(snapshot, templates, document, part, asked)

    @router.get("/councils")
    def show_councils() -> Response:
        snapshot = engine.snapshot()
        documents = snapshot.index.documents()
        return templates.page(
            "councils/councils.html",
            area="councils",
            rows=council_page.council_rows(documents),
            unnamed=sum(1 for d in documents if not d.council),
        )

    @router.get("/councils/{slug}")
    def show_council(slug: str) -> Response:
        snapshot = engine.snapshot()
        name = council_page.council_named(slug, snapshot.index.documents())
        if name is None:
            raise NotHereError("No document here is about a council of this name.")
        held = [d for d in snapshot.index.documents() if d.council == name]
        timeline = council_page.timeline(held, visits_in(snapshot.index).inspection_of)
        return templates.page(
            "councils/council.html",
            area="councils",
            council=name,
            timeline=timeline,
            chart=grade_chart.chart(timeline),
            recommended=_recommended(snapshot, timeline),
            similar=council_page.similar(alike.of(name), snapshot.index.documents()),
            can_compare=len(council_page.inspection_reports(held)) > 1,
            documents=sorted(held, key=wording.day, reverse=True),
        )

    @router.get("/recommendations/{passage_id}")
    def show_recommendation(passage_id: str) -> Response:
        snapshot = engine.snapshot()
        return _recommendation_page(snapshot, templates, passage_id)

    return router


def _document_page(
    snapshot: Snapshot,
    templates: Templates,
    document: Document,
    part: document_page.Part,
    asked: Passage | None,
) -> Response:
    parts = document_page.parts(document)
    path = snapshot.index.source_path(document.id)
    crumbs = [("Documents", "/documents")]
    if document.council:
        crumbs = [
            ("Councils", "/councils"),
            (document.council, f"/councils/{wording.slug(document.council)}"),
        ]
    can_be_drawn = bool(path and document.pages)
    return templates.page(
        "documents/document.html",
        area="search",
        document=document,
        crumbs=crumbs,
        facts=document_page.facts(document),
        part=part,
        part_count=len(parts),
        previous_part=document_page.part_url(document, parts[part.number - 2]) if part.number > 1 else None,
        next_part=document_page.part_url(document, parts[part.number]) if part.number < len(parts) else None,
        asked=asked,
        passages=document_page.shown_passages(document, part, asked.key if asked else None),
        contents=document_page.contents(document, part),
        neighbours=document_page.neighbours(document, snapshot.index.documents()),
        visits=document_page.visits(document, snapshot),
        printed=document_page.printed_pages(asked) if asked and can_be_drawn else [],
        printed_judgements=any(j.page for j in document.judgements),
        recommendation_ids={r.passage_id for r in document.recommendations},
        has_original=path is not None,
        original_kind=originals.kind_in_words(document.file),
        original_size=originals.size_in_words(path.stat().st_size) if path else "",
    )


def _recommended(
    snapshot: Snapshot, timeline: council_page.Timeline
) -> list[tuple[Document, list[dict[str, Any]]]]:
    """List the recommendations of each inspection, newest first, with the last status reported on each."""
    found = []
    for inspection in reversed(timeline.inspections):
        report = inspection.document
        statuses = recommendation_page.latest_status(snapshot, report)
        again = asked_again(snapshot.index, report.id, snapshot.index.documents())
        rows = [
            {
                "passage_id": r.passage_id,
                "label": r.label,
                "text": r.text,
                "status": statuses.get(r.passage_id, (None, ""))[0],
                "again": again.get(r.passage_id),
            }
            for r in report.recommendations
        ]
        if rows:
            found.append((report, rows))
    return found


def _recommendation_page(snapshot: Snapshot, templates: Templates, passage_id: str) -> Response:
    document = _document(snapshot, passage_id.rsplit(".", 1)[0])
    passage = next((p for p in document.passages if p.id == passage_id), None)
    recommendation = recommendation_page.recommendation_of(document, passage_id)
    if passage is None or recommendation is None:
        raise NotHereError(
            "There is no such recommendation here. It may have been read anew since the link was made."
        )
    followed = recommendation_page.follow(snapshot, document, passage_id)
    crumbs = [(wording.document_name(document), f"/documents/{document.id}")]
    if document.council:
        crumbs.insert(0, (document.council, f"/councils/{wording.slug(document.council)}"))
    name = f"Recommendation {recommendation.label}" if recommendation.label else "Recommendation"
    return templates.page(
        "recommendations/recommendation.html",
        area="councils",
        heading=f"{name}: {document.council or document.file}, {wording.day(document)[:4] or 'no date'}",
        document=document,
        passage=passage,
        paragraphs=[line for line in passage.text.split("\n") if line.strip()],
        recommendation=recommendation,
        where=wording.pages(passage.page, passage.end_page),
        crumbs=crumbs,
        followed=followed,
        summary=recommendation_page.summary(followed.reports),
        searched=sum(1 for d in snapshot.index.documents() if d.council == document.council),
        later=recommendation_page.later_inspections(snapshot, document, passage.text),
        elsewhere=recommendation_page.with_what_came_later(
            snapshot, recommendation_page.elsewhere(snapshot, document, passage.text)
        ),
        nearest=() if followed.led_to_it else _nearest_paragraphs(snapshot, document, passage),
    )


def _nearest_paragraphs(snapshot: Snapshot, document: Document, passage: Passage) -> tuple[Hit, ...]:
    """Find the paragraphs of the same report nearest to a recommendation that names none."""
    asked = " ".join(passage.text.split())[:_QUESTION]
    filters = Filters(document=document.id, passage_kind="paragraph")
    return search_passages(snapshot, asked, filters, limit=_NEAREST_PARAGRAPHS, without=("all",)).hits


def _document(snapshot: Snapshot, document_id: str) -> Document:
    document = snapshot.index.document(document_id)
    if document is None:
        raise NotHereError("There is no such document here. It may have been removed or read anew.")
    return document


def _holdings(snapshot: Snapshot) -> list[tuple[str, str]]:
    documents = snapshot.index.documents()
    days = sorted(day for d in documents if (day := wording.day(d)))
    years = f"{days[0][:4]} to {days[-1][:4]}" if days else ""
    facts = [
        ("Documents", f"{len(documents):,}"),
        ("Councils", f"{len({d.council for d in documents if d.council}):,}"),
        ("Passages", f"{len(snapshot.index):,}"),
        ("Years", years),
    ]
    return [(term, value) for term, value in facts if value]


def _number(value: str | None) -> int:
    return max(1, int(value)) if value and value.isascii() and value.isdigit() and len(value) < 6 else 1
