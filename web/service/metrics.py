"""Counters for Prometheus at /metrics: requests, their seconds, refusals, and the index that is served.

Every number is the sum over the service's processes, whichever of them answers; memory that they share is counted
once: of a page that three processes hold, each is given a third.
By default only this machine may see them: counts of routes and of refusals say how a service is used, and
Prometheus commonly runs beside it or scrapes through something that does. A request that a proxy has passed on
is not from this machine, whatever its connection's address. Labels are routes' templates and statuses, so that
no visitor can make new series. This module must not know what a request is about.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from indexer.errors import FindingsError
from indexer.store.location import IndexLocation
from search_api.engine import Engine
from web.service.counts import Key, SharedCounts
from web.service.observed import ROUTE, Observation
from web.service.processes import Siblings
from web.settings import MetricsFor

PATH = "/metrics"
_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24)
_BUCKETS = (*map(str, _SECONDS), "+Inf")
_REQUESTS, _REFUSALS, _ANSWERS = "findings_requests", "findings_refusals", "findings_answers"
_IN_FLIGHT = "findings_requests_in_flight"
_SECONDS_IN, _SECONDS_OF = "seconds in", "seconds of"
LEVELS = frozenset({_IN_FLIGHT})
"""The numbers here that fall as well as rise."""

_MEMORY, _BEGAN, _CPU = "process_resident_memory_bytes", "process_start_time_seconds", "process_cpu_seconds"
_TICKS = 100.0
_FORWARDED = frozenset({b"x-forwarded-for", b"forwarded", b"via", b"x-real-ip"})


def counting_engine(location: IndexLocation, counts: SharedCounts) -> Engine:
    """Make an engine whose answers are counted by status: how often nothing is found is worth knowing."""
    return Engine(location, on_answer=partial(counts.add, _ANSWERS))


class Metrics:
    """The service's counters, of all its processes, in a registry of their own."""

    def __init__(self, engine: Engine, counts: SharedCounts, siblings: Siblings) -> None:
        self.registry = CollectorRegistry()
        self._counts = counts
        self.registry.register(_CountsCollector(counts))
        self.registry.register(_ProcessesCollector(siblings))
        self.registry.register(_IndexCollector(engine))

    def record(self, observation: Observation) -> None:
        """Count a request's end."""
        route, seconds = observation.route, observation.seconds
        self._counts.add(_SECONDS_IN, route, _BUCKETS[bisect_left(_SECONDS, seconds)])
        self._counts.add(_SECONDS_OF, route, amount=seconds)
        # Last: who sees a request counted sees its time counted too.
        self._counts.add(_REQUESTS, route, observation.method, str(observation.status))

    def refused(self, limit: str) -> None:
        """Count a request that a limit has refused."""
        self._counts.add(_REFUSALS, limit)

    @contextmanager
    def in_flight(self) -> Iterator[None]:
        """Count a request as being answered for as long as it is."""
        self._counts.add(_IN_FLIGHT)
        try:
            yield
        finally:
            self._counts.add(_IN_FLIGHT, amount=-1)


class _WhenAsked(Collector):
    """Figures that are looked up when they are collected, and not when they are registered."""

    def describe(self) -> Iterator[Metric]:
        """Give no figures."""
        return iter(())


