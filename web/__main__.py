"""`python -m web --index DIR`: pages and JSON API of one index, in one process, until it is stopped."""

from __future__ import annotations

import argparse
import contextlib
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from indexer.errors import UsageError
from search_api.engine import Engine
from web.app import create_app
from web.assets import govuk_is_installed


def main(arguments: list[str] | None = None) -> int:
    """Serve an index until interrupted; the exit status is 0, or 2 where what was asked can't be done."""
    parser = argparse.ArgumentParser(
        prog="python -m web", description="Serve an index as pages and a JSON API."
    )
    parser.add_argument("--index", type=Path, required=True, metavar="DIR", help="the index to serve")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="H", help="the address to listen on (127.0.0.1)"
    )
    parser.add_argument(
        "--port", type=_port, default=8000, metavar="P", help="the port (8000); 0 picks a free one"
    )
    options = parser.parse_args(arguments)
    # Asked to end by the system (SIGTERM), it ends as by Ctrl-C: what is being answered is finished first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        listening = _listen(options.host, options.port)
        with contextlib.closing(listening):
            _serve(options.index, options.host, listening)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


def _serve(folder: Path, host: str, listening: socket.socket) -> None:
    with Engine(folder) as engine:
        engine.opened()
        app = create_app(engine)
        if not govuk_is_installed():
            print("the pages' style sheet is not installed, so they look plain; run: npm ci", file=sys.stderr)
        port = listening.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        print(f"Findings answers on http://{shown}:{port} (stop it with Ctrl-C)", flush=True)
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=5)
        uvicorn.Server(config).run(sockets=[listening])


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
