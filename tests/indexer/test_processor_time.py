"""The limit on a processor's time: it ends what swallows every error, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from indexer.limits import processor_seconds

LIMIT = 0.05
LONG = 2.0


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    before = signal.getsignal(signal.SIGPROF)
    yield
    assert signal.getsignal(signal.SIGPROF) is before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def work(seconds: float) -> None:
    """Swallow every error, as a forgiving reader does."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        with contextlib.suppress(Exception):
            int("no number")


def test_what_takes_longer_is_ended_though_it_swallows_errors() -> None:
    started = time.process_time()
    with pytest.raises(TimeoutError, match=r"more than 0\.05 s of a processor"), processor_seconds(LIMIT):
        work(LONG)
    assert time.process_time() - started < LONG


def test_what_ends_in_time_ends_as_it_would() -> None:
    with processor_seconds(LONG):
        work(LIMIT)
    with pytest.raises(ValueError, match="its own"), processor_seconds(LONG):
        raise ValueError("its own")
    work(2 * LIMIT)


def test_in_another_thread_nothing_is_limited() -> None:
    ended: list[bool] = []

    def limited() -> None:
        with processor_seconds(LIMIT):
            work(2 * LIMIT)
        ended.append(True)

    thread = threading.Thread(target=limited)
    thread.start()
    thread.join()
    assert ended == [True]
