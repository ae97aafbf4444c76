"""The front page: the search box, and what the index holds."""

from __future__ import annotations

from starlette.responses import Response

from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.examples import Examples
from web.pages.site import Site


def add_home(site: Site) -> None:
    """Add the front page."""
    examples = Examples()

    @site.router.get("/")
    def show_home() -> Response:
        return home_page(site, examples=examples)


def home_page(site: Site, error: str | None = None, examples: Examples | None = None) -> Response:
    """Make the front page, with an error on it where there is one, or with questions that are answered here."""
    snapshot = site.engine.snapshot()
    return site.templates.page(
        "home.html",
        400 if error else 200,
        area="search",
        question="",
        error=error,
        documents=len(snapshot.index.documents()),
        facts=_holdings(snapshot),
        examples=examples.of(snapshot) if examples else (),
    )


def _holdings(snapshot: Snapshot) -> list[tuple[str, str]]:
    documents = snapshot.index.documents()
    days = sorted(day for d in documents if (day := display.day(d)))
    years = f"{days[0][:4]} to {days[-1][:4]}" if days else ""
    facts = [
        ("Documents", f"{len(documents):,}"),
        ("Councils", f"{len({d.council for d in documents if d.council}):,}"),
        ("Passages", f"{len(snapshot.index):,}"),
        ("Years", years),
    ]
    return [(term, value) for term, value in facts if value]
