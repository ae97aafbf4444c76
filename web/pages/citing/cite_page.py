"""A passage's citation as it is offered on a page: every form in a box to copy from, two also as files.

Makes plain values for `components/cite.html`, so that it works without scripts wherever it is put.
"""

from __future__ import annotations

from dataclasses import dataclass

from search_api.citing.formats import FORMATS, Cited, written

_TITLES = {"text": "Text", "markdown": "Markdown", "ris": "RIS (EndNote, Zotero)", "bibtex": "BibTeX"}
_FILES = frozenset({"ris", "bibtex"})
LONGEST_QUOTE = 6_000
"""Characters of a quote that are offered; a table read as one passage may be longer than a page can hold."""


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
