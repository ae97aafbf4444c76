"""`-m eval growth`: what larger indexes cost: build, search, recall, memory and disk by kind of FAISS index.

Recall@10 is against a comparison with every vector, for questions made as the vectors are and, with --bench, for
real ones. Of an approximate kind the least effort that reaches the recall asked for is reported. Each kind is built
in a process of its own with a thread a core, and searched with one thread, so that memory and times are its own.
Knows vectors only, and nothing of passages.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from eval.bench.growth.report import chart, table
from eval.bench.growth.vectors import NEAREST, Made, Vectors, chunks, exact, make, moved, scratch_in
from eval.search.cases import load_cases
from indexer.encode.encoder import load_encoder
from indexer.errors import UsageError
from indexer.store.folder.vectors import cells_for, load_vectors, save_vectors
from indexer.store.location import add_index_option
from indexer.store.opening import open_index

_P = ParamSpec("_P")
_T = TypeVar("_T")

SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
QUERIES = 100
RECALL = 0.98
_TRAINED_ON = 64
"""Vectors a cell that cells are made from."""

_EFFORTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_WATCHED_EACH = 0.1
"""Seconds between two looks at the memory of a build."""

STORED = "as stored"
"""Not a kind of FAISS: files as `indexer.store.folder.vectors` writes them, and its own search, at an effort of its own."""

LARGEST = {"Flat": 1_000_000, "HNSW32": 100_000, "HNSW32,SQ8": 1_000_000, "SQ8": 1_000_000}
"""Above, a kind isn't measured: its memory or its building doesn't fit the machine that this is for."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind at one size: seconds to build and write, milliseconds a search (median, 95th of a hundred), recall@10.

    `effort` is nprobe or efSearch, 0 for a comparison with all. `memory_mb` is what the process that searches holds of
    its own, `mapped_mb` what it holds of files beside that, which can be taken back; `disk_mb` is the files' size;
    `peak_mb` the most of its own that the build held. `real_recall` is for real questions; None where not measured.
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
    mapped_mb: float | None = None
    peak_mb: float | None = None
    real_recall: float | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Queries and the rows that a comparison with all finds for each; shape (queries, NEAREST)."""

    queries: Vectors
    truth: NDArray[np.int64]

    def recall(self, found: Sequence[Sequence[int]]) -> float:
        """The share of the true nearest that was found."""
        hits = sum(len(set(rows) & set(true)) for rows, true in zip(found, self.truth.tolist(), strict=True))
        return hits / self.truth.size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser, "an index whose vectors are multiplied")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), metavar="N")
    parser.add_argument(
        "--kinds", nargs="+", metavar="KIND", help="FAISS factory strings; chosen by size unless told"
    )
    parser.add_argument(
        "--bench", type=Path, nargs="+", default=[], metavar="FILE", help="real questions, for recall"
    )
    parser.add_argument(
        "--add",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="growth.json of other runs, to show as well",
    )
    parser.add_argument("--out", type=Path, default=Path("var/growth"), metavar="DIR")


def main(options: argparse.Namespace) -> int:
    """Measure every kind at every size, and write growth.json, growth.md and growth.svg as it goes."""
    if options.sizes and min(options.sizes) < QUERIES:
        raise UsageError(f"give sizes of {QUERIES} vectors or more")
    options.out.mkdir(parents=True, exist_ok=True)
    added = [one for path in options.add for one in load_measured(path)]
    done: list[Measured] = []
    with open_index(options.index) as index:
        real, encoder = index.vectors(range(len(index))), index.manifest.encoder
    questions = [moved(real, QUERIES, seed=-1)]
    if options.bench:
        encode = load_encoder(encoder).encode_query
        questions.append(np.stack([encode(case.text) for case in load_cases(options.bench)]))
    # A run that is told to end takes its files along.
    signal.signal(signal.SIGTERM, _end)
    with scratch_in(options.out) as scratch:
        needed = real.shape[1] * 4 * max(options.sizes) * 2.4
        if shutil.disk_usage(scratch).free < needed:
            raise UsageError(
                f"{options.out} has no room for {needed / 1e9:.0f} GB; give another --out or fewer --sizes"
            )
        made = make(real, max(options.sizes), scratch / "vectors")
        for size in sorted(options.sizes):
            asked = _asked(made, size, questions)
            for kind in options.kinds or kinds_for(size):
                done.append(measure(kind, made, size, asked, scratch))
                print(table([done[-1]]).splitlines()[-1], flush=True)
                _write(options.out, merged([*added, *done]))
    return 0


def load_measured(path: Path) -> list[Measured]:
    """Read what another run wrote, of before the newer fields as well; UsageError where it is no such file."""
    try:
        return [Measured(**row) for row in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{path} is no growth.json ({error}); name one that this command wrote") from error


def merged(measured: Sequence[Measured]) -> list[Measured]:
    """The last measurement of each kind at each size, by size, kinds in the order in which they came."""
    last = {(one.vectors, one.kind): one for one in measured}
    return sorted(last.values(), key=lambda one: one.vectors)


def kinds_for(size: int) -> list[str]:
    """List the kinds worth measuring at a size."""
    lists = cells_for(size)
    kinds = [STORED, "Flat", "SQ8", f"IVF{lists},Flat", f"IVF{lists},SQ8", "HNSW32", "HNSW32,SQ8"]
    kinds = [kind for kind in kinds if size <= LARGEST.get(kind, max(SIZES))]
    return [kind for kind in kinds if not (size > 1_000_000 and kind.endswith(",Flat"))]


def measure(kind: str, made: Made, size: int, asked: Sequence[Asked], scratch: Path) -> Measured:
    """Build one kind and search it, one query at a time: first the made-up queries, then the real ones if given."""
    folder = scratch / "measured"
    folder.mkdir()
    try:
        if kind == STORED:
            # The process that builds gives nothing of its memory back to the one that serves.
            seconds, peak, disk = _apart(_build_stored, made, size, folder)
            searched = _apart(_search_stored, folder, size, asked)
        else:
            searched, seconds, peak, disk = _apart(_measure_kind, kind, made, size, asked, folder)
        return replace(searched, build_seconds=seconds, peak_mb=peak, disk_mb=disk)
    finally:
        shutil.rmtree(folder)


def _asked(made: Made, size: int, questions: Sequence[Vectors]) -> list[Asked]:
    rows, cosines = exact(made.first(size), np.concatenate(questions))
    ends = np.cumsum([len(some) for some in questions])[:-1]
    for what, near in zip(("made-up questions", "real questions"), np.split(cosines, ends), strict=False):
        print(
            f"{size:,} vectors, {len(near)} {what}: cosine to the nearest {np.median(near[:, 0]):.3f} (median)"
        )
    return [Asked(some, truth) for some, truth in zip(questions, np.split(rows, ends), strict=True)]


def _apart(call: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
    """Call in a process of its own, which ends with the call."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(call, given, named)


