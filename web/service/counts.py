"""Numbers that every process of the service adds to and any of them can read: what /metrics shows is of all of them.

They lie as Prometheus's own library keeps those of several processes, but in memory instead of in a folder, so that a
service that may write nowhere can keep them. Each process has a file of its own there, made before the first fork, and
writes in no other. No lock is shared: a process that is killed leaves its numbers as they were, and the one that takes
its place counts on from them. This module must not know what is counted.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Collection
from contextlib import closing

from prometheus_client.mmap_dict import MmapedDict

Key = tuple[str, ...]
"""A number's name, and its labels' values."""


class SharedCounts:
    """Numbers by key; safe to use from several threads, and from processes that each took a part of their own.

    `levels` are names of numbers that fall as well as rise, such as how many requests are being answered: they
    begin at 0 with each process.
    """

    def __init__(self, processes: int = 1, *, levels: Collection[str] = ()) -> None:
        self._files = [f"/dev/fd/{memory_file()}" for _ in range(processes)]
        self._levels = frozenset(levels)
        for process in reversed(range(processes)):
            self.take(process)

    def take(self, process: int) -> None:
        """Write in the part of this process from now on, and count on from what is in it."""
        self.give_up(process)
        self._own = MmapedDict(self._files[process])  # type: ignore[no-untyped-call]
        self._lock = threading.Lock()

    def give_up(self, process: int) -> None:
        """Put the levels of a process that has ended to 0."""
        with closing(MmapedDict(self._files[process])) as numbers:  # type: ignore[no-untyped-call]
            for text, _, _ in list(numbers.read_all_values()):  # type: ignore[no-untyped-call]
                if json.loads(text)[0] in self._levels:
                    numbers.write_value(text, 0.0, 0.0)  # type: ignore[no-untyped-call]

    def add(self, name: str, *labels: str, amount: float = 1.0) -> None:
        """Add to a number, which begins at 0."""
        text = json.dumps((name, *labels))
        with self._lock:
            value, _ = self._own.read_value(text)  # type: ignore[no-untyped-call]
            self._own.write_value(text, value + amount, 0.0)  # type: ignore[no-untyped-call]

    def totals(self) -> Counter[Key]:
        """Every number, added up over all processes."""
        found: Counter[Key] = Counter()
        for file in self._files:
            for text, value, _, _ in MmapedDict.read_all_values_from_file(file):  # type: ignore[no-untyped-call]
                found[tuple(json.loads(text))] += value
        return found


def memory_file() -> int:
    """A file without a name, in memory where the system has such: it is gone with the last process that has it."""
    if sys.platform == "linux":
        return os.memfd_create("findings")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
