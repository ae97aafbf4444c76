"""The councils' addresses: the list, and one council's inspections and recommendations in the order of time."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from indexer.document import Document
from search_api.comparing.recommendation import latest_status
from search_api.comparing.visits import asked_again, visits_in
from search_api.question.neighbours import similar_councils
from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.councils import page as council_page
from web.pages.site import NotHereError, Site


def add_councils(site: Site) -> None:
    """Add the pages of councils; UsageError where the file of similar councils can't be read."""
    alike = similar_councils()

    @site.router.get("/councils")
    def show_councils() -> Response:
        snapshot = site.engine.snapshot()
        documents = snapshot.index.documents()
        return site.templates.page(
            "councils/councils.html",
            area="councils",
            rows=council_page.council_rows(documents),
            unnamed=sum(1 for d in documents if not d.council),
        )

    @site.router.get("/councils/{slug}")
    def show_council(slug: str) -> Response:
        snapshot = site.engine.snapshot()
        name = council_page.council_named(slug, snapshot.index.documents())
        if name is None:
            raise NotHereError("No document here is about a council of this name.")
        held = [d for d in snapshot.index.documents() if d.council == name]
        timeline = council_page.timeline(held, visits_in(snapshot.index).inspection_of)
        return site.templates.page(
            "councils/council.html",
            area="councils",
            council=name,
            timeline=timeline,
            chart=council_page.chart(timeline),
            recommended=_recommended(snapshot, timeline),
            similar=council_page.similar(alike.of(name), snapshot.index.documents()),
            can_compare=len(council_page.inspection_reports(held)) > 1,
            documents=sorted(held, key=display.day, reverse=True),
        )


def _recommended(
    snapshot: Snapshot, timeline: council_page.Timeline
) -> list[tuple[Document, list[dict[str, Any]]]]:
    """List the recommendations of each inspection, newest first, with the last status reported on each."""
    found = []
    for inspection in reversed(timeline.inspections):
        report = inspection.document
        statuses = latest_status(snapshot, report)
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
