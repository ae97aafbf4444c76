"""A disk that is really full: builds on a small file system in memory, mounted where only they see it.

Run as a module inside a mount namespace of its own (`unshare`), it mounts, builds, enlarges the file system and
builds again, for each size; the names of what came of each go out as lines of JSON. Where the machine allows no
such namespace the fault isn't tried, and the table says so. This module must not know how a build works.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from eval.bench.faults.builds import DOCUMENTS, judge
from eval.bench.faults.counts import FaultCounts
from eval.bench.faults.documents import ROOT, must_build, run_build
from indexer.encode.encoder import Encoder, load_encoder
from indexer.errors import FindingsError

_NAMESPACE = ("unshare", "--mount", "--user", "--map-root-user")
_BLOCK = 16_384


def disk_full(scratch: Path, model: str, sizes: Sequence[int]) -> FaultCounts:
    """Build on file systems with `sizes` bytes of room beside the index that is there."""
    row = FaultCounts(
        "disk full",
        "a build of a new edition on a file system in memory (tmpfs) with so many kB to spare, from 0 up to enough; "
        "it must end with one line and leave the old edition, and the next build with room must finish",
    )
    if not can_mount():
        row.how += "; NOT TRIED: this machine allows no mount namespace"
        return row
    arguments = [str(scratch), model, *map(str, sizes)]
    # Our own module by our own interpreter, in a namespace of its own.
    done = subprocess.run(  # noqa: S603
        [*_NAMESPACE, sys.executable, "-m", "eval.bench.faults.disk", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        row.lose(f"the builds on a small disk ended with {done.returncode}: {done.stderr[-300:]}")
        return row
    told = json.loads(done.stdout)
    row.tried, row.losses = told["tried"], told["losses"]
    row.outcomes.update(told["outcomes"])
    return row


def can_mount() -> bool:
    """Whether a process may mount a file system that only it sees."""
    if shutil.which("unshare") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(  # noqa: S603 (fixed command, a folder of our own)
            [*_NAMESPACE, "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder],
            capture_output=True, check=False,
        )  # fmt: skip
    return tried.returncode == 0


def _try_sizes(scratch: Path, encoder: Encoder, sizes: Sequence[int]) -> FaultCounts:
    row = FaultCounts("disk full", "")
    source, first, disk = scratch / "source", scratch / "first", scratch / "disk"
    DOCUMENTS.write(source, 0)
    must_build(source, first)
    disk.mkdir()
    needed = sum(-(-path.stat().st_size // 4096) * 4096 + 4096 for path in first.rglob("*"))
    for edition, spare in enumerate(sizes, 1):
        size = -(-(needed + spare) // _BLOCK) * _BLOCK
        _mount(disk, f"size={size}")
        try:
            shutil.copytree(first, disk / "index")
            DOCUMENTS.write(source, edition)
            done = run_build(source, disk / "index")
            judge(row, done, disk / "index", encoder, (0, edition), where=f"{spare:,} bytes to spare")
            _mount(disk, "remount,size=64m")
            must_build(source, disk / "index")
            DOCUMENTS.edition_of(disk / "index", encoder, (edition,))
        except FindingsError as error:
            row.lose(f"with {spare:,} bytes to spare: {error}")
        finally:
            # Lazily: what was opened to be looked at may still be mapped into memory.
            subprocess.run(["umount", "--lazy", str(disk)], check=True)  # noqa: S603, S607 (our own mount)
    return row


def _mount(folder: Path, options: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    subprocess.run(command, check=True)  # noqa: S603 (fixed command, a folder of our own)


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    tried = _try_sizes(Path(sys.argv[1]), load_encoder(sys.argv[2]), [int(size) for size in sys.argv[3:]])
    print(json.dumps(tried.to_json()))
