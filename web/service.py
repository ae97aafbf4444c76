"""The application as it is served: pages and API inside limits, with every request observed.

Tests of pages use `web.app` alone; what is put round it here is about traffic. Order, from outside: the request
is observed, gets its headers, is held against the limits, and only then reaches a page.
"""

from __future__ import annotations

from starlette.types import ASGIApp

from search_api.engine import Engine
from web.app import create_app
from web.headers import SecurityHeaders
from web.limits import Limits
from web.logs import Log
from web.metrics import Metrics, MetricsPage
from web.observed import Observed
from web.settings import ServiceSettings


def create_service(engine: Engine, settings: ServiceSettings, log: Log | None = None) -> ASGIApp:
    """Make the ASGI application over an open engine; nothing is logged without a `log`."""
    metrics = Metrics(engine)
    limited = Limits(create_app(engine), settings, metrics.refused)
    shown = MetricsPage(SecurityHeaders(limited), metrics, settings.metrics)
    return Observed(shown, [metrics.record, *([log.request] if log else [])])
