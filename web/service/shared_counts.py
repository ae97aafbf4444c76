"""Numbers that every process of the service adds to and any of them can read: what /metrics shows is of all of them.

Each process has a part of one piece of memory, made before they part ways, and writes in its own alone; whoever is
asked reads all parts and adds them up. No file is written and no lock is shared, so that a process that is killed
leaves its numbers as they were, and the one that takes its place counts on from them. This module must not know
what is counted.
"""

from __future__ import annotations

import json
import mmap
import struct
import threading
from collections import Counter
from collections.abc import Collection, Iterator

Key = tuple[str, ...]
"""A number's name, and its labels' values."""

_ROOM = 1 << 20
"""Bytes for one process: some 8,000 numbers. What is never written costs no memory."""

_USED = struct.Struct("=Q")
_ENTRY = struct.Struct("=QQ")  # bytes of the entry, of its key
_VALUE = struct.Struct("=d")


class SharedCounts:
    """Numbers by key; safe to use from several threads, and from processes that each took a part of their own.

    `levels` are names of numbers that fall as well as rise, such as how many requests are being answered: they
    begin at 0 with each process. A number for which there is no room any more is not kept.
    """

    def __init__(self, processes: int = 1, *, levels: Collection[str] = (), room: int = _ROOM) -> None:
        self._room = room
        self._processes = processes
        self._levels = frozenset(levels)
        # Shared with whatever is forked from this process, and with nobody else.
        self._memory = mmap.mmap(-1, processes * room)
        self.take(0)

    def take(self, process: int) -> None:
        """Write in the part of this process from now on, and count on from what is in it."""
        self._base = process * self._room
        self._lock = threading.Lock()
        self._places = {key: at for key, at, _ in self._entries(process)}
        for key, at in self._places.items():
            if key[0] in self._levels:
                _VALUE.pack_into(self._memory, at, 0.0)

    def give_up(self, process: int) -> None:
        """Put the levels of a process that has ended to 0."""
        for key, at, _ in self._entries(process):
            if key[0] in self._levels:
                _VALUE.pack_into(self._memory, at, 0.0)

    def add(self, name: str, *labels: str, amount: float = 1.0) -> None:
        """Add to a number, which begins at 0."""
        key = (name, *labels)
        with self._lock:
            at = self._places.get(key) or self._begin(key)
            if at:
                _VALUE.pack_into(self._memory, at, _VALUE.unpack_from(self._memory, at)[0] + amount)

    def totals(self) -> Counter[Key]:
        """Every number, added up over all processes."""
        found: Counter[Key] = Counter()
        for process in range(self._processes):
            for key, _, value in self._entries(process):
                found[key] += value  # type: ignore[assignment]  # typeshed knows counters of whole numbers alone
        return found

    def _begin(self, key: Key) -> int:
        """Make an entry and give the place of its value; 0 where there is no room."""
        named = json.dumps(key).encode()
        named += b" " * (-len(named) % 8)
        (used,) = _USED.unpack_from(self._memory, self._base)
        start = self._base + _USED.size + used
        size = _ENTRY.size + len(named) + _VALUE.size
        if start + size > self._base + self._room:
            return 0
        _ENTRY.pack_into(self._memory, start, size, len(named))
        place: int = start + _ENTRY.size + len(named)
        self._memory[start + _ENTRY.size : place] = named
        # Last of all, so that whoever reads at this moment sees a whole entry or none.
        _USED.pack_into(self._memory, self._base, used + size)
        self._places[key] = place
        return place

    def _entries(self, process: int) -> Iterator[tuple[Key, int, float]]:
        base = process * self._room + _USED.size
        (used,) = _USED.unpack_from(self._memory, base - _USED.size)
        at = base
        while at < base + used:
            size, length = _ENTRY.unpack_from(self._memory, at)
            place = at + _ENTRY.size + length
            key = tuple(json.loads(self._memory[at + _ENTRY.size : place]))
            yield key, place, _VALUE.unpack_from(self._memory, place)[0]
            at += size
