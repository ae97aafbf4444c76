"""What processes hold and use, by the kernel's own figures; knows nothing of what they do."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of memory that some processes hold; what several share is counted once.

    `total` is what an outsider sees (the sum of the kernel's PSS); `own` is the part that is in no file: the rest are
    pages of programs and of the index, which the system takes back when it needs room.
    """

    total: int
    own: int


def family(pid: int) -> list[int]:
    """A process and those that came from it, parents before children; none where it has ended."""
    found = [pid] if Path(f"/proc/{pid}").exists() else []
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(child) for child in children.read_text("ascii").split()]
    return found


def memory_of(pids: Iterable[int]) -> Memory:
    """What processes hold at this moment; one that has ended holds nothing."""
    total = own = 0
    for pid in pids:
        with suppress(OSError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
            sizes = dict(re.findall(r"^(\w+):\s+(\d+) kB", rollup, re.MULTILINE))
            total += int(sizes.get("Pss", 0)) * 1024
            own += int(sizes.get("Pss_Anon", 0)) * 1024
    return Memory(total, own)


def processor_seconds(pids: Iterable[int]) -> float:
    """Seconds of processor that processes have used (proc_pid_stat(5), fields 14 and 15); one that has ended, none."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
