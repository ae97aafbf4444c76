"""A real endpoint that says what a test scripts: over HTTP, on a port of its own, until the test ends."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


def completion(handler: BaseHTTPRequestHandler, content: object) -> None:
    """Answer as an OpenAI-compatible server does."""
    send(handler, json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode())


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """Answer with these bytes."""
    handler.send_response(status)
    for name, value in {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **headers,
    }.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    with contextlib.suppress(OSError):
        handler.wfile.write(body)


class Scripted:
    """The endpoint: `url` to set, `reply` to script, `asked` what it was sent, with headers."""

    def __init__(self) -> None:
        self.reply: Reply = lambda handler, _: completion(handler, "")
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.url = ""
        self.stopping = threading.Event()

    def says(self, text: str) -> None:
        """Have it write this text from now on."""
        self.reply = lambda handler, _: completion(handler, text)


@contextlib.contextmanager
def scripted_writer() -> Iterator[Scripted]:
    """Serve a scripted endpoint on 127.0.0.1 while the block runs."""
    scripted = Scripted()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            scripted.asked.append((dict(self.headers.items()), body))
            scripted.reply(self, body)

        def log_message(self, *_: object) -> None:
            """Say nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    scripted.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield scripted
    finally:
        scripted.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
