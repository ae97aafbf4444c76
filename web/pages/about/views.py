"""The pages about the service itself: how answers are made, how often they are wrong, licences, transparency.

Error rates are read from a file of figures that the evaluation's own commands measured; a page never holds a
number of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import Response

from indexer.document import Document
from indexer.errors import UsageError
from web.pages import display
from web.pages.site import Site

ROOT = Path(__file__).resolve().parents[3]
FIGURES = ROOT / "eval" / "figures.json"
RECORD = ROOT / "docs" / "algorithmic-transparency-record.md"
_CLASSES = {
    "h2": "govuk-heading-m",
    "h3": "govuk-heading-s",
    "h4": "govuk-heading-s",
    "p": "govuk-body",
    "ul": "govuk-list govuk-list--bullet",
    "a": "govuk-link",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure in words: what was measured, the value, of how many, and the command that measures it."""

    what: str
    value: str
    interval: str
    of: str
    command: str


def load_figures(path: Path) -> tuple[str, tuple[Figure, ...]]:
    """Read when figures were measured, and the figures; ("", ()) where there is no file.

    UsageError for a file that holds something else.
    """
    if not path.is_file():
        return "", ()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        figures = tuple(
            Figure(*(str(entry.get(name) or "") for name in ("what", "value", "interval", "of", "command")))
            for entry in data["figures"]
        )
        return str(data.get("measured") or ""), figures
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"the figures in {path.name} can't be read ({error}); measure them again") from error


def add_about(site: Site) -> None:
    """Add the pages about the service."""
    measured, figures = load_figures(FIGURES)
    record = to_html(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else None

    @site.router.get("/about")
    def show_about() -> Response:
        snapshot = site.engine.snapshot()
        documents = snapshot.index.documents()
        manifest = snapshot.index.manifest
        return site.templates.page(
            "about/about.html",
            area="about",
            documents=len(documents),
            councils=len({d.council for d in documents if d.council}),
            passages=len(snapshot.index),
            figures=figures,
            measured=display.date(measured),
            has_record=record is not None,
            facts=[
                ("Built", manifest.built.replace("T", " ")),
                ("Language model", manifest.encoder),
                ("Digest of its contents", manifest.digest),
                ("Files that could not be read", display.count(len(manifest.skipped), "file")),
            ],
        )

    @site.router.get("/accessibility")
    def show_accessibility() -> Response:
        return site.templates.page("about/accessibility.html")

    @site.router.get("/licences")
    def show_licences() -> Response:
        snapshot = site.engine.snapshot()
        return site.templates.page("about/licences.html", licences=_licences(snapshot.index.documents()))

    if record is not None:

        @site.router.get("/transparency")
        def show_record() -> Response:
            title, body = record
            return site.templates.page("about/transparency.html", area="about", heading=title, body=body)


def _licences(documents: Sequence[Document]) -> list[tuple[str, int, int]]:
    """List the licences that documents print, with the numbers of documents and of councils, most first."""
    counts = Counter(document.licence or "" for document in documents)
    councils = {
        licence: len({d.council for d in documents if (d.licence or "") == licence and d.council})
        for licence in counts
    }
    return [(licence, count, councils[licence]) for licence, count in counts.most_common()]


def to_html(text: str) -> tuple[str, Markup]:
    """Turn a document of our own into its title (its heading of the first level) and the HTML of what follows it.

    Everything is escaped; only links that stay in this service or are https become links.
    """
    markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
    markdown.validateLink = lambda url: url.startswith(("https://", "/"))  # type: ignore[method-assign]
    markdown.add_render_rule("softbreak", lambda *_: " ")
    tokens = markdown.parse(text)
    title = ""
    if tokens and tokens[0].tag == "h1":
        title, tokens = tokens[1].content, tokens[3:]
    for token in (inner for block in tokens for inner in (block, *(block.children or ()))):
        if token.nesting == 1 and token.tag in _CLASSES:
            token.attrs = {"class": _CLASSES[token.tag], **token.attrs}
    return title, Markup(markdown.renderer.render(tokens, markdown.options, {}))  # noqa: S704 (it escapes)
