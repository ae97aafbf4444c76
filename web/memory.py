"""Memory of a process with many threads: a question's arrays go back to where the next question takes its own.

By itself the C library gives each thread an arena of its own and hands little of it back, so that a service that
has answered on twenty threads holds what twenty questions needed. This module must not know what is served.
"""

from __future__ import annotations

import ctypes

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h
_ARENAS = 2


def share_arenas() -> bool:
    """Keep to two arenas; false where the C library is another and knows of none."""
    try:
        return bool(ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS))
    except (AttributeError, OSError):
        return False
