"""Asking a publisher's site: who we are, what it forbids, how often, and what may come back.

One request at a time; a pause between two of a host; robots.txt as it stands today; Retry-After and exponential
back-off with jitter; a cap for a day. Only the source's hosts are asked, redirects included, and no private address.
Listings are kept in an HTTP cache (hishel, RFC 9111); documents aren't, since the corpus holds them, and are asked for by
their ETag or date. This module must not know what is listed or how it is kept.
"""

from __future__ import annotations

import contextlib
import email.utils
import hashlib
import ipaddress
import os
import random
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urljoin, urlsplit

import hishel
import httpx2
from hishel.httpx2 import CacheTransport
from protego import Protego

from indexer.errors import FindingsError

NOT_MODIFIED = 304
_TRIES = 5
_LONGEST_WAIT = 300.0
"""Seconds: a host that asks for more is left alone until the next run."""
_ROBOTS_BYTES = 500_000
_LISTING_BYTES = 20_000_000
_REDIRECTS = 5
_READ_SECONDS = 30.0
_BODY_SECONDS = 300.0
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})


class AskingError(FindingsError):
    """An address that gave nothing; the message says why, as a clause about it."""


class ForbiddenError(AskingError):
    """It may not be asked: by robots.txt, or since it leads away from the source's hosts."""


class RestingError(AskingError):
    """The host asked to be left alone for longer than a run waits."""


class DayIsFullError(FindingsError):
    """As many requests as a day may have were made."""


@dataclass(slots=True)
class Pace:
    """How fast one may ask: seconds between two requests of a host, and how many requests are left today."""

    pause: float
    left: int
    spent: Callable[[], None] = lambda: None
    """Called before each request, so that a day's count survives a crash."""
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Answered:
    """A body that came, in a file or in memory, with what tells it from another edition of it."""

    status: int
    address: str
    etag: str | None = None
    modified: str | None = None
    content_type: str = ""
    body: bytes = b""
    sha256: str = ""
    bytes: int = 0


