"""Opens an index wherever it is stored, and tells cheaply whether another has been published since.

The driver of a database is loaded only when the location is one: serving an index in a folder needs none of it.
"""

from __future__ import annotations

from indexer.errors import IndexUnusable, UsageError
from indexer.store.folder.index import FolderIndex
from indexer.store.location import DatabaseLocation, IndexLocation
from indexer.store.manifest import MANIFEST
from indexer.store.stored_index import Index

Stamp = tuple[int, int] | str


def open_index(location: IndexLocation) -> Index:
    """The index at a location; raises IndexUnusable where there is none that can be used."""
    if not isinstance(location, DatabaseLocation):
        return FolderIndex.open(location)
    need_driver()
    from indexer.store.postgres.index import PostgresIndex  # noqa: PLC0415 (the driver is an extra)

    return PostgresIndex.open(location)


def open_edition_before(location: IndexLocation) -> Index:
    """The edition before the one at a location, where it is kept (in a folder); IndexUnusable where it isn't."""
    if isinstance(location, DatabaseLocation):
        raise IndexUnusable("a database keeps no edition for when its index is damaged; restore it")
    return FolderIndex.open_edition_before(location)


def stamp(location: IndexLocation) -> Stamp | None:
    """What changes when a build publishes another index there; None where it can't be known now."""
    if isinstance(location, DatabaseLocation):
        need_driver()
        from indexer.store.postgres.index import published_generation  # noqa: PLC0415 (the driver is an extra)

        return published_generation(location)
    try:
        found = (location / MANIFEST).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def need_driver() -> None:
    """Raise UsageError where the driver for PostgreSQL isn't installed."""
    try:
        import psycopg  # noqa: F401, PLC0415 (the driver is an extra)
    except ImportError as error:
        raise UsageError(
            f"an index in PostgreSQL needs the driver ({error}); run: pip install 'psycopg[binary]'"
        ) from error
