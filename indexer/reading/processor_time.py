"""Ends what takes too long of a processor, where a library looks at no clock of its own.

A signal does it, and so only Python code is ended, and only in a process's first thread, which is where files are
read. Elsewhere nothing is limited: a reading process as a whole is ended by who started it (`worker`). This module
must not know what is limited.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN = 0.1
"""Seconds after which the signal comes once more, should somebody's code have swallowed the first."""


class _OverError(BaseException):
    """No Exception: a library that goes on after any error would go on after this one."""


@contextmanager
def processor_seconds(most: float) -> Iterator[None]:
    """Raise TimeoutError in the block once this process has used so many seconds of a processor, all its threads
    counted. Not to be nested.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    limited = True

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        if limited:
            raise _OverError

    before = signal.signal(signal.SIGPROF, end)
    try:
        try:
            signal.setitimer(signal.ITIMER_PROF, max(most, 1e-3), _AGAIN)
            yield
        finally:
            # First of all: from here on the signal ends nothing.
            limited = False
    except _OverError:
        raise TimeoutError(f"took more than {most:g} s of a processor") from None
    finally:
        limited = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
