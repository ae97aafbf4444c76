"""Connections that don't hold others up: each has its time to ask, and to take its answer.

uvicorn waits for a first request for ever, and for a client that has stopped reading. Here a connection that
sends no whole request within its time is closed, however it dribbles; so is one that takes no more of its
answer. Where there are as many as may be, the one that has been silent longest makes room for the new one. This
module must not know what a request is about.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from web.settings import ServiceSettings


class BoundedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with times and a number of connections; `changed` is called as they come and go."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        settings: ServiceSettings,
        changed: Callable[[], None],
    ) -> None:
        super().__init__(config, server_state, app_state)
        self.settings = settings
        self.changed = changed
        self._asking: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin the time for a first request, and make room for this connection."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._wait_for_request()
        if len(self.connections) > self.settings.max_connections:
            self._make_room()
        self.changed()

    def data_received(self, data: bytes) -> None:
        """Take bytes; a whole request ends the waiting, bytes of a next one begin it again."""
        super().data_received(data)
        if self._is_answering():
            self._stop_asking()
        elif self._asking is None and not self.transport.is_closing():
            self._since = self.loop.time()
            self._wait_for_request()

    def on_response_complete(self) -> None:
        """Give the time for keeping alive, and then for letting go."""
        super().on_response_complete()
        self._since = self.loop.time()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that is no longer used, though its client may not have read the last answer."""
        super().timeout_keep_alive_handler()
        self._wait_for_reading()

    def pause_writing(self) -> None:
        """Begin the time for taking what was sent."""
        super().pause_writing()
        self._wait_for_reading()

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        self._stop_stalled()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the times of a connection that has ended."""
        self._stop_asking()
        self._stop_stalled()
        super().connection_lost(exc)
        self.changed()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_request(self) -> None:
        self._asking = self.loop.call_later(self.settings.header_seconds, self._too_slow)

    def _wait_for_reading(self) -> None:
        if self._stalled is None:
            self._stalled = self.loop.call_later(self.settings.stalled_seconds, self._abort)

    def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _stop_stalled(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _too_slow(self) -> None:
        self._asking = None
        if not self._is_answering():
            self.transport.close()

    def _abort(self) -> None:
        self._stalled = None
        self.transport.abort()

    def _make_room(self) -> None:
        silent = [
            other
            for other in self.connections
            if isinstance(other, BoundedProtocol) and other is not self and not other._is_answering()
        ]
        if silent:
            min(silent, key=lambda other: other._since).transport.abort()


def allow_connections(settings: ServiceSettings) -> None:
    """Ask the system for as many open files as the connections need, as far as it lets us."""
    wanted = settings.max_connections + 1_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        with suppress(ValueError, OSError):
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
