"""A document and its passages as plain values, whole and exact, and back.

The contract's JSON leaves out what scripts don't need (a passage's boxes); a record leaves out nothing. It is
what a reading process sends to the build, and what the index stores. Floats are kept bit for bit, so that a
document read from an index equals the one that was put in. It must not know of pipes or of SQL.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from indexer.document import Box, Document, Passage

_BOX = struct.Struct("<i4d")


def document_to_record(document: Document) -> dict[str, Any]:
    """The whole document as JSON-ready values; its passages under "passages", boxes included."""
    record = document.to_json(passages=False)
    record["passages"] = [
        {**passage.to_json(), "boxes": [[b.page, b.left, b.top, b.right, b.bottom] for b in passage.boxes]}
        for passage in document.passages
    ]
    return record


def document_from_record(record: Mapping[str, Any]) -> Document:
    """The document that `document_to_record` was given."""
    passages = tuple(
        Passage(
            id=p["id"], document_id=p["document_id"], kind=p["kind"], label=p["label"],
            section=tuple(p["section"]), page=p["page"], end_page=p["end_page"], text=p["text"],
            boxes=tuple(Box(*box) for box in p["boxes"]),
        )
        for p in record["passages"]
    )  # fmt: skip
    return Document.from_json(record, passages)


def header_to_text(document: Document) -> str:
    """The document without its passages, as the index stores it."""
    return json.dumps(document.to_json(passages=False), ensure_ascii=False, separators=(",", ":"))


def header_from_text(text: str, passages: tuple[Passage, ...] = ()) -> Document:
    """The document that `header_to_text` was given, with `passages` put back."""
    return Document.from_json(json.loads(text), passages)


def boxes_to_bytes(boxes: tuple[Box, ...]) -> bytes:
    """Boxes as 36 bytes each: the page, then four edges as doubles, little-endian."""
    return b"".join(_BOX.pack(b.page, b.left, b.top, b.right, b.bottom) for b in boxes)


def boxes_from_bytes(data: bytes) -> tuple[Box, ...]:
    """The boxes that `boxes_to_bytes` was given."""
    return tuple(Box(*fields) for fields in _BOX.iter_unpack(data))


def section_to_text(section: tuple[str, ...]) -> str:
    """A heading path as JSON: headings may hold any separator that one could choose."""
    return json.dumps(section, ensure_ascii=False, separators=(",", ":"))


def section_from_text(text: str) -> tuple[str, ...]:
    """The heading path that `section_to_text` was given."""
    return tuple(json.loads(text))
