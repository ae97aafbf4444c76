"""Faults in the middle of a build: killed, run beside another, its disk full, its sources gone, its clock wrong.

After each, the index must be the old or the new edition, whole, and answer rightly. Run as a module inside a mount
namespace of its own (`unshare`), it builds on small file systems in memory, mounted where only it sees them; what came
of each goes out as JSON. This module must not know how a build works: it starts the command that users run, and calls
for a build where there is no fault.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from eval.bench.faults.documents import (
    DOCUMENTS,
    FaultCounts,
    Trial,
    build_command,
    must_build,
    one_line,
    run,
    said_plainly,
    with_second_file,
)
from eval.reports import plain
from indexer.encode.encoder import Encoder, load_encoder
from indexer.store.manifest import GENERATION_PREFIX, ORIGINALS
from indexer.upkeep.doctor import examine

# Permissions mean nothing to root while it may pass over them; this gives these two rights away permanently and
# starts our command (prctl 24 drops from the bounding set: 1 is CAP_DAC_OVERRIDE, 2 is CAP_DAC_READ_SEARCH).
UNPRIVILEGED = (
    sys.executable,
    "-c",
    "import ctypes, os, sys\n"
    "for right in (1, 2): ctypes.CDLL(None).prctl(24, right, 0, 0, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])",
)
# No file may grow past so many bytes, as on a full disk.
LIMITED = (
    sys.executable,
    "-c",
    "import os, resource, sys\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)\n"
    "os.execv(sys.argv[2], sys.argv[2:])",
)


def killed(scratch: Path, encoder: Encoder, kills: int, seed: int) -> FaultCounts:
    """Kill builds at random moments of their time; every second one with all its processes."""
    trial = Trial(
        scratch, encoder, "SIGKILL in a build",
        "a build of a new edition is killed at a moment drawn evenly from a whole build's time (and a tenth "
        "more), every second time with its reading processes, two of three times an index with the second file of "
        "vectors that large ones have; the index is opened, its texts compared word for word, and searched; at the "
        "end it must equal one made at once, with nothing left over",
    )  # fmt: skip
    seconds = _seconds_of_a_build(trial) * 1.1
    moments = random.Random(seed)  # noqa: S311 (moments, not secrets)
    sizes = ((), with_second_file("codes"), with_second_file("cells"))
    for edition in range(2, kills + 2):
        trial.write(edition)
        moment = moments.uniform(0.02, 1.0) * seconds
        process = trial.start(*sizes[edition % 3])
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=moment)
        with suppress(ProcessLookupError):
            if edition % 2 == 0:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.wait()
        with trial.row.losing(f"killed after {moment:.2f} s"):
            found = trial.edition(trial.held, edition)
            trial.row.count("the new index stood" if found == edition else "the old index stood")
    trial.build()
    must_build(trial.source, scratch / "fresh")
    _compare_with_fresh(trial, scratch / "fresh")
    return trial.row


def _seconds_of_a_build(trial: Trial) -> float:
    """How long a build takes as users run it; edition 1 stands afterwards."""
    trial.write(1)
    started = time.monotonic()
    must_build(trial.source, trial.folder, in_process=False)
    trial.held = 1
    return time.monotonic() - started


def _compare_with_fresh(trial: Trial, fresh: Path) -> None:
    updated, whole = examine(trial.folder), examine(fresh)
    generations = len(list(trial.folder.glob(f"{GENERATION_PREFIX}*")))
    originals = len(list((trial.folder / ORIGINALS).iterdir()))
    if not updated.sound or updated.digest != whole.digest:
        trial.row.lose("the index after all kills is not the one that is made at once")
    elif generations > 2 or (trial.folder / "cache").exists() or originals > 2 * DOCUMENTS.count:
        trial.row.lose(f"killed builds left something: {generations} generations, {originals} originals")


def two_at_once(scratch: Path, encoder: Encoder, rounds: int, seed: int) -> FaultCounts:
    """Start two builds of the same index together."""
    trial = Trial(
        scratch, encoder, "two builds at once",
        "two builds into one folder are started within a tenth of a second; one may build, the other must say in "
        "one line that it can't (or find all done), and the index must be the new edition",
    )  # fmt: skip
    moments = random.Random(seed)  # noqa: S311 (moments, not secrets)
    for edition in range(1, rounds + 1):
        trial.write(edition)
        processes = []
        for _ in range(2):
            processes.append(trial.start())
            time.sleep(moments.uniform(0, 0.1))
        said = [process.communicate()[1] for process in processes]
        statuses = [process.returncode for process in processes]
        with trial.row.losing(f"exit statuses {statuses}"):
            trial.edition(edition)
            refused = "".join(text for status, text in zip(statuses, said, strict=True) if status == 2)
            if sorted(statuses) == [0, 2] and said_plainly(refused) and "another build" in refused:
                trial.row.count("one built, the other said so")
            elif statuses == [0, 0]:
                trial.row.count("one after the other")
            else:
                trial.row.lose(f"exit statuses {statuses}: {' '.join(said)}")
    return trial.row


def no_file_may_grow(scratch: Path, encoder: Encoder, sizes: Sequence[int]) -> FaultCounts:
    """Build where no file may become larger than some bytes, as on a full disk."""
    trial = Trial(
        scratch, encoder, "writes that fail",
        "a build whose files may not grow past a limit (RLIMIT_FSIZE), from 1 kB up to enough; it must end with "
        "status 1 and one line and leave the old edition, and the next build without limit must finish",
    )  # fmt: skip
    for edition, size in enumerate(sizes, 1):
        trial.write(edition)
        done = run(build_command(trial.source, trial.folder, *LIMITED, str(size)))
        trial.judge(done.returncode, done.stderr, edition, f"no file over {size:,} bytes")
        trial.build()
        trial.edition(edition)
    return trial.row


def source_gone(scratch: Path, encoder: Encoder, rounds: int, seed: int) -> FaultCounts:
    """Take the folder of documents away in the middle of a build."""
    trial = Trial(
        scratch, encoder, "source folder gone in mid-build",
        "the folder of documents is renamed at a random moment of a build of a new edition; the index must be the "
        "old or the new edition, never one with documents missing",
    )  # fmt: skip
    seconds = _seconds_of_a_build(trial)
    moments = random.Random(seed)  # noqa: S311 (moments, not secrets)
    for edition in range(2, rounds + 2):
        trial.write(edition)
        process = trial.start()
        time.sleep(moments.uniform(0.1, 1.0) * seconds)
        trial.source.rename(scratch / "away")
        said = process.communicate()[1]
        trial.judge(process.returncode, said, edition, f"gone in build {edition}")
        (scratch / "away").rename(trial.source)
    trial.build()
    return trial.row


def wrong_clock(scratch: Path, encoder: Encoder) -> FaultCounts:
    """Build and open while the clock, and files' own times, jump by decades."""
    faketime = shutil.which("faketime")
    clocks = (
        "with the clock in 1999, 2037, 1971 and right, in turn (faketime), with"
        if faketime
        else "(faketime is not on this machine: with the right clock) with"
    )
    trial = Trial(
        scratch, encoder, "clock jumps",
        f"builds {clocks} documents, manifest and tables dated 1970 or 2100: each must take in the new edition, each "
        "index be sound",
    )  # fmt: skip
    days = ("1999-12-31 23:59:58", "2037-06-01 12:00:00", "1971-01-01 12:00:00", "")
    stamps = (4_102_444_800, 0, 4_102_444_800, 0)
    for edition, (day, stamp) in enumerate(zip(days, stamps, strict=True), 1):
        trial.write(edition)
        for path in (*trial.source.iterdir(), *trial.folder.rglob("*")):
            os.utime(path, (stamp, stamp))
        under = (faketime, "-f", day) if faketime and day else ()
        done = run(build_command(trial.source, trial.folder, *under))
        where = f"clock at {day or 'now'}"
        with trial.row.losing(f"{where}: {done.stderr[-200:]}"):
            trial.edition(edition)
            if done.returncode or not examine(trial.folder).sound:
                trial.row.lose(f"{where}: status {done.returncode}: {done.stderr[-200:]}")
            else:
                trial.row.count("built")
    return trial.row


