"""The JSON API over HTTP on this machine, for measures that must see what another program would see.

A real server on a free port, in a thread of this process; it ends with the `with` block. This module must not know
what is asked.
"""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI

from indexer.errors import FindingsError
from search_api.engine import Engine
from search_api.http.routes import add_api

_STARTS_WITHIN = 60.0
_ANSWERS_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Service:
    """The API at an address of this machine."""

    address: str

    def get(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 - JSON of several shapes
        """Get a route's JSON; FindingsError for any status but 200."""
        asked = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        url = f"{self.address}{urllib.parse.quote(path)}{asked}"
        try:
            with urllib.request.urlopen(url, timeout=_ANSWERS_WITHIN) as answer:  # noqa: S310 - our own address
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise FindingsError(f"GET {path} answered {error.code}: {error.read(300).decode()}") from error


@contextmanager
def served(engine: Engine) -> Iterator[Service]:
    """Serve an engine's routes while the block runs; FindingsError where the server doesn't start."""
    app = FastAPI()
    add_api(app, engine)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            until = time.monotonic() + _STARTS_WITHIN
            while not server.started:
                if not thread.is_alive() or time.monotonic() > until:
                    raise FindingsError("the API did not start on this machine; see what is said above")
                time.sleep(0.01)
            yield Service(f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join(_STARTS_WITHIN)
