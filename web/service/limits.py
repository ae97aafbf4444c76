"""What one request may cost, and what all together may: sizes, times, requests at once, requests a second.

A request over a limit is the client's to change, and is answered by a 4xx and when to come again: 414 an
address too long, 431 headers, 413 a body, 408 a body that doesn't come, 429 too many at once, too fast, or a
machine so busy that the answer would not come in time. Health checks are never refused. This module must not
know what a request is about.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from indexer.giving_up import GivenUpError, may_be_given_up
from web.service.clients import TokenBuckets, client_of
from web.service.lanes import LANE, FullError, GoneError, Lane, Lanes, LateError
from web.settings import ServiceSettings

_MOST_ADDRESS_BYTES = 16_384
MOST_HEADER_BYTES = 32_768
_MOST_DIGITS = 18
"""Digits of a length that is read as a number; Python refuses thousands of them, and nothing is so long."""

_ALWAYS = frozenset({"/healthz"})
_FOR_PROGRAMS = ("/api/", "/healthz", "/openapi.json", "/metrics")
_CODES = {
    408: "too_slow",
    413: "too_large",
    414: "address_too_long",
    429: "too_many_requests",
    431: "headers_too_large",
}


class _TooLargeError(Exception):
    """A body without a length has grown over the limit."""


class _TooSlowError(Exception):
    """A body has not come within its time."""


class RequestLimits:
    """An ASGI application that passes on what is within the limits, and refuses the rest.

    `buckets` hold each client to its rate, where there is one.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: ServiceSettings,
        refused: Callable[[str], None],
        buckets: TokenBuckets | None,
    ) -> None:
        self._app = app
        self._settings = settings
        self._refused = refused
        self._in_flight = 0
        self._buckets = buckets
        self._lanes = Lanes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on with its body counted and its time limited."""
        if scope["type"] != "http" or scope["path"] in _ALWAYS:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        self._in_flight += 1
        lane = self._lanes.of(scope)
        try:
            if lane is None:
                await self._answer(scope, self._limited(receive), send)
            else:
                await self._in_lane(lane, scope, self._limited(receive), send)
        except (_TooLargeError, _TooSlowError) as error:
            refusal = self._too_large(scope) if isinstance(error, _TooLargeError) else self._too_slow(scope)
            await refusal(scope, receive, send)
        finally:
            self._in_flight -= 1

    async def _in_lane(self, lane: Lane, scope: Scope, receive: Receive, send: Send) -> None:
        scope[LANE] = lane.name
        try:
            async with lane.admitted(receive, self._settings.answer_seconds) as taken:
                await self._answer(scope, taken.receive, send, taken.gone)
        except FullError:
            await self._busy(scope, lane.name)(scope, receive, send)
        except LateError:
            await self._busy(scope, "time")(scope, receive, send)
        except GoneError:
            pass

    def _refusal(self, scope: Scope) -> Response | None:
        settings = self._settings
        address = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
        if address > _MOST_ADDRESS_BYTES:
            return self._refuse(scope, 414, "address", "This address is too long; ask something shorter.")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADER_BYTES:
            return self._refuse(scope, 431, "headers", "The request’s headers are too large; send fewer.")
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if length.isdigit() and (len(length) > _MOST_DIGITS or int(length) > settings.max_body_bytes):
            return self._too_large(scope)
        if self._buckets is not None:
            wait = self._buckets.wait(client_of(scope, settings.trusted_proxies))
            if wait:
                return self._refuse(scope, 429, "rate", "You are asking too fast; wait a moment.", wait)
        if self._in_flight >= settings.max_requests:
            return self._busy(scope, "at once")
        return None

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, gone: asyncio.Future[None] | None = None
    ) -> None:
        """Let the application answer; where its time is over before it has begun to, refuse in its place.

        What it is working on is given up then, and where the client has `gone`, at the next step at which it can be.
        """
        begun = over = False

        async def send_in_time(message: Message) -> None:
            nonlocal begun
            if not over:
                begun = True
                await send(message)

        async def run() -> None:
            try:
                await self._app(scope, receive, send_in_time)
            except (_TooLargeError, _TooSlowError):
                if not begun:
                    raise
            except GivenUpError:
                pass

        with may_be_given_up() as given_up:
            answering = asyncio.ensure_future(run())
        if gone is not None:
            gone.add_done_callback(lambda _: given_up.set())
        try:
            done, _ = await asyncio.wait({answering}, timeout=self._settings.answer_seconds)
            if not done and not begun:
                over = True
                given_up.set()
                await self._busy(scope, "time")(scope, receive, send)
            # A thread can't be stopped: its place stays taken until it has noticed, or has ended.
            await answering
        except asyncio.CancelledError:
            # The service is being stopped, and its time for that is over.
            given_up.set()
            if not begun:
                over = True
                with suppress(OSError, RuntimeError):
                    await self._busy(scope, "stop")(scope, receive, send)
            answering.cancel()
            raise

    def _limited(self, receive: Receive) -> Receive:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.body_seconds
        size, whole = 0, False

        async def receive_within_limits() -> Message:
            nonlocal size, whole
            if whole:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, until - loop.time()))
            except TimeoutError as error:
                raise _TooSlowError from error
            if message["type"] == "http.request":
                size += len(message.get("body", b""))
                whole = not message.get("more_body", False)
                if size > self._settings.max_body_bytes:
                    raise _TooLargeError
            return message

        return receive_within_limits

    def _busy(self, scope: Scope, limit: str) -> Response:
        return self._refuse(scope, 429, limit, "The service is busy; try again in a moment.", 2)

    def _too_slow(self, scope: Scope) -> Response:
        return self._refuse(scope, 408, "body time", "The request’s body did not come in time.")

    def _too_large(self, scope: Scope) -> Response:
        most = f"{self._settings.max_body_bytes / 1e6:.0f} MB"
        return self._refuse(scope, 413, "body", f"This is too large; send at most {most}.")

    def _refuse(self, scope: Scope, status: int, limit: str, message: str, wait: float = 0) -> Response:
        self._refused(limit)
        headers = {"Cache-Control": "no-store"}
        if wait:
            headers["Retry-After"] = str(math.ceil(wait))
        if status in (408, 413) or (status == 429 and scope["method"] not in ("GET", "HEAD")):
            # What is left of the body is not read: the connection is of no more use.
            headers["Connection"] = "close"
        if scope["path"].startswith(_FOR_PROGRAMS):
            return JSONResponse({"error": {"code": _CODES[status], "message": message}}, status, headers)
        return PlainTextResponse(message, status, headers)
