"""Slow kinds of work, each with a few places of its own, so that no kind takes the others' threads.

A search is answered in milliseconds; a draft to check, a pack with pictures, a document sent or a writer may take a
minute. Of each slow kind only a few are worked on at a time by one process, some more wait, and what comes beyond
that is refused at once. A body is taken whole before its turn, so that a client that dribbles holds up nobody, and all
bodies of a kind together are bounded. This module knows requests by their addresses alone.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.types import Message, Receive, Scope

from search_api.writer.endpoint import URL as WRITER

LANE = "findings.lane"
"""Where the scope of a request says that it has a lane: it needs no turn among the quick ones."""
_PICTURE = re.compile(r"/documents/[^/]+/pages/[^/]+\.png")
_READS = frozenset({"GET", "HEAD"})


class FullError(Exception):
    """There are as many of this kind as may be, or their bodies together are too large."""


class LateError(Exception):
    """No turn has come in time."""


class GoneError(Exception):
    """The client has gone while its request waited."""


class Lane:
    """One kind of work in one process: `at_once` are worked on, `places` are there in all.

    `most_bytes` bounds the bodies that are held at the same time.
    """

    def __init__(self, name: str, at_once: int, places: int, most_bytes: int) -> None:
        self.name = name
        self._places = places
        self._left = most_bytes
        self._turns = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def admitted(self, receive: Receive, seconds: float) -> AsyncIterator[Taken]:
        """Take a request's body, and wait for its turn, which ends with the block.

        Raises FullError where there are too many, LateError where no turn came within so many seconds, GoneError
        where the client went first.
        """
        if not self._places:
            raise FullError
        self._places -= 1
        body: list[bytes] = []
        try:
            await self._take(receive, body)
            taken = Taken(body, receive)
            try:
                await self._wait(taken.gone, seconds)
                try:
                    yield taken
                finally:
                    self._turns.release()
            finally:
                taken.gone.cancel()
        finally:
            self._places += 1
            self._left += sum(map(len, body))

    async def _take(self, receive: Receive, body: list[bytes]) -> None:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise GoneError
            part = message.get("body", b"")
            if len(part) > self._left:
                raise FullError
            self._left -= len(part)
            body.append(part)
            more = message.get("more_body", False)

    async def _wait(self, gone: asyncio.Future[None], seconds: float) -> None:
        coming = asyncio.ensure_future(self._turns.acquire())
        either: set[asyncio.Future[Any]] = {coming, gone}
        try:
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not coming.done():
                coming.cancel()
        with suppress(asyncio.CancelledError):
            await coming
        if coming.cancelled():
            raise GoneError if gone.done() else LateError


class Lanes:
    """The lanes of one process."""

    def __init__(self) -> None:
        self._drafts = Lane("drafts", 1, 24, 50_000_000)
        self._packs = Lane("packs", 1, 16, 1_000)
        self._pictures = Lane("pictures", 2, 24, 1_000)
        self._uploads = Lane("uploads", 1, 8, 100_000_000)
        self._writer = Lane("writer", 4, 16, 1_000)
        self._forms = Lane("forms", 2, 24, 25_000_000)
        self._has_writer = bool(os.environ.get(WRITER, "").strip())

    def of(self, scope: Scope) -> Lane | None:
        """The lane of a request; None for one that is quick."""
        path: str = scope["path"]
        if scope["method"] not in _READS:
            if path in ("/check-citations", "/api/check-citations"):
                return self._drafts
            return self._uploads if path == "/upload" else self._forms
        if path == "/download.zip" or (path.startswith("/pack.") and b"pictures=" in scope["query_string"]):
            return self._packs
        if _PICTURE.fullmatch(path):
            return self._pictures
        if self._has_writer and path in ("/written", "/api/answer"):
            return self._writer
        return None


class Taken:
    """A request whose body has been taken: it is given once; after that the client's going is all that can come."""

    def __init__(self, body: list[bytes], receive: Receive) -> None:
        self._body = body
        self._given = False
        self.gone: asyncio.Future[None] = asyncio.ensure_future(self._until_gone(receive))

    async def receive(self) -> Message:
        """What the application is given."""
        if not self._given:
            self._given = True
            return {"type": "http.request", "body": b"".join(self._body), "more_body": False}
        await asyncio.shield(self.gone)
        return {"type": "http.disconnect"}

    @staticmethod
    async def _until_gone(receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
