"""Counts and rates in memory that several processes share."""

from __future__ import annotations

import os
import threading
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import UsageError
from tests.web.service.test_clients import Clock
from web.service.clients import TokenBuckets
from web.service.counts import SharedCounts
from web.settings import ServiceSettings, processes_for, settings_from


def in_another_process(counts: SharedCounts, process: int, *added: tuple[str, ...]) -> None:
    pid = os.fork()
    if not pid:
        try:
            counts.take(process)
            for key in added:
                counts.add(*key)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def test_what_processes_count_is_added_up() -> None:
    counts = SharedCounts(3)
    counts.add("requests", "/search", "200")
    in_another_process(counts, 1, ("requests", "/search", "200"), ("requests", "/search", "404"))
    in_another_process(counts, 2, ("requests", "/search", "200"))
    assert counts.totals() == {("requests", "/search", "200"): 3, ("requests", "/search", "404"): 1}


def test_whoever_takes_the_place_of_another_counts_on_but_for_levels() -> None:
    counts = SharedCounts(2, levels={"in flight"})
    for _ in range(2):
        in_another_process(counts, 1, ("requests",), ("in flight",))
    assert counts.totals() == {("requests",): 2, ("in flight",): 1}
    counts.give_up(1)
    assert counts.totals() == {("requests",): 2, ("in flight",): 0}


def test_threads_lose_no_count() -> None:
    counts = SharedCounts()

    def add() -> None:
        for _ in range(2_000):
            counts.add("answers", "answered")

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.totals()["answers", "answered"] == 8_000


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=2_000)), max_size=80))
def test_numbers_are_right_whatever_they_are_called_and_however_many(keys: list[tuple[str, str]]) -> None:
    counts = SharedCounts(2)
    for key in keys:
        counts.add(*key)
    assert counts.totals() == Counter(keys)
    counts.take(1)
    assert counts.totals() == Counter(keys)


def test_one_bucket_serves_all_processes() -> None:
    clock = Clock()
    buckets = TokenBuckets(0.5, 3, clock=clock)
    assert buckets.wait("a") == 0
    pid = os.fork()
    if not pid:
        os._exit(0 if buckets.wait("a") == 0 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert [buckets.wait("a"), buckets.wait("a")] == [0, 2]
    assert buckets.wait("b") == 0
    clock.now += 2
    assert buckets.wait("a") == 0


def test_a_lock_ends_with_the_process_that_held_it() -> None:
    buckets = TokenBuckets(1.0, 2, most=8)
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        with buckets._locked(0):
            os.write(writing, b"x")
            os.close(reading)
            signal_never_comes = threading.Event()
            signal_never_comes.wait(60)
        os._exit(0)
    assert os.read(reading, 1) == b"x"
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    assert buckets.wait("a") == 0


def test_of_more_clients_than_there_is_room_for_the_last_are_remembered() -> None:
    clock = Clock()
    buckets = TokenBuckets(0.01, 1, clock=clock, most=8)
    for number in range(20):
        clock.now += 0.001
        assert buckets.wait(str(number)) == 0
    assert [buckets.wait(str(number)) > 0 for number in range(12, 20)] == [True] * 8
    assert buckets.wait("0") == 0


def test_every_process_gets_its_share_and_never_nothing() -> None:
    share = ServiceSettings(max_requests=9, max_connections=3).share(4)
    assert (share.max_requests, share.max_connections) == (3, 1)


def test_by_itself_there_is_a_process_for_each_processor_up_to_four() -> None:
    assert processes_for(0) == min(4, len(os.sched_getaffinity(0)))
    assert processes_for(settings_from({"FINDINGS_PROCESSES": "7"}).processes) == 7
    with pytest.raises(UsageError, match="FINDINGS_PROCESSES"):
        processes_for(1_000)
