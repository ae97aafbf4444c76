"""The councils' addresses: the list with its map, and one council's inspections and recommendations in the order of time."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from indexer.document import GRADES
from indexer.register.inspections import gives_no_overall, organisation_of
from search_api.briefs.wording import NO_OVERALL
from search_api.comparing.visits import visits_in
from search_api.fields import regions
from search_api.question.neighbours import similar_councils
from web.pages import display
from web.pages.councils import listing
from web.pages.councils import page as council_page
from web.pages.councils.became import recommended
from web.pages.councils.chart import charts
from web.pages.councils.tile_map import tile_map
from web.pages.site import NotHereError, Site, parameters
from web.pages.subjects.links import weaknesses_of


def add_councils(site: Site) -> None:
    """Add the pages of councils; UsageError where the file of similar councils can't be read."""
    alike = similar_councils()

    @site.router.get("/councils")
    def show_councils(request: Request) -> Response:
        documents = site.engine.snapshot().index.documents()
        rows = listing.council_rows(documents)
        asked = listing.read_list(parameters(request))
        kept = asked.rows(rows)
        held = {row.grade for row in rows}
        return site.templates.page(
            "councils/councils.html",
            area="councils",
            asked=asked,
            headings=asked.headings(),
            rows=kept[: listing.MOST_ROWS],
            found=len(kept),
            councils=sum(row.kind == "council" for row in rows),
            others=sum(row.kind != "council" for row in rows),
            unnamed=sum(1 for d in documents if not organisation_of(d)),
            regions=[region for region in regions() if region in {row.region for row in rows}],
            grades=[grade for grade in (*GRADES, listing.NOT_GIVEN) if grade in held],
            map=tile_map(rows, kept),
            not_given=listing.NOT_GIVEN,
            none_given=listing.NOT_GIVEN in held,
            no_overall=NO_OVERALL,
        )

    @site.router.get("/councils/{slug}")
    def show_council(slug: str) -> Response:
        snapshot = site.engine.snapshot()
        name = listing.organisation_named(slug, snapshot.index.documents())
        if name is None:
            raise NotHereError("No document here is about a council of this name.")
        held = [d for d in snapshot.index.documents() if name in (d.council, organisation_of(d))]
        timeline = council_page.timeline(held, visits_in(snapshot.index).inspection_of)
        reports = council_page.inspection_reports(held)
        return site.templates.page(
            "councils/council.html",
            area="councils",
            council=name,
            is_council=any(d.council == name for d in held),
            timeline=timeline,
            charts=charts(timeline),
            without_overall=[i.when for i in timeline.inspections if gives_no_overall(i.document)],
            no_overall=NO_OVERALL,
            recommended=recommended(snapshot, timeline),
            similar=listing.similar(alike.of(name), snapshot.index.documents()),
            has_brief=name in snapshot.register().inspections,
            can_compare=len(reports) > 1,
            reports_on_itself=any(d.progress or d.actions for d in held),
            weak_at=reports[-1] if reports else None,
            weaknesses=weaknesses_of(snapshot, reports[-1]) if reports else [],
            documents=sorted(held, key=display.day, reverse=True),
        )
