"""Faults in the middle of a build: killed, run beside another, its disk full, its sources gone, its clock wrong.

After each, the index must be the old or the new edition, whole, and answer rightly. This module must not know how
a build works: it starts the command that users run, and calls for a build where there is no fault.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from eval.bench.faults.counts import FaultCounts
from eval.bench.faults.documents import (
    ROOT,
    Documents,
    build_command,
    must_build,
    must_run,
    one_line,
    run_build,
    said_plainly,
    with_second_file,
)
from indexer.encode.encoder import Encoder
from indexer.errors import FindingsError
from indexer.store.folder.manifest import GENERATION_PREFIX, ORIGINALS
from indexer.upkeep.doctor import examine

DOCUMENTS = Documents()

# Permissions mean nothing to root while it may pass over them; this gives these two rights away for good and
# starts our command (prctl 24 drops from the bounding set: 1 is CAP_DAC_OVERRIDE, 2 is CAP_DAC_READ_SEARCH).
UNPRIVILEGED = (
    sys.executable,
    "-c",
    "import ctypes, os, sys\n"
    "for right in (1, 2): ctypes.CDLL(None).prctl(24, right, 0, 0, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])",
)


def killed(scratch: Path, encoder: Encoder, kills: int, seed: int) -> FaultCounts:
    """Kill builds at random moments of their time; every second one with all its processes."""
    row = FaultCounts(
        "SIGKILL in a build",
        "a build of a new edition is killed at a moment drawn evenly from a whole build's time (and a tenth "
        "more), every second time with its reading processes, two of three times an index with the second file of "
        "vectors that large ones have; the index is opened, its texts compared word for word, and searched; at the "
        "end it must equal one made at once, with nothing left over",
    )
    source, folder = DOCUMENTS.stand(scratch)
    seconds = _seconds_of_a_build(source, folder, 1) * 1.1
    moments = random.Random(seed)  # noqa: S311 (moments, not secrets)
    held = 1
    sizes = ((), with_second_file("codes"), with_second_file("cells"))
    for edition in range(2, kills + 2):
        DOCUMENTS.write(source, edition)
        moment = moments.uniform(0.02, 1.0) * seconds
        _start_and_kill(source, folder, moment, *sizes[edition % 3], everything=edition % 2 == 0)
        try:
            found = DOCUMENTS.edition_of(folder, encoder, (held, edition))
        except FindingsError as error:
            row.lose(f"killed after {moment:.2f} s: {error}")
            continue
        row.count("the new index stood" if found == edition else "the old index stood")
        held = found
    must_build(source, folder)
    must_build(source, scratch / "fresh")
    _compare_with_fresh(folder, scratch / "fresh", row)
    return row


def _seconds_of_a_build(source: Path, folder: Path, edition: int) -> float:
    DOCUMENTS.write(source, edition)
    started = time.monotonic()
    must_run(source, folder)
    return time.monotonic() - started


def _start_and_kill(source: Path, folder: Path, seconds: float, *under: str, everything: bool) -> None:
    process = subprocess.Popen(  # noqa: S603 (our own module by our own interpreter)
        build_command(source, folder, *under),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=seconds)
    with suppress(ProcessLookupError):
        if everything:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _compare_with_fresh(folder: Path, fresh: Path, row: FaultCounts) -> None:
    updated, anew = examine(folder), examine(fresh)
    generations = len(list(folder.glob(f"{GENERATION_PREFIX}*")))
    originals = len(list((folder / ORIGINALS).iterdir()))
    if not updated.sound or updated.digest != anew.digest:
        row.lose("the index after all kills is not the one that is made at once")
    elif generations > 2 or (folder / "cache").exists() or originals > 2 * DOCUMENTS.count:
        row.lose(f"killed builds left something: {generations} generations, {originals} originals")


def two_at_once(scratch: Path, encoder: Encoder, rounds: int, seed: int) -> FaultCounts:
    """Start two builds of the same index together."""
    row = FaultCounts(
        "two builds at once",
        "two builds into one folder are started within a tenth of a second; one may build, the other must say in "
        "one line that it can't (or find all done), and the index must be the new edition",
    )
    source, folder = DOCUMENTS.stand(scratch)
    moments = random.Random(seed)  # noqa: S311 (moments, not secrets)
    for edition in range(1, rounds + 1):
        DOCUMENTS.write(source, edition)
        processes = []
        for _ in range(2):
            processes.append(
                subprocess.Popen(  # noqa: S603 (our own module by our own interpreter)
                    build_command(source, folder),
                    cwd=ROOT,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            time.sleep(moments.uniform(0, 0.1))
        said = [process.communicate()[1] for process in processes]
        ends = sorted(process.returncode for process in processes)
        try:
            DOCUMENTS.edition_of(folder, encoder, (edition,))
        except FindingsError as error:
            row.lose(f"{error}; exit statuses {ends}")
            continue
        refused = [text for process, text in zip(processes, said, strict=True) if process.returncode == 2]
        if ends == [0, 2] and said_plainly(refused[0]) and "another build" in refused[0]:
            row.count("one built, the other said so")
        elif ends == [0, 0]:
            row.count("one after the other")
        else:
            row.lose(f"exit statuses {ends}: {' '.join(said)}")
    return row


def no_file_may_grow(scratch: Path, encoder: Encoder, sizes: Sequence[int]) -> FaultCounts:
    """Build where no file may become larger than some bytes, as on a full disk."""
    row = FaultCounts(
        "writes that fail",
        "a build whose files may not grow past a limit (RLIMIT_FSIZE), from 1 kB up to enough; it must end with "
        "status 1 and one line and leave the old edition, and the next build without limit must finish",
    )
    source, folder = DOCUMENTS.stand(scratch)
    held = 0
    limit = (
        "import os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)\n"
        "os.execv(sys.argv[2], sys.argv[2:])"
    )
    for edition, size in enumerate(sizes, 1):
        DOCUMENTS.write(source, edition)
        done = run_build(source, folder, sys.executable, "-c", limit, str(size))
        held = judge(row, done, folder, encoder, (held, edition), where=f"no file over {size:,} bytes")
        must_build(source, folder)
        held = DOCUMENTS.edition_of(folder, encoder, (edition,))
    return row


def judge(
    row: FaultCounts,
    done: subprocess.CompletedProcess[str],
    folder: Path,
    encoder: Encoder,
    editions: tuple[int, int],
    *,
    where: str,
) -> int:
    """Count what came of a build over (the old edition, the new): the new one, or the old one and a line."""
    old, new = editions
    try:
        found = DOCUMENTS.edition_of(folder, encoder, (old, new))
    except FindingsError as error:
        row.lose(f"{where}: {error}")
        return old
    if done.returncode == 0 and found == new:
        row.count("built")
    elif done.returncode in (1, 2) and said_plainly(done.stderr):
        row.count(
            "failed in one line, the old index stood" if found == old else "built, and said what failed"
        )
    else:
        row.lose(f"{where}: status {done.returncode}, edition {found}: {done.stderr[-300:]}")
    return found


def source_gone(scratch: Path, encoder: Encoder, rounds: int, seed: int) -> FaultCounts:
    """Take the folder of documents away in the middle of a build."""
    row = FaultCounts(
        "source folder gone in mid-build",
        "the folder of documents is renamed at a random moment of a build of a new edition; the index must be the "
        "old or the new edition, never one with documents missing",
    )
    source, folder = DOCUMENTS.stand(scratch)
    seconds = _seconds_of_a_build(source, folder, 1)
    moments = random.Random(seed)  # noqa: S311 (moments, not secrets)
    held = 1
    for edition in range(2, rounds + 2):
        DOCUMENTS.write(source, edition)
        process = subprocess.Popen(  # noqa: S603 (our own module by our own interpreter)
            build_command(source, folder),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(moments.uniform(0.1, 1.0) * seconds)
        source.rename(scratch / "away")
        said = process.communicate()[1]
        done = subprocess.CompletedProcess([], process.returncode, "", said)
        held = judge(row, done, folder, encoder, (held, edition), where=f"gone in build {edition}")
        (scratch / "away").rename(source)
    must_build(source, folder)
    return row


def wrong_clock(scratch: Path, encoder: Encoder) -> FaultCounts:
    """Build and open while the clock, and files' own times, jump by decades."""
    faketime = shutil.which("faketime")
    row = FaultCounts(
        "clock jumps",
        (
            "builds with the clock in 1999, 2037, 1971 and right, in turn (faketime), with "
            if faketime
            else "builds (faketime is not on this machine: with the right clock) with "
        )
        + "documents, manifest and tables dated 1970 or 2100: each must take in the new edition, each index be "
        "sound",
    )
    source, folder = DOCUMENTS.stand(scratch)
    days = ("1999-12-31 23:59:58", "2037-06-01 12:00:00", "1971-01-01 12:00:00", "")
    stamps = (4_102_444_800, 0, 4_102_444_800, 0)
    for edition, (day, stamp) in enumerate(zip(days, stamps, strict=True), 1):
        DOCUMENTS.write(source, edition)
        for path in (*source.iterdir(), *folder.rglob("*")):
            os.utime(path, (stamp, stamp))
        under = (faketime, "-f", day) if faketime and day else ()
        done = run_build(source, folder, *under)
        try:
            DOCUMENTS.edition_of(folder, encoder, (edition,))
        except FindingsError as error:
            row.lose(f"clock at {day or 'now'}: {error}; {done.stderr[-200:]}")
            continue
        if done.returncode or not examine(folder).sound:
            row.lose(f"clock at {day or 'now'}: status {done.returncode}: {done.stderr[-200:]}")
        else:
            row.count("built")
    return row


