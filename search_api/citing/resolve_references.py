"""What a written reference leads to: the documents that fit it, and the passages that it numbers.

A reference is exact where everything that it says holds, altered where a part of it doesn't (the page, the
date), and not found where there is no such council, document or paragraph here. This module knows nothing of
quoted words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from indexer.document import Document, Passage
from indexer.json_value import HIDDEN, JsonValue, json_value, sent_as, shown
from search_api.citing.citation import reference as written_reference
from search_api.citing.citation import spoken_date
from search_api.citing.references import Reference, Status, fits_date
from search_api.snapshot import Snapshot

_KINDS = {
    "paragraph": ("paragraph", "summary", "text", "recommendation"),
    "recommendation": ("recommendation",),
    "action": ("action",),
}
MOST_DOCUMENTS = 12
"""Documents of one reference that are opened to look for its numbers."""


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document that a reference leads to."""

    id: str
    file: str
    title: str


@dataclass(frozen=True, slots=True)
class NamedPassage:
    """A passage that a reference leads to, as people write it, and its address."""

    id: str
    reference: str
    url: str


def _named(documents: Sequence[Document]) -> list[NamedDocument]:
    return [NamedDocument(d.id, d.file, d.title) for d in documents]


@json_value
class ResolvedReference(JsonValue):
    """A reference with the documents (without passages) and the passages that it leads to.

    `note` says in a sentence what doesn't hold; it is empty for an exact one that leads to one document.
    """

    reference: Annotated[Reference, HIDDEN]
    text: str = shown("reference.text")
    start: int = shown("reference.start")
    end: int = shown("reference.end")
    status: Status
    council: str | None = shown("reference.council")
    date: str | None = shown("reference.date")
    documents: Annotated[tuple[Document, ...], sent_as(_named, list[NamedDocument])]
    found: Annotated[tuple[Passage, ...], HIDDEN]
    passages: list[NamedPassage] = shown(lambda self: _places(self.documents, self.found))
    note: str


def _places(documents: Sequence[Document], passages: Sequence[Passage]) -> list[NamedPassage]:
    by_id = {document.id: document for document in documents}
    return [NamedPassage(p.id, written_reference(p, by_id[p.document_id]), p.url) for p in passages]


def resolve(snapshot: Snapshot, written: Sequence[Reference]) -> list[ResolvedReference]:
    """Look up every reference in an open index, in order."""
    opened: dict[str, tuple[Passage, ...]] = {}

    def passages_of(document: Document) -> tuple[Passage, ...]:
        if document.id not in opened:
            whole = snapshot.index.document(document.id)
            opened[document.id] = whole.passages if whole else ()
        return opened[document.id]

    found = []
    for reference in written:
        if reference.place is not None:
            found.append(_by_link(snapshot, reference))
            continue
        documents, problem = _documents(snapshot, reference)
        if problem or not documents:
            found.append(ResolvedReference(reference, "not_found", (), (), problem))
            continue
        hits = [(d, _labelled(passages_of(d), reference)) for d in documents[:MOST_DOCUMENTS]]
        found.append(_settled(reference, documents, hits))
    return found


def _by_link(snapshot: Snapshot, reference: Reference) -> ResolvedReference:
    document_id, key = reference.place or ("", "")
    document = snapshot.by_id.get(document_id)
    passage = snapshot.index.passage(f"{document_id}.{key}") if document else None
    if document is None or passage is None:
        what = "document" if document is None else "passage"
        return ResolvedReference(reference, "not_found", (), (), f"The link leads to no {what} here.")
    note = _page_note(reference, [passage])
    wrong = [label for _, label in reference.labels if passage.label and label != passage.label]
    if wrong:
        note = f"The link leads to {passage.label}, not to {wrong[0]}."
    return ResolvedReference(reference, "altered" if note else "exact", (document,), (passage,), note)


