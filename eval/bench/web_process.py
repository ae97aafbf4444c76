"""The service as users run it, in a process of its own on a port of its own choosing, for what is measured from
outside.

What it logs is kept; its memory is the kernel's figure, of all its processes. This module must not know what is
asked.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexer.errors import FindingsError
from indexer.store.location import IndexLocation, setting_for

ROOT = Path(__file__).resolve().parents[2]
_STOPS_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of memory that some processes hold; what several share is counted once.

    `total` is what an outsider sees (the sum of the kernel's PSS); `own` is the part that is in no file: the rest are
    pages of programs and of the index, which the system takes back when it needs room.
    """

    total: int
    own: int


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
            found = [told for told in map(json.loads, list(self.lines)) if told["event"] == event]
            if len(found) >= count or time.monotonic() > until:
                return found
            time.sleep(0.02)

    def request_logged(self, request_id: str, seconds: float = 20) -> dict[str, Any]:
        """The log's line of one request, which is written once its answer has been sent.

        LookupError where there is none when the seconds are over.
        """
        until = time.monotonic() + seconds
        while True:
            for told in self.logged("request", seconds=seconds):
                if told["id"] == request_id:
                    return told
            if time.monotonic() > until:
                raise LookupError(f"no line of the log tells of request {request_id}")
            time.sleep(0.02)

    def metric(self, line: str) -> float:
        """A figure of /metrics by its name and labels, 0 where there is none yet."""
        with urllib.request.urlopen(f"{self.address}/metrics", timeout=20) as response:  # noqa: S310 (our own)
            text = response.read().decode()
        for told in text.splitlines():
            if told.startswith(f"{line} "):
                return float(told.rsplit(" ", 1)[1])
        return 0.0

    def memory(self) -> int:
        """Bytes of memory that the service's processes hold at this moment, in all."""
        return self.held().total

    def held(self) -> Memory:
        """What the service's processes hold at this moment."""
        held = [_held_by(pid) for pid in family(self.process.pid)]
        return Memory(sum(one.total for one in held), sum(one.own for one in held))


def family(pid: int) -> list[int]:
    """A process and those that came from it, parents before children; none where it has ended."""
    found = [pid] if Path(f"/proc/{pid}").exists() else []
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(child) for child in children.read_text("ascii").split()]
    return found


def _held_by(pid: int) -> Memory:
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except OSError:
        # It has ended since it was found.
        return Memory(0, 0)
    sizes = {name: int(size) * 1024 for name, size in re.findall(r"^(\w+):\s+(\d+) kB", told, re.MULTILINE)}
    return Memory(sizes.get("Pss", 0), sizes.get("Pss_Anon", 0))


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
