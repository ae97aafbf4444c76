"""Which of a service's processes takes a connection: the one that holds the fewest.

All of them listen at one socket, and the system wakes any. Left to itself the first to wake takes all that wait, and
connections are kept for many requests, so that one process would work and another would not. Here a process takes
one at a time, and one that holds more than another gives it a moment to come first; no longer, for it may be
stuck. This module must not know what is asked.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from web.service.siblings import Siblings

_MOMENT = 0.005
"""Seconds left to the others for each connection that this process holds more than the least of them…"""
_LONGEST = 0.05
"""…and at most."""
_PAUSE = 1.0
"""Seconds until one is taken again after the system had no room for it."""
_NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class SharingServer(uvicorn.Server):
    """uvicorn in one of several processes that listen at the same socket; `ready` is called once it answers."""

    def __init__(
        self,
        config: uvicorn.Config,
        listening: socket.socket,
        siblings: Siblings,
        process: int,
        ready: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._listening = listening
        self._siblings = siblings
        self._process = process
        self._ready = ready
        self._taking: set[asyncio.Task[object]] = set()
        self._stopped = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections."""
        await super().startup(sockets=[])
        self._loop = asyncio.get_running_loop()
        self._listening.setblocking(False)
        self._listen()
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and finish those that there are."""
        self._stopped = True
        self._loop.remove_reader(self._listening)
        self._listening.close()
        if self._taking:
            await asyncio.wait(self._taking)
        await super().shutdown(sockets=[])

    def count(self) -> None:
        """Tell the others how many connections this process holds."""
        held = len(self.server_state.connections) + len(self._taking)
        self._siblings.set_connections(self._process, held)

    def _listen(self) -> None:
        if not self._stopped:
            self._loop.add_reader(self._listening, self._offered)

    def _offered(self) -> None:
        held = self._siblings.connections()
        more = held.get(self._process, 0) - min(held.values(), default=0)
        if more <= 0:
            self._take()
            return
        self._loop.remove_reader(self._listening)
        self._loop.call_later(min(_LONGEST, more * _MOMENT), self._take_after_all)

    def _take_after_all(self) -> None:
        if not self._stopped:
            self._listen()
            self._take()

    def _take(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # Another process was first, or the client has gone.
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            self._loop.remove_reader(self._listening)
            self._loop.call_later(_PAUSE, self._listen)
            return
        connection.setblocking(False)
        task = self._loop.create_task(self._serve_one(connection))
        self._taking.add(task)
        self.count()
        task.add_done_callback(self._taken)

    def _taken(self, task: asyncio.Task[object]) -> None:
        self._taking.discard(task)
        self.count()

    async def _serve_one(self, connection: socket.socket) -> None:
        with suppress(OSError):
            await self._loop.connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        kind = self.config.http_protocol_class
        protocol: asyncio.Protocol = kind(  # type: ignore[call-arg]  # as uvicorn itself makes it
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol
