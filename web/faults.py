"""What goes wrong with the machine under the service, in words and without a 5xx: no room on a disk, damaged files.

Both are somebody's to mend, and pass. This module must not know what was asked.
"""

from __future__ import annotations

import errno
import sqlite3

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from search_api.engine import Engine
from web.templates import Templates

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})
_SOON = {"Retry-After": "60", "Cache-Control": "no-store"}


def add_faults(app: FastAPI, templates: Templates, engine: Engine) -> None:
    """Answer for a machine that has no room with 429, for damaged files of the index with 409."""

    async def no_room(request: Request, error: Exception) -> Response:
        full = isinstance(error, OSError) and error.errno in _NO_ROOM
        if not full and not isinstance(error, FileNotFoundError):
            raise error
        if not full and "temporary directory" not in str(error):
            raise error
        message = (
            "This machine has no room for it now; try again later, and tell the people who run this service."
        )
        return _answer(request, 429, "There is no room", message, "no_room")

    async def damaged(request: Request, _: Exception) -> Response:
        # Opened again, and every file compared with its sum.
        await run_in_threadpool(engine.recover)
        message = "A file of the index can’t be read; it has been opened again. Try again in a moment."
        return _answer(request, 409, "The index can’t be used", message, "index_unusable")

    def _answer(request: Request, status: int, heading: str, message: str, code: str) -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": {"code": code, "message": message}}, status, _SOON)
        page = templates.page("error.html", status, heading=heading, message=message)
        page.headers.update(_SOON)
        return page

    app.add_exception_handler(OSError, no_room)
    app.add_exception_handler(sqlite3.DatabaseError, damaged)
