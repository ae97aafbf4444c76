"""The service from its index to its end, by one process or by several that share what is open.

This module must not know what is asked, nor how a command line is read.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from indexer.store.location import IndexLocation
from search_api.engine import Engine
from web.app import create_app
from web.assets import govuk_is_installed
from web.service.accepting import SharingServer
from web.service.application import create_service
from web.service.connections import allow_connections, protocol
from web.service.logs import Log, ServerMessages, tell
from web.service.memory import LOOKED_AFTER_EVERY, give_back_when_quiet
from web.service.metrics import counting_engine
from web.service.processes import Processes, ready
from web.service.shared import Shared, share
from web.settings import ServiceSettings


def serve(
    location: IndexLocation, host: str, listening: socket.socket, settings: ServiceSettings, processes: int
) -> int:
    """Serve an index on a socket that listens until told to stop by a signal; the exit status.

    Raises UsageError where it can't be served.
    """
    shared = share(settings, processes)
    with counting_engine(location, shared.counts) as engine:
        if processes == 1:
            engine.snapshot()
            _say_what_is_missing()
            _serve_alone(engine, host, listening, settings, shared)
            return 0
        engine.share()
        _say_what_is_missing()
        return _serve_beside(engine, host, listening, settings, shared)


def _serve_alone(
    engine: Engine, host: str, listening: socket.socket, settings: ServiceSettings, shared: Shared
) -> None:
    with _logging(settings) as log:
        if log:
            log.event("started")
        try:
            allow_connections(settings)
            app = create_service(engine, settings, log, shared=shared)
            _say_where(host, listening)
            server = uvicorn.Server(_configured(app, settings))
            _look_after_memory(server)
            server.run(sockets=[listening])
        finally:
            if log:
                log.event("stopped")


def _serve_beside(
    engine: Engine, host: str, listening: socket.socket, settings: ServiceSettings, shared: Shared
) -> int:
    siblings = shared.siblings
    allow_connections(settings)
    # Made before the processes part ways, so that they hold it together.
    pages = create_app(engine)
    own = settings.share(siblings.processes)
    listening.listen(settings.most_connections)

    def serve_one(process: int) -> int:
        shared.counts.take(process)
        engine.resume()
        with _logging(settings) as log:
            app = create_service(engine, own, log, app=pages, shared=shared)
            config = _configured(app, own)
            server = SharingServer(config, listening, siblings, process, lambda: ready(siblings, process))
            config.http = protocol(own, server.count)
            _look_after_memory(server)
            server.run()
        return 0

    def log_event(event: str, level: str = "info", **fields: object) -> None:
        if settings.log:
            tell(event, level, **fields)

    running = Processes(
        siblings,
        serve_one,
        ended=shared.counts.give_up,
        log_event=log_event,
        stop_seconds=settings.stop_seconds,
    )
    started = False

    def answering() -> None:
        nonlocal started
        started = True
        log_event("started", processes=siblings.processes)
        _say_where(host, listening)

    try:
        return running.run(answering, listening.close)
    finally:
        if started:
            log_event("stopped")


def _configured(app: ASGIApp, settings: ServiceSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol(settings),
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        # Clients' addresses from a proxy's header are ours to believe, and only from proxies we trust.
        proxy_headers=False,
        server_header=False,
        backlog=settings.most_connections,
        h11_max_incomplete_event_size=2 * settings.most_header_bytes,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=settings.stop_seconds,
    )


def _look_after_memory(server: uvicorn.Server) -> None:
    server.config.callback_notify = give_back_when_quiet(lambda: server.server_state.total_requests)
    server.config.timeout_notify = LOOKED_AFTER_EVERY


def _say_where(host: str, listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    print(f"Findings answers on http://{shown}:{port} (stop it with Ctrl-C)", flush=True)


def _say_what_is_missing() -> None:
    if not govuk_is_installed():
        print("the pages' style sheet is not installed, so they look plain; run: npm ci", file=sys.stderr)


@contextlib.contextmanager
def _logging(settings: ServiceSettings) -> Iterator[Log | None]:
    """The log of this process for as long as it runs; the HTTP server's own messages go there too."""
    if not settings.log:
        yield None
        return
    log = Log(queries=settings.log_queries)
    server = logging.getLogger("uvicorn")
    server.handlers, server.propagate = [ServerMessages(log)], False
    try:
        yield log
    finally:
        log.close()
