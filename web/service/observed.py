"""What became of each request, seen once from outside and passed to each sink: the log, the metrics.

A request is known by its route's template, never by its address, which may hold what a person asked. Each gets
an id, in the log and in the response, so that a complaint can be matched with a line. This module must not
know where observations go.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "unmatched"
ROUTE = "findings.route"
"""Where an application that has no routes of the framework's says in the scope which of its own it was."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One request: its id, method, route template, status, seconds and bytes of its answer.

    `status` is 499 where the client went away first. `query` is the address's query, as it came. `error` names an
    exception that nobody meant to raise.
    """

    request_id: str
    method: str
    route: str
    status: int
    seconds: float
    bytes: int
    query: str
    error: BaseException | None = None


class Observed:
    """An ASGI application that passes requests on, and tells each one's end to every sink."""

    def __init__(self, app: ASGIApp, sinks: Sequence[Callable[[Observation], None]]) -> None:
        self._app = app
        self._sinks = tuple(sinks)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and watch what is sent for it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        started = time.perf_counter()
        status, size = 499, 0
        failed: BaseException | None = None

        async def watched(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except BaseException as error:
            failed = error
            raise
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            observation = Observation(
                request_id=request_id,
                method=method,
                route=scope.get(ROUTE) or getattr(scope.get("route"), "path", None) or UNMATCHED,
                status=status,
                seconds=time.perf_counter() - started,
                bytes=size,
                query=scope["query_string"].decode("latin-1"),
                error=failed,
            )
            for sink in self._sinks:
                sink(observation)


def _request_id(scope: Scope) -> str:
    """The id that a proxy has given, where it looks like one, else our own."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            if _ID.fullmatch(text):
                return str(text)
    return secrets.token_hex(8)
