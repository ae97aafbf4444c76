"""The service as users run it, in a process of its own on a port of its own choosing, for what is measured from
outside.

What it logs is kept; its memory is the kernel's figure, of all its processes. This module must not know what is
asked.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

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
