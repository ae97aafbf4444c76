"""Faults under a service that people are using: its index replaced, its clock set, while they ask.

The service runs by several processes, and each must follow every build: no request may fail, no answer may hold
passages of two editions, and none that follows another on one connection may be of an older one. Which process
answered is known from who holds the connection. This module must not know how the service follows a build.
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
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from eval.bench.faults.documents import Documents, FaultCounts, editions_in, must_build
from eval.bench.processes import family
from eval.bench.web_process import WebProcess, web_process
from indexer.store.manifest import read_manifest

# Every document changes with each edition, so that any mixture shows.
DOCUMENTS = Documents(count=4, paragraphs=20, changing=1)
PROCESSES = 2
SEVERAL = {"FINDINGS_PROCESSES": str(PROCESSES)}
PATIENCE = 60.0
"""Seconds that a service has to answer from a build that has ended."""

_ESTABLISHED = "01"
_PATHS = ("/api/search?limit=20&q=", "/api/answer?q=", "/search?q=")
_QUESTIONS = (
    "visits", "what was found on return interviews?", "care plans and records", "supervision", "edition",
)  # fmt: skip


class _Askers:
    """Threads that ask one thing after another over a kept connection each, and judge each answer.

    `newest` is the newest edition that each of the service's processes has answered from, `answers` how often each
    has answered.
    """

    def __init__(self, service: WebProcess, count: int, row: FaultCounts, seed: int) -> None:
        self._port = service.port
        # The first process is before the others; where it serves nothing, there is one more of them.
        self.processes = family(service.process.pid)[-PROCESSES:]
        self._row = row
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self.editions: set[int] = set()
        self.newest: dict[int, int] = {}
        self.answers: Counter[int] = Counter()
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
        process = before = 0
        while not self._ended.is_set():
            path = chance.choice(_PATHS) + urllib.parse.quote(chance.choice(_QUESTIONS))
            try:
                connection.request("GET", path)
                held = connection.sock
                response = connection.getresponse()
                if not process:
                    process = holder(held.getsockname()[1], self._port, self.processes)
                body = response.read()
            except (OSError, http.client.HTTPException) as error:
                self._judge(path, f"{type(error).__name__}: {error}", set(), process)
                connection.close()
                process = before = 0
                continue
            failure = "" if response.status == 200 else f"status {response.status}: {body[:200]!r}"
            editions = editions_in([body.decode("utf-8", "replace")])
            if editions and max(editions) < before:
                failure = failure or f"edition {max(editions)} after {before} on the same connection"
            before = max(before, *editions) if editions else before
            self._judge(path, failure, editions, process)
            if connection.sock is None:
                process = before = 0
            if path.startswith("/api/search") and not failure:
                self._judge_places(path, json.loads(body))
        connection.close()

    def all_answer_from(self, edition: int) -> bool:
        """Whether each of the processes has answered from this edition."""
        with self._lock:
            return all(self.newest.get(process) == edition for process in self.processes)

    def tell(self) -> None:
        """Put in the row how much of the answering each process did; a process that did none wasn't tried."""
        self._row.outcomes["editions seen"] = len(self.editions)
        for number, process in enumerate(self.processes, 1):
            self._row.outcomes[f"by process {number}"] = self.answers[process]
            if not self.answers[process]:
                self._row.lose(f"process {number} got no request")

    def _judge(self, path: str, failure: str, editions: set[int], process: int) -> None:
        with self._lock:
            self.editions |= editions
            if editions:
                self.newest[process] = max(editions | {self.newest.get(process, 0)})
            self.answers[process] += 1
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


