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
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from eval.bench.growth.vectors import NEAREST, MadeVectors, Vectors, chunks, exact, make, moved, scratch_in
from eval.bench.processes import memory_of
from eval.chart import Axis, Panel, draw
from eval.reports import markdown, write_json
from eval.search.cases import load_cases
from indexer.encode.encoder import load_encoder
from indexer.errors import UsageError
from indexer.store.location import add_index_option
from indexer.store.opening import open_index
from indexer.store.vectors import cells_for, load_vectors, save_vectors

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
"""Not a kind of FAISS: files as `indexer.store.vectors` writes them, and its own search, at an effort of its own."""

LARGEST = {"Flat": 1_000_000, "HNSW32": 100_000, "HNSW32,SQ8": 1_000_000, "SQ8": 1_000_000}
"""Above, a kind isn't measured: its memory or its building doesn't fit the machine that this is for."""


@dataclass(frozen=True, slots=True)
class QuerySet:
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
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=list(SIZES), metavar="N")
    add("--kinds", nargs="+", metavar="KIND", help="FAISS factory strings; chosen by size unless given")
    add("--bench", type=Path, nargs="+", default=[], metavar="FILE", help="real questions, for recall")
    added = "growth.json of other runs, to show as well"
    add("--add", type=Path, nargs="+", default=[], metavar="FILE", help=added)
    add("--out", type=Path, default=Path("var/growth"), metavar="DIR")


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
    # A run that is ended removes its files.
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


def measure(kind: str, made: MadeVectors, size: int, asked: Sequence[QuerySet], scratch: Path) -> Measured:
    """Build one kind and search it, one query at a time: first the made-up queries, then the real ones if given."""
    folder = scratch / "measured"
    folder.mkdir()
    try:
        # The process that builds gives nothing of its memory back to the one that searches.
        seconds, peak = _apart(_build, kind, made, size, folder)
        disk = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        searched = _apart(_search, kind, folder, size, asked)
        return replace(searched, build_seconds=seconds, peak_mb=peak, disk_mb=disk)
    finally:
        shutil.rmtree(folder)


def _asked(made: MadeVectors, size: int, questions: Sequence[Vectors]) -> list[QuerySet]:
    rows, cosines = exact(made.first(size), np.concatenate(questions))
    ends = np.cumsum([len(some) for some in questions])[:-1]
    for what, near in zip(("made-up questions", "real questions"), np.split(cosines, ends), strict=False):
        print(
            f"{size:,} vectors, {len(near)} {what}: cosine to the nearest {np.median(near[:, 0]):.3f} (median)"
        )
    return [QuerySet(some, truth) for some, truth in zip(questions, np.split(rows, ends), strict=True)]


