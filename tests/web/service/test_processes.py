"""The service by several processes: it answers as one, whatever becomes of any of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from eval.bench.faults.documents import Documents, must_build
from eval.bench.web_process import ROOT, WebProcess, web_process
from tests.web.watching import logged, metric
from web.service.processes import Processes, Siblings, ready

pytestmark = pytest.mark.slow

get = partial(httpx.get, timeout=60)
TWO = {"FINDINGS_PROCESSES": "2"}
SECONDS = 30.0


@pytest.fixture(scope="module")
def service(sample_index: Path) -> Iterator[WebProcess]:
    with web_process(sample_index, environment=TWO) as running:
        yield running


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def until(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold before our patience is over."""
    end = time.monotonic() + SECONDS
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def runs(pid: int) -> bool:
    """Whether a process is there; one that has ended and waits to be asked for isn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def connections_of(pid: int) -> int:
    """How many sockets a process holds."""
    links = Path(f"/proc/{pid}/fd")
    return sum(str(link.readlink()).startswith("socket:") for link in links.iterdir())


def memory_of(pid: int) -> int:
    """Bytes that a process holds, of what it shares its part."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return 1024 * int(next(line.split()[1] for line in lines.splitlines() if line.startswith("Pss:")))


@contextmanager
def clients(service: WebProcess, count: int) -> Iterator[list[httpx.Client]]:
    """Clients that each keep a connection of their own; the processes share them evenly."""
    with ExitStack() as stack:
        opened = [
            stack.enter_context(httpx.Client(base_url=service.address, timeout=60)) for _ in range(count)
        ]
        for client in opened:
            assert client.get("/healthz").status_code == 200
        yield opened


def test_connections_are_shared_evenly(service: WebProcess) -> None:
    first, second = children(service.process.pid)
    before = connections_of(first), connections_of(second)
    with clients(service, 12):
        taken = connections_of(first) - before[0], connections_of(second) - before[1]
    assert sum(taken) == 12
    # A busy machine may wake one of them late.
    assert min(taken) >= 4


def test_what_each_process_counts_is_added_up_whichever_is_asked(service: WebProcess) -> None:
    asked = 'findings_requests_total{method="GET",route="/api/councils",status="200"}'
    seconds = 'findings_request_seconds_count{route="/api/councils"}'
    slowest = 'findings_request_seconds_bucket{le="+Inf",route="/api/councils"}'
    before = [metric(service, line) for line in (asked, seconds, slowest)]
    with clients(service, 4) as askers:
        for asker in askers * 3:
            assert asker.get("/api/councils").status_code == 200
        assert until(lambda: metric(service, asked) == before[0] + 12)
        lines = {
            line for asker in askers for line in asker.get("/metrics").text.splitlines() if asked in line
        }
    assert lines == {f"{asked} {before[0] + 12}"}
    assert [metric(service, seconds), metric(service, slowest)] == [before[1] + 12, before[2] + 12]
    assert metric(service, "findings_requests_in_flight") == 0


def test_memory_and_processor_time_are_of_all_processes(service: WebProcess) -> None:
    held = sum(map(memory_of, [service.process.pid, *children(service.process.pid)]))
    assert 0.8 * held < metric(service, "process_resident_memory_bytes") < 1.2 * held
    before = metric(service, "process_cpu_seconds_total")
    with clients(service, 2) as askers:
        for number in range(20):
            askers[number % 2].get("/api/search", params={"q": f"visits to children {number}"})
    assert metric(service, "process_cpu_seconds_total") > before


def test_one_rate_holds_for_all_processes(sample_index: Path) -> None:
    settings = {**TWO, "FINDINGS_RATE_PER_SECOND": "0.01", "FINDINGS_RATE_BURST": "5"}
    with web_process(sample_index, environment=settings) as running, clients(running, 4) as askers:
        statuses = [asker.get("/api/councils").status_code for asker in askers * 3]
        assert statuses == [200] * 5 + [429] * 7
        assert until(lambda: metric(running, 'findings_refusals_total{limit="rate"}') == 7)


