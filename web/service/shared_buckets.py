"""How fast one address may ask, where several processes answer: each address has one bucket for all of them.

The buckets lie in memory that is shared, a fixed number of them: an address's place follows from a keyed hash of
it, so that nobody can choose whose bucket his own would crowd out, and the one that was used longest ago makes
room. The system's lock on a place ends with the process that holds it, however that ends. This module must not
know who is asking for what.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import secrets
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from time import monotonic

from web.service.clients import MOST_REMEMBERED, take_token

_KEY = 16
_BUCKET = struct.Struct(f"={_KEY}sdd")  # whose it is, tokens, seconds of the clock when they were counted
_TOGETHER = 8
"""Buckets among which an address has its own."""
_NOBODY = bytes(_KEY)


class SharedBuckets:
    """One bucket of tokens for each client, as `clients.TokenBuckets`, shared with what is forked from here.

    Each process asks from one thread only: the system's lock keeps processes apart, not threads.
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
        self._groups = max(1, most // _TOGETHER)
        self._secret = secrets.token_bytes(_KEY)
        # A file in memory alone, without a name: it is gone with the last process that has it.
        self._file = os.memfd_create("findings-rates")
        size = self._groups * _TOGETHER * _BUCKET.size
        os.ftruncate(self._file, size)
        self._memory = mmap.mmap(self._file, size)

    def wait(self, client: str) -> float:
        """Take a token of this client's; 0 where there was one, else the seconds until there will be."""
        digest = blake2b(client.encode(), digest_size=_KEY + 8, key=self._secret).digest()
        key, number = digest[:_KEY], int.from_bytes(digest[_KEY:], "little") % self._groups
        start = number * _TOGETHER * _BUCKET.size
        with self._locked(start):
            now = self._clock()
            places = range(start, start + _TOGETHER * _BUCKET.size, _BUCKET.size)
            held = {at: _BUCKET.unpack_from(self._memory, at) for at in places}
            mine = next((at for at in places if held[at][0] == key), None)
            tokens, then = held[mine][1:] if mine is not None else (self._burst, now)
            if mine is None:
                mine = min(places, key=lambda at: (held[at][0] != _NOBODY, held[at][2]))
            wait, left = take_token(tokens, now - then, self._per_second, self._burst)
            _BUCKET.pack_into(self._memory, mine, key, left, now)
        return wait

    @contextmanager
    def _locked(self, start: int) -> Iterator[None]:
        # On a group's first byte: processes meet only over addresses of one group.
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, start)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, start)
