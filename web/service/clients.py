"""Who is asking, as an address, and how fast one address may ask.

An address that a proxy reports is believed from trusted proxies only; anybody can write the header. Memory is
bounded: the addresses that were seen last are remembered, and one that is forgotten starts afresh. This module
must not know what is asked.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Sequence
from time import monotonic

from starlette.types import Scope

from web.settings import Network

MOST_REMEMBERED = 50_000
"""Addresses; some 10 MB."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_of(scope: Scope, trusted: Sequence[Network]) -> str:
    """The address to count a request under: the last one in the chain that isn't a trusted proxy's.

    Addresses of IPv6 are counted by their first 64 bits, which is what one subscriber is given.
    """
    peer = _address((scope.get("client") or ("",))[0])
    if peer is None:
        return "unknown"
    if trusted and _is_in(peer, trusted):
        chain = ",".join(v.decode("latin-1") for n, v in scope["headers"] if n == b"x-forwarded-for")
        for part in reversed(chain.split(",")):
            address = _address(part.strip())
            if address is None:
                break
            peer = address
            if not _is_in(address, trusted):
                break
    if isinstance(peer, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((peer, 64), strict=False).network_address)
    return str(peer)


class TokenBuckets:
    """One bucket of tokens for each client: a request takes one, and they come back at a steady rate."""

    def __init__(
        self,
        per_second: float,
        burst: int,
        *,
        clock: Callable[[], float] = monotonic,
        most: int = MOST_REMEMBERED,
    ) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._clock = clock
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """The number of clients remembered."""
        return len(self._buckets)

    def wait(self, client: str) -> float:
        """Take a token of this client's; 0 where there was one, else the seconds until there will be."""
        now = self._clock()
        tokens, then = self._buckets.pop(client, (self._burst, now))
        wait, left = take_token(tokens, now - then, self._per_second, self._burst)
        self._buckets[client] = (left, now)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return wait


def take_token(tokens: float, seconds: float, per_second: float, burst: float) -> tuple[float, float]:
    """Take one of a bucket's tokens, counted so many seconds ago: the seconds to wait, 0 where there was one, and
    the tokens that are left.
    """
    tokens = min(burst, tokens + max(0.0, seconds) * per_second)
    return (0.0, tokens - 1) if tokens >= 1 else ((1 - tokens) / per_second, tokens)


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(address: _Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
