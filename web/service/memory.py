"""Memory of a process that serves: what a question needed goes back where the next one finds it.

By itself the C library gives each thread an arena of its own and hands little of it back, so that a service that
has answered on twenty threads holds what twenty questions needed. It also learns to keep ever larger blocks among
small ones, where one that is still in use holds all that lies below it: what is held grows for hours. This module
must not know what is served.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

# M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of glibc's malloc.h.
_ARENA_MAX, _OWN_BLOCK, _SPARE = -8, -3, -1
_ARENAS = 2
_LARGE = 8 << 20
"""Bytes from which a block is the system's own to give and to take back. What a search gathers is smaller: with a
megabyte here a third of a search went into taking and giving back pages. Setting it ends the learning."""

_KEPT_FREE = 32 << 20
"""Bytes that may lie free above what is in use before the system gets them back; a search takes them again at once."""

LOOKED_AFTER_EVERY = 10
"""Seconds between checks of whether the service is less busy."""

_FEW = 10
"""Requests in these seconds that are as good as none: somebody asks whether the service is well."""


@contextmanager
def without_collecting() -> Iterator[None]:
    """Load modules within this block: what they make stays, and collecting garbage would only go through it all."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def share_arenas() -> bool:
    """Keep to two arenas, and give large blocks back as soon as they are free; false where the C library is another."""
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return all(
        [set_option(_ARENA_MAX, _ARENAS), set_option(_OWN_BLOCK, _LARGE), set_option(_SPARE, _KEPT_FREE)]
    )


def give_back() -> bool:
    """Give back to the system what is free now, as after a start; false where nothing was, or it can't be."""
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError):
        return False


def give_back_when_quiet(
    requests: Callable[[], int], give: Callable[[], object] = give_back
) -> Callable[[], Awaitable[None]]:
    """Give free memory back once few requests come, and not again before more have come; to be called regularly.

    `requests` counts those that have been answered. What many questions needed lies free in pieces; while they
    come, the next ones use it.
    """
    seen = given = 0

    async def look_after() -> None:
        nonlocal seen, given
        now = requests()
        quiet, seen = now - seen < _FEW, now
        if quiet and now - given >= _FEW:
            given = now
            give()

    return look_after
