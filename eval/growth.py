"""`-m eval growth`: what larger indexes cost: build, search, recall, memory and disk by kind of FAISS index.

Vectors of any number are made from an index's own by moving each a little way at random, so that they cluster as
real ones do. Recall@10 is against a comparison with every vector. Of an approximate kind the least effort that
reaches the recall asked for is reported. Each kind is measured in a process of its own, so that memory is its
own. Knows vectors only, and nothing of passages.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.growth_report import chart, table
from indexer.errors import UsageError
from indexer.location import add_index_option
from indexer.open_index import open_index
from indexer.vectors import cells_for, load_vectors, save_vectors

Vectors = NDArray[np.float32]

SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
QUERIES = 100
NEAREST = 10
RECALL = 0.98
_MOVED = 0.45
"""The length of the move, at random, of a vector of length 1: its cosine to where it was is 0.91."""

_CHUNK = 100_000
_TRAINED_ON = 200_000
_EFFORTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)

STORED = "as stored"
"""Not a kind of FAISS: files as `indexer.vectors` writes them, and its own search, at an effort of its own."""

LARGEST = {STORED: 1_000_000, "Flat": 1_000_000, "HNSW32": 100_000, "HNSW32,SQ8": 1_000_000}
"""Above, a kind isn't measured: its memory or its building doesn't fit the machine that this is for."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind at one size: seconds to build, milliseconds a search (median, 95th of a hundred), recall@10.

    `effort` is nprobe or efSearch, 0 for a comparison with all. `memory_mb` is what the process grew by, mapped
    files aside, `disk_mb` the files' size.
    """

    kind: str
    vectors: int
    build_seconds: float
    median_ms: float
    p95_ms: float
    recall: float
    effort: int
    memory_mb: float
    disk_mb: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser, "an index whose vectors are multiplied")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), metavar="N")
    parser.add_argument(
        "--kinds", nargs="+", metavar="KIND", help="FAISS factory strings; chosen by size unless told"
    )
    parser.add_argument("--out", type=Path, default=Path("var/growth"), metavar="DIR")


def main(options: argparse.Namespace) -> int:
    """Measure every kind at every size, and write growth.json, growth.md and growth.svg as it goes."""
    if min(options.sizes) < QUERIES:
        raise UsageError(f"give sizes of {QUERIES} vectors or more")
    options.out.mkdir(parents=True, exist_ok=True)
    with open_index(options.index) as index:
        real = index.vectors(range(len(index)))
    done: list[Measured] = []
    for size in sorted(options.sizes):
        queries = moved(real, QUERIES, seed=-1)
        truth = exact(real, size, queries)
        for kind in options.kinds or kinds_for(size):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                found = pool.apply(measure, (kind, real, size, queries, truth))
            done.append(found)
            print(table([found]).splitlines()[-1], flush=True)
            _write(options.out, done)
    return 0


def kinds_for(size: int) -> list[str]:
    """List the kinds worth measuring at a size."""
    lists = cells_for(size)
    kinds = [STORED, "Flat", "SQ8", f"IVF{lists},Flat", f"IVF{lists},SQ8", "HNSW32", "HNSW32,SQ8"]
    kinds = [kind for kind in kinds if size <= LARGEST.get(kind, max(SIZES))]
    return [kind for kind in kinds if not (size > 1_000_000 and kind.endswith(",Flat"))]


def moved(real: Vectors, count: int, seed: int) -> Vectors:
    """Make `count` vectors of length 1, each a real one moved a little way; the same for the same seed."""
    drawn = np.random.default_rng(abs(seed) * 2 + (seed < 0))
    picked = real[drawn.integers(0, len(real), count)]
    move = drawn.standard_normal(picked.shape, dtype=np.float32)
    move *= _MOVED / np.linalg.norm(move, axis=1, keepdims=True)
    made = picked + move
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


def chunks(real: Vectors, size: int) -> Iterator[Vectors]:
    """Give `size` vectors a chunk at a time, the same each time."""
    for number, start in enumerate(range(0, size, _CHUNK)):
        yield moved(real, min(_CHUNK, size - start), seed=number)


def exact(real: Vectors, size: int, queries: Vectors) -> NDArray[np.int64]:
    """Find the nearest of `size` vectors to each query by comparing with all; shape (queries, NEAREST)."""
    best = np.full((len(queries), 0), 0, dtype=np.float32)
    rows = np.zeros((len(queries), 0), dtype=np.int64)
    start = 0
    for chunk in chunks(real, size):
        scores = queries @ chunk.T
        near = np.argpartition(-scores, NEAREST, axis=1)[:, :NEAREST]
        best = np.concatenate([best, np.take_along_axis(scores, near, axis=1)], axis=1)
        rows = np.concatenate([rows, near + start], axis=1)
        order = np.argsort(-best, axis=1)[:, :NEAREST]
        best, rows = np.take_along_axis(best, order, axis=1), np.take_along_axis(rows, order, axis=1)
        start += len(chunk)
    return rows


def measure(kind: str, real: Vectors, size: int, queries: Vectors, truth: NDArray[np.int64]) -> Measured:
    """Build one kind and search it, at the least effort that reaches RECALL, one query at a time."""
    import faiss  # noqa: PLC0415 (each measurement is a process of its own)

    if kind == STORED:
        return _measure_stored(real, size, queries, truth)
    faiss.omp_set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    before = _memory_mb()
    started = time.perf_counter()
    index = faiss.index_factory(real.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    if not index.is_trained:
        lists = cells_for(size) if kind.startswith("IVF") else 1
        needed = min(size, _TRAINED_ON, max(10_000, 64 * lists))
        index.train(np.concatenate(list(chunks(real, needed))))
    for chunk in chunks(real, size):
        index.add(chunk)
    seconds = time.perf_counter() - started
    memory = _memory_mb() - before
    effort, recall, times = _least_effort(faiss, index, kind, queries, truth)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.faiss"
        faiss.write_index(index, str(path))
        disk = path.stat().st_size / 1e6
    median, high = (float(np.percentile(times, part)) for part in (50, 95))
    return Measured(kind, size, seconds, median, high, recall, effort, memory, disk)


def _measure_stored(real: Vectors, size: int, queries: Vectors, truth: NDArray[np.int64]) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        flat, cells = Path(folder) / "flat", Path(folder) / "cells"
        made = np.concatenate(list(chunks(real, size)))
        started = time.perf_counter()
        save_vectors(flat, made, cells)
        seconds = time.perf_counter() - started
        del made
        before = _memory_mb()
        store = load_vectors(flat, cells if cells.exists() else None)
        times, hits = [], 0
        for query, expected in zip(queries, truth, strict=True):
            started = time.perf_counter()
            found = store.search(query, NEAREST, None)
            times.append((time.perf_counter() - started) * 1e3)
            hits += len({row for row, _ in found} & set(expected.tolist()))
        disk = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
        memory = _memory_mb() - before
    median, high = (float(np.percentile(times, part)) for part in (50, 95))
    recall = hits / truth.size
    return Measured(STORED, size, seconds, median, high, recall, store.probes, memory, disk)


def _least_effort(
    faiss: Any,  # noqa: ANN401 (it ships no types)
    index: Any,  # noqa: ANN401
    kind: str,
    queries: Vectors,
    truth: NDArray[np.int64],
) -> tuple[int, float, list[float]]:
    name = "nprobe" if kind.startswith("IVF") else "efSearch" if kind.startswith("HNSW") else ""
    recall, times = 0.0, [0.0]
    for effort in _EFFORTS if name else (0,):
        if name == "efSearch" and effort < NEAREST:
            continue
        if name:
            faiss.ParameterSpace().set_index_parameter(index, name, effort)
        times, hits = [], 0
        for query, expected in zip(queries, truth, strict=True):
            started = time.perf_counter()
            _, found = index.search(query[None, :], NEAREST)
            times.append((time.perf_counter() - started) * 1e3)
            hits += len(set(found[0].tolist()) & set(expected.tolist()))
        recall = hits / truth.size
        if recall >= RECALL:
            break
    return (effort if name else 0), recall, times


def _memory_mb() -> float:
    """What this process holds in memory of its own now: pages of mapped files, which can be taken back, aside."""
    status = Path("/proc/self/status").read_text("ascii")
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(kilobytes) * 1024 / 1e6


def _write(folder: Path, done: Sequence[Measured]) -> None:
    (folder / "growth.json").write_text(json.dumps([asdict(one) for one in done], indent=1) + "\n", "utf-8")
    (folder / "growth.md").write_text(table(done) + "\n", "utf-8")
    (folder / "growth.svg").write_text(chart(done), "utf-8")
