"""The service under traffic that is large, fast, slow or odd: in limits, in its log, and in its counts."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx
import pytest

from eval.bench.web_process import ROOT, WebProcess, web_process
from search_api.engine import Engine
from tests.web.checked_client import check_headers
from tests.web.watching import logged, metric, request_logged

pytestmark = pytest.mark.slow

# The machine may be busy; what must be quick is measured where it must.
get = partial(httpx.get, timeout=60)
request = partial(httpx.request, timeout=60)

QUESTION = "kettles of nobody in particular"


@pytest.fixture(scope="module")
def service(sample_index: Path) -> Iterator[WebProcess]:
    settings = {
        "FINDINGS_HEADER_SECONDS": "1.5",
        "FINDINGS_BODY_SECONDS": "2",
        "FINDINGS_STALLED_SECONDS": "2",
        "FINDINGS_MAX_BODY_BYTES": "100000",
        "FINDINGS_MAX_CONNECTIONS": "60",
    }
    with web_process(sample_index, environment=settings) as running:
        yield running


def test_the_log_has_a_line_for_each_request_and_no_question(service: WebProcess) -> None:
    response = get(f"{service.address}/api/search", params={"q": QUESTION})
    assert response.status_code == 200
    line = request_logged(service, response.headers["x-request-id"])
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/search", 200)
    assert line["bytes"] == int(response.headers["content-length"])
    assert line["ms"] > 0
    assert not [word for word in QUESTION.split() if word in "".join(service.lines).split()]
    assert "127.0.0.1" not in json.dumps(line)


def test_a_route_is_logged_by_its_template_and_an_id_from_a_proxy_is_kept(service: WebProcess) -> None:
    documents = get(f"{service.address}/api/documents").json()["documents"]
    given = {"X-Request-ID": "from-the-proxy-17"}
    response = get(f"{service.address}/documents/{documents[0]['id']}", headers=given)
    assert response.headers["x-request-id"] == "from-the-proxy-17"
    line = request_logged(service, "from-the-proxy-17")
    assert line["route"] == "/documents/{document_id}"
    hostile = get(f"{service.address}/healthz", headers={"X-Request-ID": 'x" onload="y'})
    assert hostile.headers["x-request-id"].isalnum()


def test_queries_are_logged_where_whoever_runs_the_service_wants_them(sample_index: Path) -> None:
    settings = {"FINDINGS_LOG_QUERIES": "on", "FINDINGS_METRICS": "off"}
    with web_process(sample_index, environment=settings) as running:
        get(f"{running.address}/api/search", params={"q": "kettles"})
        assert logged(running, "request")[0]["query"] == "q=kettles"
        assert get(f"{running.address}/metrics").status_code == 404


def test_a_log_that_nobody_reads_stops_nothing(sample_index: Path) -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "web", "--index", str(sample_index), "--port", "0"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=writing, text=True,
    )  # fmt: skip
    try:
        os.close(writing)
        assert process.stdout is not None
        address = "http://" + process.stdout.readline().split("http://")[1].split()[0]
        with httpx.Client() as client:
            # Some 180 bytes a line: far more than the 64 kB that a pipe holds.
            statuses = {client.get(f"{address}/healthz").status_code for _ in range(600)}
        assert statuses == {200}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(reading)


def test_metrics_count_requests_answers_and_the_index(service: WebProcess, sample_index: Path) -> None:
    asked = 'findings_requests_total{method="GET",route="/api/answer",status="200"}'
    before = metric(service, asked)
    get(f"{service.address}/api/answer", params={"q": "what was found about visits to children?"})
    # Counted once it has been sent, and not by the process that is asked for the count.
    until = time.monotonic() + 20
    while metric(service, asked) == before and time.monotonic() < until:
        time.sleep(0.01)
    assert metric(service, asked) == before + 1
    with Engine(sample_index) as engine:
        health = engine.snapshot().health()
    assert metric(service, "findings_index_documents") == health.documents
    assert metric(service, "findings_index_passages") == health.passages
    assert metric(service, "findings_index_age_seconds") > 0
    assert metric(service, 'findings_request_seconds_count{route="/api/answer"}') >= 1
    assert (
        sum(metric(service, f'findings_answers_total{{status="{s}"}}') for s in ("answered", "not_found"))
        >= 1
    )


def test_addresses_make_no_new_series(service: WebProcess) -> None:
    for number in range(20):
        get(f"{service.address}/no/such/page/{number}")
        request(f"VERB{number}", f"{service.address}/search")
    body = get(f"{service.address}/metrics").text
    assert "no/such" not in body
    assert "VERB" not in body
    assert 'method="other"' in body


def test_what_a_proxy_passes_on_may_not_see_the_metrics(service: WebProcess) -> None:
    assert get(f"{service.address}/metrics").status_code == 200
    for header in ("X-Forwarded-For", "Forwarded", "Via"):
        assert get(f"{service.address}/metrics", headers={header: "1.2.3.4"}).status_code == 404


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"method": "GET", "url": "/api/search?q=" + "x" * 17_000}, 414, "address_too_long"),
        (
            {"method": "GET", "url": "/api/search?q=x", "headers": {"X-Long": "x" * 33_000}},
            431,
            "headers_too_large",
        ),
        ({"method": "POST", "url": "/api/search", "content": b"x" * 100_001}, 413, "too_large"),
    ],
)
def test_what_is_too_large_is_refused_in_the_contracts_words(
    service: WebProcess, request_: dict[str, str], status: int, code: str
) -> None:
    request_ = {**request_, "url": service.address + request_["url"]}
    response = request(**request_)  # type: ignore[arg-type]
    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    check_headers(response)


def test_a_person_who_is_refused_gets_words_and_no_json(service: WebProcess) -> None:
    response = get(f"{service.address}/search?q=" + "x" * 17_000)
    assert (response.status_code, response.headers["content-type"]) == (414, "text/plain; charset=utf-8")
    assert "too long" in response.text


def test_a_connection_that_asks_nothing_is_closed_in_time(service: WebProcess) -> None:
    with service.connect() as silent, service.connect() as dribbling, service.connect() as after_one:
        started = time.monotonic()
        after_one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert after_one.recv(100_000).startswith(b"HTTP/1.1 200")
        after_one.sendall(b"GET /healthz HTTP/1.1\r\n")
        dribble = threading.Thread(target=_dribble, args=(dribbling,), daemon=True)
        dribble.start()
        for connection in (silent, dribbling, after_one):
            assert _ends(connection)
        assert time.monotonic() - started < 10
        dribble.join(10)


def test_a_body_that_does_not_come_is_given_up(service: WebProcess) -> None:
    with service.connect() as connection:
        connection.sendall(b"GET /api/search?q=x HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nabc")
        answer = connection.recv(100_000)
        # A route that wants no body answers at once; then the rest of it is not waited for.
        assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 408"))
        assert _ends(connection)


def test_a_client_that_takes_nothing_of_its_answer_is_let_go(service: WebProcess, sample_index: Path) -> None:
    documents = get(f"{service.address}/api/documents").json()["documents"]
    address = f"/api/documents/{documents[0]['id']}".encode()
    with ExitStack() as stack:
        connection = stack.enter_context(service.connect())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        # Asked many times over, more than the system's own buffers hold.
        with pytest.raises(OSError):
            for _ in range(3_000):
                connection.sendall(b"GET " + address + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            raise TimeoutError if _ends(connection) else AssertionError("it is still held")
    assert get(f"{service.address}/healthz").status_code == 200


def test_silent_connections_make_room_for_those_who_ask(service: WebProcess) -> None:
    with ExitStack() as stack:
        for _ in range(150):
            stack.enter_context(service.connect())
        answers = [get(f"{service.address}/healthz").status_code for _ in range(20)]
    assert answers == [200] * 20


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET  /healthz\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"GET /\x00\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_answered_by_400_or_closed(service: WebProcess, sent: bytes) -> None:
    with service.connect() as connection:
        connection.sendall(sent)
        answer = connection.recv(100_000)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
    assert get(f"{service.address}/healthz").status_code == 200


def test_one_address_may_ask_so_fast_and_others_are_not_held_up(sample_index: Path) -> None:
    settings = {
        "FINDINGS_RATE_PER_SECOND": "0.01",
        "FINDINGS_RATE_BURST": "3",
        "FINDINGS_TRUSTED_PROXIES": "127.0.0.0/8",
    }
    with web_process(sample_index, environment=settings) as running:

        def ask(client: str) -> httpx.Response:
            return get(f"{running.address}/api/councils", headers={"X-Forwarded-For": client})

        responses = [ask("198.51.100.7") for _ in range(5)]
        assert [r.status_code for r in responses] == [200, 200, 200, 429, 429]
        assert responses[-1].json()["error"]["code"] == "too_many_requests"
        assert 1 <= int(responses[-1].headers["retry-after"]) <= 100
        check_headers(responses[-1])
        # What is written before the proxy's own entry is the client's invention, and changes nothing.
        assert ask("203.0.113.9, 198.51.100.7").status_code == 429
        assert ask("203.0.113.9").status_code == 200
        assert get(f"{running.address}/healthz").status_code == 200
        assert metric(running, 'findings_refusals_total{limit="rate"}') == 3


def test_more_at_once_than_may_be_are_asked_to_come_again(sample_index: Path) -> None:
    with web_process(sample_index, environment={"FINDINGS_MAX_REQUESTS": "1"}) as running:
        statuses: list[int] = []

        def ask() -> None:
            statuses.append(get(f"{running.address}/api/search", params={"q": "visits"}).status_code)

        threads = [threading.Thread(target=ask) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(statuses) <= {200, 429}
        assert 200 in statuses
        assert get(f"{running.address}/api/search", params={"q": "visits"}).status_code == 200


@pytest.mark.slow
def test_what_is_being_answered_when_it_is_told_to_stop_is_answered(sample_index: Path) -> None:
    with web_process(sample_index, environment={"FINDINGS_STOP_SECONDS": "120"}) as running:
        documents = get(f"{running.address}/api/documents").json()["documents"]
        pages = [
            f"{running.address}/documents/{d['id']}/pages/{page}.png"
            for d in documents if d["file"].endswith(".pdf") for page in range(1, d["pages"] + 1)
        ][:8]  # fmt: skip
        answered: list[int] = []
        threads = [
            threading.Thread(target=lambda url=page: answered.append(get(url).status_code)) for page in pages
        ]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 30
        while metric(running, "findings_requests_in_flight") < len(pages) and time.monotonic() < until:
            time.sleep(0.005)
        running.process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        assert answered == [200] * len(pages)
        assert running.process.wait(timeout=150) == 0
        assert logged(running, "stopped")


def test_a_connection_that_never_ends_does_not_hold_up_the_stop(sample_index: Path) -> None:
    settings = {"FINDINGS_STOP_SECONDS": "2"}
    with web_process(sample_index, environment=settings) as running, running.connect() as connection:
        connection.sendall(b"POST /api/search HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nabc")
        started = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=30) == 0
        assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FINDINGS_METRICS", "everyone"),
        ("FINDINGS_LOG", "loud"),
        ("FINDINGS_MAX_REQUESTS", "-1"),
        ("FINDINGS_RATE_PER_SECOND", "fast"),
        ("FINDINGS_TRUSTED_PROXIES", "the proxy"),
    ],
)
def test_a_setting_that_cannot_be_is_said_in_one_line(sample_index: Path, name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "web", "--index", str(sample_index), "--port", "0"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, name: value},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert name in done.stderr
    assert "set it to" in done.stderr or "list addresses" in done.stderr


def _dribble(connection: socket.socket) -> None:
    for byte in b"GET /healthz HTTP/1.1\r\nX-Slow: " + b"y" * 100:
        try:
            connection.send(bytes([byte]))
        except OSError:
            return
        time.sleep(0.1)


def _ends(connection: socket.socket) -> bool:
    """Whether the other side closes the connection before our own patience (its timeout) is over."""
    try:
        while connection.recv(1 << 20):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True
