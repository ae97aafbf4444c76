"""Faults under a service that people are using: its index replaced, its clock set, while they ask.

No request may fail, and no answer may hold passages of two editions. This module must not know how the service
follows a build.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import threading
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eval.fault_counts import FaultCounts
from eval.fault_documents import Documents, editions_in, must_build
from eval.web_process import web_process

# Every document changes with each edition, so that any mixture shows.
DOCUMENTS = Documents(count=4, paragraphs=20, changing=1)
_PATHS = (
    "/api/search?limit=20&q=",
    "/api/answer?q=",
    "/search?q=",
)
_QUESTIONS = (
    "visits",
    "what was found on return interviews?",
    "care plans and records",
    "supervision",
    "edition",
)


class _Askers:
    """Threads that ask one thing after another over a kept connection, and judge each answer."""

    def __init__(self, port: int, count: int, row: FaultCounts, seed: int) -> None:
        self._port = port
        self._row = row
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self.editions: set[int] = set()
        self._threads = [
            threading.Thread(target=self._ask, args=(random.Random(seed + n),))  # noqa: S311 (choices of questions)
            for n in range(count)
        ]

    def __enter__(self) -> _Askers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, chance: random.Random) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._ended.is_set():
            path = chance.choice(_PATHS) + urllib.parse.quote(chance.choice(_QUESTIONS))
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                body = response.read()
            except (OSError, http.client.HTTPException) as error:
                self._judge(path, f"{type(error).__name__}: {error}", set())
                connection.close()
                continue
            status = "" if response.status == 200 else f"status {response.status}: {body[:200]!r}"
            self._judge(path, status, editions_in([body.decode("utf-8", "replace")]))
            if path.startswith("/api/search") and not status:
                self._judge_places(path, json.loads(body))
        connection.close()

    def _judge(self, path: str, failure: str, editions: set[int]) -> None:
        with self._lock:
            self.editions |= editions
            if failure:
                self._row.lose(f"{path}: {failure}")
            elif len(editions) > 1:
                self._row.lose(f"{path}: an answer of editions {sorted(editions)}")
            else:
                self._row.count("answered from one edition" if editions else "answered")

    def _judge_places(self, path: str, found: Any) -> None:  # noqa: ANN401 (the contract's JSON)
        wrong = [h for h in found["hits"] if h["passage"]["document_id"] != h["document"]["id"]]
        if wrong:
            with self._lock:
                self._row.lose(f"{path}: a passage under another document")


def replaced_under_load(scratch: Path, builds: int, seed: int) -> FaultCounts:
    """Serve an index, keep eight clients asking, and replace it by builds again and again."""
    row = FaultCounts(
        "search under load while builds replace the index",
        f"eight clients ask a service without pause (search, answer, page) while {builds} builds replace every "
        "document; each answer must be a 200 and of one edition alone; after each build the service must come to "
        "answer from it",
    )
    source, folder = DOCUMENTS.stand(scratch, 1)
    with web_process(folder) as service, _Askers(service.port, 8, row, seed) as askers:
        for edition in range(2, builds + 2):
            DOCUMENTS.write(source, edition)
            must_build(source, folder)
            if not _until(lambda edition=edition: edition in askers.editions):  # type: ignore[misc]
                row.lose(f"edition {edition} was published, and never answered from")
    if service.process.returncode:
        row.lose(f"the service ended with status {service.process.returncode}")
    row.outcomes["editions seen"] = len(askers.editions)
    return row


def clock_set_under_load(scratch: Path, seed: int) -> FaultCounts:
    """Serve an index with a clock that is set forward and back by years while clients ask."""
    row = FaultCounts(
        "clock set under a running service",
        "the service's clock (libfaketime) is set 20 years forward, 40 back and right again while four clients ask "
        "and a build replaces the index; each answer must be a 200 and of one edition",
    )
    if shutil.which("faketime") is None:
        row.how += "; NOT TRIED: faketime is not on this machine"
        return row
    source, folder = DOCUMENTS.stand(scratch, 1)
    setting = scratch / "clock"
    setting.write_text("+0\n", encoding="ascii")
    environment = {
        "FAKETIME_TIMESTAMP_FILE": str(setting),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "LD_PRELOAD": _library(),
    }
    with (
        web_process(folder, environment=environment) as service,
        _Askers(service.port, 4, row, seed) as askers,
    ):
        for edition, offset in enumerate(("+20y", "-20y", "+0", "-1y", "+0"), 2):
            setting.write_text(f"{offset}\n", encoding="ascii")
            DOCUMENTS.write(source, edition)
            must_build(source, folder)
            if not _until(lambda edition=edition: edition in askers.editions):  # type: ignore[misc]
                row.lose(f"with the clock at {offset}, edition {edition} was never answered from")
    years = {line.split('"time": "')[1][:4] for line in service.lines if '"time": "' in line}
    row.outcomes[f"years in its log: {', '.join(sorted(years))}; answers"] = row.outcomes.pop(
        "answered from one edition", 0
    )
    return row


def _library() -> str:
    """Where faketime keeps what it loads into a program."""
    found = [
        path
        for folder in (Path("/usr/lib"), Path("/usr/local/lib"))
        for path in (
            *folder.glob("*/faketime/libfaketimeMT.so.1"),
            *folder.glob("faketime/libfaketimeMT.so.1"),
        )
    ]
    return os.fspath(found[0]) if found else ""


def _until(condition: Callable[[], bool], seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
