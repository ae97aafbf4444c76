"""Counters for Prometheus at /metrics: requests, their seconds, refusals, and the index that is served.

By default only this machine may see them: counts of routes and of refusals say how a service is used, and
Prometheus commonly runs beside it or scrapes through something that does. A request that a proxy has passed on
is not from this machine, whatever its connection's address. Labels are routes' templates and statuses, so that
no visitor can make new series. This module must not know what was asked.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client import Counter as CounterMetric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from indexer.errors import FindingsError
from search_api.answer import Answer
from search_api.engine import Engine
from search_api.filters import Filters
from web.observed import ROUTE, Observation
from web.settings import MetricsFor

PATH = "/metrics"
_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24)
_FORWARDED = frozenset({b"x-forwarded-for", b"forwarded", b"via", b"x-real-ip"})


class CountedEngine(Engine):
    """An engine that counts its answers by their status: how often it finds nothing is worth knowing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 (the engine's own)
        super().__init__(*arguments, **options)
        self.answered: Counter[str] = Counter()
        self._counting = threading.Lock()

    def answer(self, q: str, filters: Filters | None = None, *, without: Sequence[str] = ()) -> Answer:
        """Answer as the engine does, and count it."""
        answer = super().answer(q, filters, without=without)
        with self._counting:
            self.answered[answer.status] += 1
        return answer


class Metrics:
    """The service's counters, in a registry of their own."""

    def __init__(self, engine: Engine) -> None:
        self.registry = CollectorRegistry()
        self._requests = CounterMetric(
            "findings_requests", "Requests answered", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "findings_request_seconds",
            "Seconds to answer a request",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._refusals = CounterMetric(
            "findings_refusals",
            "Requests refused, by the limit that refused them",
            ("limit",),
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "findings_requests_in_flight", "Requests being answered", registry=self.registry
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(_IndexCollector(engine))

    def record(self, observation: Observation) -> None:
        """Count a request's end."""
        self._requests.labels(observation.route, observation.method, str(observation.status)).inc()
        self._seconds.labels(observation.route).observe(observation.seconds)

    def refused(self, limit: str) -> None:
        """Count a request that a limit has refused."""
        self._refusals.labels(limit).inc()


class _IndexCollector(Collector):
    """The index's size and age and its answers, looked up when they are asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing is opened to register."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Give the figures; none of an index that can't be used."""
        if isinstance(self._engine, CountedEngine):
            answers = CounterMetricFamily(
                "findings_answers", "Answers, by what became of them", labels=["status"]
            )
            for status, count in sorted(self._engine.answered.items()):
                answers.add_metric([status], count)
            yield answers
        try:
            manifest = self._engine.index.manifest
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
        with self._metrics.in_flight.track_inprogress():
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
