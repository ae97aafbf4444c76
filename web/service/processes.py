"""Several processes that serve beside each other: started from one that has the index open, watched, replaced.

Python computes in one thread at a time, so that one process uses one processor. What is open when a process is
forked is shared with it, however many there are, as long as nobody writes to it. The first process serves
nothing: it waits for signals, which is all that it does, in one thread, since a lock that another thread held at
the fork would be held for ever. This module must not know what is served.
"""

from __future__ import annotations

import ctypes
import gc
import mmap
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from signal import Signals
from typing import NoReturn

from indexer.errors import UsageError
from web.service.memory import give_back

_STOPS = (signal.SIGTERM, signal.SIGINT)
_READY = signal.SIGUSR1
_WATCHED = (*_STOPS, signal.SIGCHLD, _READY)
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl.h
_AT_ONCE = 5
"""Processes that are replaced as soon as they end…"""
_WITHIN = 60.0
"""…within so many seconds; the next waits until they are over."""
_PAUSE = 1.0
"""Seconds until another is tried where the system had none to give."""
_USER_ERROR = 2
"""The exit status of what is the user's to change."""
_GRACE = 10.0
"""Seconds beyond their own time for stopping, after which processes are ended."""
_NOT_READY = -1
_REASON_BYTES = 1000


class Siblings:
    """What the processes of one service know of each other, in memory that is shared with what is forked from here:
    each one's pid and how many connections it holds, and why one couldn't start.

    They are numbered from 0, and each writes its own numbers alone. `parent` started them, or serves alone.
    """

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self.parent = os.getpid()
        self._pids = memoryview(mmap.mmap(-1, 8 * processes)).cast("q")
        self._connections = memoryview(mmap.mmap(-1, 8 * processes)).cast("q")
        self._reason = mmap.mmap(-1, _REASON_BYTES)
        self._changed = memoryview(mmap.mmap(-1, 8))
        for process in range(processes):
            self.leave(process)

    def enter(self, process: int, pid: int) -> None:
        """A process begins; it doesn't answer yet."""
        self._pids[process], self._connections[process] = pid, _NOT_READY

    def leave(self, process: int) -> None:
        """A process has ended."""
        self.enter(process, 0)

    def set_reason(self, reason: str) -> None:
        """Say why this process can't start."""
        self._reason[:] = reason.encode()[:_REASON_BYTES].ljust(_REASON_BYTES, b"\0")

    def reason(self) -> str:
        """Why a process couldn't start; '' where none has said."""
        return self._reason[:].rstrip(b"\0").decode("utf-8", "replace")

    def set_connections(self, process: int, count: int) -> None:
        """A process answers, and holds so many connections."""
        self._connections[process] = count

    def set_files_changed(self) -> None:
        """A process has died of a file that it had open: those to come open the index anew."""
        self._changed[0] = 1

    def files_changed(self) -> bool:
        """Whether what was open before the fork can't be trusted."""
        return bool(self._changed[0])

    def all_ready(self) -> bool:
        """Whether all processes answer."""
        return _NOT_READY not in self._connections

    def more_than_the_least(self, process: int) -> int:
        """How many connections a process holds more than the one that answers and holds the fewest."""
        return self._connections[process] - min(n for n in self._connections if n != _NOT_READY)

    def pids(self) -> list[int]:
        """The processes that there are at the moment."""
        return [pid for pid in self._pids if pid]


