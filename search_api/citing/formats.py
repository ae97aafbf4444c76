"""A citation in the forms that people paste: plain text, Markdown, RIS and BibTeX.

Every value comes from a document, so each form escapes what it would obey: a line break in RIS, a brace in
BibTeX, a bracket in Markdown. Nothing is made up: the author is the inspectorate whose framework a report names, or the council of
its own papers; the date is that of publication, and where only an inspection's is printed it is named so. This module knows nothing of HTTP; addresses begin with a `base` that it is given.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from indexer.document import Document, Passage
from indexer.encode.context import document_date
from indexer.structure.profile_files import inspectorate_of
from indexer.text.dates import MONTHS
from search_api.citing.citation import Citation, place_in, reference, spoken_date

CitationFormat = Literal["text", "markdown", "harvard", "oscola", "ris", "bibtex"]

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")
_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_",
    "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
}  # fmt: skip
_NOT_KEY = re.compile(r"[^A-Za-z0-9:-]+")
_COUNCILS_OWN = frozenset({"improvement plan", "progress report", "committee report"})
"""Kinds of documents that a council writes itself; of the others the author isn't printed on every page."""


@dataclass(frozen=True, slots=True)
class Cited:
    """What is cited: words of a passage, and the service's address without a slash at its end, or ''."""

    passage: Passage
    document: Document
    quote: str
    base: str = ""

    @property
    def permalink(self) -> str:
        """The address of the passage; relative where no base is known."""
        return self.base + self.passage.url

    @property
    def reference(self) -> str:
        """Where the words stand, as people write it."""
        return reference(self.passage, self.document)


def cited(citation: Citation, base: str = "") -> Cited:
    """Make what is written out of a citation."""
    return Cited(citation.passage, citation.document, citation.quote, base)


def written(what: Cited, form: CitationFormat) -> str:
    """Write a citation in one form; RIS and BibTeX end with a line break."""
    return FORMATS[form].write(what)


def as_text(what: Cited) -> str:
    """Write the quote with its reference and permalink on one line; the quote's line breaks become blanks."""
    return f"“{_one_line(what.quote)}” ({_one_line(what.reference)}) {what.permalink}"


def as_markdown(what: Cited) -> str:
    """Write a block quote whose last line links to the passage; marks in the words are escaped."""
    lines = [_escaped_line(line) for line in what.quote.splitlines() if line.strip()]
    said = _MARKDOWN.sub(r"\\\1", _one_line(what.reference))
    address = what.permalink.replace("(", "%28").replace(")", "%29")
    return "\n>\n".join(f"> {line}" for line in (*lines, f"— [{said}]({address})"))


def as_harvard(what: Cited) -> str:
    """Write a reference in the Harvard style, with the place of the passage and today as the day of access."""
    document = what.document
    year = _parts(document_date(document))[0]
    parts = [
        f"{_author(document) or _title(document)} ({year or 'no date'})",
        f"{_title(document)}." if _author(document) else "",
        f"{_dated(document)}." if _dated(document) else "",
        f"{_capital(place_in(what.passage, document))}." if place_in(what.passage, document) else "",
        f"Available at: {what.permalink} (Accessed: {_today()}).",
    ]
    return " ".join(_one_line(part) for part in parts if part)


def as_oscola(what: Cited) -> str:
    """Write a footnote in the OSCOLA style, with the place of the passage and today as the day of access."""
    document = what.document
    author = f"{_author(document)}, " if _author(document) else ""
    dated = f" ({_dated(document)})" if _dated(document) else ""
    place = place_in(what.passage, document)
    at = f" {place}" if place else ""
    return _one_line(f"{author}‘{_title(document)}’{dated}{at} <{what.permalink}> accessed {_today()}")


def as_ris(what: Cited) -> str:
    """Write an RIS record of a report, with the quote as a note."""
    document, passage = what.document, what.passage
    date = document_date(document)
    year, month, day = _parts(date)
    fields = [("TY", "RPRT"), ("ID", passage.id), ("TI", document.title or document.file)]
    if _author(document):
        fields.append(("AU", _author(document)))
    if year:
        fields += [("PY", year), ("DA", f"{year}/{month}/{day}/")]
    if passage.page is not None:
        fields.append(("SP", str(passage.page)))
        fields.append(("EP", str(passage.end_page or passage.page)))
    if _publisher(document):
        fields.append(("PB", _publisher(document)))
    fields += [("M3", document.kind.capitalize()), ("N1", f"{what.reference}: “{what.quote}”")]
    if not _published(document) and date:
        fields.append(("N1", _dated(document)))
    if document.council:
        fields.append(("KW", document.council))
    if document.framework:
        fields.append(("KW", document.framework))
    fields.append(("UR", what.permalink))
    if document.provenance and document.provenance.address:
        fields.append(("UR", document.provenance.address))
    fields.append(("ER", ""))
    return "".join(f"{tag}  - {_one_line(value)}\n" for tag, value in fields)


