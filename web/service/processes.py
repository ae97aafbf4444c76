"""Several processes that serve beside each other: started from one that has the index open, watched, replaced.

Python computes in one thread at a time, so that one process uses one processor. What is open when a process is
forked is shared with it, however many there are, as long as nobody writes to it. The first process serves
nothing: it waits for signals, which is all that it does, in one thread, since a lock that another thread held at
the fork would be held for ever. This module must not know what is served.
"""

from __future__ import annotations

import ctypes
import gc
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
from web.service.siblings import Siblings

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
_USERS = 2
"""The exit status of what is the user's to change."""
_GRACE = 10.0
"""Seconds beyond their own time for stopping, after which processes are ended."""


class Processes:
    """The processes of a service, from their start to their end.

    `serve` is what each does with its number, and gives its exit status; it returns when it is told to stop by a
    signal. `ended` is told the number of each that has ended; `log_event` takes events and their fields. `stop_seconds` are
    how long each may take to stop.
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
        """Start all, call `answering` once they answer, replace those that end, until told to stop; the exit status.

        `stopping` is called first of all when they are told. Raises UsageError where they can't start for a reason
        that is the user's to change.
        """
        # What is here now is never looked through for rubbish again: that would write to it, and unshare it.
        gc.collect()
        gc.freeze()
        give_back()
        sys.stdout.flush()
        sys.stderr.flush()
        with _held_back() as before:
            self._before = before
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
                told = signal.sigtimedwait(_WATCHED, self._patience(kill_at))
                if told is not None and told.si_signo in _STOPS:
                    if not self._stopping:
                        stopping()
                    kill_at = self._stop(Signals(told.si_signo))
                elif kill_at and time.monotonic() > kill_at:
                    self._signal(signal.SIGKILL)
                self._reap()
                if self._failed and not self._stopping:
                    kill_at = self._stop(signal.SIGTERM)
                self._replace()
                if not self._answering and self._all_ready():
                    self._answering = True
                    answering()
        if self._failed:
            print(self._failed, file=sys.stderr)
        return 1 if self._failed else 0

    def _all_ready(self) -> bool:
        return not self._stopping and all(map(self._siblings.is_ready, range(self._siblings.processes)))

    def _patience(self, kill_at: float) -> float:
        now = time.monotonic()
        moments = [*self._due.values(), *([kill_at] if kill_at else [])]
        return max(0.01, min((moment - now for moment in moments), default=3600.0))

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
            said = self._siblings.leave(process)
            self._ended(process)
            if self._stopping or self._failed:
                continue
            how = _how(status)
            if not self._answering:
                if os.waitstatus_to_exitcode(status) == _USERS and said:
                    self._signal(signal.SIGKILL)
                    raise UsageError(said)
                self._failed = f"the service can't start: one of its processes ended at once ({said or how})"
                continue
            self._log_event("process ended", "error", process=process, how=how)
            now = time.monotonic()
            often = len(self._replaced) == _AT_ONCE and now - self._replaced[0] < _WITHIN
            self._due[process] = self._replaced[0] + _WITHIN if often else now
            if often and not self._running:
                self._failed = f"the service's processes keep ending ({how}); see its log"
                continue
            self._replaced.append(self._due[process])

    def _replace(self) -> None:
        if self._stopping:
            return
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
        """Be a process that serves; this returns to nobody."""
        status = 1
        try:
            # Ctrl-C is the first process's to hear of: it passes it on, once.
            os.setpgid(0, 0)
            for told in _WATCHED:
                signal.signal(told, signal.default_int_handler if told in _STOPS else signal.SIG_DFL)
            ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
            if os.getppid() == parent:
                self._siblings.enter(process, os.getpid())
                signal.pthread_sigmask(signal.SIG_SETMASK, self._before)
                status = self._serve(process)
        except KeyboardInterrupt:
            status = 0
        except UsageError as error:
            self._siblings.say(process, str(error))
            status = _USERS
        except BaseException as error:
            # Whatever it is, it is this process's end.
            self._siblings.say(process, f"{type(error).__name__}: {error}")
        finally:
            # Not by the interpreter's own end, which would wait for threads and run what belongs to the parent.
            os._exit(status)


def ready(siblings: Siblings, process: int) -> None:
    """Tell the first process that this one answers."""
    siblings.set_ready(process)
    os.kill(siblings.parent, _READY)


@contextmanager
def _held_back() -> Iterator[set[Signals | int]]:
    """Have signals wait until they are asked for; gives those that waited before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    try:
        yield before
    finally:
        # Those that still wait have been dealt with, or are of processes that have ended.
        while signal.sigtimedwait(_WATCHED, 0):
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"status {code}"
