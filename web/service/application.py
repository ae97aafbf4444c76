"""The application as it is served: pages and API inside limits, with every request observed.

Tests of pages use `web.app` alone; what is put round it here is about traffic. Order, from outside: the request
is observed, gets its headers, is held against the limits, waits for its turn, and only then reaches a page.
"""

from __future__ import annotations

from starlette.types import ASGIApp

from search_api.engine import Engine
from web.app import create_app
from web.service.headers import SecurityHeaders
from web.service.limits import Limits
from web.service.logs import Log
from web.service.metrics import Metrics, MetricsPage
from web.service.observed import Observed
from web.service.shared import Shared, share
from web.service.turns import Turns
from web.settings import ServiceSettings


def create_service(
    engine: Engine,
    settings: ServiceSettings,
    log: Log | None = None,
    *,
    app: ASGIApp | None = None,
    shared: Shared | None = None,
) -> ASGIApp:
    """Make the ASGI application over an open engine; nothing is logged without a `log`.

    `app` is the application without what is about traffic, where it has been made already; `shared` is what this
    process shares with others that serve the same.
    """
    shared = shared or share(settings, 1)
    metrics = Metrics(engine, shared.counts, shared.siblings)
    turns = Turns(app or create_app(engine))
    limited = Limits(turns, settings, metrics.refused, shared.buckets)
    shown = MetricsPage(SecurityHeaders(limited), metrics, settings.metrics)
    return Observed(shown, [metrics.record, *([log.request] if log else [])])
