"""An evidence pack: passages collected from anywhere, in an order, each with a note.

A pack is nothing but a list of passage ids and notes, which fits in a link; what stands in it is read from the
index each time, so that no pack says what no document says. This module must not know of HTTP or of files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from indexer.document import Document, Passage
from search_api.citing.citation import reference
from search_api.snapshot import Snapshot

MOST_PASSAGES = 50
LONGEST_NOTE = 1_000
LONGEST_TITLE = 200

Change = Literal["remove", "up", "down", "top"]
CHANGES: tuple[Change, ...] = ("remove", "up", "down", "top")


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage by its id, and what whoever collected it says of it."""

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
class Item:
    """A passage of a pack as it stands in the index, with its note; `number` counts from 1."""

    number: int
    passage: Passage
    document: Document
    grade: str | None
    note: str

    @property
    def reference(self) -> str:
        """Say where it stands, as people write it."""
        return reference(self.passage, self.document)


@dataclass(frozen=True, slots=True)
class Pack:
    """What a basket holds; `missing` are ids that the index doesn't have (any more)."""

    title: str
    items: tuple[Item, ...]
    missing: tuple[str, ...]
    digest: str
    built: str

    @property
    def licences(self) -> tuple[str, ...]:
        """List the licences printed in the documents quoted, in order; "" stands for none printed."""
        return tuple(dict.fromkeys(item.document.licence or "" for item in self.items))

    def to_json(self) -> dict[str, Any]:
        """Give the pack as JSON: each passage with its document, its citation and its note."""
        names = ("id", "file", "title", "council", "kind", "framework", "published", "licence")
        return {
            "title": self.title,
            "index": {"digest": self.digest, "built": self.built},
            "passages": [
                {
                    "number": item.number,
                    "note": item.note,
                    "citation": item.reference,
                    "grade": item.grade,
                    "url": item.passage.url,
                    "passage": item.passage.to_json(),
                    "document": {name: getattr(item.document, name) for name in names},
                }
                for item in self.items
            ],
            "missing": list(self.missing),
        }


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
        items.append(
            Item(len(items) + 1, passage, snapshot.document_at(row), snapshot.grade_at(row), entry.note)
        )
    return Pack(
        held.title, tuple(items), tuple(missing), snapshot.index.digest, snapshot.index.manifest.built
    )
