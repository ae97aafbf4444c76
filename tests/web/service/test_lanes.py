"""However many slow requests of a kind there are, a search is answered, and what nobody waits for is given up."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest

from eval.bench.web_process import WebProcess, web_process
from search_api.writer.endpoint import MODEL, SECONDS, URL
from tests.search_api.scripted_writer import Scripted, scripted_writer

pytestmark = pytest.mark.slow

QUESTION = {"q": "care leavers need better housing"}
CLIENT = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))


class Slow:
    """A writer that sends a byte now and then, and knows how many are still listening to it."""

    def __init__(self, scripted: Scripted) -> None:
        self.listening = self.most = 0
        self._stopping = scripted.stopping
        self._lock = threading.Lock()
        scripted.reply = self.reply

    def reply(self, handler: BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
        with self._lock:
            self.listening += 1
            self.most = max(self.most, self.listening)
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
            while not self._stopping.wait(0.2):
                handler.wfile.write(b" ")
        except OSError:
            pass
        finally:
            with self._lock:
                self.listening -= 1


@pytest.fixture(scope="module")
def writer() -> Iterator[tuple[Slow, str]]:
    with scripted_writer() as scripted:
        yield Slow(scripted), scripted.url


@pytest.fixture(scope="module")
def service(sample_index: Path, writer: tuple[Slow, str]) -> Iterator[WebProcess]:
    settings = {URL: writer[1], MODEL: "slow", SECONDS: "30", "FINDINGS_PROCESSES": "1"}
    settings |= {"FINDINGS_BODY_SECONDS": "5", "FINDINGS_STOP_SECONDS": "1"}
    with web_process(sample_index, environment=settings) as running:
        CLIENT.get(f"{running.address}/api/answer", params={**QUESTION, "write": "false"}, timeout=60)
        yield running


def searched_within(service: WebProcess, seconds: float) -> None:
    started = time.monotonic()
    assert CLIENT.get(f"{service.address}/api/search", params=QUESTION, timeout=60).status_code == 200
    assert time.monotonic() - started < seconds


def status(ask: Any) -> int:
    try:
        return int(ask().status_code)
    except httpx.TransportError:
        return 0  # refused while it was still sending, or left without waiting


def test_a_writer_that_trickles_holds_up_no_search_and_is_left_with_its_readers(
    service: WebProcess, writer: tuple[Slow, str]
) -> None:
    slow, _ = writer
    with ThreadPoolExecutor(60) as pool:
        asked = [
            pool.submit(
                status, lambda: CLIENT.get(f"{service.address}/api/answer", params=QUESTION, timeout=4)
            )
            for _ in range(60)
        ]
        time.sleep(1.5)
        searched_within(service, 8)
        statuses = [one.result() for one in asked]
    assert statuses.count(429) >= 20
    assert 1 <= slow.most <= 4
    until = time.monotonic() + 5
    while slow.listening and time.monotonic() < until:
        time.sleep(0.05)
    assert slow.listening == 0


def test_many_drafts_and_packs_hold_up_no_search(service: WebProcess) -> None:
    draft = "".join(
        f"The inspectors wrote “children wait {n} weeks for help and for a plan”. " for n in range(300)
    )
    found = CLIENT.get(f"{service.address}/api/search", params={**QUESTION, "limit": "10"}, timeout=60).json()
    packed = [("p", hit["passage"]["id"]) for hit in found["hits"]] + [("pictures", "1")]
    with ThreadPoolExecutor(48) as pool:
        asked = [
            pool.submit(
                status,
                lambda: CLIENT.post(f"{service.address}/check-citations", data={"text": draft}, timeout=5),
            )
            for _ in range(40)
        ]
        packs = [
            pool.submit(status, lambda: CLIENT.get(f"{service.address}/pack.docx", params=packed, timeout=90))
            for _ in range(3)
        ]
        time.sleep(0.7)
        searched_within(service, 8)
        assert {one.result() for one in asked} <= {200, 429, 0}
        assert {one.result() for one in packs} == {200}


def test_half_sent_bodies_are_held_in_bounds(service: WebProcess) -> None:
    before = service.memory()
    head = "POST /check-citations HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 9900000\r\n\r\n"
    held: list[socket.socket] = []
    try:
        for _ in range(40):
            connection = service.connect()
            connection.settimeout(2)
            held.append(connection)
            with contextlib.suppress(OSError):
                connection.sendall(head.encode() + b"x" * 5_000_000)
        searched_within(service, 8)
        assert service.memory() - before < 120_000_000
    finally:
        for connection in held:
            connection.close()
