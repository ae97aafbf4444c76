"""Clients of a service under test: those that ask as fast as they are answered, and those that hold it up.

Addresses come from the service itself: its documents, passages, councils and pages, with questions and mistakes
between them. This module must not know what a good answer is, only which status an address must have.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import select
import socket
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from eval.bench.web_process import WebProcess
from indexer.errors import FindingsError

QUESTIONS = (
    "return interviews for children who go missing", "caseloads of social workers", "timeliness of assessments",
    "what did inspectors say about management oversight?", "placement stability", "private fostering",
    "how many children waited for an assessment?", "care leavers' accommodation", "neglect", "child protection plans",
    "how good is the council at keeping kettles?", "supervision of social workers", "early help", "adoption delay",
    "voice of the child", "health assessments of children in care", "missing from school", "quality of case records",
)  # fmt: skip
MISTAKES = (
    ("/api/search?q=", 400), ("/api/search?q=x&limit=1000", 422), ("/api/documents/none", 404), ("/nowhere", 404),
    ("/search?q=%00", 400), ("/documents/none/original", 404),
)  # fmt: skip
SILENT, DRIBBLING, NOT_READING = 50, 50, 10
_PICTURES = 6


@dataclass(slots=True)
class Phase:
    """A time of asking: how many clients for how many seconds, every request's seconds, every error."""

    name: str
    clients: int
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """The number of requests, failed ones included."""
        return len(self.times) + len(self.errors)

    def quantile(self, share: float) -> float:
        """The seconds that this share of requests took at most; 0 where there is none."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def to_json(self) -> dict[str, Any]:
        """Give the figures."""
        return {
            "name": self.name,
            "clients": self.clients,
            "seconds": round(self.seconds, 1),
            "requests": self.requests,
            "errors": self.errors[:20],
            "error count": len(self.errors),
            "median ms": round(self.quantile(0.5) * 1000, 1),
            "p95 ms": round(self.quantile(0.95) * 1000, 1),
        }


def addresses_of(service: WebProcess) -> list[str]:
    """Addresses of every kind that the service has, in an order drawn once; all but MISTAKES answer with 200."""
    client = Client(service)
    documents = json.loads(client.get("/api/documents"))["documents"][:40]
    councils = json.loads(client.get("/api/councils"))["councils"][:20]
    asked = [urllib.parse.quote(question) for question in QUESTIONS]
    found = [f"/api/search?q={q}&limit={limit}" for q in asked for limit in (10, 50)]
    found += [f"/api/answer?q={q}" for q in asked] + [f"/search?q={q}" for q in asked]
    found += [f"/api/documents/{d['id']}" for d in documents] + [f"/documents/{d['id']}" for d in documents]
    found += [f"/api/search?q=findings&council={urllib.parse.quote(c['name'])}" for c in councils]
    found += [
        "/",
        "/about",
        "/councils",
        "/documents",
        "/api/documents",
        "/api/councils",
        "/openapi.json",
        "/healthz",
    ]
    drawn = [f"/documents/{d['id']}" for d in documents if d["file"].endswith(".pdf")][:_PICTURES]
    found += [f"{document}/{part}" for document in drawn for part in ("pages/1.png", "original")]
    found += [address for address, _ in MISTAKES]
    random.Random(7).shuffle(found)  # noqa: S311 (an order, not secrets)
    return found


class Client:
    """One client with one connection, kept open. For one thread."""

    def __init__(self, service: WebProcess) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)

    def get(self, address: str, expected: int = 200) -> bytes:
        """Get a page or a route; FindingsError for any other status and for a connection that fails."""
        try:
            self._connection.request("GET", address)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise FindingsError(f"{address}: {type(error).__name__}: {error}") from error
        if answer.status != expected:
            raise FindingsError(f"{address}: status {answer.status}")
        return body


def ask(service: WebProcess, name: str, addresses: Sequence[str], clients: int, seconds: float) -> Phase:
    """Let clients ask for the next of the addresses, each as soon as it has its answer, for so many seconds."""
    phase = Phase(name, clients)
    expected = dict(MISTAKES)
    # A count is one step of the interpreter: no two threads get the same number.
    turns = itertools.count()
    started = time.monotonic()

    def run() -> None:
        client = Client(service)
        while time.monotonic() - started < seconds:
            address = addresses[next(turns) % len(addresses)]
            begun = time.monotonic()
            try:
                client.get(address, expected.get(address, 200))
            except FindingsError as error:
                phase.errors.append(str(error))
            else:
                phase.times.append(time.monotonic() - begun)

    threads = [threading.Thread(target=run) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    phase.seconds = time.monotonic() - started
    return phase


class SlowClients:
    """Connections that ask nothing, that ask a byte at a time, and that don't read what they asked for.

    One thread keeps their number up for as long as the block runs; `ended` counts those that the service closed.
    """

    def __init__(self, service: WebProcess) -> None:
        self._service = service
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._open: dict[socket.socket, str] = {}
        self.ended: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()
        for connection in self._open:
            connection.close()

    def _run(self) -> None:
        wanted = {"silent": SILENT, "dribbling": DRIBBLING, "not reading": NOT_READING}
        while not self._stop.wait(0.2):
            held = Counter(self._open.values())
            for kind, number in wanted.items():
                for _ in range(number - held[kind]):
                    with suppress(OSError):
                        self._open[self._new(kind)] = kind
            self._dribble()
            self._drop_closed()

    def _new(self, kind: str) -> socket.socket:
        connection = self._service.connect(5)
        if kind == "not reading":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(b"GET /api/documents HTTP/1.1\r\nHost: slow\r\n\r\n" * 20)
        return connection

    def _dribble(self) -> None:
        for connection in [c for c, kind in self._open.items() if kind == "dribbling"]:
            with suppress(OSError):
                connection.send(b"G")

    def _drop_closed(self) -> None:
        readers = [c for c, kind in self._open.items() if kind != "not reading"]
        for connection in select.select(readers, [], [], 0)[0] if readers else ():
            with suppress(OSError):
                if connection.recv(4096):
                    continue
            self.ended[f"{self._open.pop(connection)} closed by the service"] += 1
            connection.close()
