"""The headers that every response carries, HEAD for every address that can be got, and gzip for who takes it.

The policy allows our own style sheet, script and pictures and nothing else, so that no page can be framed, sniffed, or
made to load from outside; a script that stands in a page isn't run. This module must not know which page is sent.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class SecurityHeaders:
    """An ASGI application that adds HEADERS to what another sends, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to the start of the response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class AcceptedEncodings:
    """An ASGI application that tells another of gzip only where the client takes it: `gzip;q=0` says that it doesn't.

    What sends compressed bodies looks for the word alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with "gzip" or "identity" as the encoding it accepts."""
        if scope["type"] == "http":
            headers = scope["headers"]
            accepted = b",".join(value for name, value in headers if name == b"accept-encoding")
            if accepted:
                kept = [(name, value) for name, value in headers if name != b"accept-encoding"]
                word = b"gzip" if takes_gzip(accepted.decode("latin-1")) else b"identity"
                scope["headers"] = [*kept, (b"accept-encoding", word)]
        await self._app(scope, receive, send)


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header takes gzip (RFC 9110, 12.5.3): named, or meant by "*", with a quality over 0."""
    qualities: dict[str, float] = {}
    for part in accepted.lower().split(","):
        coding, *settings = (piece.strip() for piece in part.split(";"))
        quality = next((piece[2:] for piece in settings if piece.startswith("q=")), "1")
        try:
            qualities[coding.removeprefix("x-")] = float(quality)
        except ValueError:
            qualities[coding.removeprefix("x-")] = 0.0
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


class HeadRequests:
    """An ASGI application that has HEAD answered as GET is, and keeps the body back.

    Programs that watch a service, and link checkers, ask by HEAD (RFC 9110, 9.3.2); routes are declared for GET alone.
    """

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
