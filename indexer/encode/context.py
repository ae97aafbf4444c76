"""What surrounds a passage: the words it is found by but shown without, and the grade that it stands under.

A paragraph seldom names its own council, year or subject; its document and its headings do. These words are
embedded with the passage and indexed beside it, from here only, so that the two can't drift apart. This
module must not know how they are stored or ranked.
"""

from __future__ import annotations

import re

from indexer.document import Document, Passage

_WORDS = re.compile(r"[a-z]+")

# Words that stand in nearly every heading of a report and tell none of its areas from another.
_EMPTY_WORDS = frozenset(
    (
        "a", "an", "and", "are", "by", "for", "from", "in", "is", "it", "of", "on", "or", "s", "that", "the",
        "this", "to", "who", "with", "key", "judgement", "judgements", "area", "areas", "experience",
        "experiences", "progress", "overall", "effectiveness", "requires", "improvement", "inadequate",
        "good", "outstanding", "adequate", "be", "improved", "needs",
    )
)  # fmt: skip


def about(document: Document) -> str:
    """The document in a line: council, what it is, the framework and the year; '' where nothing is known."""
    year = (document_date(document) or "")[:4]
    kind = document.kind if document.kind != "other" else document.title
    parts = (document.council or "", kind, document.framework or "", year)
    return ", ".join(part for part in parts if part)


def heading_of(passage: Passage) -> str:
    """The passage's headings in a line, outermost first; '' where it has none."""
    return " – ".join(passage.section)


def context_of(document: Document, passage: Passage) -> str:
    """What the passage is embedded and lexically indexed with, and shown without."""
    return ". ".join(part for part in (about(document), heading_of(passage)) if part)


def embedded_text(document: Document, passage: Passage) -> str:
    """The text that the encoder sees: the context, a line break and the passage's own words."""
    return text_of(about(document), heading_of(passage), passage.text)


def text_of(about: str, heading: str, text: str) -> str:
    """The same text, from its three parts as an index stores them."""
    context = ". ".join(part for part in (about, heading) if part)
    return f"{context}\n{text}" if context else text


def document_date(document: Document) -> str | None:
    """The date a document is filtered and shown by: published, else printed on it, else the inspection's
    end.
    """
    return document.published or document.extra.get("date") or document.inspected_to


def grade_of(document: Document, passage: Passage) -> str | None:
    """The grade that the passage stands under.

    That is the grade of the judged area that its innermost matching heading names, else the document's
    overall grade, else None. A judgement passage that prints one area's grade stands under that area.
    """
    for heading in reversed(passage.section):
        areas = _areas_named_in(heading, document)
        if areas:
            return max(areas)[1]
    if passage.kind == "judgement":
        # One area's sentence stands under that area; a table of all of them stands under the overall grade.
        areas = _areas_named_in(passage.text, document)
        if len(areas) == 1:
            return areas[0][1]
    return document.overall


def _areas_named_in(heading: str, document: Document) -> list[tuple[int, str]]:
    """The judged areas whose telling words a heading holds: how many such words, and the grade, for each."""
    words = _telling_words(heading)
    found: list[tuple[int, str]] = []
    for judgement in document.judgements:
        area = _telling_words(judgement.area)
        shared = len(area & words)
        # All of the area's words in the heading, or most of both: headings add grades, areas add sub-clauses.
        if area and (shared == len(area) or (shared >= 2 and shared / len(area | words) >= 0.6)):
            found.append((shared, judgement.grade))
    return found


def _telling_words(text: str) -> frozenset[str]:
    return frozenset(_WORDS.findall(text.lower())) - _EMPTY_WORDS
