"""What an index is made of, in sums: the code that read it, the files, and where those come from.

An index of other sums is out of date, or answers otherwise. This module must not know the order of a build.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from indexer.build.find_files import FoundFile, FoundFiles
from indexer.encode.encoder import EncoderFiles
from indexer.fetch.provenance import provenance_digest
from indexer.register.findings import MADE_BY
from indexer.store.manifest import Manifest, Skipped, content_digest
from indexer.structure.profile_files import own_profiles

_READING = ("document.py", "ids.py", "limits.py", "text", "reading", "structure")
"""The rooms, and the files beside them, that decide what a document says: other code there, stale documents."""
_FINDING = tuple(f"register/{name}" for name in MADE_BY)
"""What decides which findings a document states."""


def reader_digest() -> str:
    """SHA-256 (hex) over the code and data that decide what a document says; other code, stale documents."""
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for path in sorted(path for name in (*_READING, *_FINDING) for path in _sources(package / name)):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for path in own_profiles():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources(place: Path) -> Iterator[Path]:
    """A file itself; of a folder, the code and data under it."""
    if place.is_file():
        yield place
    else:
        yield from (path for path in place.rglob("*") if path.suffix in {".py", ".toml", ".json"})


def new_manifest(
    sums: Sequence[tuple[str, str]],
    encoder: EncoderFiles,
    reader: str,
    *,
    dimension: int,
    passages: int,
    skipped: tuple[Skipped, ...],
    files: FoundFiles,
    previous: Manifest | None,
) -> Manifest:
    """The manifest of an index of these documents (id and SHA-256 each), but for its generation and files."""
    return Manifest(
        digest=content_digest(sums, encoder.digest, reader, provenance_of(files)),
        generation="",
        encoder=encoder.name,
        encoder_digest=encoder.digest,
        dimension=dimension,
        word_dimension=encoder.word_dimension,
        documents=len(sums),
        passages=passages,
        built=datetime.now(UTC).isoformat(timespec="seconds"),
        reader=reader,
        files={},
        skipped=skipped,
        previous=previous.generation if previous else None,
        provenance=provenance_of(files),
        listed=tuple(files.listed),
    )


def provenance_of(files: FoundFiles) -> str:
    """A sum over where the files come from and what is listed; empty where nothing was fetched."""
    return provenance_digest([file.provenance for file in files.files], files.listed)


def place_of(file: FoundFile) -> str:
    """Where a file stands, as text that can be stored; a name that isn't text can't be found again by it."""
    return str(file.path.absolute()).encode("utf-8", "replace").decode()