def holder(client_port: int, port: int, processes: Iterable[int]) -> int:
    """Which of the processes holds the connection from a client's port to their own; 0 where none does."""
    sockets = {
        f"socket:[{fields[9]}]"
        for fields in map(str.split, Path("/proc/net/tcp").read_text("ascii").splitlines()[1:])
        if fields[3] == _ESTABLISHED and (_port(fields[1]), _port(fields[2])) == (port, client_port)
    }
    for process in processes:
        for descriptor in Path(f"/proc/{process}/fd").glob("*"):
            with suppress(OSError):
                if str(descriptor.readlink()) in sockets:
                    return process
    return 0


def generations_held(process: int, folder: Path) -> set[str]:
    """The generations of an index that a process has open or mapped."""
    held = [line.partition("/")[2] for line in Path(f"/proc/{process}/maps").read_text("utf-8").splitlines()]
    for descriptor in Path(f"/proc/{process}/fd").glob("*"):
        with suppress(OSError):
            held.append(str(descriptor.readlink()).removeprefix("/"))
    inside = f"{folder.resolve()}/".removeprefix("/")
    return {path.removeprefix(inside).split("/")[0] for path in held if path.startswith(inside)}


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)


def replaced_under_load(scratch: Path, builds: int, seed: int, clients: int = 8) -> FaultCounts:
    """Serve an index, keep clients asking, and replace it by builds again and again."""
    row = FaultCounts(
        "search under load while builds replace the index",
        f"{clients} clients ask a service of {PROCESSES} processes without pause (search, answer, page) while {builds} "
        "builds replace every document; each answer must be a 200, of one edition alone and of none older than the "
        "one before on its connection; after each build every process must come to answer from it, and in the end "
        "hold none that was replaced",
    )
    source, folder = DOCUMENTS.stand(scratch, 1)
    with (
        web_process(folder, environment=SEVERAL) as service,
        _Askers(service, clients, row, seed) as askers,
    ):
        for edition in range(2, builds + 2):
            DOCUMENTS.write(source, edition)
            must_build(source, folder, in_process=False)
            if not _until(partial(askers.all_answer_from, edition)):
                row.lose(f"edition {edition} was published, and not every process came to answer from it")
        newest = {read_manifest(folder).generation}
        for number, process in enumerate(askers.processes, 1):
            if not _until(lambda process=process: generations_held(process, folder) <= newest):  # type: ignore[misc]
                row.lose(f"process {number} still holds an index that was replaced")
    askers.tell()
    if service.process.returncode:
        row.lose(f"the service ended with status {service.process.returncode}")
    return row


def clock_set_under_load(scratch: Path, seed: int, clients: int = 4) -> FaultCounts:
    """Serve an index with a clock that is set forward and back by years while clients ask."""
    row = FaultCounts(
        "clock set under a running service",
        f"the clock of a service of {PROCESSES} processes (libfaketime) is set 20 years forward, 40 back and right "
        f"again while {clients} clients ask and a build replaces the index each time; as above",
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
        **SEVERAL,
    }
    with (
        web_process(folder, environment=environment) as service,
        _Askers(service, clients, row, seed) as askers,
    ):
        for edition, offset in enumerate(("+20y", "-20y", "+0", "-1y", "+0"), 2):
            setting.write_text(f"{offset}\n", encoding="ascii")
            DOCUMENTS.write(source, edition)
            must_build(source, folder, in_process=False)
            if not _until(partial(askers.all_answer_from, edition)):
                row.lose(
                    f"with the clock at {offset}, not every process came to answer from edition {edition}"
                )
    askers.tell()
    years = {line.split('"time": "')[1][:4] for line in service.lines if '"time": "' in line}
    row.outcomes[f"years in its log: {', '.join(sorted(years))}; answers"] = row.outcomes.pop(
        "answered from one edition", 0
    )
    return row


def _library() -> str:
    """Where faketime keeps what it loads into a program."""
    folders = (Path("/usr/lib"), Path("/usr/local/lib"))
    file = "faketime/libfaketimeMT.so.1"
    found = (path for folder in folders for path in (*folder.glob(f"*/{file}"), *folder.glob(file)))
    return os.fspath(next(found, ""))


def _until(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
