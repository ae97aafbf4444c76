"""What a person or a program sends with a request: text or a file, in bounds, read as it comes.

Nothing is kept that is over the limit: the reading stops there. A form is taken apart by python-multipart, which
never sees more than the limit either. This module knows nothing of what is done with it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

_MOST_DIGITS = 18
_FIELDS = 20


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it was sent: the name that the sender gave it (never to be trusted) and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form's texts by name, and its files of at least one byte, in order."""

    texts: dict[str, str]
    files: tuple[SentFile, ...]


async def read_body(request: Request, most: int) -> bytes:
    """Read a request's body of at most `most` bytes; HTTPException 413 for more."""
    parts = [chunk async for chunk in _limited(request, most)]
    return b"".join(parts)


async def read_form(request: Request, most: int, *, files: int = 1) -> SentForm:
    """Read a form of at most `most` bytes and `files` files.

    Raises HTTPException: 413 for more, 415 for what isn't a form, 422 for a form that is damaged.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    parser: MultiPartParser | FormParser
    if kind == "multipart/form-data":
        parser = MultiPartParser(
            request.headers, _limited(request, most), max_files=files, max_fields=_FIELDS, max_part_size=most
        )
        # All of it is in memory already: a file for a part of it would only need room on a disk.
        parser.spool_max_size = most + 1
    elif kind == "application/x-www-form-urlencoded":
        parser = FormParser(request.headers, _limited(request, most), max_fields=_FIELDS, max_part_size=most)
    else:
        raise HTTPException(415, "send a form: multipart/form-data or application/x-www-form-urlencoded")
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(422, f"the form can't be read: {_one_line(str(error))}") from error
    except (ValueError, KeyError, AssertionError) as error:
        raise HTTPException(422, "the form can't be read; send it again from the page") from error
    try:
        texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        sent = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        read = [SentFile(file.filename or "", await file.read()) for file in sent]
    finally:
        await form.close()
    return SentForm(texts, tuple(file for file in read if file.data))


async def _limited(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and (len(said) > _MOST_DIGITS or int(said) > most):
        raise _too_large(most)
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            yield chunk
    except ClientDisconnect as error:
        raise HTTPException(400, "the connection ended before all was sent") from error


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"that is more than {most // 1_000_000} MB; send less")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
