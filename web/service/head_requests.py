"""HEAD for every address that can be got: the same status and headers as GET, and no body.

Programs that watch a service, and link checkers, ask by HEAD (RFC 9110, 9.3.2); routes are declared for GET alone.
This module must not know what is at an address.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """An ASGI application that has HEAD answered as GET is, and keeps the body back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, a HEAD as a GET."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def send_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                allowed = headers.get("allow", "").split(", ")
                if "GET" in allowed and "HEAD" not in allowed:
                    headers["Allow"] = ", ".join([*allowed, "HEAD"])
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # A scope of its own: the server goes by the method of the one that it gave.
        asked: Scope = {**scope, "method": "GET"} if head else scope
        try:
            await self._app(asked, receive, send_headers)
        finally:
            if head and "route" in asked:
                scope["route"] = asked["route"]
