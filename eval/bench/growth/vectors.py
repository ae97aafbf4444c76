"""Vectors of any number, made of an index's own and kept in a file, and what is nearest among them.

Each is a real one moved a little way at random, so that they cluster as real ones do. They are made and compared a
chunk at a time, so that millions need no more memory than a hundred thousand. This module must not know
how an index searches them.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.errors import UsageError

Vectors = NDArray[np.float32]

NEAREST = 10
_MOVED = 0.45
"""The length of the move, at random, of a vector of length 1: its cosine to where it was is 0.91."""

_CHUNK = 100_000


@dataclass(frozen=True, slots=True)
class MadeVectors:
    """A file of `count` vectors, of which any number from the first may be used."""

    path: Path
    count: int
    dimension: int

    def first(self, size: int) -> Vectors:
        """Map the first `size` of them, float32 (size, dimension); nothing is read before it is looked at."""
        return np.memmap(self.path, np.float32, "r", shape=(self.count, self.dimension))[:size]


def make(real: Vectors, count: int, path: Path) -> MadeVectors:
    """Write `count` vectors made of the real ones; the same ones each time, and those of fewer begin alike."""
    with path.open("wb") as file:
        for number, start in enumerate(range(0, count, _CHUNK)):
            moved(real, _CHUNK, seed=number)[: count - start].tofile(file)
    return MadeVectors(path, count, real.shape[1])


def moved(real: Vectors, count: int, seed: int) -> Vectors:
    """Make `count` vectors of length 1, each a real one moved a little way; the same for the same seed."""
    drawn = np.random.default_rng(abs(seed) * 2 + (seed < 0))
    picked = real[drawn.integers(0, len(real), count)]
    move = drawn.standard_normal(picked.shape, dtype=np.float32)
    move *= _MOVED / np.linalg.norm(move, axis=1, keepdims=True)
    move += picked
    move /= np.linalg.norm(move, axis=1, keepdims=True)
    return np.asarray(move, dtype=np.float32)


def chunks(vectors: Vectors) -> Iterator[Vectors]:
    """Give the vectors a chunk at a time, in memory."""
    for start in range(0, len(vectors), _CHUNK):
        yield np.array(vectors[start : start + _CHUNK])


def exact(vectors: Vectors, queries: Vectors) -> tuple[NDArray[np.int64], Vectors]:
    """Find the nearest to each query by comparing with all: their rows and cosines, (queries, NEAREST) each."""
    best = np.full((len(queries), 0), 0, dtype=np.float32)
    rows = np.zeros((len(queries), 0), dtype=np.int64)
    start = 0
    for chunk in chunks(vectors):
        scores = queries @ chunk.T
        near = np.argpartition(-scores, min(NEAREST, scores.shape[1] - 1), axis=1)[:, :NEAREST]
        best = np.concatenate([best, np.take_along_axis(scores, near, axis=1)], axis=1)
        rows = np.concatenate([rows, near + start], axis=1)
        order = np.argsort(-best, axis=1)[:, :NEAREST]
        best, rows = np.take_along_axis(best, order, axis=1), np.take_along_axis(rows, order, axis=1)
        start += len(chunk)
    return rows, best


@contextmanager
def scratch_in(folder: Path) -> Iterator[Path]:
    """Give an empty folder for files of many gigabytes; it is gone after the block.

    What a run that was killed outright has left is removed by the next. UsageError while another run uses it.
    """
    scratch = folder / "scratch"
    with (folder / "scratch.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"another run writes to {folder}; give another --out") from error
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
