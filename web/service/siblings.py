"""What the processes of one service know of each other: who they are, how many connections each holds, what each
died of at its start.

A few numbers in memory that is made before they part ways; each process writes its own alone. This module must not
know what a process does.
"""

from __future__ import annotations

import mmap
import os
import struct

_SAID = 1000
"""Bytes that a process may say of why it can't start."""

_PROCESS = struct.Struct(f"=qqqH{_SAID}s")
_PID, _READY, _CONNECTIONS, _WORDS = 0, 8, 16, 24
_NUMBER = struct.Struct("=q")


class Siblings:
    """The processes of a service, numbered from 0; `parent` is the one that started them, or serves alone."""

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self.parent = os.getpid()
        self._memory = mmap.mmap(-1, processes * _PROCESS.size)

    def enter(self, process: int, pid: int) -> None:
        """A process begins."""
        _PROCESS.pack_into(self._memory, process * _PROCESS.size, pid, 0, 0, 0, b"")

    def leave(self, process: int) -> str:
        """A process has ended; what it said of why it can't start, '' where it said nothing."""
        start = process * _PROCESS.size
        *_, length, said = _PROCESS.unpack_from(self._memory, start)
        self.enter(process, 0)
        return str(said[:length].decode("utf-8", "replace"))

    def say(self, process: int, words: str) -> None:
        """Leave word of why a process can't start."""
        said = words.encode()[:_SAID]
        struct.pack_into(f"=H{_SAID}s", self._memory, process * _PROCESS.size + _WORDS, len(said), said)

    def set_ready(self, process: int) -> None:
        """A process answers."""
        self._set(process, _READY, 1)

    def is_ready(self, process: int) -> bool:
        """Whether a process answers."""
        return bool(self._get(process, _READY))

    def set_connections(self, process: int, count: int) -> None:
        """A process holds as many connections."""
        self._set(process, _CONNECTIONS, count)

    def connections(self) -> dict[int, int]:
        """How many connections each process holds that answers."""
        return {n: self._get(n, _CONNECTIONS) for n in range(self.processes) if self.is_ready(n)}

    def pids(self) -> list[int]:
        """The processes that there are at the moment."""
        return [pid for n in range(self.processes) if (pid := self._get(n, _PID))]

    def _get(self, process: int, field: int) -> int:
        return int(_NUMBER.unpack_from(self._memory, process * _PROCESS.size + field)[0])

    def _set(self, process: int, field: int, value: int) -> None:
        _NUMBER.pack_into(self._memory, process * _PROCESS.size + field, value)
