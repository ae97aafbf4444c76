"""What a trusted proxy says of a request: the scheme and the host that the client asked by.

Redirects, feeds, permalinks and exports name the service as people reach it, not as the proxy does. Anybody can write
these headers, so that they are believed from trusted proxies only, as the client's address is (`clients`). This
module must not know what a request is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from web.service.clients import is_from
from web.settings import Network

_HOST = re.compile(rb"[A-Za-z0-9.-]{1,253}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?")
_SCHEMES = {b"http": "http", b"https": "https"}


class BehindProxy:
    """An ASGI application that passes on each request with the scheme and host that a trusted proxy reports."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the server's own record of it stays as it came."""
        if scope["type"] == "http" and is_from(scope, self._trusted):
            asked = as_asked(scope)
            try:
                await self._app(asked, receive, send)
            finally:
                if "route" in asked:
                    scope["route"] = asked["route"]
        else:
            await self._app(scope, receive, send)


def as_asked(scope: Scope) -> Scope:
    """The request with what X-Forwarded-Proto and X-Forwarded-Host say, where they say what there can be.

    Of several values the last counts: it is the one that the nearest proxy wrote.
    """
    scheme = _SCHEMES.get(_last(scope, b"x-forwarded-proto").lower(), scope["scheme"])
    headers = scope["headers"]
    host = _last(scope, b"x-forwarded-host")
    if _HOST.fullmatch(host):
        headers = [(name, value) for name, value in headers if name != b"host"] + [(b"host", host)]
    return {**scope, "scheme": scheme, "headers": headers}


def _last(scope: Scope, name: bytes) -> bytes:
    values = [value for own, value in scope["headers"] if own == name]
    return bytes(values[-1].split(b",")[-1].strip()) if values else b""
