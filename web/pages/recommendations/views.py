"""What became of a recommendation: everything that later documents report on it, in the order of time.

`search_api.comparing.recommendation` follows the links; here what it found is put into words, and what is like it is looked
for. Where there is nothing, the page says that no evidence was found, never that nothing was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from indexer.document import Document
from search_api.comparing.recommendation import Report, follow, recommendation_of
from search_api.fields import Filters
from search_api.question.query import AS_WRITTEN
from search_api.search.results import Hit, search_passages
from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.documents.views import document_of
from web.pages.site import NotHereError, Site
from web.pages.subjects.links import weakness_links

MOST_SIMILAR = 5
_NEAREST_PARAGRAPHS = 3
_QUESTION = 300
"""Characters of a recommendation that are searched for: enough to say what it is about."""


def add_recommendations(site: Site) -> None:
    """Add the page of a recommendation."""

    @site.router.get("/recommendations/{passage_id}")
    def show_recommendation(passage_id: str) -> Response:
        return _page(site, passage_id)


def _page(site: Site, passage_id: str) -> Response:
    snapshot = site.engine.snapshot()
    document = document_of(snapshot, passage_id.rsplit(".", 1)[0])
    passage = next((p for p in document.passages if p.id == passage_id), None)
    recommendation = recommendation_of(document, passage_id)
    if passage is None or recommendation is None:
        raise NotHereError(
            "There is no such recommendation here. It may have been read again since the link was made."
        )
    followed = follow(snapshot, document, passage_id)
    crumbs = [(display.document_name(document), f"/documents/{document.id}")]
    if document.council:
        crumbs.insert(0, (document.council, f"/councils/{display.slug(document.council)}"))
    name = f"Recommendation {recommendation.label}" if recommendation.label else "Recommendation"
    return site.templates.page(
        "recommendations/recommendation.html",
        area="councils",
        heading=f"{name}: {document.council or document.file}, {display.day(document)[:4] or 'no date'}",
        document=document,
        passage=passage,
        paragraphs=[line for line in passage.text.split("\n") if line.strip()],
        recommendation=recommendation,
        where=display.pages(passage.page, passage.end_page),
        turned=weakness_links(snapshot, [passage_id], any_verdict=True).get(passage_id),
        crumbs=crumbs,
        followed=followed,
        summary=summary(followed.reports),
        searched=sum(1 for d in snapshot.index.documents() if d.council == document.council),
        later=later_inspections(snapshot, document, passage.text),
        elsewhere=with_what_came_later(snapshot, elsewhere(snapshot, document, passage.text)),
        nearest=() if followed.led_to_it else _nearest_paragraphs(snapshot, document, passage.text),
    )


def _nearest(snapshot: Snapshot, text: str, filters: Filters, most: int) -> tuple[Hit, ...]:
    """Find the passages nearest to what a recommendation says, within filters, best first."""
    query = " ".join(text.split())[:_QUESTION]
    return search_passages(snapshot, query, filters, limit=most, without=AS_WRITTEN).hits


def _nearest_paragraphs(snapshot: Snapshot, document: Document, text: str) -> tuple[Hit, ...]:
    """Find the paragraphs of the same report nearest to a recommendation that names none."""
    filters = Filters(document=document.id, passage_kind="paragraph")
    return _nearest(snapshot, text, filters, _NEAREST_PARAGRAPHS)


def elsewhere(snapshot: Snapshot, document: Document, text: str) -> list[Hit]:
    """Find the recommendations of other councils that are nearest to this one, best first."""
    filters = Filters(passage_kind="recommendation", kind="inspection report")
    chosen: list[Hit] = []
    for hit in _nearest(snapshot, text, filters, 40):
        council = hit.document.council
        if council != document.council and all(council != other.document.council for other in chosen):
            chosen.append(hit)
    return chosen[:MOST_SIMILAR]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A recommendation of another council that is like this one, and what its next inspections say nearest to it."""

    hit: Hit
    later: Hit | None


def with_what_came_later(snapshot: Snapshot, hits: Sequence[Hit]) -> list[Elsewhere]:
    """Set beside each recommendation what a later inspection of the same council says nearest to it."""
    return [
        Elsewhere(hit, next(iter(later_inspections(snapshot, hit.document, hit.passage.text)), None))
        for hit in hits
    ]


def later_inspections(snapshot: Snapshot, document: Document, text: str) -> list[Hit]:
    """Find what later inspections of the same council say nearest to it; empty where there was none."""
    day = display.day(document)
    if not document.council or not day:
        return []
    filters = Filters(council=(document.council,), kind="inspection report", published_from=day)
    found = _nearest(snapshot, text, filters, 30)
    return [hit for hit in found if display.day(hit.document) > day][:MOST_SIMILAR]


def summary(reports: Sequence[Report]) -> str:
    """Say in one sentence what there is: how many reports, and the last status with its date."""
    if not reports:
        return ""
    last = next((r for r in reversed(reports) if r.status), None)
    said = display.count(len(reports), "entry", "entries") + " in later documents"
    return said + (f"; the last status, of {display.date(last.date)}, is “{last.status}”" if last else "")
