"""The service's log: a line of JSON for each request and each thing worth knowing, on standard error.

What people ask is their own business: neither a query, nor an address, nor a client is written, unless
FINDINGS_LOG_QUERIES is on; of an error, its type and the places in our code that it went through, since a
message may quote a question. Lines go through a queue and a thread of its own: a log that nobody reads, a full
pipe or a slow disk costs lines (their number is logged), never an answer. This module must not know what a
request is about.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import select
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from web.service.observed import Observation

_WAITING = 10_000
"""Lines kept for a reader that has fallen behind."""
_ROOT = Path(__file__).resolve().parents[2]
_PLACES = 8
_STANDARD_ERROR = 2


class Log:
    """Lines of JSON to a file descriptor, written by a thread of their own."""

    def __init__(self, descriptor: int = _STANDARD_ERROR, *, queries: bool = False) -> None:
        self._descriptor = descriptor
        self._queries = queries
        self._lines: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_lines, name="log", daemon=True)
        self._thread.start()

    def event(self, event: str, level: str = "info", **fields: object) -> None:
        """Log one thing that happened."""
        try:
            self._lines.put_nowait(_line(event, level, fields))
        except queue.Full:
            self._dropped += 1

    def request(self, observation: Observation) -> None:
        """Log a request's end."""
        fields: dict[str, object] = {
            "id": observation.request_id,
            "method": observation.method,
            "route": observation.route,
            "status": observation.status,
            "ms": round(observation.seconds * 1000, 1),
            "bytes": observation.bytes,
        }
        if self._queries:
            fields["query"] = observation.query
        if observation.error is not None:
            fields |= described(observation.error, message=self._queries)
        self.event("request", "error" if observation.status >= 500 else "info", **fields)

    def close(self, seconds: float = 2.0) -> None:
        """Write what waits, but wait no longer than this for it."""
        with suppress(queue.Full):
            self._lines.put_nowait(None)
            self._thread.join(seconds)

    def _write_lines(self) -> None:
        while (line := self._lines.get()) is not None:
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                self._write(_line("lines lost", "warning", {"lines": dropped}))
            self._write(line)

    def _write(self, line: bytes) -> None:
        while line:
            try:
                line = line[os.write(self._descriptor, line) :]
            except BlockingIOError:
                time.sleep(0.05)
            except OSError:
                return


def write_event(event: str, level: str = "info", **fields: object) -> None:
    """Log one thing that happened where there may be no thread; lost where nobody reads, as any line is."""
    with suppress(OSError):
        # A pipe that takes anything takes as much as a page, which no event is longer than.
        if select.select([], [_STANDARD_ERROR], [], 0)[1]:
            os.write(_STANDARD_ERROR, _line(event, level, fields))


def _line(event: str, level: str, fields: Mapping[str, object]) -> bytes:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = json.dumps({"time": moment, "level": level, "event": event, **fields}, ensure_ascii=True)
    return line.encode() + b"\n"


class ServerMessages(logging.Handler):
    """Takes what libraries and this program say beside requests into the log, as lines of the same kind.

    `log_event` writes one: a log's, or `write_event` where there is no log yet.
    """

    def __init__(self, log_event: Callable[..., None]) -> None:
        super().__init__(logging.WARNING)
        self._log_event = log_event

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record, of an exception its kind and place alone."""
        if record.exc_info and record.exc_info[1] is not None:
            # A request's own exception is in its line already, with its id.
            if not record.getMessage().startswith("Exception in ASGI application"):
                self._log_event("server", "error", **described(record.exc_info[1], message=False))
            return
        self._log_event("server", record.levelname.lower(), said=record.getMessage()[:500])


def take_messages(log_event: Callable[..., None]) -> None:
    """Have everything that is logged, warned of or dies in a thread written as events, instead of as it comes."""
    logging.getLogger().handlers = [ServerMessages(log_event)]
    logging.captureWarnings(capture=True)

    def died(fault: threading.ExceptHookArgs) -> None:
        if fault.exc_value is not None:
            log_event("server", "error", **described(fault.exc_value, message=False))

    threading.excepthook = died


def described(error: BaseException, *, message: bool) -> dict[str, object]:
    """An exception for the log: its type, the last places it went through, and its message if that may be written."""
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    fields: dict[str, object] = {
        "error": type(error).__name__,
        "at": [f"{_short(frame.filename)}:{frame.lineno}" for frame in frames],
    }
    if message:
        fields["message"] = str(error)[:500]
    return fields


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else "/".join(path.parts[-2:])
