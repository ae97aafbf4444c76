"""The service as a process: what it says when it can't start, and how it stops."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "web", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def assert_refused(done: subprocess.CompletedProcess[str], *said: str) -> None:
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for words in said:
        assert words in done.stderr


def test_port_in_use_is_said_in_one_line(sample_index: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_refused(run("--index", str(sample_index), "--port", port), port, "--port")


def test_missing_index_is_said_with_how_to_make_one(tmp_path: Path) -> None:
    assert_refused(run("--index", str(tmp_path / "none"), "--port", "0"), "indexer build")


@pytest.mark.parametrize("port", ["x", "-1", "65536", "8000.5", "٣"])
def test_strange_port_is_refused(tmp_path: Path, port: str) -> None:
    done = run("--index", str(tmp_path), "--port", port)
    assert done.returncode == 2
    assert "no port" in done.stderr or "expected one argument" in done.stderr


def test_strange_host_is_refused(sample_index: Path) -> None:
    assert_refused(
        run("--index", str(sample_index), "--host", "no.such.host.invalid", "--port", "0"), "--host"
    )


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_service_answers_and_stops_when_told(sample_index: Path, how: signal.Signals) -> None:
    command = [sys.executable, "-m", "web", "--index", str(sample_index), "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = "http://" + process.stdout.readline().split("http://")[1].split()[0]
    assert httpx.get(f"{address}/healthz").json()["status"] == "ok"
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors
