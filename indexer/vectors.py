"""Passages' vectors and the search among them, by FAISS.

Row n of the index is vector n. The kind of FAISS index is chosen here and is known to nobody else. Up to EXACT_UP_TO
vectors a question is compared with all of them. Above, a second file divides them into cells (an inverted file with a
byte a number, IVF…,SQ8): the cells nearest to a question are looked through, and what is found there is compared anew
with the vectors as they are, so that every cosine that leaves this module is exact. Both files are then mapped, not
read. This module must not know what a passage or a filter is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.lexical import best_of_all, best_rows

Vectors = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
Found = list[tuple[int, float]]

# Its stubs know neither these classes' keywords nor that they take arrays.
_untyped: Any = faiss

EXACT_UP_TO = 300_000
"""Vectors up to which every one is compared. Source: the table of `-m eval growth` in docs/scaling.md."""

RECALL = 0.98
"""The share of the nearest 200, as many as a ranking starts from, that is found; of the first ten it is more."""

# Below this share of selected rows, gathering them is quicker than a pass over all.
_GATHER_SHARE = 0.2

_COMPARED = 10_000
"""Up to so many selected rows are compared one by one, however many vectors there are."""

_MOST_NEAREST = 2_000
"""Whoever asks for more gets an exact search: keeping the best of a cell costs more than comparing."""

_AT_ONCE = 1_024
"""Mapped vectors that are brought to an aligned place at a time: they fit a processor's cache."""

_TRIED = 100
"""Questions that are made up to find out how many cells to look through."""

_MOVED = 1.0
"""How far a made-up question is from a vector: its cosine is 0.71, like a question's to what answers it."""

_NEAREST = 200
_MORE = 10
_TRAINED_ON = 64
"""Vectors a cell that cells are made from."""


