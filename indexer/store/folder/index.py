"""An index on disk, opened for reading.

Everything is checked against the manifest's sums when it is opened; after that the index needs nothing of its
folder's names, so that it goes on answering while a build replaces it. What is read here, `folder.writer`
writes. This module must not know what a question is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from indexer.errors import IndexUnusable
from indexer.store import manifest as manifests
from indexer.store.arrays import load_arrays
from indexer.store.columns import load_rows
from indexer.store.folder.originals import find_original, places_of
from indexer.store.folder.tables import Connections
from indexer.store.folder.writer import (
    COLUMNS,
    FINDINGS,
    LEXICAL,
    POLARITY,
    ROUGH,
    SENTENCES,
    TABLES,
    VECTORS,
    WORDS,
)
from indexer.store.lexical import ArrayPostings
from indexer.store.manifest import Manifest
from indexer.store.rows import StoredDocument, StoredRows
from indexer.store.sentence_vectors import SentenceStore
from indexer.store.stored_index import Index
from indexer.store.vectors import load_vectors
from indexer.store.words import WordStore


class FolderIndex(Index):
    """An open index in a folder."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Use `FolderIndex.open`."""
        generation = folder / manifest.generation
        self.folder = folder
        self._tables = Connections(generation / TABLES)
        vectors = load_vectors(generation / VECTORS, generation / ROUGH if ROUGH in manifest.files else None)
        self._count = vectors.count
        super().__init__(
            manifest,
            StoredRows(self._tables.ask, "rowid"),
            postings=ArrayPostings(load_arrays(generation / LEXICAL)),
            vectors=vectors,
            sentences=SentenceStore(load_arrays(generation / SENTENCES)),
            words=WordStore(load_arrays(generation / WORDS)),
            columns=load_rows(generation / COLUMNS),
            polarity=load_arrays(generation / POLARITY)["polarity"],
            findings=load_rows(generation / FINDINGS) if FINDINGS in manifest.files else None,
        )
        self._original = _remembering(folder, self._stored)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The index in `folder`, after checking its version and every file's checksum.

        Raises IndexUnusable, which says how to rebuild, where there is none, or it is of another version or
        damaged.
        """
        manifest = manifests.read_manifest(folder)
        while True:
            try:
                manifests.verify_files(folder, manifest)
                return cls(folder, manifest)
            except OSError as error:
                # Two builds may have been published since the manifest was read; then there is a newer one.
                newer = manifests.read_manifest(folder)
                if newer.generation == manifest.generation:
                    raise manifests.damaged(folder, f"{error.filename or 'a file'} can't be read") from error
                manifest = newer
            except (sqlite3.DatabaseError, ValueError, KeyError, RuntimeError) as error:
                raise manifests.damaged(folder, "its files don't fit together") from error

    @classmethod
    def open_edition_before(cls, folder: Path) -> Self:
        """The edition that the folder's index has replaced, while it is kept; IndexUnusable where there is none."""
        current = manifests.read_manifest(folder)
        if current.previous is None:
            raise manifests.damaged(folder, "there is no edition before it")
        manifest = manifests.read_manifest(folder / current.previous)
        try:
            manifests.verify_files(folder, manifest)
            return cls(folder, manifest)
        except (OSError, sqlite3.DatabaseError, ValueError, KeyError, RuntimeError) as error:
            raise manifests.damaged(folder, "the edition before it can't be read either") from error

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.folder)

    @property
    def rebuild_command(self) -> str:
        """The command that rebuilds it."""
        return manifests.rebuild_command(self.folder)

    def __len__(self) -> int:
        """The number of passages that have a vector."""
        return self._count

    def is_current(self) -> bool:
        """False once a build has published another index in the same folder."""
        try:
            return manifests.read_manifest(self.folder).generation == self.manifest.generation
        except IndexUnusable:
            return True

    def source_path(self, document_id: str) -> Path | None:
        """The file that a document was read from, with the same content still, for download and page pictures."""
        return self._original(document_id)

    def release(self) -> None:
        """Let go of what a process may not pass on to those forked from it; each calls `reopen` before it asks."""
        self._tables.close()

    def reopen(self) -> None:
        """Open again what was let go; IndexUnusable where newer builds have removed these files since."""
        try:
            self._tables.reopen()
            self._tables.ask("SELECT number FROM documents LIMIT 1")
        except sqlite3.Error as error:
            raise manifests.damaged(self.folder, f"{TABLES} can't be read") from error

    def close(self) -> None:
        """Close the index's files; no method may be called after it."""
        self._tables.close()


def _remembering(folder: Path, stored: Mapping[str, StoredDocument]) -> Callable[[str], Path | None]:
    """Find documents' originals: each is read through once to see that it is still the same, and again when it was
    touched since.

    It doesn't hold the index, which would keep one that has been replaced in memory.
    """
    seen: dict[str, tuple[Path, tuple[int, ...]]] = {}

    def original(document_id: str) -> Path | None:
        found = stored.get(document_id)
        if found is None:
            return None
        known = seen.get(document_id)
        if known is not None and _state(known[0]) == known[1]:
            return known[0]
        states = {path: _state(path) for path in places_of(folder, found.origin)}
        path = find_original(folder, found.origin)
        if path is not None:
            seen[document_id] = (path, states[path])
        return path

    return original


def _state(path: Path) -> tuple[int, ...]:
    """What changes when a file is written to or replaced; empty for none."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
