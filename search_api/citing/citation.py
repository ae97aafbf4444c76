"""A citation: the words of a passage, where they stand in it, and how people refer to them.

It can't be built unless the passage holds the quote at the place that it names, so that no answer can say
what no document says. This module knows nothing of questions.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from indexer.document import Document, Passage
from indexer.encode.context import document_date

_LABELLED = {
    "paragraph": "paragraph", "recommendation": "recommendation", "action": "action",
    "indicator": "indicator", "progress": "progress on recommendation",
}  # fmt: skip
_UNLABELLED = {
    "recommendation": "recommendation", "summary": "summary", "judgement": "judgements", "action": "action",
    "indicator": "indicator", "progress": "progress",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Citation:
    """`quote` is `passage.text[start:end]`, exactly; ValueError where it isn't, or is blank."""

    passage: Passage
    document: Document
    start: int
    end: int
    quote: str

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= len(self.passage.text):
            raise ValueError(f"no such place in passage {self.passage.id}: {self.start} to {self.end}")
        if self.passage.text[self.start : self.end] != self.quote or not self.quote.strip():
            raise ValueError(f"passage {self.passage.id} does not hold the quote at {self.start}")
        if self.passage.document_id != self.document.id:
            raise ValueError(f"passage {self.passage.id} is not of document {self.document.id}")

    @property
    def reference(self) -> str:
        """The citation as people write it: "Darlington, 1 September 2015, paragraph 42, page 15"."""
        return reference(self.passage, self.document)

    def to_json(self) -> dict[str, Any]:
        """Give the contract's citation, and its written form."""
        return {
            "passage_id": self.passage.id,
            "document_id": self.document.id,
            "file": self.document.file,
            "council": self.document.council,
            "published": self.document.published,
            "label": self.passage.label,
            "page": self.passage.page,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "url": self.passage.url,
            "reference": self.reference,
        }


def cite(passage: Passage, document: Document, start: int, end: int) -> Citation:
    """Cite a part of a passage; ValueError where the passage has no such part."""
    return Citation(passage, document, start, end, passage.text[start:end])


def reference(passage: Passage, document: Document) -> str:
    """Say where a passage stands, as people write it: who, when, which paragraph, which page."""
    parts = [document.council or document.title, spoken_date(document_date(document)), _label(passage)]
    if passage.page is not None:
        last = passage.end_page
        parts.append(
            f"pages {passage.page} to {last}" if last and last > passage.page else f"page {passage.page}"
        )
    return ", ".join(part for part in parts if part)


def spoken_date(date: str | None) -> str:
    """Write an ISO date as people do: "1 September 2015", "September 2015", "2015"; '' for none."""
    if not date:
        return ""
    try:
        day = datetime.date.fromisoformat(date)
    except ValueError:
        pass
    else:
        return f"{day.day} {day:%B %Y}"
    try:
        return f"{datetime.date.fromisoformat(date + '-01'):%B %Y}"
    except ValueError:
        return date


def _label(passage: Passage) -> str:
    if passage.label:
        return f"{_LABELLED.get(passage.kind, 'paragraph')} {passage.label}"
    return _UNLABELLED.get(passage.kind, passage.section[-1] if passage.section else "")
