"""A picture of one printed page, so that a paragraph can be seen where it stands.

A PDF is hostile input and its renderer is native code, so the drawing is done in a child process with limits
on time and memory: a page that crashes or hangs costs a missing picture, never the service. Nothing here
knows what is written on the page.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np

from indexer.errors import UnreadableDocument
from indexer.giving_up import run_apart

MAX_WIDTH = 2000
MAX_PIXELS = 12_000_000
SECONDS = 15
MEMORY = 1_500_000_000

_LEVELS = 6
_GREYS = 16


def page_picture(path: Path, page: int, width: int) -> bytes:
    """A PNG of page `page` (counted from 1) of the PDF at `path`, `width` pixels wide.

    The picture has at most 256 colours, which keeps a page of text near 50 kB. Raises UnreadableDocument where
    the file is no PDF that can be drawn, has no such page, or takes more than the limits on time and memory.
    """
    command = [
        sys.executable,
        "-m",
        "indexer.reading.page_picture",
        str(path.resolve()),
        str(page),
        str(width),
    ]
    try:
        # The arguments are a path that we opened and two integers; no shell comes in.
        done = run_apart(command, b"", SECONDS)
    except subprocess.TimeoutExpired as error:
        raise UnreadableDocument(f"page {page} takes more than {SECONDS} seconds to draw") from error
    if done.returncode or not done.stdout.startswith(b"\x89PNG"):
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UnreadableDocument(reason[-1] if reason else f"page {page} can't be drawn")
    return done.stdout


def draw(path: Path, page: int, width: int) -> bytes:
    """The same PNG, drawn in this process without limits on time; for the child process only."""
    import pypdfium2  # noqa: PLC0415 - only the child pays for loading the renderer

    try:
        document = pypdfium2.PdfDocument(path)
    except (pypdfium2.PdfiumError, OSError) as error:
        raise UnreadableDocument("the file can't be opened as a PDF") from error
    try:
        if not 1 <= page <= len(document):
            raise UnreadableDocument(f"there is no page {page}: the file has {len(document)}")
        leaf = document[page - 1]
        points_wide, points_high = leaf.get_size()
        if not (points_wide > 0 and points_high > 0):
            raise UnreadableDocument(f"page {page} has no size")
        scale = max(1, min(width, MAX_WIDTH)) / points_wide
        if points_high * points_wide * scale * scale > MAX_PIXELS:
            raise UnreadableDocument(f"page {page} is too long to draw")
        bitmap = leaf.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
        pixels = np.asarray(bitmap.to_numpy())
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument(f"page {page} can't be drawn") from error
    finally:
        document.close()
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
    return png(pixels[:, :, :3])


def png(pixels: np.ndarray) -> bytes:
    """RGB pixels (height, width, 3) of 0 to 255 as a PNG of a fixed palette: a colour cube and a scale of greys.

    Reports are black on white with a few flat colours, so the palette costs nothing that one can see and
    most of the bytes.
    """
    wide = pixels.astype(np.int16)
    mean = wide.mean(axis=2)
    coloured = (wide.max(axis=2) - wide.min(axis=2)) > 24
    cube = np.rint(wide * (_LEVELS - 1) / 255).astype(np.uint8)
    indices = cube[:, :, 0] * _LEVELS * _LEVELS + cube[:, :, 1] * _LEVELS + cube[:, :, 2]
    greys = _LEVELS**3 + np.rint(mean / 255 * (_GREYS - 1)).astype(np.uint8)
    indices = np.where(coloured, indices, greys).astype(np.uint8)
    height, width = indices.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # each row begins with its filter type: 0, none
    rows[:, 1:] = indices
    step = 255 / (_LEVELS - 1)
    palette = [(r * step, g * step, b * step) for r in range(6) for g in range(6) for b in range(6)]
    palette += [(grey * 255 / (_GREYS - 1),) * 3 for grey in range(_GREYS)]
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes(round(value) for colour in palette for value in colour)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _main() -> int:
    path, page, width = sys.argv[1:]
    try:
        import resource  # noqa: PLC0415 - only on systems that have it

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    except (ImportError, ValueError, OSError):
        pass  # the limit on time, which the parent keeps, still holds
    try:
        sys.stdout.buffer.write(draw(Path(path), int(page), int(width)))
    except UnreadableDocument as error:
        print(error, file=sys.stderr)
        return 2
    except MemoryError:
        print(f"page {page} takes too much memory to draw", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main())
