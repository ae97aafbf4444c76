"""How a brief says where something is printed, and cuts what is long: the same on the page and in the file."""

from __future__ import annotations

from search_api.citing.citation import Citation
from search_api.comparing.recommendation import day

NO_OVERALL = "inspections of this kind have given none since April 2026, so each area stands for itself."
"""Why an inspection has no grade for all of a council's services together."""


def cut(text: str, longest: int) -> str:
    """Put a text on one line, and cut one of more characters than `longest` at a word; three dots show where."""
    words = " ".join(text.split())
    return words if len(words) <= longest else words[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def place(organisation: str, citation: Citation) -> str:
    """Say where a quotation is printed, without the name of the organisation that all of it is about."""
    return citation.reference.removeprefix(f"{organisation}, ")


def page_of(citation: Citation) -> str:
    """Name the page that something is printed on, in one piece: "p. 3"; or its paragraph, or else that it is printed."""
    if citation.page:
        return f"p.\u00a0{citation.page}"
    return f"para.\u00a0{citation.label}" if citation.label else "printed"


def year_and_page(citation: Citation) -> str:
    """Name the year of the inspection and the page: "2019, p. 3"."""
    year = day(citation.document)[:4]
    return f"{year}, {page_of(citation)}" if year else page_of(citation)


def year_and_place(citation: Citation) -> str:
    """Name the year of the inspection, the paragraph and the page: "2019, para. 14, p. 3"."""
    parts = [
        day(citation.document)[:4],
        f"para.\u00a0{citation.label}" if citation.label and citation.page else "",
    ]
    return ", ".join([*filter(None, parts), page_of(citation)])