def test_a_process_that_is_killed_is_replaced_and_no_later_request_fails(sample_index: Path) -> None:
    with web_process(sample_index, environment=TWO) as running:
        asked = 'findings_requests_total{method="GET",route="/api/councils",status="200"}'
        for _ in range(6):
            get(f"{running.address}/api/councils")
        assert until(lambda: metric(running, asked) == 6)
        first, second = children(running.process.pid)
        os.kill(first, signal.SIGKILL)
        (ended,) = logged(running, "process ended")
        assert (ended["how"], ended["level"]) == ("signal 9", "error")
        statuses = {
            get(f"{running.address}/api/search", params={"q": "visits"}).status_code for _ in range(20)
        }
        assert statuses == {200}
        assert until(lambda: len(set(children(running.process.pid)) - {first, second}) == 1)
        # What the dead one had counted stays counted.
        assert metric(running, asked) == 6
        with clients(running, 4) as askers:
            assert {asker.get("/api/search?q=visits").status_code for asker in askers} == {200}
    assert [running.process.returncode, len(logged(running, "started")), len(logged(running, "stopped"))] == [
        0,
        1,
        1,
    ]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_finishes_what_it_answers_and_leaves_no_process(
    sample_index: Path, how: signal.Signals
) -> None:
    with web_process(sample_index, environment=TWO) as running, running.connect() as connection:
        pids = children(running.process.pid)
        assert len(pids) == 2
        # A request that has begun: the rest of its body comes after the signal.
        connection.sendall(
            b"POST /api/check-citations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        )
        connection.sendall(b"Content-Length: 14\r\n\r\n")
        assert until(lambda: metric(running, "findings_requests_in_flight") == 1)
        running.process.send_signal(how)
        connection.sendall(b'{"text": "No"}')
        assert connection.recv(100_000).startswith(b"HTTP/1.1 200")
        assert running.process.wait(timeout=SECONDS) == 0
        assert [pid for pid in pids if runs(pid)] == []
        with pytest.raises(ConnectionRefusedError):
            running.connect()
    assert len(logged(running, "stopped")) == 1


def test_no_process_outlives_the_first(sample_index: Path) -> None:
    with web_process(sample_index, environment=TWO) as running:
        pids = children(running.process.pid)
        running.process.kill()
        assert until(lambda: not any(map(runs, pids)))


def test_every_process_takes_up_a_new_index(tmp_path: Path) -> None:
    documents = Documents(count=2, paragraphs=4, changing=1)
    source, folder = tmp_path / "source", tmp_path / "index"
    documents.write(source, 1)
    must_build(source, folder)
    with web_process(folder, environment=TWO) as running, clients(running, 4) as askers:

        def digests() -> set[str]:
            return {asker.get("/healthz").json()["digest"] for asker in askers}

        seen = digests()
        for edition in (2, 3):
            documents.write(source, edition)
            must_build(source, folder)
            new = digests()
            assert len(new) == 1
            assert not new & seen
            seen |= new
        # The files that the first process had opened are gone by now.
        os.kill(children(running.process.pid)[0], signal.SIGKILL)
        assert logged(running, "process replaced")
        assert until(lambda: len(children(running.process.pid)) == 2)
        with clients(running, 4) as others:
            assert {other.get("/healthz").json()["digest"] for other in others} == new
            assert {other.get("/api/search?q=visits").status_code for other in others} == {200}


def test_one_process_forks_none(sample_index: Path) -> None:
    with web_process(sample_index, environment={"FINDINGS_PROCESSES": "1"}) as running:
        assert children(running.process.pid) == []
        assert get(f"{running.address}/healthz").status_code == 200


def test_the_option_wins_over_the_setting(sample_index: Path) -> None:
    command = [sys.executable, "-m", "web", "--index", str(sample_index), "--port", "0", "--processes", "3"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, **TWO}
    ) as process:
        assert process.stdout is not None
        assert b"http://" in process.stdout.readline()
        assert len(children(process.pid)) == 3
        process.terminate()


