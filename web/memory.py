"""Memory of a process with many threads: what a question needed goes back where the next one finds it.

By itself the C library gives each thread an arena of its own and hands little of it back, so that a service that
has answered on twenty threads holds what twenty questions needed. It also learns to keep ever larger blocks among
small ones, where one that is still in use holds all that lies below it: what is held grows for hours. This module
must not know what is served.
"""

from __future__ import annotations

import ctypes

# M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of glibc's malloc.h.
_ARENA_MAX, _OWN_BLOCK, _SPARE = -8, -3, -1
_ARENAS = 2
_LARGE = 8 << 20
"""Bytes from which a block is the system's own to give and to take back. What a search gathers is smaller: with a
megabyte here a third of a search went into taking and giving back pages. Setting it ends the learning."""

_KEPT_FREE = 32 << 20
"""Bytes that may lie free above what is in use before the system gets them back; a search takes them again at once."""


def share_arenas() -> bool:
    """Keep to two arenas, and give large blocks back as soon as they are free; false where the C library is another
    and can't be told.
    """
    try:
        tell = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return all([tell(_ARENA_MAX, _ARENAS), tell(_OWN_BLOCK, _LARGE), tell(_SPARE, _KEPT_FREE)])


def give_back() -> bool:
    """Give back to the system what is free now, as after a start; false where nothing was, or it can't be."""
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError):
        return False
