"""What whoever runs the service can set, from the environment, checked once at the start.

The defaults suit one machine behind nothing; docs/operations.md has the table. This module must not know how a
limit is kept.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from indexer.errors import UsageError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MetricsFor = Literal["off", "loopback", "on"]

MOST_PROCESSES = 64
_BY_ITSELF = 4
"""Processes that are started at most where nobody says how many."""


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Limits and what is written down; seconds, bytes and counts.

    `rate_per_second` is of one client's address, 0 for no limit, and `rate_burst` how many requests may come
    at once. `most_requests` are answered at the same time, `most_connections` held open. `trusted_proxies` are
    those whose X-Forwarded-For is believed. `stop_seconds` is how long requests in flight may take once the
    service is told to stop. `processes` answer beside each other, 0 for as many as suit the machine.
    """

    log: bool = True
    log_queries: bool = False
    metrics: MetricsFor = "loopback"
    rate_per_second: float = 0.0
    rate_burst: int = 20
    trusted_proxies: tuple[Network, ...] = ()
    most_requests: int = 128
    most_connections: int = 2_000
    most_body_bytes: int = 20_000_000
    most_url_bytes: int = 16_384
    most_header_bytes: int = 32_768
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    answer_seconds: float = 60.0
    stalled_seconds: float = 60.0
    stop_seconds: int = 10
    processes: int = 0

    def share(self, processes: int) -> ServiceSettings:
        """What one of so many processes may have of what is limited for all together; never nothing."""
        return replace(
            self,
            most_requests=-(-self.most_requests // processes),
            most_connections=-(-self.most_connections // processes),
        )


SETTINGS = {
    "FINDINGS_LOG": "log",
    "FINDINGS_LOG_QUERIES": "log_queries",
    "FINDINGS_METRICS": "metrics",
    "FINDINGS_RATE_PER_SECOND": "rate_per_second",
    "FINDINGS_RATE_BURST": "rate_burst",
    "FINDINGS_TRUSTED_PROXIES": "trusted_proxies",
    "FINDINGS_MAX_REQUESTS": "most_requests",
    "FINDINGS_MAX_CONNECTIONS": "most_connections",
    "FINDINGS_MAX_BODY_BYTES": "most_body_bytes",
    "FINDINGS_HEADER_SECONDS": "header_seconds",
    "FINDINGS_BODY_SECONDS": "body_seconds",
    "FINDINGS_ANSWER_SECONDS": "answer_seconds",
    "FINDINGS_STALLED_SECONDS": "stalled_seconds",
    "FINDINGS_STOP_SECONDS": "stop_seconds",
    "FINDINGS_PROCESSES": "processes",
}
"""The environment's names for the fields of ServiceSettings."""

_MAY_BE_NOTHING = frozenset({"rate_per_second"})


def settings_from(environment: Mapping[str, str] = os.environ) -> ServiceSettings:
    """The settings that the environment gives, defaults for the rest; UsageError names one that can't be."""
    given: dict[str, object] = {}
    defaults = ServiceSettings()
    for name, field in SETTINGS.items():
        text = environment.get(name, "").strip()
        if not text:
            continue
        default = getattr(defaults, field)
        if field == "metrics":
            given[field] = _one_of(name, text, ("off", "loopback", "on"))
        elif field == "trusted_proxies":
            given[field] = tuple(_network(name, part) for part in text.replace(",", " ").split())
        elif isinstance(default, bool):
            given[field] = _one_of(name, text, ("off", "on")) == "on"
        else:
            number = _number(name, text, least=0 if field in _MAY_BE_NOTHING else 1e-3)
            given[field] = max(1, round(number)) if isinstance(default, int) else number
    return ServiceSettings(**given)  # type: ignore[arg-type]  # each was checked against its default's type


def processes_for(asked: int) -> int:
    """How many processes serve: as many as asked for; by itself (0) one a processor, four at most.

    One where processes can't share what they have, which they do on Linux. UsageError for too many.
    """
    if asked > MOST_PROCESSES:
        raise UsageError(
            f"{asked} processes are too many; set FINDINGS_PROCESSES to {MOST_PROCESSES} at most"
        )
    if sys.platform != "linux":
        return 1
    return asked or min(_BY_ITSELF, len(os.sched_getaffinity(0)))


def _one_of(name: str, text: str, known: tuple[str, ...]) -> str:
    if text.lower() not in known:
        raise UsageError(f"{name} can't be {text!r}; set it to {', '.join(known[:-1])} or {known[-1]}")
    return text.lower()


def _number(name: str, text: str, least: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not least <= number <= 1e12:
        raise UsageError(f"{name} can't be {text!r}; set it to a number above 0")
    return number


def _network(name: str, text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise UsageError(
            f"{name} can't hold {text!r}; list addresses such as 127.0.0.1 or 10.0.0.0/8"
        ) from error
