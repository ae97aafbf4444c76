"""A citation: the words of a passage, where they stand in it, and how people refer to them.

It can't be built unless the passage holds the quote at the place that it names, so that no answer can say
what no document says. This module knows nothing of questions.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Sequence
from typing import Annotated

from indexer.document import Document, Passage
from indexer.encode.context import document_date
from indexer.json_value import HIDDEN, JsonValue, json_value, shown

_LABELLED = {
    "paragraph": "paragraph", "recommendation": "recommendation", "action": "action",
    "indicator": "indicator", "progress": "progress on recommendation",
}  # fmt: skip
_UNLABELLED = {
    "recommendation": "recommendation", "summary": "summary", "judgement": "judgements", "action": "action",
    "indicator": "indicator", "progress": "progress",
}  # fmt: skip


@json_value
class Citation(JsonValue):
    """Where a quote stands: `quote` is `passage.text[start:end]`, exactly; ValueError where it isn't, or is blank.

    `reference` is the citation as people write it: "Darlington, 1 September 2015, paragraph 42, page 15".
    """

    passage: Annotated[Passage, HIDDEN]
    document: Annotated[Document, HIDDEN]
    passage_id: str = shown("passage.id")
    document_id: str = shown("document.id")
    file: str = shown("document.file")
    council: str | None = shown("document.council")
    published: str | None = shown("document.published")
    label: str | None = shown("passage.label")
    page: int | None = shown("passage.page")
    quote: str
    start: int
    end: int
    url: str = shown("passage.url")
    reference: str = shown(lambda self: reference(self.passage, self.document))

    def __post_init__(self) -> None:
        JsonValue.__post_init__(self)
        if not 0 <= self.start < self.end <= len(self.passage.text):
            raise ValueError(f"no such place in passage {self.passage.id}: {self.start} to {self.end}")
        if self.passage.text[self.start : self.end] != self.quote or not self.quote.strip():
            raise ValueError(f"passage {self.passage.id} does not hold the quote at {self.start}")
        if self.passage.document_id != self.document.id:
            raise ValueError(f"passage {self.passage.id} is not of document {self.document.id}")


def cite(passage: Passage, document: Document, start: int, end: int) -> Citation:
    """Cite a part of a passage; ValueError where the passage has no such part."""
    return Citation(passage, document, passage.text[start:end], start, end)


def reference(passage: Passage, document: Document) -> str:
    """Say where a passage stands, as people write it: who, when, which paragraph, which page."""
    parts = [
        document.council or document.title,
        spoken_date(document_date(document)),
        place_in(passage, document),
    ]
    return ", ".join(part for part in parts if part)


def place_in(passage: Passage, document: Document) -> str:
    """Say where a passage stands in its document: which paragraph, which page; "" where neither is known."""
    parts = [_label(passage)]
    if passage.page is not None:
        parts.append(_pages(passage.page, passage.end_page or passage.page, document.page_labels))
    return ", ".join(part for part in parts if part)


def _pages(first: int, last: int, labels: Sequence[str]) -> str:
    """The pages by the numbers printed on them where the file gives those, and then by its own count too."""
    counted = f"{first} to {last}" if last > first else str(first)
    printed = list(labels[first - 1 : last])
    word = "pages" if last > first else "page"
    if not printed or not all(printed) or printed == [str(page) for page in range(first, last + 1)]:
        return f"{word} {counted}"
    named = f"{printed[0]} to {printed[-1]}" if last > first else printed[0]
    return f"{word} {named} ({counted} of the file)"


@functools.lru_cache(maxsize=4_096)
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
