"""How many requests are worked on at the same moment: a few, the others wait for their turn.

Python computes in one thread at a time. Many at once only take the processor from each other, keep one another's
arrays in memory, and are all late together. A turn ends as soon as the answer begins to be sent, so that slow
clients hold none, and after a second in any case, so that what waits for something else (a writer, a disk) doesn't
hold up the others. Health checks wait for nobody, and what is slow by its kind has a lane of its own. This module must not know what a request is about.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.service.lanes import LANE

AT_ONCE = 2
"""Requests worked on at once by one process. Measured: docs/decisions/0041-processes.md."""

_LONGEST = 1.0
_WITHOUT = frozenset({"/healthz"})


class Turns:
    """An ASGI application that passes requests on as their turn comes, in the order of their coming."""

    def __init__(self, app: ASGIApp, at_once: int = AT_ONCE) -> None:
        self._app = app
        self._free = asyncio.Semaphore(at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for a turn, and pass the request on."""
        if scope["type"] != "http" or LANE in scope or scope["path"] in _WITHOUT:
            await self._app(scope, receive, send)
            return
        await self._free.acquire()
        held = True

        def give_back() -> None:
            nonlocal held
            if held:
                held = False
                self._free.release()

        async def sending(message: Message) -> None:
            give_back()
            await send(message)

        late = asyncio.get_running_loop().call_later(_LONGEST, give_back)
        try:
            await self._app(scope, receive, sending)
        finally:
            late.cancel()
            give_back()
