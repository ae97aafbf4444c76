"""Who is asking, as an address, and how fast one address may ask.

An address that a proxy reports is believed from trusted proxies only; anybody can write the header. Memory is
bounded: the addresses that were seen last are remembered, and one that is forgotten starts afresh. This module
must not know what a request is about.
"""

from __future__ import annotations

import fcntl
import ipaddress
import mmap
import os
import secrets
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from time import monotonic

from starlette.types import Scope

from web.service.counts import memory_file
from web.settings import Network

MOST_REMEMBERED = 50_000
"""Addresses; 1.6 MB for all processes together."""

_KEY = 16
_BUCKET = struct.Struct(f"={_KEY}sdd")  # whose it is, tokens, seconds of the clock when they were counted
_GROUP = 8
_NOBODY = bytes(_KEY)

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_of(scope: Scope, trusted: Sequence[Network]) -> str:
    """The address to count a request under: the last one in the chain that isn't a trusted proxy's.

    Addresses of IPv6 are counted by their first 64 bits, which is what one subscriber is given.
    """
    peer = _address((scope.get("client") or ("",))[0])
    if peer is None:
        return "unknown"
    if is_from(scope, trusted):
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


def is_from(scope: Scope, proxies: Sequence[Network]) -> bool:
    """Whether a request comes straight from one of these proxies, so that what it says of the client is believed."""
    peer = _address((scope.get("client") or ("",))[0]) if proxies else None
    return peer is not None and _is_in(peer, proxies)


def is_trusted(scope: Scope, trusted: Sequence[Network]) -> bool:
    """Whether a trusted proxy passes this request on for somebody."""
    return is_from(scope, trusted) and any(name == b"x-forwarded-for" for name, _ in scope["headers"])


class TokenBuckets:
    """One bucket of tokens for each client: a request takes one, and they come back at a steady rate.

    Shared with whatever is forked from here. The buckets are a fixed number, in groups: an address's group follows
    from a keyed hash of it, so that nobody can choose whose bucket to push out, and in a group the one that was used
    longest ago makes room. A lock on a group is the system's, and ends with the process that holds it, however that
    ends; it keeps processes apart, not threads: each process asks from one thread only.
    """

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
        self._groups = max(1, most // _GROUP)
        self._secret = secrets.token_bytes(_KEY)
        self._file = memory_file()
        os.ftruncate(self._file, self._groups * _GROUP * _BUCKET.size)
        self._memory = mmap.mmap(self._file, 0)

    def wait(self, client: str) -> float:
        """Take a token of this client's; 0 where there was one, else the seconds until there will be."""
        digest = blake2b(client.encode(), digest_size=_KEY + 8, key=self._secret).digest()
        key, number = digest[:_KEY], int.from_bytes(digest[_KEY:], "little") % self._groups
        size = _GROUP * _BUCKET.size
        with self._locked(number * size):
            now = self._clock()
            places = range(number * size, (number + 1) * size, _BUCKET.size)
            held = {at: _BUCKET.unpack_from(self._memory, at) for at in places}
            # Its own, else one that is nobody's, else the one that was used longest ago.
            place = min(places, key=lambda at: (held[at][0] != key, held[at][0] != _NOBODY, held[at][2]))
            owner, tokens, then = held[place]
            if owner != key:
                tokens, then = self._burst, now
            tokens = min(self._burst, tokens + max(0.0, now - then) * self._per_second)
            wait = 0.0 if tokens >= 1 else (1 - tokens) / self._per_second
            _BUCKET.pack_into(self._memory, place, key, tokens if wait else tokens - 1, now)
        return wait

    @contextmanager
    def _locked(self, start: int) -> Iterator[None]:
        # On a group's first byte: processes meet only over addresses of one group.
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, start)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, start)


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(address: _Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
