"""What a service under test has logged and counted, once it has."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

from eval.bench.web_process import WebProcess


def logged(service: WebProcess, event: str, count: int = 1, seconds: float = 20) -> list[dict[str, Any]]:
    """The log's lines of one kind of event, once there are as many or the seconds are over."""
    until = time.monotonic() + seconds
    while True:
        found = [line for line in map(json.loads, list(service.lines)) if line["event"] == event]
        if len(found) >= count or time.monotonic() > until:
            return found
        time.sleep(0.02)


def request_logged(service: WebProcess, request_id: str, seconds: float = 20) -> dict[str, Any]:
    """The log's line of one request, which is written once its answer has been sent.

    LookupError where there is none when the seconds are over.
    """
    until = time.monotonic() + seconds
    while True:
        for line in logged(service, "request", seconds=seconds):
            if line["id"] == request_id:
                return line
        if time.monotonic() > until:
            raise LookupError(f"no line of the log tells of request {request_id}")
        time.sleep(0.02)


def metric(service: WebProcess, line: str) -> float:
    """A figure of /metrics by its name and labels, 0 where there is none yet."""
    with urllib.request.urlopen(f"{service.address}/metrics", timeout=20) as response:  # noqa: S310 (our own)
        text = response.read().decode()
    for found in text.splitlines():
        if found.startswith(f"{line} "):
            return float(found.rsplit(" ", 1)[1])
    return 0.0
