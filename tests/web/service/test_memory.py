"""What a process holds goes back to the system once it is free."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from web.service.memory import give_back_when_quiet

_IS_GLIBC = platform.libc_ver()[0] == "glibc"

# Blocks of 8 MB that are freed while a smaller one made after them lives on: by itself the C library learns from the
# first that such blocks may lie among small ones, and the last of them can't be given back.
_GROWS = """
import ctypes, re, sys
from pathlib import Path
from web.service.memory import give_back, share_arenas
if "share" in sys.argv:
    share_arenas()
library = ctypes.CDLL(None)
library.malloc.restype = library.memset.argtypes = None
library.malloc.restype = ctypes.c_void_p
library.malloc.argtypes = [ctypes.c_size_t]
library.free.argtypes = [ctypes.c_void_p]
library.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
def held():
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"RssAnon:\\s+(\\d+)", status)[1]) // 1024
def block(size):
    place = library.malloc(size)
    library.memset(place, 1, size)
    return place
library.free(block(16 << 20))
before = held()
large = [block(8 << 20) for _ in range(4)]
small = block(100_000)
for place in large:
    library.free(place)
grown = held() - before
given = give_back()
print(grown, held() - before, given)
"""


def _grown(*arguments: str) -> tuple[int, int, bool]:
    done = subprocess.run(
        [sys.executable, "-c", _GROWS, *arguments], capture_output=True, text=True, check=True
    )
    grown, left, given = done.stdout.split()
    return int(grown), int(left), given == "True"


def test_large_blocks_go_back_to_the_system_as_soon_as_they_are_free() -> None:
    grown, _, _ = _grown("share")
    assert grown < 8
    if _IS_GLIBC:
        # As it is without `share_arenas`: what this is for.
        assert _grown()[0] > 24


def test_what_is_free_is_given_back_when_asked() -> None:
    grown, left, given = _grown()
    assert given == _IS_GLIBC
    assert left < grown / 4 or not _IS_GLIBC


def test_what_is_free_is_given_back_once_few_ask_and_not_again_before_more_have_asked() -> None:
    answered, given = 0, 0

    def give() -> None:
        nonlocal given
        given += 1

    look_after = give_back_when_quiet(lambda: answered, give)

    def looked(more: int) -> int:
        nonlocal answered
        answered += more
        with pytest.raises(StopIteration):
            look_after().__await__().__next__()
        return given

    # Somebody asks whether the service is well; then many ask; then nobody; then only the first again.
    assert [looked(more) for more in (1, 1, 500, 200, 2, 0, 3, 0, 40, 0)] == [0, 0, 0, 0, 1, 1, 1, 1, 1, 2]
