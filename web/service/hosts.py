"""Which names a service answers to.

A page elsewhere can have its own name lead to this machine (DNS rebinding), and a browser then takes us for that page's own
service. What it can't do is send another name than its own: an address, localhost or a name without a dot is never that of a
page on the web. This module must not know what a request is about.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from web.service.clients import is_trusted
from web.settings import ServiceSettings

_ALWAYS = "/healthz"


def hosts_answered(settings: ServiceSettings, listens_at: str) -> Collection[str] | None:
    """The names that the settings give; without any, none where only this machine is listened to, else any (None)."""
    if settings.hosts:
        return settings.hosts
    return () if _is_own(listens_at) else None


class KnownHosts:
    """An ASGI application that passes on requests for addresses, names without a dot and `hosts`, and refuses other names.

    A trusted proxy has looked at the name itself. With `hosts` None every name is passed on.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None, settings: ServiceSettings) -> None:
        self._app = app
        self._hosts = hosts
        self._proxies = () if settings.hosts else settings.trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 421 (RFC 9110, 15.5.20)."""
        if scope["type"] != "http" or self._hosts is None or scope["path"] == _ALWAYS or self._knows(scope):
            await self._app(scope, receive, send)
            return
        message = (
            "This service does not answer to this name; the setting FINDINGS_HOSTS lists those that it does."
        )
        refusal: Response = PlainTextResponse(message, 421)
        if scope["path"].startswith("/api/"):
            refusal = JSONResponse({"error": {"code": "unknown_host", "message": message}}, 421)
        await refusal(scope, receive, send)

    def _knows(self, scope: Scope) -> bool:
        names = [_name(value.decode("latin-1")) for name, value in scope["headers"] if name == b"host"]
        if all(_is_nobodys(name) or name in (self._hosts or ()) for name in names):
            return True
        return is_trusted(scope, self._proxies)


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    bare = host.strip().lower()
    if bare.startswith("["):
        return bare[1:].partition("]")[0]
    return bare.rpartition(":")[0] if bare.rpartition(":")[2].isdigit() and ":" in bare else bare.rstrip(".")


def _is_nobodys(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(name) and not set(name) & set(".:")
    return True


def _is_own(listens_at: str) -> bool:
    if listens_at == "localhost":
        return True
    try:
        return ipaddress.ip_address(listens_at).is_loopback
    except ValueError:
        return False
