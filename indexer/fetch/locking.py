"""One fetch at a time into a folder. This module must not know what is fetched."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from indexer.errors import UsageError
from indexer.fetch.provenance import OWN_FOLDER


def own_folder(folder: Path) -> Path:
    """The hidden folder of a corpus where fetching keeps what is no document."""
    path = folder / OWN_FOLDER
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a corpus folder for one run. Raises UsageError at once where another holds it.

    The kernel frees the lock when the process ends, however it ends.
    """
    try:
        file = (own_folder(folder) / "lock").open("a")
    except OSError as error:
        raise UsageError(f"{folder} can't be written to: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"another run fetches into {folder}; wait until it has ended") from error
        yield