@dataclass(slots=True)
class SiteClient:
    """Asks the hosts of one source."""

    contact: str
    hosts: frozenset[str]
    pace: Pace
    cache: Path | None = None
    proxy: str | None = None
    private: bool = False
    """Whether private addresses may be asked: for tests and sites within an organisation."""
    requests: int = 0
    _client: httpx2.Client = field(init=False)
    _plain: httpx2.HTTPTransport = field(init=False)
    _caching: CacheTransport | None = field(default=None, init=False)
    _robots: dict[str, Protego | str] = field(default_factory=dict)
    _next: dict[str, float] = field(default_factory=dict)
    _resting: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        limits = httpx2.Limits(max_connections=1, max_keepalive_connections=1)
        headers = {"User-Agent": f"Findings/0.1 (+{self.contact})", "Accept": "*/*"}
        self._plain = httpx2.HTTPTransport(limits=limits, proxy=self.proxy)
        self._client = httpx2.Client(
            transport=self._plain,
            headers=headers,
            timeout=_READ_SECONDS,
            follow_redirects=False,
            trust_env=False,
        )
        if self.cache is not None:
            storage = hishel.SqliteStorage(database_path=self.cache)
            self._caching = CacheTransport(next_transport=self._plain, storage=storage, rfc=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()
        if self._caching:
            self._caching.close()

    def listing(self, address: str) -> bytes:
        """The body of a listing's page, out of the cache where it is still fresh or hasn't changed."""
        return self._get(address, {}, into=None, most=_LISTING_BYTES).body

    def document(
        self, address: str, into: Path, *, most: int, etag: str | None = None, modified: str | None = None
    ) -> Answered:
        """Download a document into a file; status 304 where it is still that of `etag` or `modified`.

        Raises AskingError where none comes.
        """
        known = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in known.items() if value}
        return self._get(address, headers, into=into, most=most)

    def _get(self, address: str, headers: Mapping[str, str], *, into: Path | None, most: int) -> Answered:
        for _ in range(_REDIRECTS + 1):
            self._may_ask(address)
            answered = self._try(address, headers, into=into, most=most)
            if answered.status not in _MOVED:
                return answered
            address = urljoin(address, answered.body.decode("utf-8", "replace"))
        raise AskingError(f"redirects more than {_REDIRECTS} times")

    def _may_ask(self, address: str) -> None:
        self._check_host(address)
        parts = urlsplit(address)
        robots = self._robots_of(f"{parts.scheme}://{parts.netloc}")
        if isinstance(robots, str):
            raise ForbiddenError(robots)
        if not robots.can_fetch(address, "Findings"):
            raise ForbiddenError("is forbidden by the site's robots.txt")

    def _check_host(self, address: str) -> None:
        parts = urlsplit(address)
        host = parts.netloc.lower()
        if parts.scheme not in ("http", "https") or "@" in host or host not in self.hosts:
            raise ForbiddenError(f"leads to {parts.netloc or address}, which is no host of the source")
        if host in self._resting:
            raise RestingError(self._resting[host])
        if not self.private and not self.proxy:
            _check_public(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))

    def _robots_of(self, site: str) -> Protego | str:
        if site not in self._robots:
            self._robots[site] = self._read_robots(site)
        return self._robots[site]

    def _read_robots(self, site: str) -> Protego | str:
        address = f"{site}/robots.txt"
        try:
            for _ in range(_REDIRECTS + 1):
                answered = self._try(address, {}, into=None, most=_ROBOTS_BYTES)
                if answered.status not in _MOVED:
                    break
                address = urljoin(address, answered.body.decode("utf-8", "replace"))
                self._check_host(address)
        except _GoneError:
            return Protego.parse("")  # no robots.txt: nothing is forbidden (RFC 9309)
        except AskingError as error:
            return f"can't be asked: the site's robots.txt {error}"
        robots = Protego.parse(answered.body.decode("utf-8", "replace"))
        delay = robots.crawl_delay("Findings")
        if delay:
            self.pace.pause = max(self.pace.pause, min(float(delay), 60.0))
        return robots

    def _try(self, address: str, headers: Mapping[str, str], *, into: Path | None, most: int) -> Answered:
        """Ask until an answer comes that isn't "later"; the body of a redirect is where it leads."""
        host = urlsplit(address).netloc.lower()
        said = "doesn't answer"
        for attempt in range(_TRIES):
            wait = 0.0
            try:
                answered, wait = self._once(address, headers, into=into, most=most)
            except (httpx2.TransportError, httpx2.StreamError, httpx2.DecodingError, OSError) as error:
                said = f"broke off ({type(error).__name__})"
            else:
                if answered.status not in _AGAIN:
                    if answered.status in (404, 410):
                        raise _GoneError(f"isn't there (status {answered.status})")
                    if answered.status >= 400:
                        raise AskingError(f"is refused (status {answered.status})")
                    return answered
                said = f"answers with status {answered.status}"
                if wait > _LONGEST_WAIT:
                    self._resting[host] = f"asks to be left alone for {wait:.0f} seconds"
                    raise RestingError(self._resting[host])
            if attempt + 1 < _TRIES:
                # Full jitter: clients that were refused together don't come back together.
                jitter = random.uniform(0, min(2.0**attempt, 60.0))  # noqa: S311 (no secret)
                self.pace.sleep(max(wait, jitter * min(self.pace.pause, 1.0)))
        raise AskingError(f"{said}, {_TRIES} times")

    def _once(
        self, address: str, headers: Mapping[str, str], *, into: Path | None, most: int
    ) -> tuple[Answered, float]:
        self._wait_for(urlsplit(address).netloc.lower())
        if self.pace.left <= 0:
            raise DayIsFullError("the day's number of requests is reached; the next run goes on tomorrow")
        self.pace.left -= 1
        self.pace.spent()
        self.requests += 1
        request = self._client.build_request("GET", address, headers=headers)
        with contextlib.closing(self._send(request, keep=into is None)) as response:
            self._check_peer(response)
            if response.status_code in _MOVED:
                place = response.headers.get("location", "")
                return Answered(response.status_code, address, body=place.encode()), 0.0
            if response.status_code != 200:
                return Answered(response.status_code, address), _retry_after(response)
            return self._read(response, address, into, most), 0.0

    def _send(self, request: httpx2.Request, *, keep: bool) -> httpx2.Response:
        if not keep or self._caching is None:
            return self._client.send(request, stream=True)
        response = self._caching.handle_request(request)
        response.request = request
        return response

    def _read(self, response: httpx2.Response, address: str, into: Path | None, most: int) -> Answered:
        digest, size, ends = hashlib.sha256(), 0, time.monotonic() + _BODY_SECONDS
        chunks: list[bytes] = []
        with into.open("wb") if into else contextlib.nullcontext() as file:
            for chunk in response.iter_bytes(1 << 16):
                size += len(chunk)
                if size > most:
                    raise AskingError(f"is larger than {most:,} bytes")
                if time.monotonic() > ends:
                    raise httpx2.ReadTimeout("the body takes too long")
                digest.update(chunk)
                if file:
                    file.write(chunk)
                else:
                    chunks.append(chunk)
            if file:
                file.flush()
                os.fsync(file.fileno())
        return Answered(
            response.status_code,
            address,
            response.headers.get("etag"),
            response.headers.get("last-modified"),
            response.headers.get("content-type", ""),
            b"".join(chunks),
            digest.hexdigest(),
            size,
        )

    def _check_peer(self, response: httpx2.Response) -> None:
        """What was really connected to, whatever the name led to a moment ago."""
        stream = response.extensions.get("network_stream")
        peer = stream.get_extra_info("server_addr") if stream else None
        if peer and not self.private and not self.proxy and not ipaddress.ip_address(peer[0]).is_global:
            raise ForbiddenError(f"leads to the private address {peer[0]}")

    def _wait_for(self, host: str) -> None:
        now = time.monotonic()
        if (wait := self._next.get(host, now) - now) > 0:
            self.pace.sleep(wait)
        self._next[host] = time.monotonic() + self.pace.pause


class _GoneError(AskingError):
    """There is nothing at the address."""


def _check_public(host: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AskingError(f"can't be found: there is no host {host}") from error
    for *_, place in found:
        if not ipaddress.ip_address(str(place[0]).split("%")[0]).is_global:
            raise ForbiddenError(f"leads to the private address {place[0]}")


def _retry_after(response: httpx2.Response) -> float:
    """Seconds, of a number or a date; 0 where none is given."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0
