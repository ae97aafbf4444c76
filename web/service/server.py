"""Which of a service's processes takes a connection: the one that holds the fewest.

All of them listen at one socket, and the system wakes any. Left to itself the first to wake takes all that wait, and
connections are kept for many requests, so that one process would work and another would not. Here a process takes
one at a time, and one that holds more than another gives it a moment to come first; no longer, for it may be
stuck. This module must not know what a request is about.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from web.service.connections import BoundedProtocol
from web.service.processes import Siblings
from web.settings import ServiceSettings

_MOMENT = 0.005
"""Seconds left to the others for each connection that this process holds more than the least of them…"""
_LONGEST = 0.05
"""…and at most."""
_PAUSE = 1.0
"""Seconds until one is taken again after the system had no room for it."""


class SharingServer(uvicorn.Server):
    """uvicorn in one of several processes that listen at the same socket; `ready` is called once it answers."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        settings: ServiceSettings,
        listening: socket.socket,
        siblings: Siblings,
        process: int,
        ready: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._settings = settings
        self._listening = listening
        self._siblings = siblings
        self._process = process
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections."""
        await super().startup(sockets=[])
        self._listening.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())
        self._siblings.set_connections(self._process, 0)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and finish those that there are."""
        self._accepting.cancel()
        await asyncio.wait([self._accepting])
        self._listening.close()
        await super().shutdown(sockets=[])

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._offered(loop)
            if more := self._siblings.more_than_the_least(self._process):
                await asyncio.sleep(min(_LONGEST, more * _MOMENT))
            try:
                connection, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                continue  # Another process was first, or the client has gone.
            except OSError:
                await asyncio.sleep(_PAUSE)
                continue
            connection.setblocking(False)
            with suppress(OSError):
                await loop.connect_accepted_socket(self._protocol, connection)

    async def _offered(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait until a connection is offered."""
        offered = asyncio.Event()
        loop.add_reader(self._listening, offered.set)
        try:
            await offered.wait()
        finally:
            loop.remove_reader(self._listening)

    def _protocol(self) -> BoundedProtocol:
        return BoundedProtocol(
            self.config, self.server_state, self.lifespan.state, settings=self._settings, changed=self._count
        )

    def _count(self) -> None:
        self._siblings.set_connections(self._process, len(self.server_state.connections))
