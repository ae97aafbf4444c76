"""An evidence pack: passages collected from anywhere, in an order, each with a note.

A pack is nothing but a list of passage ids and notes, which fits in a link; what stands in it is read from the
index each time, so that no pack says what no document says. This module must not know of HTTP or of files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Literal
from urllib.parse import urlencode

from indexer.document import Document, Passage
from indexer.json_value import JsonValue, json_value, sent_as, shown
from search_api.citing.citation import reference
from search_api.search.results import DocumentInShort, in_short
from search_api.snapshot import Snapshot

MOST_PASSAGES = 50
LONGEST_NOTE = 1_000
LONGEST_TITLE = 200

Change = Literal["remove", "up", "down", "top"]
CHANGES: tuple[Change, ...] = ("remove", "up", "down", "top")


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage by its id, and what the person who collected it says of it."""

    passage_id: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Basket:
    """A pack as a link holds it: a title and entries, each passage once."""

    title: str = ""
    entries: tuple[Entry, ...] = ()

    def url(self, path: str = "/pack", **more: str) -> str:
        """Give the link of the pack; notes are left out where none is written."""
        pairs = [("title", self.title)] if self.title else []
        noted = any(entry.note for entry in self.entries)
        for entry in self.entries:
            pairs.append(("p", entry.passage_id))
            if noted:
                pairs.append(("note", entry.note))
        pairs += list(more.items())
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def with_entries(self, passage_ids: Sequence[str]) -> Basket:
        """Add passages at the end, each once, up to MOST_PASSAGES."""
        held = dict.fromkeys(entry.passage_id for entry in self.entries)
        new = [Entry(id_) for id_ in dict.fromkeys(passage_ids) if id_ and id_ not in held]
        return replace(self, entries=(*self.entries, *new)[:MOST_PASSAGES])

    def changed(self, change: Change, passage_id: str) -> Basket:
        """Move or remove one entry; the same basket where it isn't held."""
        entries = list(self.entries)
        place = next((at for at, entry in enumerate(entries) if entry.passage_id == passage_id), None)
        if place is None:
            return self
        entry = entries.pop(place)
        if change != "remove":
            to = {"up": max(0, place - 1), "down": place + 1, "top": 0}[change]
            entries.insert(to, entry)
        return replace(self, entries=tuple(entries))


def basket(passage_ids: Sequence[str], notes: Sequence[str] = (), title: str = "") -> Basket:
    """Make a basket of what a link or a form holds; notes belong to the ids in the same place.

    Ids said twice are taken once, with the first note; more than MOST_PASSAGES are cut off, long texts too.
    """
    entries: dict[str, Entry] = {}
    for place, passage_id in enumerate(passage_ids):
        if 0 < len(passage_id) <= 200 and passage_id not in entries:
            note = notes[place].strip()[:LONGEST_NOTE] if place < len(notes) else ""
            entries[passage_id] = Entry(passage_id, note)
    return Basket(" ".join(title.split())[:LONGEST_TITLE], tuple(entries.values())[:MOST_PASSAGES])


@dataclass(frozen=True, slots=True)
class PackedDocument(DocumentInShort):
    """A document in short, with the licence that it prints."""

    licence: str | None


def _packed(document: Document) -> PackedDocument:
    return PackedDocument(**asdict(in_short(document)), licence=document.licence)


@json_value
class Item(JsonValue):
    """A passage of a pack as it stands in the index, with its note; `number` counts from 1.

    `citation` says where it stands, as people write it.
    """

    number: int
    note: str
    citation: str = shown(lambda self: reference(self.passage, self.document))
    grade: str | None
    url: str = shown("passage.url")
    passage: Passage
    document: Annotated[Document, sent_as(_packed, PackedDocument)]


@dataclass(frozen=True, slots=True)
class Edition:
    """The index that something was read from."""

    digest: str
    built: str


@dataclass(frozen=True, slots=True)
class Pack(JsonValue):
    """What a basket holds: each passage with its document and note; `missing` are ids that the index doesn't have."""

    title: str
    index: Edition
    passages: tuple[Item, ...]
    missing: tuple[str, ...]

    @property
    def licences(self) -> tuple[str, ...]:
        """List the licences printed in the documents quoted, in order; "" stands for none printed."""
        return tuple(dict.fromkeys(item.document.licence or "" for item in self.passages))


def read_pack(snapshot: Snapshot, held: Basket) -> Pack:
    """Read the passages of a basket from the index, in its order."""
    items: list[Item] = []
    missing: list[str] = []
    for entry in held.entries:
        row = snapshot.index.row_of(entry.passage_id)
        if row is None:
            missing.append(entry.passage_id)
            continue
        passage = snapshot.index.passages([row])[0]
        document, grade = snapshot.document_at(row), snapshot.grade_at(row)
        items.append(Item(len(items) + 1, entry.note, grade, passage, document))
    edition = Edition(snapshot.index.digest, snapshot.index.manifest.built)
    return Pack(held.title, edition, tuple(items), tuple(missing))