def _documents(snapshot: Snapshot, reference: Reference) -> tuple[list[Document], str]:
    """List the documents that a reference may mean, newest first, or say why there is none."""
    if reference.title:
        named = [d for d in snapshot.by_id.values() if d.title == reference.title]
        whose = f"“{reference.title}”"
    else:
        named = [d for d in snapshot.by_id.values() if d.council == reference.council]
        whose = reference.council or ""
    if not named:
        return [], f"No document here is about {whose}."
    fitting = [d for d in named if fits_date(d, reference.date)]
    if not fitting:
        dates = sorted({d.published[:4] for d in named if d.published})
        held = f" Those here are of {', '.join(dates)}." if dates else ""
        return [], f"No document here about {whose} is of {spoken_date(reference.date)}.{held}"
    return sorted(fitting, key=lambda d: (d.kind != "inspection report", -_number(d.published))), ""


def _number(date: str | None) -> int:
    return int((date or "0").replace("-", "").ljust(8, "0")[:8])


def _labelled(passages: Sequence[Passage], reference: Reference) -> list[Passage]:
    found = []
    for kind, label in reference.labels:
        held = [p for p in passages if p.label is not None and _same(p.label, label)]
        ordered = [p for wanted in _KINDS[kind] for p in held if p.kind == wanted]
        if ordered:
            found.append(ordered[0])
    return found


def _same(printed: str, label: str) -> bool:
    return printed.strip(".()").lower() == label.lower()


def _settled(
    reference: Reference, documents: Sequence[Document], hits: Sequence[tuple[Document, list[Passage]]]
) -> ResolvedReference:
    if not reference.labels:
        return _of_page(reference, documents)
    whole = [(d, found) for d, found in hits if len(found) == len(reference.labels)]
    if not whole:
        kind, label = reference.labels[0]
        part = next(((d, found) for d, found in hits if found), None)
        if part:
            missing = _missing(reference, part[1])
            return ResolvedReference(reference, "altered", (part[0],), tuple(part[1]), missing)
        said = f"There is no {kind} {label} in {_name(documents)}."
        return ResolvedReference(reference, "not_found", tuple(documents[:MOST_DOCUMENTS]), (), said)
    # A page that is given too tells between two documents that have such a paragraph.
    if reference.pages:
        paged = [item for item in whole if any(p.page is not None for p in item[1])]
        whole = paged or whole
    right = [item for item in whole if not _page_note(reference, item[1])] or whole
    document, passages = right[0]
    note = _page_note(reference, passages)
    status: Status = "altered" if note else "exact"
    if len(right) > 1 and not note:
        note = f"{len(right)} documents fit; give the whole date to tell them apart."
    return ResolvedReference(
        reference, status, tuple(d for d, _ in right) if status == "exact" else (document,),
        tuple(p for _, found in right for p in found) if status == "exact" else tuple(passages), note,
    )  # fmt: skip


def _of_page(reference: Reference, documents: Sequence[Document]) -> ResolvedReference:
    note = ""
    if reference.pages:
        last = reference.pages[1]
        holding = [d for d in documents if d.pages == 0 or last <= d.pages]
        if not holding:
            note = f"There is no page {last}: the document has {documents[0].pages}."
        documents = holding or documents
    status: Status = "altered" if note else "exact"
    if len(documents) > 1 and not note:
        note = f"{len(documents)} documents fit; give the whole date or the paragraph to tell them apart."
    return ResolvedReference(reference, status, tuple(documents[:MOST_DOCUMENTS]), (), note)


def _missing(reference: Reference, found: Sequence[Passage]) -> str:
    held = [p.label or "" for p in found]
    missing = [label for _, label in reference.labels if not any(_same(h, label) for h in held)]
    return f"There is no {reference.labels[0][0]} {', '.join(missing)} there."


def _page_note(reference: Reference, passages: Sequence[Passage]) -> str:
    pages = [(p.page, p.end_page or p.page) for p in passages if p.page is not None]
    if not reference.pages or not pages:
        return ""
    first, last = min(p for p, _ in pages), max(p for _, p in pages)
    if reference.pages[0] <= last and first <= reference.pages[1]:
        return ""
    where = f"page {first}" if first == last else f"pages {first} to {last}"
    return f"It is on {where}, not on page {reference.pages[0]}."


def _name(documents: Sequence[Document]) -> str:
    return "that document" if len(documents) == 1 else f"any of the {len(documents)} documents that fit"
