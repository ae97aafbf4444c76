"""The service's speed as a browser or another program has it: over HTTP, alone and beside others.

A process of its own is started on a free port; the clients keep their connections open, as browsers do. This
module must not know how a question is answered.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from eval.timings import Timing, timed
from eval.web_process import WebProcess, web_process
from indexer.errors import FindingsError

_OK = 200


def service_figures(
    index: Path, questions: Sequence[str], warm: Sequence[str], *, clients: int, seconds: float
) -> dict[str, Any]:
    """Start a service and time it: searches, answers and pages of one client, then searches of many.

    `clients` ask for `seconds`, each its own questions over and over.
    """
    started = time.perf_counter()
    # One address asks more than any person would: that is not what is measured here.
    with web_process(index, environment={"FINDINGS_RATE_PER_SECOND": "0"}) as service:
        starting = time.perf_counter() - started
        one = Client(service)
        for question in warm:
            one.get("/api/search", q=question)
            one.get("/api/answer", q=question)
        third = max(1, len(questions) // 3)
        figures = {
            "starting_seconds": round(starting, 3),
            "memory_started_mb": _megabytes(service),
            "search": timed(lambda q: one.get("/api/search", q=q), questions[:third]).to_json(),
            "answer": timed(
                lambda q: one.get("/api/answer", q=q), questions[third : 2 * third] or questions
            ).to_json(),
            "page": timed(lambda q: one.get("/search", q=q), questions[2 * third :] or questions).to_json(),
        }
        figures["many"] = _many(service, questions, clients, seconds)
        figures["memory_mb"] = _megabytes(service)
        return figures


class Client:
    """One client with one connection, kept open. For one thread."""

    def __init__(self, service: WebProcess) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)

    def get(self, path: str, **parameters: str) -> bytes:
        """Get a page or a route; FindingsError for any status but 200."""
        self._connection.request("GET", f"{path}?{urlencode(parameters)}")
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != _OK:
            raise FindingsError(f"GET {path} answered {answer.status}: {body[:200].decode(errors='replace')}")
        return body


def _many(service: WebProcess, questions: Sequence[str], clients: int, seconds: float) -> dict[str, Any]:
    taken: list[float] = []
    errors: list[str] = []
    until = time.perf_counter() + seconds

    def ask(own: Iterator[str]) -> None:
        client = Client(service)
        while time.perf_counter() < until:
            started = time.perf_counter()
            try:
                json.loads(client.get("/api/search", q=next(own)))
            except (FindingsError, OSError, ValueError, http.client.HTTPException) as error:
                errors.append(str(error))
                client = Client(service)
            else:
                taken.append(time.perf_counter() - started)

    threads = [
        threading.Thread(target=ask, args=(cycle([*questions[at:], *questions[:at]]),), daemon=True)
        for at in (number * len(questions) // clients for number in range(clients))
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - started
    return {
        "clients": clients,
        "errors": len(errors),
        "first_error": errors[0] if errors else None,
        "per_second": round(len(taken) / wall, 1),
        **(Timing(taken).to_json() if taken else {}),
    }


def _megabytes(service: WebProcess) -> int:
    return round(service.memory() / 1e6)