def _build_stored(made: Made, size: int, folder: Path) -> tuple[float, float, float]:
    vectors = made.first(size)
    with _Peak() as peak:
        started = time.perf_counter()
        save_vectors(folder / "flat", vectors, folder / "cells")
        seconds = time.perf_counter() - started
    return seconds, peak.megabytes, _disk(folder)


def _search_stored(folder: Path, size: int, asked: Sequence[Asked]) -> Measured:
    import faiss  # noqa: PLC0415 (each measurement is a process of its own)

    faiss.omp_set_num_threads(1)
    before = _memory_mb()
    cells = folder / "cells"
    store = load_vectors(folder / "flat", cells if cells.exists() else None)

    def search(query: Vectors) -> list[int]:
        return [row for row, _ in store.search(query, NEAREST, None)]

    found = _searched(search, asked)
    after = _memory_mb()
    return _measured(STORED, size, found, store.probes, (after[0] - before[0], after[1] - before[1]))


def _measure_kind(
    kind: str, made: Made, size: int, asked: Sequence[Asked], folder: Path
) -> tuple[Measured, float, float, float]:
    import faiss  # noqa: PLC0415 (each measurement is a process of its own)

    before, _ = _memory_mb()
    vectors = made.first(size)
    with _Peak() as peak:
        started = time.perf_counter()
        index = faiss.index_factory(made.dimension, kind, faiss.METRIC_INNER_PRODUCT)
        if not index.is_trained:
            cells = int(kind.partition(",")[0].removeprefix("IVF")) if kind.startswith("IVF") else 1
            count = min(size, max(10_000, _TRAINED_ON * cells))
            rows = np.sort(np.random.default_rng(1).choice(size, count, replace=False))
            index.train(np.ascontiguousarray(vectors[rows]))
        for chunk in chunks(vectors):
            index.add(chunk)
        faiss.write_index(index, str(folder / "index.faiss"))
        seconds = time.perf_counter() - started
    own = _memory_mb()[0] - before
    faiss.omp_set_num_threads(1)

    def search(query: Vectors) -> list[int]:
        rows: list[int] = index.search(query[None, :], NEAREST)[1][0].tolist()
        return rows

    name = "nprobe" if kind.startswith("IVF") else "efSearch" if kind.startswith("HNSW") else ""
    effort = 0
    for effort in [each for each in _EFFORTS if name != "efSearch" or each >= NEAREST] if name else (0,):
        if name:
            faiss.ParameterSpace().set_index_parameter(index, name, effort)
        if _searched(search, asked[:1]).recalls[0] >= RECALL:
            break
    found = _searched(search, asked)
    return _measured(kind, size, found, effort, (own, 0.0)), seconds, peak.megabytes, _disk(folder)


