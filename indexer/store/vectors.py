"""Passages' vectors and the search among them, by FAISS.

Row n of the index is vector n. The kind of FAISS index is chosen here, by the number of vectors, and is known to nobody
else. Up to EXACT_UP_TO a question is compared with all of them. Above, a second file finds those that are near: up to
CODED_UP_TO it holds a code for each vector, half a byte for two numbers, and all codes are looked through (product
quantisation, Jégou et al. 2011, as PQ…x4fs); above, it divides the vectors into cells with a byte a number (IVF…,SQ8),
and the cells nearest to a question are looked through. What is found there is compared again with the vectors as they
are, so that every cosine that leaves this module is exact. This module must not know what a passage or a filter is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
Found = list[tuple[int, float]]

# Its stubs know neither these classes' keywords nor that they take arrays.
_untyped: Any = faiss

EXACT_UP_TO = 10_000
"""Vectors up to which every one is compared. Source: the table of `-m eval growth` in docs/scaling.md."""

CODED_UP_TO = 5_000_000
"""Vectors up to which every one's code is looked through; above, those in the nearest cells. Source: the same table."""

CELLS_FROM = 100_000
"""Vectors from which on there are cells where codes would miss too many."""

RECALL = 0.98
"""The share of the nearest 200, as many as a ranking starts from, that is found; of the first ten it is more."""

# Below this share of selected rows, gathering them is quicker than a pass over all.
_GATHER_SHARE = 0.2

_COMPARED = 10_000
"""Up to so many selected rows of cells are compared one by one, however many vectors there are."""

_WIDER = ((50_000, 4), (CODED_UP_TO, 8))
"""By the number of vectors: so many times as many as are wanted are found by code, which isn't quite nearest."""

_LEAST_WIDE = 400
_WIDEST = 0.25
"""The share of all vectors above which finding them by code first saves nothing."""

_CODE_ITERATIONS = 5
_CODES_TRAINED_ON = 2_048
"""Vectors that sixteen centres for every two numbers are made from: more of them find no more."""

_MOST_NEAREST = 2_000
"""A caller that asks for more gets an exact search: keeping the best of a cell costs more than comparing."""

_AT_ONCE = 1_024
"""Mapped vectors that are brought to an aligned place at a time: they fit a processor's cache."""

_TRIED = 100
"""Questions that are made up to find out how many cells to look through."""

_MOVED = 1.8
"""How far a made-up question is from a vector: its cosine is 0.49, as a real question's to the passage nearest to it."""

_NEAREST = 200
_MORE = 10
_TRAINED_ON = 64
"""Vectors a cell that cells are made from."""


class _Codes:
    """Every vector's code. `near` may give nothing, where comparing vectors would be quicker."""

    probes = 0

    def __init__(self, index: Any) -> None:  # noqa: ANN401 (faiss ships no types)
        self.index = index

    def near(self, query: Vectors, limit: int, mask: Mask | None, allowed: int) -> Rows | None:
        """Some more than the nearest allowed rows, ascending."""
        count = int(self.index.ntotal)
        wider = next((times for most, times in _WIDER if count <= most), _WIDER[-1][1])
        wanted = max(_LEAST_WIDE, wider * limit) * count // allowed
        if wanted > _WIDEST * count:
            return None
        _, found = self.index.search(query.reshape(1, -1), wanted)
        rows = found[0][found[0] >= 0]
        return np.sort(rows if mask is None else rows[mask[rows]])