class VectorStore:
    """Vectors of length 1 and the search among them; safe to read from several threads.

    `cells` is None where every vector is compared.
    """

    def __init__(self, index: Any, cells: Any = None) -> None:  # noqa: ANN401 (faiss ships no types)
        self._index = index
        self._cells = cells
        # A view of FAISS's own memory: it lives as long as the index that this object holds.
        flat = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d) if index.ntotal else np.empty(0)
        self._vectors: Vectors = np.asarray(flat, dtype=np.float32).reshape(index.ntotal, index.d)
        if cells is not None and (cells.ntotal, cells.d) != (index.ntotal, index.d):
            raise ValueError(f"cells of {cells.ntotal} vectors for {index.ntotal}")

    @property
    def count(self) -> int:
        """The number of vectors."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self._index.d)

    @property
    def probes(self) -> int:
        """The number of cells that a search without a filter looks through; 0 where it compares all vectors."""
        return 0 if self._cells is None else int(self._cells.nprobe)

    def take(self, rows: Sequence[int] | NDArray[np.integer]) -> Vectors:
        """The vectors of these rows, float32 (number of rows, dimension), a copy, in the order asked."""
        return np.asarray(self._vectors[np.asarray(rows, dtype=np.int64)])

    def scores(self, vector: Vectors, mask: Mask | None = None) -> Vectors:
        """Every row's inner product with a vector, float32 (number of vectors,); exact at every size.

        Where `mask` is given, rows for which it is false have any value.
        """
        if mask is not None:
            rows = np.flatnonzero(mask)
            if len(rows) < self.count * _GATHER_SHARE:
                found = np.zeros(self.count, dtype=np.float32)
                found[rows] = inner_products(self._vectors[rows], vector)
                return found
        if self._vectors.flags.aligned:
            return inner_products(self._vectors, vector)
        # Numbers in a mapped FAISS file begin at any byte.
        starts = range(0, self.count, _AT_ONCE)
        return np.concatenate(
            [inner_products(np.array(self._vectors[start : start + _AT_ONCE]), vector) for start in starts]
        )

    def search(self, vector: Vectors, limit: int, mask: Mask | None) -> Found:
        """The nearest rows and their inner products, highest first, then by row; only rows where `mask` is
        true.

        As many as asked for, where so many are allowed. With cells, a few of the nearest may be missing (RECALL).
        """
        allowed = self.count if mask is None else int(np.count_nonzero(mask))
        if limit <= 0 or not allowed:
            return []
        if self._cells is not None and allowed > _COMPARED and limit <= _MOST_NEAREST:
            near = self._in_cells(vector, limit, mask, allowed)
            if len(near) >= limit:
                scores = inner_products(self._vectors[near], vector)
                best = best_rows(scores, limit, np.arange(len(near)))
                return list(zip(near[best].tolist(), scores[best].tolist(), strict=True))
        scores = self.scores(vector, mask)
        if mask is None or allowed == self.count:
            best = best_of_all(scores, limit, -np.inf)
        else:
            best = best_rows(scores, limit, np.flatnonzero(mask))
        return list(zip(best.tolist(), scores[best].tolist(), strict=True))

    def _in_cells(self, vector: Vectors, limit: int, mask: Mask | None, allowed: int) -> Rows:
        """Some more than the nearest rows, ascending: the order by rounded numbers isn't quite the true one."""
        if len(vector) != self.dimension:
            raise ValueError(f"a vector of length {len(vector)} among vectors of length {self.dimension}")
        # The fewer rows of a cell are allowed, the more cells hold as many of them.
        probes = min(self._cells.nlist, -(-self._cells.nprobe * self.count // allowed))
        if mask is None:
            how = _untyped.SearchParametersIVF(nprobe=probes)
        else:
            bits = np.packbits(mask, bitorder="little")
            how = _untyped.SearchParametersIVF(nprobe=probes, sel=_untyped.IDSelectorBitmap(bits))
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        _, found = self._cells.search(query, limit + max(_MORE, limit // 4), params=how)
        return np.sort(found[0][found[0] >= 0])


def inner_products(vectors: Vectors, vector: Vectors) -> Vectors:
    """Each vector's inner product with one, float32: one pass over memory, in one thread.

    One question is one pass over memory: a second thread gains nothing, and under load waits for a busy
    processor. Raises ValueError where their lengths differ.
    """
    query = np.ascontiguousarray(vector, dtype=np.float32).reshape(-1)
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if len(query) != rows.shape[1]:
        raise ValueError(f"a vector of length {len(query)} among vectors of length {rows.shape[1]}")
    found = np.empty(len(rows), dtype=np.float32)
    if len(rows):
        faiss.fvec_inner_products_ny(  # type: ignore[attr-defined]  # its stubs leave it out
            faiss.swig_ptr(found), faiss.swig_ptr(query), faiss.swig_ptr(rows), rows.shape[1], len(rows)
        )
    return found


def cells_for(count: int) -> int:
    """The number of cells for so many vectors: about twice the root, a power of two, 4096 at most."""
    return int(2 ** round(np.log2(max(1, min(4096, 2 * count**0.5)))))


def save_vectors(path: Path, vectors: Vectors, cells: Path) -> None:
    """Write vectors, float32 (n, dimension), as a FAISS file; above EXACT_UP_TO their cells as another.

    The same vectors give the same bytes. How many cells are to be looked through stands in the file.
    """
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    faiss.write_index(index, str(path))
    if len(vectors) > EXACT_UP_TO:
        faiss.write_index(_divided(index, vectors), str(cells))


def load_vectors(path: Path, cells: Path | None = None) -> VectorStore:
    """The vectors that `save_vectors` wrote: in memory, or mapped where it wrote `cells` too."""
    if cells is None:
        return VectorStore(faiss.read_index(str(path)))
    return VectorStore(
        faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC),
        faiss.read_index(str(cells), faiss.IO_FLAG_MMAP_IFC),
    )


def _divided(index: Any, vectors: Vectors) -> Any:  # noqa: ANN401 (faiss ships no types)
    """Divide vectors into cells, of which so many are looked through as RECALL takes."""
    count, dimension = vectors.shape
    lists = cells_for(count)
    cells: Any = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    draw = np.random.default_rng(count)
    sample = np.sort(draw.choice(count, min(count, max(_COMPARED, _TRAINED_ON * lists)), replace=False))
    cells.train(np.ascontiguousarray(vectors[sample], dtype=np.float32))
    cells.add(np.ascontiguousarray(vectors, dtype=np.float32))
    move = draw.standard_normal((_TRIED, dimension), dtype=np.float32)
    move *= _MOVED / np.linalg.norm(move, axis=1, keepdims=True)
    questions = vectors[draw.integers(0, count, _TRIED)] + move
    questions /= np.linalg.norm(questions, axis=1, keepdims=True)
    exact, divided = VectorStore(index), VectorStore(index, cells)
    every, nearest = np.arange(count), min(_NEAREST, count)
    truth = [set(best_rows(exact.scores(one), nearest, every).tolist()) for one in questions]
    for probes in (2**power for power in range(lists.bit_length())):
        cells.nprobe = probes
        # Not by `search`, which compares few vectors one by one.
        hits = 0
        for question, expected in zip(questions, truth, strict=True):
            near = divided._in_cells(question, nearest, None, count)
            scores = inner_products(vectors[near], question)
            hits += len(
                expected.intersection(near[best_rows(scores, nearest, np.arange(len(near)))].tolist())
            )
        if hits >= RECALL * nearest * len(questions):
            break
    return cells
