"""A publisher's site on this machine, as hostile as real ones: listings, providers' pages, documents, and its moods."""

from __future__ import annotations

import contextlib
import email.utils
import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Published:
    """A document as the site lists it."""

    number: int
    label: str
    body: bytes
    date: str = "09 May 2025"


@dataclass
class Replica:
    """The site; `moods` are answers that a path gives before its own, `robots` its robots.txt."""

    providers: dict[int, tuple[str, list[Published]]]
    robots: str = "User-agent: *\nDisallow: /private/\n"
    rows: int = 100
    moods: dict[str, list[Any]] = field(default_factory=dict)
    sent: Counter[str] = field(default_factory=Counter)
    """Bodies sent in full, by path."""
    asked: Counter[str] = field(default_factory=Counter)
    agents: set[str] = field(default_factory=set)
    shift: bool = False
    """Whether a provider disappears from the head of the list after each page of it."""
    extra: dict[str, Reply] = field(default_factory=dict)
    port: int = 0

    @property
    def host(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def site(self) -> str:
        """Its address."""
        return f"http://{self.host}"

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        path = scope["path"]
        self.asked[path] += 1
        self.agents.add(headers.get("user-agent", ""))
        status, out, body = self._answer(path, scope["query_string"].decode(), headers)
        mood = self.moods.get(path, [])
        broken = ""
        if mood:
            now = mood.pop(0)
            if isinstance(now, str):
                broken = now
            else:
                status, out, body = now
        length = len(body) + (1000 if broken == "truncated" else 0)
        out = {"content-length": str(length), **out}
        if broken == "reset":
            raise ConnectionResetError
        await send({"type": "http.response.start", "status": status, "headers": [(k.encode(), v.encode()) for k, v in out.items()]})  # fmt: skip
        await send({"type": "http.response.body", "body": body, "more_body": broken == "truncated"})
        if status == 200 and not broken:
            self.sent[path] += 1

    def _answer(self, path: str, query: str, headers: dict[str, str]) -> Reply:
        if path in self.extra:
            return self.extra[path]
        if path == "/robots.txt":
            return 200, {"content-type": "text/plain"}, self.robots.encode()
        if path == "/search":
            start = int(query.split("start=")[1].split("&", maxsplit=1)[0])
            numbers = sorted(self.providers)[start : start + self.rows]
            if self.shift and numbers:
                del self.providers[min(self.providers)]
            links = "".join(
                f'<li><a href="/provider/44/{n}">{self.providers.get(n, ("?",))[0]}</a></li>' for n in numbers
            )
            return _page(f"<h1>Search</h1><ul>{links}</ul><a href='/about'>About</a>")
        if path.startswith("/provider/44/"):
            number = int(path.rsplit("/", 1)[1])
            if number not in self.providers:
                return 404, {}, b""
            name, documents = self.providers[number]
            links = "".join(
                f'<a class="x publication-link" href="/v1/file/{d.number}"><span>Read</span> '
                f"<span class='hidden'>{name}: {d.label}, pdf - {d.date}</span></a>"
                for d in documents
            )
            return _page(
                f"<h1>{name}</h1>{links}<a class='publication-link' href='/private/{number}'>Old, pdf - 1 May 2001</a>"
            )
        found = {
            f"/v1/file/{d.number}": d.body for _, documents in self.providers.values() for d in documents
        }
        if path in found:
            etag = f'"{hashlib.sha256(found[path]).hexdigest()[:16]}"'
            if headers.get("if-none-match") == etag:
                return 304, {}, b""
            modified = email.utils.formatdate(1_700_000_000, usegmt=True)
            return (
                200,
                {"etag": etag, "last-modified": modified, "content-type": "application/pdf"},
                found[path],
            )
        return 404, {}, b""

    @contextlib.contextmanager
    def served(self) -> Iterator[Replica]:
        """Serve it on a free port of 127.0.0.1."""
        server = uvicorn.Server(
            uvicorn.Config(self, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
        self.port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.should_exit = True
            thread.join(10)


def _page(content: str) -> Reply:
    return (
        200,
        {"content-type": "text/html", "cache-control": "no-cache"},
        f"<!doctype html><html><body>{content}</body></html>".encode(),
    )


def pdf(text: str) -> bytes:
    """A body that looks like a PDF from outside."""
    return f"%PDF-1.4\n{text}\n%%EOF\n".encode()