@dataclass(frozen=True, slots=True)
class Searched:
    """Recall for each set of queries, and the milliseconds of each query of the first."""

    recalls: tuple[float, ...]
    times: tuple[float, ...]


def _searched(search: Callable[[Vectors], list[int]], asked: Sequence[Asked]) -> Searched:
    recalls, times = [], []
    for number, some in enumerate(asked):
        found = []
        for query in some.queries:
            started = time.perf_counter()
            found.append(search(query))
            if number == 0:
                times.append((time.perf_counter() - started) * 1e3)
        recalls.append(some.recall(found))
    return Searched(tuple(recalls), tuple(times))


def _measured(kind: str, size: int, found: Searched, effort: int, memory: tuple[float, float]) -> Measured:
    """Everything but what the build took; `memory` is own and mapped megabytes."""
    median, high = (float(np.percentile(found.times, part)) for part in (50, 95))
    real = found.recalls[1] if len(found.recalls) > 1 else None
    own, mapped = memory
    return Measured(
        kind, size, 0.0, median, high, found.recalls[0], effort, own, 0.0, max(0.0, mapped), None, real
    )


class _Peak:
    """The most memory of its own that this process holds while the block runs, looked at ten times a second."""

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._done.wait(_WATCHED_EACH):
            self.megabytes = max(self.megabytes, _held("status", "RssAnon"))

    def __enter__(self) -> _Peak:
        self._thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._done.set()
        self._thread.join()
        self.megabytes = max(self.megabytes, _held("status", "RssAnon"))


def _memory_mb() -> tuple[float, float]:
    """What this process holds in memory now: of its own, and of files that are mapped."""
    return _held("smaps_rollup", "Pss_Anon"), _held("smaps_rollup", "Pss_File")


def _held(file: str, name: str) -> float:
    told = Path("/proc/self", file).read_text("ascii").splitlines()
    return sum(int(line.split()[1]) for line in told if line.startswith(f"{name}:")) * 1024 / 1e6


def _disk(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6


def _end(*_: Any) -> NoReturn:  # noqa: ANN401 (a signal's number and frame)
    sys.exit(143)


def _write(folder: Path, done: Sequence[Measured]) -> None:
    (folder / "growth.json").write_text(json.dumps([asdict(one) for one in done], indent=1) + "\n", "utf-8")
    (folder / "growth.md").write_text(table(done) + "\n", "utf-8")
    (folder / "growth.svg").write_text(chart(done), "utf-8")
