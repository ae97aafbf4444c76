"""Opens an index, and follows it: a build that publishes a newer edition is seen by the next request."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Self

from indexer.errors import IndexUnusable
from indexer.store.folder.index import FolderIndex
from indexer.store.location import DatabaseLocation, IndexLocation
from indexer.store.opening import Stamp, open_edition_before, open_index, stamp
from indexer.store.stored_index import Index
from search_api.fits import Fits
from search_api.register.subject_asked import prepare_subjects
from search_api.snapshot import Snapshot, open_snapshot

_LOG = logging.getLogger(__name__)


class Engine:
    """Gives snapshots of an index in a folder or in a database; safe to use from several threads.

    Nothing is opened until it is needed. `encoder` names the encoder (None means the one that made the index); an
    encoder that didn't make the index is refused with IndexUnusable. `adjust` changes what was fitted; `on_answer` is
    called with the status of each answer.
    """

    def __init__(
        self,
        location: IndexLocation,
        encoder: str | None = None,
        *,
        adjust: Callable[[Fits], Fits] | None = None,
        on_answer: Callable[[str], None] | None = None,
    ) -> None:
        self.location = location
        self._encoder_name = encoder
        self._adjust, self._on_answer = adjust, on_answer
        self._lock = threading.Lock()
        self._opened: Snapshot | None = None
        self._seen: Stamp | None = None

    def snapshot(self) -> Snapshot:
        """Give the newest edition that a build has published; take it once a request.

        Raises IndexUnusable where there is no index, or one that can't be used; while an older one is open it goes on
        being used.
        """
        seen = stamp(self.location)
        opened = self._opened
        # Where it can't be known (a database that is away), what is open goes on being used.
        if opened is not None and seen in {self._seen, None}:
            return opened
        with self._lock:
            opened = self._opened
            if opened is not None and seen == self._seen:
                return opened
            try:
                self._opened = self._open(opened)
            except IndexUnusable:
                if opened is None:
                    raise
            self._seen = seen
            assert self._opened is not None  # noqa: S101 (either just opened or kept)
            return self._opened

    def prepare(self) -> Snapshot:
        """Work out what the first question would wait for, and give the snapshot; raises IndexUnusable as `snapshot` does."""
        prepare_subjects()
        opened = self.snapshot()
        opened.register()
        return opened

    def recover(self) -> None:
        """Open the index again, since its files may have been changed in place; damaged, the edition before it.

        What can't be opened is said in the log, and by each `snapshot` until a build has published another.
        """
        with self._lock:
            before, self._opened = self._opened, None
            self._seen = stamp(self.location)
            try:
                self._opened = self._open(before)
            except IndexUnusable as error:
                _LOG.error("%s", error)
                try:
                    self._opened = self._open(before, open_edition_before)
                except IndexUnusable:
                    self._seen = None
                else:
                    _LOG.warning("the edition before it is served")

    def is_away(self) -> bool:
        """Whether the database that the index is in doesn't answer now; a folder never is."""
        return isinstance(self.location, DatabaseLocation) and stamp(self.location) is None

    def _open(
        self, before: Snapshot | None, open_at: Callable[[IndexLocation], Index] = open_index
    ) -> Snapshot:
        opened = open_snapshot(self.location, self._encoder_name, before, open_at)
        if self._adjust is not None:
            opened.fits = self._adjust(opened.fits)
        if self._on_answer is not None:
            opened.on_answer = self._on_answer
        if before is not None:
            opened.register()  # while others are still answered from the edition before
        return opened

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def share(self) -> None:
        """Open an index in a folder for the processes that are forked from this one: they hold it together.

        This engine can't be used any more; each process calls `resume` first. An index in a
        database isn't opened: a connection has one owner.
        """
        if not isinstance(self.location, DatabaseLocation):
            index = self.prepare().index
            if isinstance(index, FolderIndex):
                index.release()

    def resume(self) -> None:
        """Go on, in a process of its own, with what was shared; raises IndexUnusable as `snapshot` does."""
        shared = self._opened
        if shared is not None and isinstance(shared.index, FolderIndex):
            try:
                shared.index.reopen()
            except IndexUnusable:
                # Newer builds have replaced it since.
                self._opened, self._seen = None, None
        self.prepare()

    def close(self) -> None:
        """Forget the index; the next snapshot opens it again."""
        with self._lock:
            opened, self._opened, self._seen = self._opened, None, None
        if opened is not None:
            opened.index.close()