def read_only(scratch: Path, encoder: Encoder) -> FaultCounts:
    """Use an index whose folder may not be written to: by search, answer, doctor and build."""
    row = FaultCounts(
        "read-only index folder",
        "every file and folder of the index without the right to write, for a process without the rights of root: "
        "searches, answers and the doctor must work, a build must say in one line that it can't",
    )
    source, folder = DOCUMENTS.stand(scratch)
    DOCUMENTS.write(source, 1)
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        python = (*UNPRIVILEGED, sys.executable, "-m")
        for status, arguments in (
            (0, ("search_api", "search", "visits in edition 0", "--index", str(folder))),
            (0, ("search_api", "answer", "what was found on visits?", "--index", str(folder))),
            (0, ("indexer", "doctor", "--index", str(folder))),
            (2, ("indexer", "build", str(source), "--index", str(folder))),
        ):
            done = subprocess.run(  # noqa: S603 (our own modules by our own interpreter)
                [*python, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
            )
            if done.returncode == status and (status == 0 or one_line(done.stderr)):
                row.count("worked" if status == 0 else "refused in one line")
            else:
                row.lose(f"{arguments[:2]}: status {done.returncode}: {done.stderr[-200:]}")
        DOCUMENTS.edition_of(folder, encoder, (0,))
    except FindingsError as error:
        row.lose(str(error))
    finally:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
    return row