class _CountsCollector(_WhenAsked):
    """The counts of all processes, added up."""

    def __init__(self, counts: SharedCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Give the figures."""
        totals = self._counts.totals()
        requests = CounterMetricFamily(_REQUESTS, "Requests answered", labels=["route", "method", "status"])
        refusals = CounterMetricFamily(
            _REFUSALS, "Requests refused, by the limit that refused them", labels=["limit"]
        )
        answers = CounterMetricFamily(_ANSWERS, "Answers, by what became of them", labels=["status"])
        families = {_REQUESTS: requests, _REFUSALS: refusals, _ANSWERS: answers}
        for (name, *labels), value in sorted(totals.items()):
            if name in families:
                families[name].add_metric(labels, value)
        yield from families.values()
        yield self._seconds(totals)
        yield GaugeMetricFamily(_IN_FLIGHT, "Requests being answered", totals[_IN_FLIGHT,])

    @staticmethod
    def _seconds(totals: Mapping[Key, float]) -> HistogramMetricFamily:
        seconds = HistogramMetricFamily(
            "findings_request_seconds", "Seconds to answer a request", labels=["route"]
        )
        for route in sorted({key[1] for key in totals if key[0] == _SECONDS_OF}):
            counts = accumulate(totals.get((_SECONDS_IN, route, most), 0) for most in _BUCKETS)
            buckets = [(most, float(count)) for most, count in zip(_BUCKETS, counts, strict=True)]
            seconds.add_metric([route], buckets, totals[_SECONDS_OF, route])
        return seconds


class _ProcessesCollector(_WhenAsked):
    """Memory, processor time and files of all processes, under the names that Prometheus has for one."""

    def __init__(self, siblings: Siblings) -> None:
        self._siblings = siblings

    def collect(self) -> Iterator[Metric]:
        """Add up what the system knows of each; the start is the first one's."""
        parent, children = self._siblings.parent, self._siblings.pids()
        summed: dict[str, Metric] = {}
        for pid in (parent, *children):
            for metric in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                if metric.name == _MEMORY and children:
                    _add(metric, _memory_not_shared(pid, metric.samples[0].value) - metric.samples[0].value)
                if metric.name not in summed:
                    summed[metric.name] = metric
                elif metric.name != _BEGAN:
                    _add(summed[metric.name], metric.samples[0].value)
        if children and _CPU in summed:
            _add(summed[_CPU], _seconds_of_ended_children(parent))
        yield from summed.values()


def _add(metric: Metric, value: float) -> None:
    metric.samples[0] = metric.samples[0]._replace(value=metric.samples[0].value + value)


def _memory_not_shared(pid: int, resident: float) -> float:
    """Bytes of memory that a process holds, of what it shares its part; all that is resident if that isn't known."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1]) * 1024
    return resident


def _seconds_of_ended_children(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return (float(fields[13]) + float(fields[14])) / _TICKS
    return 0.0


class _IndexCollector(_WhenAsked):
    """The index's size and age."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the figures; none of an index that can't be used."""
        try:
            manifest = self._engine.snapshot().index.manifest
        except FindingsError:
            return
        # A clock that was set back makes an index seem younger than new; it is new then.
        age = max(0.0, (datetime.now(UTC) - datetime.fromisoformat(manifest.built)).total_seconds())
        yield GaugeMetricFamily("findings_index_documents", "Documents in the index", manifest.documents)
        yield GaugeMetricFamily("findings_index_passages", "Passages in the index", manifest.passages)
        yield GaugeMetricFamily("findings_index_age_seconds", "Seconds since the index was built", age)


class MetricsPage:
    """An ASGI application that answers /metrics for those who may see it, and counts requests in flight."""

    def __init__(self, app: ASGIApp, metrics: Metrics, visible: MetricsFor) -> None:
        self._app = app
        self._metrics = metrics
        self._visible = visible

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer /metrics, or pass the request on; to others there is no such page."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"] == PATH and scope["method"] in ("GET", "HEAD") and self._may_see(scope):
            scope[ROUTE] = PATH
            body = generate_latest(self._metrics.registry)
            response: Response = PlainTextResponse(body, media_type=CONTENT_TYPE_LATEST)
            await response(scope, receive, send)
            return
        with self._metrics.in_flight():
            await self._app(scope, receive, send)

    def _may_see(self, scope: Scope) -> bool:
        if self._visible != "loopback":
            return self._visible == "on"
        if any(name in _FORWARDED for name, _ in scope["headers"]):
            return False
        try:
            return ipaddress.ip_address((scope.get("client") or ("",))[0]).is_loopback
        except ValueError:
            return False
