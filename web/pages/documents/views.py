"""The documents' addresses: the list, a document, one of its passages, its file and pictures of its pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from indexer.document import Document, Passage
from indexer.errors import UnreadableDocument
from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.documents import originals
from web.pages.documents import page as document_page
from web.pages.site import NotHereError, Site, page_number
from web.pages.subjects.links import weakness_links

_DOCUMENTS_PER_PAGE = 100


def add_documents(site: Site, pictures: originals.Pictures) -> None:
    """Add the pages of documents, and their files."""

    @site.router.get("/documents")
    def show_documents(request: Request) -> Response:
        snapshot = site.engine.snapshot()
        everything = snapshot.index.documents()
        doubted = sorted((d for d in everything if d.warnings), key=lambda d: -len(d.warnings))
        unsure = bool(request.query_params.get("unsure"))
        if unsure:
            everything = doubted
        last = max(1, -(-len(everything) // _DOCUMENTS_PER_PAGE))
        page = min(page_number(request.query_params.get("page")), last)
        first = (page - 1) * _DOCUMENTS_PER_PAGE
        return site.templates.page(
            "documents/documents.html",
            documents=everything[first : first + _DOCUMENTS_PER_PAGE],
            total=len(everything),
            unsure=unsure,
            doubted=len(doubted),
            page=page,
            last=last,
        )

    @site.router.get("/documents/{document_id}")
    def show_document(document_id: str, request: Request) -> Response:
        snapshot = site.engine.snapshot()
        document = document_of(snapshot, document_id)
        parts = document_page.parts(document)
        number = page_number(request.query_params.get("part"))
        if number > len(parts):
            raise NotHereError(f"This document has {display.count(len(parts), 'part')}.")
        return _document_page(site, snapshot, document, parts[number - 1], None)

    @site.router.get("/documents/{document_id}/original")
    def send_original(document_id: str) -> Response:
        snapshot = site.engine.snapshot()
        document = document_of(snapshot, document_id)
        path = snapshot.index.source_path(document_id)
        if path is None:
            raise NotHereError("The original file is no longer where it was indexed.")
        return originals.send_original(document, path)

    @site.router.get("/documents/{document_id}/pages/{page}.png")
    def send_page(document_id: str, page: str, request: Request) -> Response:
        snapshot = site.engine.snapshot()
        document = document_of(snapshot, document_id)
        path = snapshot.index.source_path(document_id)
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 0
        if path is None or not 1 <= number <= document.pages:
            raise NotHereError("This document has no such page.")
        try:
            picture = pictures.picture(document_id, path, number)
        except UnreadableDocument as error:
            raise NotHereError(f"This page can’t be drawn: {error}.") from error
        return originals.send_picture(request, document, number, picture)

    @site.router.get("/documents/{document_id}/{key}")
    def show_passage(document_id: str, key: str) -> Response:
        snapshot = site.engine.snapshot()
        document = document_of(snapshot, document_id)
        part = document_page.part_of(document, key)
        if part is None:
            raise NotHereError(
                "This document has no such passage. It may have been read again since the link was made."
            )
        opened = next(p for p in document.passages if p.key == key)
        return _document_page(site, snapshot, document, part, opened)


def _document_page(
    site: Site,
    snapshot: Snapshot,
    document: Document,
    part: document_page.Part,
    opened: Passage | None,
) -> Response:
    parts = document_page.parts(document)
    path = snapshot.index.source_path(document.id)
    crumbs = [("Documents", "/documents")]
    if document.council:
        crumbs = [
            ("Councils", "/councils"),
            (document.council, f"/councils/{display.slug(document.council)}"),
        ]
    can_be_drawn = bool(path and document.pages)
    return site.templates.page(
        "documents/document.html",
        area="search",
        document=document,
        crumbs=crumbs,
        facts=document_page.facts(document),
        part=part,
        part_count=len(parts),
        previous_part=document_page.part_url(document, parts[part.number - 2]) if part.number > 1 else None,
        next_part=document_page.part_url(document, parts[part.number]) if part.number < len(parts) else None,
        opened=opened,
        turned=weakness_links(snapshot, [opened.id]).get(opened.id) if opened else None,
        passages=document_page.shown_passages(document, part, opened.key if opened else None),
        contents=document_page.contents(document, part),
        neighbours=document_page.neighbours(document, snapshot.index.documents()),
        visits=document_page.visits(document, snapshot),
        newer=document_page.newer_edition(document, snapshot),
        printed=document_page.printed_pages(opened) if opened and can_be_drawn else [],
        printed_judgements=any(j.page for j in document.judgements),
        recommendation_ids={r.passage_id for r in document.recommendations},
        has_original=path is not None,
        original_kind=originals.kind_in_words(document.file),
        original_size=originals.size_in_words(path.stat().st_size) if path else "",
    )


def document_of(snapshot: Snapshot, document_id: str) -> Document:
    """Give the document of an id; NotHereError where there is none."""
    document = snapshot.index.document(document_id)
    if document is None:
        raise NotHereError("There is no such document here. It may have been removed or read again.")
    return document
