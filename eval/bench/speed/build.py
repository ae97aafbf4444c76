"""How long a build takes, stage by stage, beside each stage's floor and beside other tools' builds.

Our build is the command that users run, in a process of its own, over a sample of the documents: once before the
tools' and once after them, so that what else the machine did in between shows and is shared. Then once more
with nothing changed, with one file whose bytes changed, and with one replaced by a document that it never saw.
This module must not know how any of them is measured inside.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from eval.bench.speed.build_peers import peer_builds
from eval.bench.speed.floors import children_seconds, encoding_floor, reading_floor, writing_floor
from eval.search.collection import open_collection
from indexer.build.find_files import find_files
from indexer.errors import FindingsError, UsageError
from indexer.limits import Limits
from indexer.store.folder.manifest import MANIFEST

STAGES: Mapping[str, Sequence[str]] = {
    "reading": ("finding", "reading"),
    "structuring": ("structuring", "linking"),
    "encoding": ("finding vectors", "encoding"),
    "indexing": ("indexing", "publishing"),
}
"""Our four stages, each of the build's own; what is left of the total (loading the model) is "other"."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Copies of some documents in one folder, and one document that is not among them, if there is one left."""

    folder: Path
    files: Sequence[Path]
    spare: Path | None


def take_sample(sources: Sequence[Path], files: int | None, folder: Path) -> Sample:
    """Copy `files` documents (all unless told) drawn evenly from the sources; the same ones each time."""
    files_found = find_files(sources, limits=Limits(), leave_out=folder).files
    found = list({file.path.name: file.path for file in files_found}.values())
    if not found:
        raise UsageError("the sources hold no document; give folders of reports")
    random.Random(1).shuffle(found)  # noqa: S311 (a sample, not a secret)
    count = min(files or len(found), len(found))
    folder.mkdir()
    copies = [Path(shutil.copy(path, folder)) for path in found[:count]]
    left = sorted(found[count:], key=lambda path: path.suffix != copies[0].suffix)
    spare = left[0] if left else None
    return Sample(folder, copies, spare)


def build_figures(sources: Sequence[Path], files: int | None, peers: Sequence[str]) -> dict[str, Any]:
    """Build a sample of the sources with everything; seconds by stage, floors, peers, ratios, changed files.

    Our seconds are the mean of a build before the tools' and one after them.
    """
    with tempfile.TemporaryDirectory() as scratch:
        sample = take_sample(sources, files, Path(scratch) / "source")
        index = Path(scratch) / "index"
        before = _build(sample.folder, index)
        collection = open_collection(index)
        figures: dict[str, Any] = {
            "files": len(sample.files),
            "documents": before["documents"],
            "passages": len(collection.passages),
            "weights": f"{collection.encoder}, int8",
            "threads_set": os.environ.get("OMP_NUM_THREADS", ""),
            "floors": {
                "reading": reading_floor(sample.files),
                "encoding": encoding_floor(collection),
                "indexing": writing_floor(next(index.glob("generation-*")), Path(scratch) / "written"),
            },
            "peers": peer_builds(peers, collection.texts),
        }
        after = _build(sample.folder, Path(scratch) / "index-again")
        figures["changes"] = _changes(sample, index)
    builds = [by_stage(report["seconds"]) for report in (before, after)]
    figures["seconds"] = {stage: round(fmean(build[stage] for build in builds), 3) for stage in builds[0]}
    figures["seconds_before_peers"], figures["seconds_after_peers"] = builds
    for name in ("process_seconds", "cpu_seconds"):
        figures[name] = round(fmean((before[name], after[name])), 3)
    figures["times_as_fast"] = ratios(figures)
    return figures


def changed_figures(sources: Sequence[Path], begun: Path | None = None) -> dict[str, Any]:
    """Build all documents of the sources but one, then with one changed: the builds' seconds.

    `begun` is an index of the same documents, if there is one: a copy of it is built on. What its code read otherwise
    than today's is read again in the first build, which isn't among the figures that count.
    """
    with tempfile.TemporaryDirectory() as scratch:
        found = find_files(sources, limits=Limits(), leave_out=Path(scratch)).files
        names = {file.path.name for file in found}
        sample = take_sample(sources, max(1, len(names) - 1), Path(scratch) / "source")
        index = Path(scratch) / "index"
        if begun is not None and (begun / MANIFEST).exists():
            shutil.copytree(begun, index)
        first = _build(sample.folder, index)
        return {
            "files": len(sample.files),
            "documents": first["documents"],
            "first_seconds": first["seconds"]["total"],
            "first_unchanged": first["unchanged"],
            "changes": _changes(sample, index),
        }


def by_stage(seconds: Mapping[str, float]) -> dict[str, float]:
    """Sum a build's own stages into ours; together with "other" they are its total."""
    stages = {name: round(sum(seconds.get(part, 0.0) for part in parts), 3) for name, parts in STAGES.items()}
    stages["other"] = round(seconds["total"] - sum(stages.values()), 3)
    stages["total"] = seconds["total"]
    return stages


def ratios(figures: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """What each peer took as a multiple of ours: over encoding and indexing, and in all.

    In all, a peer's build is pypdfium2's reading, loading its model, encoding and indexing; ours is everything. The same
    of processor time is ours with Python's start, theirs without.
    """
    ours = figures["seconds"]
    reading = figures["floors"]["reading"]["seconds"]
    return {
        name: {
            "encoding_and_indexing": round(
                peer["encoding_and_indexing_seconds"] / (ours["encoding"] + ours["indexing"]), 2
            ),
            "in_all": round(
                (reading + peer["loading_seconds"] + peer["encoding_and_indexing_seconds"]) / ours["total"], 2
            ),
            "in_all_cpu": round(
                (figures["floors"]["reading"]["cpu_seconds"] + peer["cpu_seconds"]) / figures["cpu_seconds"],
                2,
            ),
        }
        for name, peer in figures["peers"].items()
    }


def _changes(sample: Sample, index: Path) -> dict[str, dict[str, Any]]:
    """Builds over an index that is there: its own seconds, and those of the whole command."""
    changed = {"nothing changed": _build(sample.folder, index)}
    first = sample.files[0]
    if first.suffix.lower() == ".pdf":
        # A comment behind a PDF's end: another file by its bytes, the same by its text.
        first.write_bytes(first.read_bytes() + b"\n% saved again\n")
        changed["one file saved again, its text the same"] = _build(sample.folder, index)
    if sample.spare is not None:
        first.unlink()
        shutil.copy(sample.spare, first.with_suffix(sample.spare.suffix))
        changed["one file replaced by a new report"] = _build(sample.folder, index)
    return {
        name: {
            "seconds": report["seconds"]["total"],
            "stages": by_stage(report["seconds"]),
            "process_seconds": report["process_seconds"],
            "cpu_seconds": report["cpu_seconds"],
            "unchanged": report["unchanged"],
        }
        for name, report in changed.items()
    }


def _build(source: Path, index: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "indexer", "build", str(source), "--index", str(index)]
    started, used = time.perf_counter(), children_seconds()
    told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own module)
    taken, used = time.perf_counter() - started, children_seconds() - used
    if told.returncode:
        raise FindingsError(f"the sample could not be built: {told.stderr.strip()[-300:]}")
    report: dict[str, Any] = json.loads((index / "report.json").read_text("utf-8"))
    return {**report, "process_seconds": round(taken, 3), "cpu_seconds": round(used, 3)}
