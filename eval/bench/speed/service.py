"""The service's speed as a browser or another program has it: over HTTP, alone and beside others.

A process of its own is started on a free port; the clients keep their connections open, as browsers do. This
module must not know how a question is answered.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from eval.bench.speed.timings import Timing, timed
from eval.bench.web_process import WebProcess, web_process
from indexer.errors import FindingsError
from indexer.store.location import IndexLocation

_OK = 200


def service_figures(
    index: IndexLocation,
    questions: Sequence[str],
    warm: Sequence[str],
    others: Sequence[str],
    *,
    clients: int,
    seconds: float,
    quiet_seconds: float,
) -> dict[str, Any]:
    """Start a service and time it: searches, answers and pages of one client, then searches of many.

    `questions` are divided among the first three. `clients` ask for `seconds`, no question twice while there are
    `others`, which nobody has asked before, or pairs of them (`distinct`); then as long all of these questions again and
    again, as people do who share a council's few subjects. What the service then holds is measured at once and after
    `quiet_seconds` in which nobody asks.
    """
    started = time.perf_counter()
    # One address asks more than any person would: that is not what is measured here.
    with web_process(index, environment={"FINDINGS_RATE_PER_SECOND": "0"}) as service:
        starting = time.perf_counter() - started
        one = Client(service)
        one.get("/api/search", q=warm[0])
        first = time.perf_counter() - started
        memory = _megabytes(service)
        for question in warm:
            one.get("/api/search", q=question)
            one.get("/api/answer", q=question)
            one.get("/search", q=question)
        third = max(1, len(questions) // 3)
        figures = {
            "starting_seconds": round(starting, 3),
            "first_search_seconds": round(first, 3),
            "memory_started_mb": memory,
            "search": timed(lambda q: one.get("/api/search", q=q), questions[:third]).to_json(),
            "answer": timed(
                lambda q: one.get("/api/answer", q=q), questions[third : 2 * third] or questions
            ).to_json(),
            "page": timed(lambda q: one.get("/search", q=q), questions[2 * third :] or questions).to_json(),
        }
        figures["many"] = _many(service, distinct(others, questions), clients, seconds)
        every = list(dict.fromkeys((*others, *questions)))
        figures["again"] = _many(service, Supply(every, 0), clients, seconds)
        figures["memory_mb"] = _megabytes(service)
        time.sleep(quiet_seconds)
        figures["memory_quiet_mb"] = _megabytes(service)
        return figures


@dataclass(frozen=True, slots=True)
class Supply:
    """Questions for many clients, in the order in which they are asked; after the last it begins again.

    The first `whole` are as a person put them; those after are two of the shorter ones together, which takes more to
    encode than either.
    """

    texts: Sequence[str]
    whole: int


def distinct(fresh: Sequence[str], asked: Sequence[str]) -> Supply:
    """The fresh questions, then pairs of all of them that nobody asked: thousands for some dozens."""
    every = sorted(dict.fromkeys((*fresh, *asked)), key=lambda text: (len(text), text))
    short = every[: max(2, len(every) // 2)]
    pairs = [
        f"{one} {short[(at + step) % len(short)]}"
        for step in range(1, len(short))
        for at, one in enumerate(short)
    ]
    texts = list(dict.fromkeys(chain(fresh, pairs)))
    return Supply(texts or list(asked), len(dict.fromkeys(fresh)))


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


def _many(service: WebProcess, supply: Supply, clients: int, seconds: float) -> dict[str, Any]:
    taken: list[float] = []
    errors: list[str] = []
    given = 0
    turn = threading.Lock()
    waiting = cycle(supply.texts)
    until = time.perf_counter() + seconds

    def following() -> str:
        nonlocal given
        with turn:
            given += 1
            return next(waiting)

    def ask() -> None:
        client = Client(service)
        while time.perf_counter() < until:
            question = following()
            started = time.perf_counter()
            try:
                json.loads(client.get("/api/search", q=question))
            except (FindingsError, OSError, ValueError, http.client.HTTPException) as error:
                errors.append(str(error))
                client = Client(service)
            else:
                taken.append(time.perf_counter() - started)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(clients)]
    processor = processor_seconds(service.process.pid)
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - started
    processor = processor_seconds(service.process.pid) - processor
    return {
        "clients": clients,
        "errors": len(errors),
        "first_error": errors[0] if errors else None,
        "per_second": round(len(taken) / wall, 1),
        "cpu_ms_each": round(processor / max(1, len(taken)) * 1000, 2),
        "as_asked": min(given, supply.whole),
        "pairs": max(0, min(given, len(supply.texts)) - supply.whole),
        "repeats": max(0, given - len(supply.texts)),
        **(Timing(taken).to_json() if taken else {}),
    }


def processor_seconds(process: int) -> float:
    """Seconds of processor that a process and those that it started, as far as they live, have used."""
    own: dict[int, tuple[int, int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            except OSError:
                continue
            own[int(entry.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    tree, found = [process], 0
    for number in tree:
        tree += [child for child, (parent, _) in own.items() if parent == number]
        found += own.get(number, (0, 0))[1]
    return found / os.sysconf("SC_CLK_TCK")


def _megabytes(service: WebProcess) -> int:
    return round(service.memory() / 1e6)
