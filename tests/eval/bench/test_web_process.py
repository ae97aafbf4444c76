"""What a service's processes hold is counted over all of them, and what they share once."""

from __future__ import annotations

import os
import subprocess
import sys

from eval.bench.processes import family
from eval.bench.web_process import WebProcess

_SIZE = 64 << 20
# A process with two children, each of which holds what its parent has made and a little of its own.
_THREE = f"""
import os, sys
whole = bytes([1]) * {_SIZE}
for _ in range(2):
    if os.fork() == 0:
        sys.stdin.read()
        os._exit(0)
print("ready", flush=True)
sys.stdin.read()
"""


def test_what_several_processes_share_is_counted_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _THREE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        service = WebProcess("", 0, process)
        held = service.held()
        assert len(family(process.pid)) == 3
        process.stdin.close()
        process.wait()
    assert _SIZE < held.own < held.total < 2 * _SIZE
    assert family(process.pid) == []
    assert service.memory() == 0


def test_a_family_begins_with_its_oldest() -> None:
    assert family(os.getpid())[0] == os.getpid()
