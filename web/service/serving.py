"""The service from its index to its end, by one process or by several that share what is open.

Tests of pages use `web.app` alone; what is put round it here is about traffic. This module must not know what is
asked, nor how a command line is read.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from indexer.store.location import IndexLocation
from search_api.engine import Engine
from web.app import create_app
from web.assets import govuk_is_installed
from web.service.clients import TokenBuckets
from web.service.connections import allow_connections
from web.service.counts import SharedCounts
from web.service.headers import SecurityHeaders
from web.service.hosts import KnownHosts, hosts_answered
from web.service.limits import MOST_HEADER_BYTES, RequestLimits
from web.service.logs import Log, take_messages, write_event
from web.service.memory import LOOKED_AFTER_EVERY, give_back_when_quiet
from web.service.metrics import LEVELS, Metrics, MetricsPage, counting_engine
from web.service.observed import Observed
from web.service.processes import Processes, Siblings, ready
from web.service.proxies import BehindProxy
from web.service.server import SharingServer
from web.service.turns import Turns
from web.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Shared:
    """What the processes of one service share beside the index, made before the first is forked; `buckets` is None
    where no client is held to a rate.
    """

    counts: SharedCounts
    siblings: Siblings
    buckets: TokenBuckets | None


def share(settings: ServiceSettings, processes: int) -> Shared:
    """Make what so many processes are to share."""
    return Shared(
        counts=SharedCounts(processes, levels=LEVELS),
        siblings=Siblings(processes),
        buckets=TokenBuckets(settings.rate_per_second, settings.rate_burst)
        if settings.rate_per_second
        else None,
    )


def create_service(
    engine: Engine,
    settings: ServiceSettings,
    log: Log | None = None,
    *,
    app: ASGIApp | None = None,
    shared: Shared | None = None,
    hosts: Collection[str] | None = None,
) -> ASGIApp:
    """Put what is about traffic round the pages and the API; nothing is logged without a `log`.

    From outside: the request is observed, gets its headers, is held against the limits, waits for its turn, and
    only then reaches a page. `app` are pages and API where they have been made already, `shared` what this process
    shares with others that serve the same. `hosts` are the names that are answered to, None for any.
    """
    shared = shared or share(settings, 1)
    metrics = Metrics(engine, shared.counts, shared.siblings)
    pages = BehindProxy(Turns(app or create_app(engine)), settings.trusted_proxies)
    limited = RequestLimits(pages, settings, metrics.refused, shared.buckets)
    known = KnownHosts(limited, hosts, settings)
    shown = MetricsPage(SecurityHeaders(known), metrics, settings.metrics)
    return Observed(shown, [metrics.record, *([log.request] if log else [])])


def serve(
    location: IndexLocation, host: str, listening: socket.socket, settings: ServiceSettings, processes: int
) -> int:
    """Serve an index on a socket that listens until stopped by a signal; the exit status.

    Raises UsageError where it can't be served.
    """
    shared = share(settings, processes)
    own = settings.share(processes)
    hosts = hosts_answered(settings, host)
    started = False

    def log_event(event: str, level: str = "info", **fields: object) -> None:
        if settings.log:
            write_event(event, level, **fields)

    def answering() -> None:
        nonlocal started
        started = True
        log_event("started", processes=processes)
        _say_where(host, listening)

    if settings.log:
        take_messages(write_event)
    with counting_engine(location, shared.counts) as engine:
        if processes == 1:
            engine.prepare()
        else:
            engine.share()
        if not govuk_is_installed():
            print("the pages' style sheet is not installed, so they look plain; run: npm ci", file=sys.stderr)
        allow_connections(settings)
        # Made before any process is forked, so that all hold it together.
        pages = create_app(engine)
        listening.listen(settings.max_connections)

        def serve_one(process: int, is_ready: Callable[[], None]) -> int:
            with _logging(settings) as log:
                app = create_service(engine, own, log, app=pages, shared=shared, hosts=hosts)
                server = SharingServer(
                    _configured(app, own),
                    settings=own,
                    listening=listening,
                    siblings=shared.siblings,
                    process=process,
                    ready=is_ready,
                )
                server.config.callback_notify = give_back_when_quiet(
                    lambda: server.server_state.total_requests
                )
                server.run()
            return 0

        def serve_beside(process: int) -> int:
            shared.counts.take(process)
            if shared.siblings.files_changed():
                engine.recover()
            else:
                engine.resume()
            return serve_one(process, partial(ready, shared.siblings, process))

        running = Processes(
            shared.siblings,
            serve_beside,
            ended=shared.counts.give_up,
            log_event=log_event,
            stop_seconds=settings.stop_seconds,
        )
        try:
            return serve_one(0, answering) if processes == 1 else running.run(answering, listening.close)
        finally:
            if started:
                log_event("stopped")


def _configured(app: ASGIApp, settings: ServiceSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=H11Protocol,
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        # Clients' addresses from a proxy's header are ours to believe, and only from proxies we trust.
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=2 * MOST_HEADER_BYTES,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=settings.stop_seconds,
        timeout_notify=LOOKED_AFTER_EVERY,
    )


def _say_where(host: str, listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    print(f"Findings answers on http://{shown}:{port} (stop it with Ctrl-C)", flush=True)


@contextlib.contextmanager
def _logging(settings: ServiceSettings) -> Iterator[Log | None]:
    """The log of this process for as long as it runs; what libraries say goes there too."""
    if not settings.log:
        yield None
        return
    log = Log(queries=settings.log_queries)
    take_messages(log.event)
    try:
        yield log
    finally:
        log.close()
