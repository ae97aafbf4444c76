"""The documents' own files and pictures of their pages, as they are sent.

Pictures are drawn once and kept in memory up to a limit; browsers keep them by a validator made from the file's
content. This module must not know what is written in a document.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from indexer.document import Document
from indexer.reading.page_picture import page_picture

WIDTH = 800
"""Pixels; wide enough to read a page of A4 beside its text."""

MOST_KEPT = 8_000_000
"""Bytes of pictures kept in memory, some 140 pages: what a few people are reading now."""

AT_ONCE = 2
"""Pictures drawn at the same moment; others wait their turn."""

_MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".htm": "text/html",
    ".md": "text/markdown",
    ".txt": "text/plain",
}


class Pictures:
    """Pictures of pages, the last used kept in memory; safe to use from several threads."""

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        self._most_kept = most_kept
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._drawing = threading.BoundedSemaphore(AT_ONCE)

    def picture(self, document_id: str, path: Path, page: int) -> bytes:
        """Draw a page of a document, or give it from memory; UnreadableDocument where it can't be drawn."""
        key = (document_id, page)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with self._drawing:
            drawn = page_picture(path, page, WIDTH)
        with self._lock:
            if key not in self._kept and len(drawn) <= self._most_kept:
                self._kept[key] = drawn
                self._size += len(drawn)
            while self._size > self._most_kept:
                self._size -= len(self._kept.popitem(last=False)[1])
        return drawn


def send_picture(request: Request, document: Document, page: int, picture: bytes) -> Response:
    """Send a picture, or only say that the browser's own is still right.

    A document's id holds a digest of its file, so the picture of a page never changes under the same address.
    """
    etag = f'"{hashlib.sha256(picture).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=86400"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    name = f"{Path(document.file).stem}-page-{page}.png"
    headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name, safe='')}"
    return Response(picture, media_type="image/png", headers=headers)


def send_original(document: Document, path: Path) -> Response:
    """Send a document's own file to be saved, never to be opened in the page's place."""
    media_type = _MEDIA_TYPES.get(Path(document.file).suffix.lower(), "application/octet-stream")
    # A web page or a text is sent as bytes to save: opened here, it would run as a page of this service.
    if media_type.startswith("text/"):
        media_type = "application/octet-stream"
    return FileResponse(
        path,
        media_type=media_type,
        filename=document.file,
        content_disposition_type="attachment",
        headers={"Cache-Control": "public, max-age=86400"},
    )


def kind_in_words(file: str) -> str:
    """Name the kind of a file for a link to it."""
    suffix = Path(file).suffix.lower().lstrip(".")
    return {"docx": "Word", "md": "Markdown", "txt": "text", "htm": "HTML"}.get(
        suffix, suffix.upper() or "file"
    )


def size_in_words(size: int) -> str:
    """Write a file's size: 640 kB, 1.2 MB."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"