class _Cells:
    """Vectors divided into cells, of which so many are looked through as `nprobe` of the index says."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401 (faiss ships no types)
        self.index = index

    @property
    def probes(self) -> int:
        """The number of cells that a search without a filter looks through."""
        return int(self.index.nprobe)

    def near(self, query: Vectors, limit: int, mask: Mask | None, allowed: int) -> Rows | None:
        """Some more than the nearest allowed rows, ascending: the order by rounded numbers isn't quite the true one."""
        if allowed <= _COMPARED:
            return None
        # The fewer rows of a cell are allowed, the more cells hold as many of them.
        probes = min(self.index.nlist, -(-self.index.nprobe * int(self.index.ntotal) // allowed))
        if mask is None:
            how = _untyped.SearchParametersIVF(nprobe=probes)
        else:
            bits = np.packbits(mask, bitorder="little")
            how = _untyped.SearchParametersIVF(nprobe=probes, sel=_untyped.IDSelectorBitmap(bits))
        _, found = self.index.search(query.reshape(1, -1), limit + max(_MORE, limit // 4), params=how)
        return np.sort(found[0][found[0] >= 0])


def _kind_of(rough: Any) -> _Codes | _Cells:  # noqa: ANN401 (faiss ships no types)
    return _Cells(rough) if hasattr(rough, "nprobe") else _Codes(rough)


class VectorStore:
    """Vectors of length 1 and the search among them; safe to read from several threads.

    `rough` finds those that are near; None where every vector is compared.
    """

    def __init__(self, index: Any, rough: Any = None) -> None:  # noqa: ANN401 (faiss ships no types)
        self._index = index
        # A view of FAISS's own memory: it lives as long as the index that this object holds.
        flat = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d) if index.ntotal else np.empty(0)
        self._vectors: Vectors = np.asarray(flat, dtype=np.float32).reshape(index.ntotal, index.d)
        if rough is not None and (rough.ntotal, rough.d) != (index.ntotal, index.d):
            raise ValueError(f"a rough index of {rough.ntotal} vectors for {index.ntotal}")
        self._rough = None if rough is None else _kind_of(rough)

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
        """The number of cells that a search without a filter looks through; 0 where it needs none."""
        return 0 if self._rough is None else self._rough.probes

    def take(self, rows: Sequence[int] | NDArray[np.integer]) -> Vectors:
        """The vectors of these rows, float32 (number of rows, dimension), a copy, in the order given."""
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

        As many as asked for, where so many are allowed. In a large index a few of the nearest may be missing (RECALL).
        """
        allowed = self.count if mask is None else int(np.count_nonzero(mask))
        if limit <= 0 or not allowed:
            return []
        query = self._checked(vector)
        if self._rough is not None and limit <= _MOST_NEAREST:
            near = self._rough.near(query, limit, mask, allowed)
            if near is not None and len(near) >= limit:
                scores = inner_products(self._vectors[near], query)
                best = best_of_all(scores, limit, -np.inf)
                return list(zip(near[best].tolist(), scores[best].tolist(), strict=True))
        scores = self.scores(vector, mask)
        if mask is None or allowed == self.count:
            best = best_of_all(scores, limit, -np.inf)
        else:
            best = best_rows(scores, limit, np.flatnonzero(mask))
        return list(zip(best.tolist(), scores[best].tolist(), strict=True))

    def _checked(self, vector: Vectors) -> Vectors:
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(-1)
        if len(query) != self.dimension:
            raise ValueError(f"a vector of length {len(query)} among vectors of length {self.dimension}")
        return query


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


def best_of_all(scores: NDArray[np.floating[Any]], limit: int, above: float) -> Rows:
    """The `limit` rows of the highest scores, highest first, equal ones by row; only scores above a bound."""
    least = np.partition(scores, len(scores) - limit)[len(scores) - limit] if len(scores) > limit else above
    rows = np.flatnonzero(scores >= least if least > above else scores > above)
    return rows[np.argsort(-scores[rows], kind="stable")[:limit]]


def best_rows(scores: NDArray[np.floating[Any]], limit: int, rows: Rows) -> Rows:
    """The `limit` of `rows` (ascending) of the highest scores, highest first, equal ones by row."""
    found = scores[rows]
    if len(rows) > limit:
        # The limit-th highest score, and all that equal it: the order among equals is by row.
        least = np.partition(found, len(found) - limit)[len(found) - limit]
        enough = found >= least
        rows, found = rows[enough], found[enough]
    return rows[np.argsort(-found, kind="stable")[:limit]]


def cells_for(count: int) -> int:
    """The number of cells for so many vectors: about twice the root, a power of two, 4096 at most."""
    return int(2 ** round(np.log2(max(1, min(4096, 2 * count**0.5)))))


def save_vectors(path: Path, vectors: Vectors, rough: Path) -> None:
    """Write vectors, float32 (n, dimension), as a FAISS file; above EXACT_UP_TO what finds those near as another.

    The same vectors give the same bytes. Where codes would miss too many, which those of real passages have not been
    seen to do, there are cells, or every vector is compared where there are few.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(path))
    if EXACT_UP_TO < len(vectors) <= CODED_UP_TO and vectors.shape[1] % 2 == 0:
        codes = _coded(vectors)
        if _recall(index, vectors, codes) >= RECALL:
            faiss.write_index(codes, str(rough))
            return
    if len(vectors) > min(CODED_UP_TO, CELLS_FROM):
        faiss.write_index(_divided(index, vectors), str(rough))


def load_vectors(path: Path, rough: Path | None = None) -> VectorStore:
    """The vectors that `save_vectors` wrote, with the file that it wrote beside them if it did.

    With that file they are mapped, not read: few are looked at, and processes hold them together.
    """
    if rough is None:
        return VectorStore(faiss.read_index(str(path)))
    mapped = faiss.IO_FLAG_MMAP_IFC
    return VectorStore(faiss.read_index(str(path), mapped), faiss.read_index(str(rough), mapped))


def _coded(vectors: Vectors) -> Any:  # noqa: ANN401 (faiss ships no types)
    """Give every vector a code."""
    count, dimension = vectors.shape
    codes: Any = faiss.index_factory(dimension, f"PQ{dimension // 2}x4fs", faiss.METRIC_INNER_PRODUCT)
    codes.pq.cp.niter = _CODE_ITERATIONS
    sample = np.random.default_rng(count).choice(count, min(count, _CODES_TRAINED_ON), replace=False)
    codes.train(vectors[np.sort(sample)])
    codes.add(vectors)
    return codes


def _divided(index: Any, vectors: Vectors) -> Any:  # noqa: ANN401 (faiss ships no types)
    """Divide vectors into cells, of which so many are looked through as RECALL takes."""
    count, dimension = vectors.shape
    lists = cells_for(count)
    cells: Any = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    draw = np.random.default_rng(count)
    sample = np.sort(draw.choice(count, min(count, max(_COMPARED, _TRAINED_ON * lists)), replace=False))
    cells.train(vectors[sample])
    cells.add(vectors)
    for probes in (2**power for power in range(lists.bit_length())):
        cells.nprobe = probes
        if _recall(index, vectors, cells) >= RECALL:
            break
    return cells


def _recall(index: Any, vectors: Vectors, rough: Any) -> float:  # noqa: ANN401 (faiss ships no types)
    """The share of the nearest that is found, over questions that are made up near some vectors."""
    count, dimension = vectors.shape
    draw = np.random.default_rng(count)
    move = draw.standard_normal((_TRIED, dimension), dtype=np.float32)
    move *= _MOVED / np.linalg.norm(move, axis=1, keepdims=True)
    questions = vectors[draw.integers(0, count, _TRIED)] + move
    questions /= np.linalg.norm(questions, axis=1, keepdims=True)
    nearest = min(_NEAREST, count)
    _, truth = index.search(questions, nearest)
    # Not by `search`, which makes up for what isn't found by comparing all.
    near = _kind_of(rough).near
    found = 0
    for question, expected in zip(questions, truth, strict=True):
        rows = near(question, nearest, None, count)
        if rows is None:
            return 1.0
        # All that are nearest and were looked at come out first once they are compared.
        found += len(np.intersect1d(rows, expected))
    return float(found / (nearest * len(questions)))
