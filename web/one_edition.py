"""Every page is made from one index, though a build may publish a newer one while it is being made.

A page asks the engine several times. This module must not know what a page holds.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from search_api.engine import one_edition


class OneEdition:
    """Has each request answered from the index that its first question was answered from."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with one_edition():
            await self._app(scope, receive, send)