def read_only(scratch: Path, encoder: Encoder) -> FaultCounts:
    """Use an index whose folder may not be written to: by search, answer, doctor and build."""
    trial = Trial(
        scratch, encoder, "read-only index folder",
        "every file and folder of the index without the right to write, for a process without the rights of root: "
        "searches, answers and the doctor must work, a build must say in one line that it can't",
    )  # fmt: skip
    folder = trial.folder
    trial.write(1)
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        with trial.row.losing("read-only"):
            for status, arguments in (
                (0, ("search_api", "search", "visits in edition 0")),
                (0, ("search_api", "answer", "what was found on visits?")),
                (0, ("indexer", "doctor")),
                (2, ("indexer", "build", str(trial.source))),
            ):
                done = run([*UNPRIVILEGED, sys.executable, "-m", *arguments, "--index", str(folder)])
                if done.returncode == status and (status == 0 or one_line(done.stderr)):
                    trial.row.count("worked" if status == 0 else "refused in one line")
                else:
                    trial.row.lose(f"{arguments[:2]}: status {done.returncode}: {done.stderr[-200:]}")
            trial.edition(0)
    finally:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
    return trial.row


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
    module = (*_NAMESPACE, sys.executable, "-m", "eval.bench.faults.builds")
    done = run([*module, str(scratch), model, *map(str, sizes)])
    if done.returncode:
        row.lose(f"the builds on a small disk ended with {done.returncode}: {done.stderr[-300:]}")
        return row
    found = json.loads(done.stdout)
    row.tried, row.losses = found["tried"], found["losses"]
    row.outcomes.update(found["outcomes"])
    return row


