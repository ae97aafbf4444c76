"""The visit brief's addresses: a page that is made to be printed, and the same as a Word document."""

from __future__ import annotations

import functools

from starlette.requests import Request
from starlette.responses import Response

from search_api.briefs import wording
from search_api.briefs.brief import Brief, brief_of, title_of
from search_api.briefs.brief_file import to_docx_file
from search_api.http.base_address import base_of
from web.pages import display
from web.pages.councils.listing import organisation_named
from web.pages.site import NotHereError, Site, to_save

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def add_brief(site: Site) -> None:
    """Add the visit brief of every council, and of every other organisation that was inspected."""

    @site.router.get("/councils/{slug}/brief")
    def show_brief(slug: str) -> Response:
        brief = _brief(site, slug)
        trail = [("Councils", "/councils")]
        return site.templates.page(
            "councils/brief.html",
            area="councils",
            brief=brief,
            slug=slug,
            trail=[*trail, (brief.council, f"/councils/{slug}")] if brief.council else trail,
            counted=brief.counted("overall"),
            no_overall=wording.NO_OVERALL,
            cut=wording.cut,
            title_of=title_of,
            place=functools.partial(wording.place, brief.organisation),
            page_of=wording.page_of,
            year_and_page=wording.year_and_page,
            year_and_place=wording.year_and_place,
        )

    @site.router.get("/councils/{slug}/brief.docx")
    def send_brief(slug: str, request: Request) -> Response:
        brief = _brief(site, slug)
        name = f"visit-brief-{display.slug(brief.organisation)[:60]}.docx"
        return Response(to_docx_file(brief, base_of(request)), media_type=_WORD, headers=to_save(name))


def _brief(site: Site, slug: str) -> Brief:
    snapshot = site.engine.snapshot()
    name = organisation_named(slug, snapshot.index.documents())
    brief = brief_of(snapshot, name) if name else None
    if brief is None:
        raise NotHereError("No inspection of an organisation of this name is here.")
    return brief
