"""What can be set for a service, from the environment, checked once at the start.

The defaults suit one machine behind nothing; docs/operations.md has the table. This module must not know how a
limit is kept.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from indexer.errors import UsageError

Network = IPv4Network | IPv6Network
MetricsFor = Literal["off", "loopback", "on"]

MOST_PROCESSES = 64
_BY_ITSELF = 4
"""Processes that are started at most where nobody says how many."""
_LARGEST = 1e12
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(ip_network(part, strict=False) for part in value.replace(",", " ").split())


def _names(value: object) -> object:
    if not isinstance(value, str):
        return value
    names = tuple(value.lower().replace(",", " ").split())
    if not all(_NAME.fullmatch(name) for name in names):
        raise ValueError
    return names


def _whole(value: str | int) -> int:
    if not 0 < float(value) <= _LARGEST:
        raise ValueError
    return max(1, round(float(value)))


_Switch = Annotated[bool, Field(description="set it to off or on")]
_Audience = Annotated[MetricsFor, BeforeValidator(_lower), Field(description="set it to off, loopback or on")]
_Proxies = Annotated[
    tuple[Network, ...],
    BeforeValidator(_networks),
    Field(description="list addresses such as 127.0.0.1 or 10.0.0.0/8"),
]
_Hosts = Annotated[
    tuple[str, ...],
    BeforeValidator(_names),
    Field(description="list names such as findings.example.org, without a port"),
]
_NUMBER = "set it to a number above 0"
_Seconds = Annotated[float, Field(gt=0, le=_LARGEST, description=_NUMBER)]
_Rate = Annotated[float, Field(ge=0, le=_LARGEST, description=_NUMBER)]
_Count = Annotated[int, BeforeValidator(_whole), Field(description=_NUMBER)]


class ServiceSettings(BaseModel, frozen=True):
    """Limits and what is written down; seconds, bytes and counts. Each is set by its name after FINDINGS_.

    `rate_per_second` is of one client's address, 0 for no limit, and `rate_burst` how many requests may come
    at once. `max_requests` are answered at the same time, `max_connections` held open. `trusted_proxies` are
    those whose X-Forwarded-For is believed. `hosts` are the names that the service answers to, beside addresses and
    names without a dot. `stop_seconds` is how long requests in flight may take once the
    service is stopped. `processes` answer beside each other, 0 for as many as suit the machine.
    """

    log: _Switch = True
    log_queries: _Switch = False
    metrics: _Audience = "loopback"
    rate_per_second: _Rate = 0.0
    rate_burst: _Count = 20
    trusted_proxies: _Proxies = ()
    hosts: _Hosts = ()
    max_requests: _Count = 128
    max_connections: _Count = 2_000
    max_body_bytes: _Count = 20_000_000
    header_seconds: _Seconds = 10.0
    body_seconds: _Seconds = 30.0
    answer_seconds: _Seconds = 60.0
    stalled_seconds: _Seconds = 60.0
    stop_seconds: _Count = 10
    processes: _Count = 0

    def share(self, processes: int) -> ServiceSettings:
        """What one of so many processes may have of what is limited for all together; never nothing."""
        shares = {name: -(-getattr(self, name) // processes) for name in ("max_requests", "max_connections")}
        return self.model_copy(update=shares)


SETTINGS = {f"FINDINGS_{name.upper()}": name for name in ServiceSettings.model_fields}
"""The environment's names for the fields of ServiceSettings."""

UPLOADS, UPLOADS_SOURCES = "FINDINGS_UPLOADS", "FINDINGS_UPLOADS_SOURCES"
UPLOADS_BYTES = "FINDINGS_UPLOADS_BYTES"
_MOST_UPLOADED = 5_000_000_000
"""Bytes in the folder of added documents, unless a setting says otherwise: some ten thousand reports."""


def settings_from(environment: Mapping[str, str] = os.environ) -> ServiceSettings:
    """The settings that the environment gives, defaults for the rest; UsageError names one that can't be."""
    given = {field: text for name, field in SETTINGS.items() if (text := environment.get(name, "").strip())}
    try:
        return ServiceSettings.model_validate(given)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        expected = ServiceSettings.model_fields[field].description
        raise UsageError(f"FINDINGS_{field.upper()} can't be {given[field]!r}; {expected}") from error


def processes_for(asked: int) -> int:
    """How many processes serve: as many as given; with 0 one a processor, four at most.

    One where processes can't share what they have, which they do on Linux. UsageError for too many.
    """
    if asked > MOST_PROCESSES:
        raise UsageError(
            f"{asked} processes are too many; set FINDINGS_PROCESSES to {MOST_PROCESSES} at most"
        )
    if sys.platform != "linux":
        return 1
    return asked or min(_BY_ITSELF, len(os.sched_getaffinity(0)))


@dataclass(frozen=True, slots=True)
class UploadSettings:
    """Where documents go, and the sources that a build of the index is made from, the folder among them.

    `most_bytes` is how much the folder may hold in all.
    """

    folder: Path
    sources: tuple[Path, ...]
    most_bytes: int = _MOST_UPLOADED


def upload_settings(environment: Mapping[str, str] = os.environ) -> UploadSettings | None:
    """Read the settings; None where uploads are off, which is the default. UsageError for wrong ones."""
    named = environment.get(UPLOADS, "").strip()
    if not named or named.lower() == "off":
        return None
    folder = Path(named).expanduser().resolve()
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise UsageError(f"{UPLOADS} is no folder that may be written to: make {named!r}, or name another")
    listed = [part for part in environment.get(UPLOADS_SOURCES, "").split(os.pathsep) if part.strip()]
    sources = tuple(Path(part.strip()).expanduser().resolve() for part in listed) or (folder,)
    missing = next((source for source in sources if not source.exists()), None)
    if missing is not None:
        raise UsageError(f"{UPLOADS_SOURCES} names {str(missing)!r}, which is not there")
    if not any(folder == source or source in folder.parents for source in sources):
        raise UsageError(
            f"{UPLOADS_SOURCES} must name the folder of {UPLOADS}, or one above it, among the sources"
        )
    most = environment.get(UPLOADS_BYTES, "").strip() or _MOST_UPLOADED
    try:
        return UploadSettings(folder, sources, _whole(most))
    except ValueError as error:
        raise UsageError(f"{UPLOADS_BYTES} can't be {most!r}; {_NUMBER}") from error
