"""How long a build takes, stage by stage, beside the least that each could take and beside other tools' builds.

Our build is the command that users run, in a process of its own, over a sample of the documents: once before the
tools' and once after them, so that what else the machine did in between shows and is shared. Then once more with
nothing changed, with one file whose bytes changed, and with one replaced by a document that it never saw.

A floor is a stage's own work alone, with nothing of ours around it. Reading: pypdfium2's text of every page, in as many
processes as a build has. Encoding: the encoder's own graph on random ids of the passages' lengths. Indexing: an index's
bytes written once. A vector scan: one pass over the vectors' memory. This module must not know how a build or a search
goes about them.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pypdfium2

from eval.bench.speed.peers import peer_builds
from eval.bench.speed.stages import timed
from eval.search.collection import Collection, open_collection
from indexer.build.find_files import find_files
from indexer.encode.encoder import Encoder, load_encoder
from indexer.encode.onnx_encoder import EMBEDDING, OnnxEncoder
from indexer.errors import FindingsError, UsageError
from indexer.limits import Limits
from indexer.store.location import IndexLocation
from indexer.store.manifest import MANIFEST
from indexer.store.opening import open_index

STAGES: Mapping[str, Sequence[str]] = {
    "reading": ("finding", "reading"),
    "structuring": ("structuring", "linking"),
    "encoding": ("finding vectors", "encoding"),
    "indexing": ("indexing", "publishing"),
}
"""Our four stages, each of the build's own; what is left of the total (loading the model) is "other"."""


@dataclass(frozen=True, slots=True)
class DocumentSample:
    """Copies of some documents in one folder, and one document that is not among them, if there is one left."""

    folder: Path
    files: Sequence[Path]
    spare: Path | None


def take_sample(sources: Sequence[Path], files: int | None, folder: Path) -> DocumentSample:
    """Copy `files` documents (all unless given) drawn evenly from the sources; the same ones each time."""
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
    return DocumentSample(folder, copies, spare)


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
    ours, reading = figures["seconds"], figures["floors"]["reading"]
    found = {}
    for name, peer in figures["peers"].items():
        made = peer["encoding_and_indexing_seconds"]
        found[name] = {
            "encoding_and_indexing": made / (ours["encoding"] + ours["indexing"]),
            "in_all": (reading["seconds"] + peer["loading_seconds"] + made) / ours["total"],
            "in_all_cpu": (reading["cpu_seconds"] + peer["cpu_seconds"]) / figures["cpu_seconds"],
        }
    return {name: {key: round(ratio, 2) for key, ratio in row.items()} for name, row in found.items()}


def _changes(sample: DocumentSample, index: Path) -> dict[str, dict[str, Any]]:
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
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own module)
    taken, used = time.perf_counter() - started, children_seconds() - used
    if done.returncode:
        raise FindingsError(f"the sample could not be built: {done.stderr.strip()[-300:]}")
    report: dict[str, Any] = json.loads((index / "report.json").read_text("utf-8"))
    return {**report, "process_seconds": round(taken, 3), "cpu_seconds": round(used, 3)}


_SAMPLED = 1000
"""Texts that the encoder's floor is taken from; the rest cost as much each."""

_PASSES = 20


def reading_floor(files: Sequence[Path]) -> dict[str, Any]:
    """Seconds that pypdfium2 alone takes for the text of the PDFs among the files; other kinds aren't read."""
    pdfs = [path for path in files if path.suffix.lower() == ".pdf"]
    processes = len(os.sched_getaffinity(0))
    context = multiprocessing.get_context("spawn")
    used = children_seconds()
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        # A process is started by its first task: that isn't reading.
        list(pool.map(time.sleep, [0.2] * processes))
        started = time.perf_counter()
        pages = sum(pool.map(read_pages, pdfs))
        seconds = time.perf_counter() - started
    return {
        "seconds": round(seconds, 3),
        "cpu_seconds": round(children_seconds() - used, 3),
        "files": len(pdfs),
        "pages": pages,
        "processes": processes,
    }


def children_seconds() -> float:
    """Seconds of processor that ended children of this process have used, with theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def read_pages(path: Path) -> int:
    """Read the text of each page and drop it: the number of pages, 0 for what is no PDF inside."""
    try:
        with pypdfium2.PdfDocument(path) as pdf:
            for page in pdf:
                text = page.get_textpage()
                text.get_text_range()
                text.close()
                page.close()
            return len(pdf)
    except pypdfium2.PdfiumError:
        return 0


def encoding_floor(collection: Collection) -> dict[str, Any] | None:
    """Seconds that the index's encoder would take for its distinct texts, were their tokens random and ready.

    None for an encoder that isn't run by ONNX Runtime here.
    """
    encoder = load_encoder(collection.encoder)
    if not isinstance(encoder, OnnxEncoder):
        return None
    distinct = list(dict.fromkeys(collection.texts))
    drawn = np.random.default_rng(1)
    sample = [distinct[at] for at in drawn.permutation(len(distinct))[:_SAMPLED]]
    tokenizer, session = encoder._tokenizer, encoder._session
    inputs = [
        {"input_ids": drawn.integers(1000, tokenizer.get_vocab_size(), (1, len(encoding.ids)))}
        for encoding in tokenizer.encode_batch(sample)
    ]
    threads = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda given: session.run([EMBEDDING], given), inputs[: 4 * threads]))
        started = time.perf_counter()
        list(pool.map(lambda given: session.run([EMBEDDING], given), inputs))
        seconds = time.perf_counter() - started
    return {
        "seconds": round(seconds / len(inputs) * len(distinct), 3),
        "texts": len(distinct),
        "texts_per_second": round(len(inputs) / seconds, 1),
        "tokens_per_text": round(sum(given["input_ids"].size for given in inputs) / len(inputs), 1),
        "threads": threads,
    }


def writing_floor(folder: Path, scratch: Path) -> dict[str, Any]:
    """Seconds for writing the files of a folder once, to the disk."""
    started = time.perf_counter()
    written = 0
    scratch.mkdir()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as source, (scratch / "bytes").open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
            written += target.tell()
    return {"seconds": round(time.perf_counter() - started, 3), "megabytes": round(written / 1e6, 1)}


def scan_figures(location: IndexLocation, encoder: Encoder | None = None) -> dict[str, Any]:
    """The scan of every vector for one question, beside one pass over the same bytes by one thread."""
    with open_index(location) as index:
        found = encoder or load_encoder(index.manifest.encoder)
        question = found.encode_query("What needs to improve?")
        vectors = np.ascontiguousarray(index.vectors(np.arange(len(index))), dtype=np.float32)
        scan = timed(lambda _: index.dense_scores(question), range(_PASSES))
        once = timed(lambda _: vectors.max(), range(_PASSES))
    return {
        "megabytes": round(vectors.nbytes / 1e6, 1),
        "scan_ms": round(scan.median * 1000, 2),
        "one_pass_ms": round(once.median * 1000, 2),
        "times_the_floor": round(scan.median / once.median, 2),
    }
