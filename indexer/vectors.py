"""Passages' vectors and the search among them, by FAISS.

Row n of the index is vector n. The kind of FAISS index is chosen here and is known to nobody else: exact
inner product while a pass over all vectors is quick enough. Searching under a filter looks at the selected
vectors only. This module must not know what a passage or a filter is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.lexical import best_rows

Vectors = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Below this share of selected rows, gathering them is quicker than a pass over all.
_GATHER_SHARE = 0.2


class VectorStore:
    """Vectors of length 1 and exact search among them; safe to read from several threads."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401 (faiss ships no types)
        self._index = index
        # A view of FAISS's own memory: it lives as long as the index that this object holds.
        flat = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d) if index.ntotal else np.empty(0)
        self._vectors: Vectors = np.asarray(flat, dtype=np.float32).reshape(index.ntotal, index.d)

    @property
    def count(self) -> int:
        """The number of vectors."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self._index.d)

    def take(self, rows: Sequence[int] | NDArray[np.integer]) -> Vectors:
        """The vectors of these rows, float32 (number of rows, dimension), a copy, in the order asked."""
        return np.asarray(self._vectors[np.asarray(rows, dtype=np.int64)])

    def scores(self, vector: Vectors, mask: Mask | None = None) -> Vectors:
        """Every row's inner product with a vector, float32 (number of vectors,).

        Where `mask` is given, rows for which it is false have any value.
        """
        if mask is not None:
            rows = np.flatnonzero(mask)
            if len(rows) < self.count * _GATHER_SHARE:
                found = np.zeros(self.count, dtype=np.float32)
                found[rows] = inner_products(self._vectors[rows], vector)
                return found
        return inner_products(self._vectors, vector)

    def search(self, vector: Vectors, limit: int, mask: Mask | None) -> list[tuple[int, float]]:
        """The nearest rows and their inner products, highest first, then by row; only rows where `mask` is
        true.
        """
        rows = np.arange(self.count) if mask is None else np.flatnonzero(mask)
        if limit <= 0 or not len(rows):
            return []
        scores = self.scores(vector, mask)
        best = best_rows(scores, limit, rows)
        return list(zip(best.tolist(), scores[best].tolist(), strict=True))


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


def save_vectors(path: Path, vectors: Vectors) -> None:
    """Write vectors, float32 (n, dimension), as a FAISS file."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    faiss.write_index(index, str(path))


def load_vectors(path: Path) -> VectorStore:
    """The vectors that `save_vectors` wrote."""
    return VectorStore(faiss.read_index(str(path)))