def can_mount() -> bool:
    """Whether a process may mount a file system that only it sees."""
    if shutil.which("unshare") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        mount = ("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder)
        return run([*_NAMESPACE, *mount]).returncode == 0


def _try_sizes(scratch: Path, encoder: Encoder, sizes: Sequence[int]) -> FaultCounts:
    trial = Trial(scratch, encoder, "disk full", "")
    first, disk = trial.folder, scratch / "disk"
    disk.mkdir()
    trial.folder = disk / "index"
    needed = sum(-(-path.stat().st_size // 4096) * 4096 + 4096 for path in first.rglob("*"))
    for edition, spare in enumerate(sizes, 1):
        size = -(-(needed + spare) // _BLOCK) * _BLOCK
        _mount(disk, f"size={size}")
        try:
            with trial.row.losing(f"with {spare:,} bytes to spare"):
                shutil.copytree(first, trial.folder)
                trial.held = 0
                trial.write(edition)
                done = run(build_command(trial.source, trial.folder))
                trial.judge(done.returncode, done.stderr, edition, f"{spare:,} bytes to spare")
                _mount(disk, "remount,size=64m")
                trial.build()
                trial.edition(edition)
        finally:
            # Lazily: what was opened to be looked at may still be mapped into memory.
            subprocess.run(["umount", "--lazy", str(disk)], check=True)  # noqa: S603, S607 (our own mount)
    return trial.row


def _mount(folder: Path, options: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    subprocess.run(command, check=True)  # noqa: S603 (fixed command, a folder of our own)


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    tried = _try_sizes(Path(sys.argv[1]), load_encoder(sys.argv[2]), [int(size) for size in sys.argv[3:]])
    print(json.dumps(tried, default=plain))
