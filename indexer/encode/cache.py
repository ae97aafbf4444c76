"""Vectors that a build has made and not yet published, so that a build that dies loses seconds, not minutes.

Encoding is nearly all of a build's cost. Vectors are kept by the encoder and the text that they are of, so
they are right whatever else has changed; each carries a check of its bytes. The cache is emptied once they
stand in a published index. This module must not know what a passage is.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

FOLDER = "cache"
_FILE = "encoded.sqlite"
_ASKED_AT_ONCE = 500


def text_key(text: str) -> bytes:
    """What a text's vector is found again by: 16 bytes of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


class EncodingCache:
    """Vectors by text key, of one encoder; a file under the index's folder. For one thread."""

    def __init__(self, folder: Path, encoder_digest: str) -> None:
        self._path = folder / FOLDER / _FILE
        self._encoder = encoder_digest
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError:
            # Damaged: it only ever holds what can be made again.
            drop_cache(folder)
            self._connection = self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def get(self, keys: Iterable[bytes]) -> Iterator[tuple[bytes, Vectors]]:
        """What was put under those keys that are here, flat float32 arrays, in no order."""
        wanted = list(keys)
        for start in range(0, len(wanted), _ASKED_AT_ONCE):
            part = wanted[start : start + _ASKED_AT_ONCE]
            marks = ",".join("?" * len(part))
            for key, data, check in self._connection.execute(
                f"SELECT key, vector, sum FROM encoded WHERE encoder = ? AND key IN ({marks})",  # noqa: S608
                (self._encoder, *part),
            ):
                if zlib.crc32(data) == check:
                    yield key, np.frombuffer(data, dtype="<f4").astype(np.float32)

    def put(self, keys: Sequence[bytes], vectors: Sequence[NDArray[Any]] | NDArray[Any]) -> None:
        """Keep an array of vectors, of any shape, under each key, so that they survive the process."""
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO encoded VALUES (?,?,?,?)",
                (
                    (key, self._encoder, data, zlib.crc32(data))
                    for key, data in zip(keys, (v.astype("<f4").tobytes() for v in vectors), strict=True)
                ),
            )

    def clear(self) -> None:
        """Forget everything."""
        with self._connection:
            self._connection.execute("DELETE FROM encoded")

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # A power cut may lose the last vectors; the file stays whole, the texts are still there.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS encoded (key BLOB, encoder TEXT, vector BLOB, sum INTEGER, "
                "PRIMARY KEY (key, encoder)) WITHOUT ROWID"
            )
            connection.execute("SELECT count(*) FROM encoded").fetchone()
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection


def drop_cache(folder: Path) -> None:
    """Remove the cache's files; the folder must not be in use by another build."""
    cache = folder / FOLDER
    if cache.is_dir():
        for path in cache.iterdir():
            path.unlink()
        cache.rmdir()
