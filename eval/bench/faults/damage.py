"""Damage to an index that stands: a flipped bit, a torn write, a cut, in each of its files.

None may be taken for the index: opening it says in one line what is damaged, and so does the doctor; a build makes
it anew. The files are those that the manifest lists, whatever they are. This module must not know what they hold.
"""

from __future__ import annotations

import io
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from eval.bench.faults.documents import (
    DOCUMENTS,
    FaultCounts,
    SecondFile,
    Trial,
    must_build,
    one_line,
    run,
    with_second_file,
)
from indexer.encode.encoder import Encoder
from indexer.errors import FindingsError, IndexUnusable
from indexer.store.folder.index import FolderIndex
from indexer.store.manifest import MANIFEST, ORIGINALS, REPORT, read_manifest
from indexer.upkeep.doctor import examine
from search_api.__main__ import main as search_program

_TORN = 4_096
Damage = Callable[[bytes, random.Random], bytes]
Search = Callable[..., subprocess.CompletedProcess[str]]


def _flipped(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :]


def _torn(data: bytes, chance: random.Random) -> bytes:
    """A block that was never written, as after a power cut: nothing but zeros where something was."""
    blocks = [start for start in range(0, len(data), _TORN) if data[start : start + _TORN].strip(b"\0")]
    start = chance.choice(blocks)
    return data[:start] + bytes(len(data[start : start + _TORN])) + data[start + _TORN :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _of_another_time(data: bytes, chance: random.Random) -> bytes:
    """The first half of the file with a second half that isn't its own."""
    half = len(data) // 2
    return data[:half] + chance.randbytes(len(data) - half)


DAMAGES: dict[str, Damage] = {
    "flipped bit": _flipped,
    "torn write": _torn,
    "cut": _cut,
    "half of another": _of_another_time,
}

SECOND_FILES: dict[SecondFile, str] = {"codes": "above 10,000 passages", "cells": "above a million"}


def damaged(scratch: Path, encoder: Encoder, times: int, seed: int) -> Iterator[FaultCounts]:
    """Damage each file of an index in each way, several times; a row of the table for each file."""
    mended = Trial(
        scratch, encoder, "building over damage",
        "a build over an index with one damaged file, over a damaged cache, and over a damaged report: it must say "
        "so and make the index whole",
    )  # fmt: skip
    folder = mended.folder
    manifest = read_manifest(folder)
    chance = random.Random(seed)  # noqa: S311 (damage, not secrets)
    for path in (folder / MANIFEST, *(folder / manifest.generation / name for name in manifest.files)):
        yield _file(folder, path, path.name, encoder=encoder, times=times, chance=chance)
    # What only indexes of many passages have.
    for kind, said in SECOND_FILES.items():
        large = scratch / kind
        must_build(mended.source, large, *with_second_file(kind))
        held = read_manifest(large)
        (second,) = set(held.files) - set(manifest.files)
        called = f"{second} ({said})"
        path = large / held.generation / second
        yield _file(large, path, called, encoder=encoder, times=times, chance=chance)
    yield _originals(folder, times, chance)
    yield _mended(mended, chance)


def _file(
    folder: Path, path: Path, called: str, *, encoder: Encoder, times: int, chance: random.Random
) -> FaultCounts:
    row = FaultCounts(
        f"damage to {called}",
        f"each of {', '.join(DAMAGES)}, {times} times: opening must refuse it in one line that says how to "
        "rebuild, the doctor must name it, the search command must end with 2 and that line (as a process for one of "
        "them, called for the others); whole again, it must open",
    )
    whole = path.read_bytes()
    as_process = chance.choice(list(DAMAGES))
    for name, damage in DAMAGES.items():
        for _ in range(times):
            path.write_bytes(damage(whole, chance))
            _judge(row, folder, path.name, name)
        _judge_command(row, folder, path.name, name, search=_run if name == as_process else _call)
        path.write_bytes(whole)
    with row.losing("whole again"):
        DOCUMENTS.edition_of(folder, encoder, (0,))
    return row


def _judge(row: FaultCounts, folder: Path, file: str, damage: str) -> None:
    try:
        FolderIndex.open(folder).close()
    except IndexUnusable as error:
        said = str(error)
    else:
        row.lose(f"{damage} of {file}: opened all the same")
        return
    diagnosis = examine(folder)
    if not one_line(said) or "--rebuild" not in said:
        row.lose(f"{damage} of {file}: said {said!r}")
    elif diagnosis.sound or Path(file).stem not in " ".join(diagnosis.lines()):
        row.lose(f"{damage} of {file}: the doctor said {list(diagnosis.lines())}")
    else:
        row.count("refused in one line and named by the doctor")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The search program as users run it."""
    return run([sys.executable, "-m", "search_api", *arguments])


def _call(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The same in this process, without the second that Python takes to start."""
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        status = search_program(list(arguments))
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), errors.getvalue())


def _judge_command(row: FaultCounts, folder: Path, file: str, damage: str, *, search: Search) -> None:
    done = search("search", "visits", "--index", str(folder))
    if done.returncode == 2 and one_line(done.stderr) and not done.stdout:
        row.count("refused by the command")
    else:
        row.lose(f"{damage} of {file}: the command ended with {done.returncode}: {done.stderr[-200:]}")


def _originals(folder: Path, times: int, chance: random.Random) -> FaultCounts:
    row = FaultCounts(
        "damage to an original",
        "the same to documents kept for download: a damaged one must not be handed out, searches go on, and the "
        "doctor names the document",
    )
    # Their sources are gone, as for an index that was moved.
    shutil.rmtree(folder.parent / "source")
    originals = sorted((folder / ORIGINALS).iterdir())
    for name, damage in DAMAGES.items():
        for _ in range(times):
            path = chance.choice(originals)
            whole = path.read_bytes()
            path.write_bytes(damage(whole, chance))
            with FolderIndex.open(folder) as index:
                handed = [d.file for d in index.documents() if index.source_path(d.id) is None]
            said = [finding.what for finding in examine(folder).findings]
            if len(handed) == 1 and any(handed[0] in what for what in said):
                row.count("not handed out, and named")
            else:
                row.lose(f"{name}: not handed out {handed}, the doctor said {said}")
            path.write_bytes(whole)
    return row


def _mended(trial: Trial, chance: random.Random) -> FaultCounts:
    folder, row = trial.folder, trial.row
    files = read_manifest(folder).files
    for edition, name in enumerate((MANIFEST, *files, REPORT, "cache/encoded.sqlite"), 1):
        trial.write(edition)
        current = folder / read_manifest(folder).generation / name if name in files else folder / name
        current.parent.mkdir(exist_ok=True)
        content = current.read_bytes() if current.exists() else json.dumps({"no": "cache"}).encode() * 50
        current.write_bytes(_flipped(content, chance))
        try:
            trial.build()
            trial.edition(edition)
        except FindingsError as error:
            row.lose(f"over a damaged {name}: {error}")
            shutil.rmtree(folder)
            trial.build()
            continue
        diagnosis = examine(folder)
        if diagnosis.sound:
            row.count("whole again")
        else:
            row.lose(f"over a damaged {name}: {list(diagnosis.lines())}")
    return row