def as_bibtex(what: Cited) -> str:
    """Write a BibTeX entry, with the quote as its annotation."""
    document, passage = what.document, what.passage
    year, month, _ = _parts(document_date(document))
    fields = {"title": f"{{{_tex(document.title or document.file)}}}"}
    if _author(document):
        fields["author"] = f"{{{_tex(_author(document))}}}"
    if year:
        fields["year"] = year
    if _publisher(document):
        fields["publisher"] = _tex(_publisher(document))
    fields["type"] = _tex(document.kind.capitalize())
    if passage.page is not None:
        last = passage.end_page or passage.page
        fields["pages"] = str(passage.page) if last == passage.page else f"{passage.page}--{last}"
    fields["note"] = _tex(what.reference if _published(document) else f"{what.reference}; {_dated(document)}")
    fields["annote"] = _tex(f"“{what.quote}”")
    fields["url"] = what.permalink.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items()]
    if month:
        lines.append(f"  month = {MONTHS[int(month) - 1][:3].lower()},\n")
    return f"@misc{{{_key(passage)},\n{''.join(lines)}}}\n"


@dataclass(frozen=True, slots=True)
class CitationForm:
    """How a form is called on a page, what writes it, and how it is sent; `saved` where it is offered as a file."""

    title: str
    write: Callable[[Cited], str]
    media: str
    ending: str
    saved: bool = False


FORMATS: Mapping[CitationFormat, CitationForm] = {
    "text": CitationForm("Text", as_text, "text/plain", "txt"),
    "markdown": CitationForm("Markdown", as_markdown, "text/markdown", "md"),
    "harvard": CitationForm("Harvard", as_harvard, "text/plain", "txt"),
    "oscola": CitationForm("OSCOLA", as_oscola, "text/plain", "txt"),
    "ris": CitationForm(
        "RIS (EndNote, Zotero)", as_ris, "application/x-research-info-systems", "ris", saved=True
    ),
    "bibtex": CitationForm("BibTeX", as_bibtex, "application/x-bibtex", "bib", saved=True),
}
"""The forms, in the order in which pages show them."""


def as_list(several: Iterable[Cited], form: CitationFormat) -> str:
    """Write several citations one after another, separated by an empty line."""
    return "\n\n".join(written(one, form).rstrip("\n") for one in several) + "\n"


def _author(document: Document) -> str:
    if document.kind in _COUNCILS_OWN:
        return document.council or ""
    return (inspectorate_of(document.framework) or "") if document.kind == "inspection report" else ""


def _publisher(document: Document) -> str:
    fetched = document.provenance.publisher if document.provenance else None
    return fetched or _author(document)


def _title(document: Document) -> str:
    return document.title or document.file


def _published(document: Document) -> bool:
    return bool(document.published or document.extra.get("date"))


def _dated(document: Document) -> str:
    """The day of publication, or that an inspection ended: which of the two is said."""
    date = document_date(document)
    if not date:
        return ""
    return spoken_date(date) if _published(document) else f"inspection ended {spoken_date(date)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _today() -> str:
    return spoken_date(datetime.datetime.now(datetime.UTC).date().isoformat())


def _parts(date: str | None) -> tuple[str, str, str]:
    match = _DATE.match(date or "")
    if match is None:
        return "", "", ""
    year, month, day = (part or "" for part in match.groups())
    return year, month if month and 1 <= int(month) <= 12 else "", day


def _one_line(text: str) -> str:
    """Put a text on one line: `split` knows every character that some reader takes for a line's end."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def _escaped_line(line: str) -> str:
    text = _MARKDOWN.sub(r"\\\1", _one_line(line))
    # A line that begins as a list or a heading's underline would become one.
    return re.sub(r"^(\d+)([.)])|^([-+=])", lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", text)


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in _one_line(text))


def _key(passage: Passage) -> str:
    return _NOT_KEY.sub("-", passage.id).strip("-") or "passage"
