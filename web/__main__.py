"""`python -m web --index DIR`: pages and JSON API of one index, in one process, until it is stopped.

Limits, the log and metrics are settings of the environment: docs/operations.md lists them.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn

from indexer.arguments import OneLineParser
from indexer.errors import UsageError
from indexer.location import IndexLocation, add_index_option
from web.assets import govuk_is_installed
from web.connections import allow_connections, protocol
from web.logs import Log, ServerMessages
from web.memory import share_arenas
from web.metrics import CountedEngine
from web.service import create_service
from web.settings import ServiceSettings, settings_from


def main(arguments: list[str] | None = None) -> int:
    """Serve an index until interrupted; the exit status is 0, or 2 where what was asked can't be done."""
    parser = OneLineParser(prog="python -m web", description="Serve an index as pages and a JSON API.")
    add_index_option(parser, "the index to serve")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="H", help="the address to listen on (127.0.0.1)"
    )
    parser.add_argument(
        "--port", type=_port, default=8000, metavar="P", help="the port (8000); 0 picks a free one"
    )
    options = parser.parse_args(arguments)
    share_arenas()
    # Asked to end by the system (SIGTERM), it ends as by Ctrl-C: what is being answered is finished first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        settings = settings_from()
        listening = _listen(options.host, options.port)
        with contextlib.closing(listening):
            _serve(options.index, options.host, listening, settings)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


def _serve(location: IndexLocation, host: str, listening: socket.socket, settings: ServiceSettings) -> None:
    with CountedEngine(location) as engine:
        engine.opened()
        if not govuk_is_installed():
            print("the pages' style sheet is not installed, so they look plain; run: npm ci", file=sys.stderr)
        with _logging(settings) as log:
            allow_connections(settings)
            config = uvicorn.Config(
                create_service(engine, settings, log),
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
            port = listening.getsockname()[1]
            shown = f"[{host}]" if ":" in host else host
            print(f"Findings answers on http://{shown}:{port} (stop it with Ctrl-C)", flush=True)
            uvicorn.Server(config).run(sockets=[listening])


@contextlib.contextmanager
def _logging(settings: ServiceSettings) -> Iterator[Log | None]:
    """The log for as long as the service runs; the HTTP server's own messages go there too."""
    if not settings.log:
        yield None
        return
    log = Log(queries=settings.log_queries)
    server = logging.getLogger("uvicorn")
    server.handlers, server.propagate = [ServerMessages(log)], False
    log.event("started")
    try:
        yield log
    finally:
        log.event("stopped")
        log.close()


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything slow is done, so that one in use is said at once."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise UsageError(f"there is no address {host!r} on this machine; give one with --host") from error
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(128)
    except PermissionError as error:
        listening.close()
        raise UsageError(
            f"port {port} is for the system's own use; give one above 1023 with --port"
        ) from error
    except OSError as error:
        listening.close()
        raise UsageError(
            f"port {port} on {host} is in use or not on this machine; stop what uses it or give another with --port"
        ) from error
    return listening


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) <= 65535):
        raise argparse.ArgumentTypeError(f"{value!r} is no port; give a number from 0 to 65535")
    return int(value)


if __name__ == "__main__":
    sys.exit(main())
