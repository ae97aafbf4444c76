"""What the service's processes cost together, under the names that Prometheus has for one process.

Memory that they share is counted once: of a page that three processes hold, each is given a third. This module
must not know what is served.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from prometheus_client import ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from web.service.siblings import Siblings

_MEMORY, _BEGAN, _CPU = "process_resident_memory_bytes", "process_start_time_seconds", "process_cpu_seconds"
_TICKS = 100.0


class ProcessesCollector(Collector):
    """Memory, processor time and files of all processes of a service, looked up when they are asked for."""

    def __init__(self, siblings: Siblings) -> None:
        self._siblings = siblings

    def describe(self) -> Iterator[Metric]:
        """Nothing is looked up to register."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Add up what the system knows of each; the start is the first one's."""
        parent, children = self._siblings.parent, self._siblings.pids()
        summed: dict[str, Metric] = {}
        for pid in (parent, *children):
            for metric in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                if metric.name not in summed:
                    summed[metric.name] = metric
                    if children and metric.name == _MEMORY:
                        _set(metric, _proportional(pid) or metric.samples[0].value)
                elif metric.name == _MEMORY:
                    _add(summed[metric.name], _proportional(pid) or metric.samples[0].value)
                elif metric.name != _BEGAN:
                    _add(summed[metric.name], metric.samples[0].value)
        if children and _CPU in summed:
            _add(summed[_CPU], _ended(parent))
        yield from summed.values()


def _set(metric: Metric, value: float) -> None:
    metric.samples[0] = metric.samples[0]._replace(value=value)


def _add(metric: Metric, value: float) -> None:
    _set(metric, metric.samples[0].value + value)


def _proportional(pid: int) -> float:
    """Bytes of memory that a process holds, of what it shares its part; 0 where it can't be known."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1]) * 1024
    return 0.0


def _ended(pid: int) -> float:
    """Seconds of processor time of a process's children that have ended."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return (float(fields[13]) + float(fields[14])) / _TICKS
    return 0.0
