"""`python -m web --index DIR`: pages and JSON API of one index, until it is stopped.

Limits, the log and metrics are settings of the environment: docs/operations.md lists them.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import socket
import sys

from indexer.arguments import OneLineParser
from indexer.errors import UsageError
from indexer.store.location import add_index_option
from web.service.memory import share_arenas, without_collecting
from web.settings import MOST_PROCESSES, UPLOADS, processes_for, settings_from, upload_settings


def main(arguments: list[str] | None = None) -> int:
    """Serve an index until interrupted; the exit status is 0, 2 where the arguments can't be used, or 1 where its
    processes keep ending.
    """
    parser = OneLineParser(prog="python -m web", description="Serve an index as pages and a JSON API.")
    add_index_option(parser, "the index to serve")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="H", help="the address to listen on (127.0.0.1)"
    )
    parser.add_argument(
        "--port", type=_port, default=8000, metavar="P", help="the port (8000); 0 picks a free one"
    )
    parser.add_argument(
        "--processes",
        type=_processes,
        metavar="N",
        help="how many processes answer (as many as processors, four at most; else the setting FINDINGS_PROCESSES)",
    )
    options = parser.parse_args(arguments)
    share_arenas()
    # At SIGTERM it ends as at Ctrl-C: what is being answered is finished first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        settings = settings_from()
        processes = _how_many(options.processes or settings.processes)
        listening = _listen(options.host, options.port)
        with contextlib.closing(listening):
            # Most of the start: the arguments have been checked by now, and the port taken.
            with without_collecting():
                from web.service.serving import serve  # noqa: PLC0415
            return serve(options.index, options.host, listening, settings, processes)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


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


def _how_many(asked: int) -> int:
    if upload_settings() is None:
        return processes_for(asked)
    if asked > 1:
        # How a build stands is known to the process that runs it alone.
        print(f"one process serves, not {asked}, since {UPLOADS} is set", file=sys.stderr)
    return 1


def _processes(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= MOST_PROCESSES):
        raise argparse.ArgumentTypeError(
            f"{value!r} is no number of processes; give one from 1 to {MOST_PROCESSES}"
        )
    return int(value)


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) <= 65535):
        raise argparse.ArgumentTypeError(f"{value!r} is no port; give a number from 0 to 65535")
    return int(value)


if __name__ == "__main__":
    sys.exit(main())