def test_documents_are_taken_by_one_process_and_that_is_said(sample_index: Path, tmp_path: Path) -> None:
    settings = {**TWO, "FINDINGS_UPLOADS": str(tmp_path)}
    with web_process(sample_index, environment=settings) as running:
        assert children(running.process.pid) == []
        assert get(f"{running.address}/upload").status_code == 200
        assert until(lambda: any("one process" in line for line in running.lines))
        running.lines[:] = [line for line in running.lines if line.startswith("{")]


# Processes that end by themselves, without a service in them.

_ENDING = """
import sys, time
from indexer.errors import UsageError
from tests.web.service.test_processes import supervised
{serve}
sys.exit(supervised(serve))
"""


def supervised(serve: Callable[[Siblings, int], int]) -> int:
    """Run two processes that do this, as the service runs its own."""
    siblings = Siblings(2)
    processes = Processes(
        siblings,
        partial(serve, siblings),
        ended=lambda _: None,
        log_event=lambda *lines, **_: print(*lines, flush=True),
        stop_seconds=1,
    )
    return processes.run(lambda: print("answering", flush=True), lambda: None)


def ending(serve: str) -> subprocess.CompletedProcess[str]:
    # Up to seven processes in turn, each of which may be slow to start on a busy machine.
    return subprocess.run(
        [sys.executable, "-c", _ENDING.format(serve=serve)],
        cwd=ROOT, capture_output=True, text=True, timeout=4 * SECONDS, check=False,
    )  # fmt: skip


def test_processes_that_end_at_their_start_are_said_in_one_line() -> None:
    done = ending("def serve(siblings, process):\n    return 3")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "can't start" in done.stderr
    assert "status 3" in done.stderr


def test_what_a_process_died_of_at_its_start_is_told() -> None:
    done = ending("def serve(siblings, process):\n    raise ValueError('no such luck')")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "no such luck" in done.stderr
    mistaken = ending("def serve(siblings, process):\n    raise UsageError('set it to something else')")
    assert "UsageError: set it to something else" in mistaken.stderr


def test_processes_that_keep_ending_are_replaced_a_few_times_and_given_up() -> None:
    done = ending(
        "from web.service.processes import ready\n"
        "def serve(siblings, process):\n    ready(siblings, process); time.sleep(0.2); return 4"
    )
    assert done.returncode == 1
    assert done.stdout.count("answering") == 1
    assert 4 <= done.stdout.count("process replaced") <= 6
    assert "keep ending" in done.stderr


def test_where_the_system_allows_no_more_processes_that_is_said() -> None:
    limited = (
        "import os, resource\n"
        "os.setuid(60_123)\n"
        "resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))\n"
        "def serve(siblings, process):\n    return 0"
    )
    if os.getuid():
        limited = limited.replace("os.setuid(60_123)\n", "")
    done = ending(limited)
    assert "UsageError: the system allows no more processes" in done.stderr
    assert "FINDINGS_PROCESSES" in done.stderr


def test_a_process_says_itself_when_it_answers() -> None:
    siblings = Siblings(2)
    siblings.enter(1, os.getpid())
    heard = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        ready(siblings, 1)
        assert not siblings.all_ready()
        assert siblings.more_than_the_least(1) == 0
        ready(siblings, 0)
        assert siblings.all_ready()
    finally:
        signal.signal(signal.SIGUSR1, heard)
    siblings.set_connections(1, 7)
    assert siblings.more_than_the_least(1) == 7
    assert siblings.pids() == [os.getpid()]
    assert siblings.reason() == ""
    siblings.set_reason("é" * 2_000)
    assert set(siblings.reason().rstrip("\ufffd")) == {"é"}
    siblings.leave(1)
    assert siblings.pids() == []