def _apart(call: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
    """Call in a process of its own, which ends with the call."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(call, given, named)


def _build(kind: str, made: MadeVectors, size: int, folder: Path) -> tuple[float, float]:
    """Build a kind and write its files; the seconds, and the most memory of its own that it held."""
    vectors = made.first(size)
    with _Peak() as peak:
        started = time.perf_counter()
        if kind == STORED:
            save_vectors(folder / "flat", vectors, folder / "cells")
        else:
            _build_faiss(kind, vectors, folder / "index.faiss")
        return time.perf_counter() - started, peak.ended()


def _build_faiss(kind: str, vectors: Vectors, file: Path) -> None:
    import faiss  # noqa: PLC0415 (each measurement is a process of its own)

    size, dimension = vectors.shape
    index = faiss.index_factory(dimension, kind, faiss.METRIC_INNER_PRODUCT)
    if not index.is_trained:
        cells = int(kind.partition(",")[0].removeprefix("IVF")) if kind.startswith("IVF") else 1
        count = min(size, max(10_000, _TRAINED_ON * cells))
        rows = np.sort(np.random.default_rng(1).choice(size, count, replace=False))
        index.train(np.ascontiguousarray(vectors[rows]))
    for chunk in chunks(vectors):
        index.add(chunk)
    faiss.write_index(index, str(file))


def _search(kind: str, folder: Path, size: int, asked: Sequence[QuerySet]) -> Measured:
    """Open what was built and search it: everything but what the build took."""
    import faiss  # noqa: PLC0415 (each measurement is a process of its own)

    faiss.omp_set_num_threads(1)
    own = [os.getpid()]
    before = memory_of(own)
    if kind == STORED:
        cells = folder / "cells"
        store = load_vectors(folder / "flat", cells if cells.exists() else None)
        found = _searched(lambda query: [row for row, _ in store.search(query, NEAREST, None)], asked)
        effort = store.probes
    else:
        index = faiss.read_index(str(folder / "index.faiss"))
        name = "nprobe" if kind.startswith("IVF") else "efSearch" if kind.startswith("HNSW") else ""
        for effort in [each for each in _EFFORTS if name != "efSearch" or each >= NEAREST] if name else (0,):
            if name:
                faiss.ParameterSpace().set_index_parameter(index, name, effort)
            found = _searched(lambda query: index.search(query[None, :], NEAREST)[1][0].tolist(), asked)
            if found.recalls[0] >= RECALL:
                break
    after = memory_of(own)
    median, high = (float(np.percentile(found.times, part)) for part in (50, 95))
    mapped = (after.total - after.own) - (before.total - before.own)
    return Measured(
        kind, size, 0.0, median, high, found.recalls[0], effort, (after.own - before.own) / 1e6, 0.0,
        max(0.0, mapped / 1e6), None, found.recalls[1] if len(found.recalls) > 1 else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Searched:
    """Recall for each set of queries, and the milliseconds of each query of the first."""

    recalls: tuple[float, ...]
    times: tuple[float, ...]


def _searched(search: Callable[[Vectors], list[int]], asked: Sequence[QuerySet]) -> Searched:
    recalls, times = [], []
    for some in asked:
        found = []
        for query in some.queries:
            started = time.perf_counter()
            found.append(search(query))
            times.append((time.perf_counter() - started) * 1e3)
        recalls.append(some.recall(found))
    return Searched(tuple(recalls), tuple(times[: len(asked[0].queries)]))


class _Peak:
    """The most memory of its own that this process holds while the block runs, looked at ten times a second."""

    def __enter__(self) -> _Peak:
        self._most = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _look(self) -> None:
        self._most = max(self._most, memory_of([os.getpid()]).own)

    def _watch(self) -> None:
        while not self._done.wait(_WATCHED_EACH):
            self._look()

    def ended(self) -> float:
        """Megabytes, with what is held now."""
        self._look()
        return self._most / 1e6

    def __exit__(self, *ended: object) -> None:
        self._done.set()
        self._thread.join()


def _end(*_: Any) -> NoReturn:  # noqa: ANN401 (a signal's number and frame)
    sys.exit(143)


def _write(folder: Path, done: Sequence[Measured]) -> None:
    write_json(folder / "growth.json", done)
    (folder / "growth.md").write_text(table(done), "utf-8")
    (folder / "growth.svg").write_text(chart(done), "utf-8")


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


_POWERS, _TWENTIETHS = Axis(), Axis(0.05)
_PANELS: tuple[tuple[str, Callable[[Measured], float], Axis], ...] = (
    ("search, ms (median)", lambda one: one.median_ms, _POWERS),
    ("build, s", lambda one: one.build_seconds, _POWERS),
    ("recall@10", lambda one: one.recall, _TWENTIETHS),
    ("memory of its own, MB", lambda one: one.memory_mb, _POWERS),
    ("memory with mapped files, MB", lambda one: one.memory_mb + (one.mapped_mb or 0.0), _POWERS),
    ("disk, MB", lambda one: one.disk_mb, _POWERS),
)
TABLE = Path(__file__).with_name("growth.md.jinja")


def table(measured: Sequence[Measured]) -> str:
    """Write the measurements as a Markdown table, in their order."""
    return markdown(TABLE, measured=measured)


def chart(measured: Sequence[Measured]) -> str:
    """Draw six panels over the number of vectors, as SVG: axes by powers of ten, but for recall's."""
    families = list(dict.fromkeys(_family(one.kind) for one in measured))
    panels = []
    for title, value, up in _PANELS:
        lines = {
            family: sorted((one.vectors, value(one)) for one in measured if _family(one.kind) == family)
            for family in families
        }
        panels.append(Panel(title, {name: line for name, line in lines.items() if line}, _POWERS, up))
    return draw("Growth of vector indexes", panels)


def _family(kind: str) -> str:
    """A kind without its numbers of cells, which grow with the size."""
    head, comma, rest = kind.partition(",")
    return ("IVF" if head.startswith("IVF") else head) + comma + rest
