"""Runs a command that may write in the folders given and nowhere else, and may connect to nothing.

The kernel keeps it (Landlock, for any user); what breaks the rule gets "Permission denied". Run as a script it is
what confines itself and then becomes the command.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_NO_NEW_PRIVILEGES = 38
_BENEATH = 1
_WRITE_FILE = 1 << 1
# Writing, truncating, removing, making anything, moving between folders (linux/landlock.h numbers them).
_CHANGES = _WRITE_FILE | sum(1 << bit for bit in range(4, 15))
_NETWORK = 0b11


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def landlock_version() -> int:
    """The version that this kernel has, 0 for none; 4 is what is needed here."""
    return max(0, ctypes.CDLL(None, use_errno=True).syscall(_CREATE, None, 0, 1))


def command(arguments: Sequence[str], writable: Sequence[Path]) -> list[str]:
    """The command line that runs `arguments` confined."""
    return [sys.executable, str(Path(__file__)), os.pathsep.join(map(str, writable)), *arguments]


def run(arguments: Sequence[str], writable: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in the project's root."""
    return subprocess.run(
        command(arguments, writable), cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def confine(writable: Sequence[str]) -> None:
    """Give this process's right to write elsewhere away, and its network; children inherit it."""
    libc = ctypes.CDLL(None, use_errno=True)
    handled = (ctypes.c_uint64 * 2)(_CHANGES, _NETWORK)
    rules = libc.syscall(_CREATE, ctypes.byref(handled), ctypes.sizeof(handled), 0)
    if rules < 0:
        raise OSError(ctypes.get_errno(), "no Landlock")
    for folder, allowed in [*((folder, _CHANGES) for folder in writable), ("/dev", _WRITE_FILE)]:
        rule = _Beneath(allowed, os.open(folder, os.O_PATH))
        if libc.syscall(_ADD, rules, _BENEATH, ctypes.byref(rule), 0):
            raise OSError(ctypes.get_errno(), f"no rule for {folder}")
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if libc.syscall(_RESTRICT, rules, 0):
        raise OSError(ctypes.get_errno(), "not confined")


if __name__ == "__main__":
    confine([folder for folder in sys.argv[1].split(os.pathsep) if folder])
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 (that is the purpose)
