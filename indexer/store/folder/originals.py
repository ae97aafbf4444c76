"""The documents themselves, kept in the index by their content, for download and for pictures of their pages.

An index then needs nothing of the folder it was built from. A file's name here is the SHA-256 of what it
holds, so the same document is never stored twice and a damaged one is noticed. This module must not know what
a document says.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Collection
from pathlib import Path

from indexer.store.manifest import ORIGINALS, TEMPORARY_SUFFIX, sum_of
from indexer.store.rows import Origin

_CHUNK = 1 << 20


def keep_original(folder: Path, path: Path, sha256: str, size: int) -> bool:
    """Copy a file into the index; False where it no longer holds what it held.

    A copy, not a hard link: a source that is edited in place would change under a link. Nothing is written
    where the index has it already.
    """
    originals = folder / ORIGINALS
    target = originals / sha256
    if target.exists() and target.stat().st_size == size:
        return True
    originals.mkdir(exist_ok=True)
    temporary = originals / f"{secrets.token_hex(8)}{TEMPORARY_SUFFIX}"
    digest = hashlib.sha256()
    try:
        with path.open("rb") as source, temporary.open("wb") as copy:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())
        if digest.hexdigest() != sha256:
            return False
        temporary.replace(target)
        return True
    finally:
        temporary.unlink(missing_ok=True)


def find_original(folder: Path, origin: Origin) -> Path | None:
    """The file of this content: the index's own copy, else the source it was read from, else None.

    Either is read through once and compared with its sum.
    """
    for path in places_of(folder, origin):
        if holds(path, origin.sha256, origin.bytes):
            return path
    return None


def places_of(folder: Path, origin: Origin) -> tuple[Path, Path]:
    """Where a document's file may be, the index's own copy first."""
    return folder / ORIGINALS / origin.sha256, Path(origin.source)


def holds(path: Path, sha256: str, size: int) -> bool:
    """Whether a file is there and has this content."""
    try:
        return path.stat().st_size == size and sum_of(path).sha256 == sha256
    except OSError:
        return False


def drop_originals(folder: Path, keep: Collection[str]) -> None:
    """Remove every original whose sum isn't in `keep`, and what a killed build left half copied."""
    originals = folder / ORIGINALS
    if originals.is_dir():
        for path in originals.iterdir():
            if path.name not in keep:
                path.unlink(missing_ok=True)
