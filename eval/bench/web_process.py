"""The service as users run it, in a process of its own on a port of its own choosing, for what is measured from
outside.

What it logs is kept; its memory is the kernel's figure, of all its processes. This module must not know what is
asked.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.bench.processes import Memory, family, memory_of, processor_seconds
from indexer.errors import FindingsError
from indexer.store.location import IndexLocation, setting_for

ROOT = Path(__file__).resolve().parents[2]
_STOPS_WITHIN = 60.0


@dataclass
class WebProcess:
    """A running service: its address and first process. `lines` grows as it logs."""

    address: str
    port: int
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def connect(self, seconds: float = 20) -> socket.socket:
        """A plain connection, for what no HTTP library would send."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def logged(self, event: str, count: int = 1, seconds: float = 20) -> list[dict[str, Any]]:
        """The log's lines of one kind of event, once there are as many or the seconds are over."""
        until = time.monotonic() + seconds
        while True:
            found = [line for line in map(json.loads, list(self.lines)) if line["event"] == event]
            if len(found) >= count or time.monotonic() > until:
                return found
            time.sleep(0.02)

    def request_logged(self, request_id: str, seconds: float = 20) -> dict[str, Any]:
        """The log's line of one request, which is written once its answer has been sent.

        LookupError where there is none when the seconds are over.
        """
        until = time.monotonic() + seconds
        while True:
            for line in self.logged("request", seconds=seconds):
                if line["id"] == request_id:
                    return line
            if time.monotonic() > until:
                raise LookupError(f"no line of the log tells of request {request_id}")
            time.sleep(0.02)

    def metric(self, line: str) -> float:
        """A figure of /metrics by its name and labels, 0 where there is none yet."""
        with urllib.request.urlopen(f"{self.address}/metrics", timeout=20) as response:  # noqa: S310 (our own)
            text = response.read().decode()
        for found in text.splitlines():
            if found.startswith(f"{line} "):
                return float(found.rsplit(" ", 1)[1])
        return 0.0

    def memory(self) -> int:
        """Bytes of memory that the service's processes hold at this moment, in all."""
        return self.held().total

    def held(self) -> Memory:
        """What the service's processes hold at this moment."""
        return memory_of(family(self.process.pid))

    def processor_seconds(self) -> float:
        """Seconds of processor that the service's processes have used, as far as they live."""
        return processor_seconds(family(self.process.pid))


@contextmanager
def web_process(
    index: IndexLocation, *, under: Sequence[str] = (), environment: dict[str, str] | None = None
) -> Iterator[WebProcess]:
    """A service over an index, with settings of the environment, run by another program (`under`) if one is
    given; it has ended when the block has. FindingsError where it doesn't start.
    """
    command = [*under, sys.executable, "-m", "web", "--port", "0"]
    # Our own module by our own interpreter, with nothing of a document in the command.
    process = subprocess.Popen(  # noqa: S603
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **setting_for(index), **(environment or {})},
    )
    assert process.stdout is not None and process.stderr is not None  # noqa: S101 (given as PIPE)
    said = process.stdout.readline()
    if "http://" not in said:
        process.kill()
        raise FindingsError(f"the service did not start: {said}{process.communicate()[1][-500:]}")
    address = "http://" + said.split("http://")[1].split()[0]
    service = WebProcess(address, int(address.rsplit(":", 1)[1]), process)
    errors = process.stderr
    reading = threading.Thread(target=lambda: service.lines.extend(errors), daemon=True)
    reading.start()
    try:
        yield service
    finally:
        process.terminate()
        try:
            process.wait(timeout=_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            reading.join(timeout=10)
            process.stdout.close()
