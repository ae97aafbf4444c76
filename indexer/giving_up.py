"""Work that ends early when nobody waits for its result any more: the client has gone, or its time is over.

A thread can't be stopped from outside. What takes long calls `go_on` between its steps, and what waits for a child
process asks there too. Where nothing has said that work may be given up, it never is. This module must not know
what is worked on.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_STEP = 0.2
"""Seconds between two looks at whether a child process is still wanted."""


class GivenUpError(BaseException):
    """Nobody waits any more. No Exception: what goes on after any error mustn't go on after this one."""


_given_up: ContextVar[threading.Event | None] = ContextVar("given_up", default=None)


@contextmanager
def may_be_given_up() -> Iterator[threading.Event]:
    """Let the work in this block, and in the threads that are called from it, be ended by setting the event."""
    event = threading.Event()
    token = _given_up.set(event)
    try:
        yield event
    finally:
        _given_up.reset(token)


def go_on() -> None:
    """Raise GivenUpError where nobody waits for the work any more."""
    event = _given_up.get()
    if event is not None and event.is_set():
        raise GivenUpError


def run_apart(command: Sequence[str], data: bytes, seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Run a command of this program's in the project's root, with `data` as its input; ended with what waits for it.

    Raises subprocess.TimeoutExpired after so many seconds, and GivenUpError; the process has then been killed.
    """
    given_up, ended = _given_up.get(), threading.Event()
    go_on()
    with subprocess.Popen(  # noqa: S603 (our own modules; no shell, and nothing that was sent stands in the command)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=_ROOT
    ) as process:

        def watch() -> None:
            while given_up is not None and not ended.wait(_STEP):
                if given_up.is_set():
                    process.kill()

        if given_up is not None:
            threading.Thread(target=watch, name="watching", daemon=True).start()
        try:
            out, err = process.communicate(data, timeout=seconds)
        except BaseException:
            process.kill()
            raise
        finally:
            ended.set()
    go_on()
    return subprocess.CompletedProcess(command, process.returncode, out, err)