class Processes:
    """The processes of a service, from their start to their end.

    `serve` is what each does with its number, and gives its exit status; it returns when it is stopped by a signal.
    `ended` is called with the number of each that has ended; `log_event` takes events and their fields.
    `stop_seconds` are how long each may take to stop.
    """

    def __init__(
        self,
        siblings: Siblings,
        serve: Callable[[int], int],
        *,
        ended: Callable[[int], None],
        log_event: Callable[..., None],
        stop_seconds: float,
    ) -> None:
        self._siblings = siblings
        self._serve = serve
        self._ended = ended
        self._log_event = log_event
        self._stop_seconds = stop_seconds
        self._running: dict[int, int] = {}
        self._due: dict[int, float] = {}
        self._replaced: deque[float] = deque(maxlen=_AT_ONCE)
        self._stopping = self._answering = False
        self._failed = ""

    def run(self, answering: Callable[[], None], stopping: Callable[[], None]) -> int:
        """Start all, call `answering` once they answer, replace those that end, until stopped; the exit status.

        `stopping` is called first of all when they are stopped. Raises UsageError where they can't start for a
        reason that is the user's to change.
        """
        # The garbage collector never goes through what is here now again: that would write to it, and unshare it.
        gc.collect()
        gc.freeze()
        give_back()
        sys.stdout.flush()
        sys.stderr.flush()
        with _held_back() as self._signals_before:
            for process in range(self._siblings.processes):
                try:
                    self._start(process)
                except OSError as error:
                    self._signal(signal.SIGKILL)
                    raise UsageError(
                        f"the system allows no more processes ({error.strerror}); set FINDINGS_PROCESSES to fewer"
                    ) from error
            kill_at = 0.0
            while self._running or self._due:
                received = signal.sigtimedwait(_WATCHED, self._patience(kill_at))
                if received is not None and received.si_signo in _STOPS:
                    if not self._stopping:
                        stopping()
                    kill_at = self._stop(Signals(received.si_signo))
                elif kill_at and time.monotonic() > kill_at:
                    self._signal(signal.SIGKILL)
                self._reap()
                if self._failed and not self._stopping:
                    kill_at = self._stop(signal.SIGTERM)
                self._replace()
                if not self._answering and not self._stopping and self._siblings.all_ready():
                    self._answering = True
                    answering()
        if self._failed:
            print(self._failed, file=sys.stderr)
        return 1 if self._failed else 0

    def _patience(self, kill_at: float) -> float:
        moments = [*self._due.values(), *([kill_at] if kill_at else [])]
        return max(0.01, min((moment - time.monotonic() for moment in moments), default=3600.0))

    def _stop(self, how: Signals) -> float:
        """Pass the signal on, and give the moment at which patience is over."""
        self._stopping = True
        self._due.clear()
        self._signal(how)
        return time.monotonic() + self._stop_seconds + _GRACE

    def _signal(self, how: Signals) -> None:
        for pid in self._running:
            # It is our own child and hasn't been waited for, so that its number is nobody else's.
            os.kill(pid, how)

    def _reap(self) -> None:
        for pid, process in list(self._running.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            if not found:
                continue
            del self._running[pid]
            self._siblings.leave(process)
            self._ended(process)
            if not self._stopping and not self._failed:
                self._has_ended(process, os.waitstatus_to_exitcode(status))

    def _has_ended(self, process: int, code: int) -> None:
        """Decide what follows from the end of a process that nobody stopped."""
        how = f"signal {-code}" if code < 0 else f"status {code}"
        if not self._answering:
            reason = self._siblings.reason()
            if code == _USER_ERROR and reason:
                self._signal(signal.SIGKILL)
                raise UsageError(reason)
            self._failed = f"the service can't start: one of its processes ended at once ({reason or how})"
            return
        self._log_event("process ended", "error", process=process, how=how)
        if code == -signal.SIGBUS:
            # The kernel's way to say that a file which is mapped has become shorter.
            self._siblings.set_files_changed()
            self._log_event(
                "files changed", "error", said="a file of the index was cut or overwritten while it was open"
            )
        now = time.monotonic()
        often = len(self._replaced) == _AT_ONCE and now - self._replaced[0] < _WITHIN
        if often and not self._running:
            self._failed = f"the service's processes keep ending ({how}); see its log"
            return
        self._due[process] = self._replaced[0] + _WITHIN if often else now
        self._replaced.append(self._due[process])

    def _replace(self) -> None:
        for process, due in list(self._due.items()):
            if due <= time.monotonic():
                try:
                    self._start(process)
                except OSError as error:
                    self._log_event("no process to be had", "error", process=process, how=error.strerror)
                    self._due[process] = time.monotonic() + _PAUSE
                    continue
                del self._due[process]
                self._log_event("process replaced", process=process)

    def _start(self, process: int) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._running[pid] = process
        else:
            self._become(process, parent)

    def _become(self, process: int, parent: int) -> NoReturn:
        """Be a process that serves; this never returns."""
        status = 1
        try:
            # Ctrl-C reaches the first process alone, which passes it on, once.
            os.setpgid(0, 0)
            for watched in _WATCHED:
                signal.signal(watched, signal.default_int_handler if watched in _STOPS else signal.SIG_DFL)
            ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
            if os.getppid() == parent:
                self._siblings.enter(process, os.getpid())
                signal.pthread_sigmask(signal.SIG_SETMASK, self._signals_before)
                status = self._serve(process)
        except KeyboardInterrupt:
            status = 0
        except UsageError as error:
            self._siblings.set_reason(str(error))
            status = _USER_ERROR
        except BaseException as error:
            # Whatever it is, it is this process's end.
            self._siblings.set_reason(f"{type(error).__name__}: {error}")
        finally:
            # Not by the interpreter's own end, which would wait for threads and run what belongs to the parent.
            os._exit(status)


def ready(siblings: Siblings, process: int) -> None:
    """Tell the first process that this one answers."""
    siblings.set_connections(process, 0)
    os.kill(siblings.parent, _READY)


@contextmanager
def _held_back() -> Iterator[set[Signals | int]]:
    """Block signals until they are waited for; gives those that were blocked before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    try:
        yield before
    finally:
        # Those that still wait have been dealt with, or are of processes that have ended.
        while signal.sigtimedwait(_WATCHED, 0):
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
