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

Vectors = NDArray[np.float32]

# Below this share of selected rows, gathering them and multiplying is quicker than FAISS testing every row.
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

    def search(self, vector: Vectors, limit: int, mask: NDArray[np.bool_] | None) -> list[tuple[int, float]]:
        """The nearest rows and their inner products, highest first, then by row; only rows where `mask` is
        true.
        """
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        if query.shape[1] != self.dimension:
            raise ValueError(f"a vector of length {query.shape[1]} among vectors of length {self.dimension}")
        allowed = self.count if mask is None else int(np.count_nonzero(mask))
        limit = min(limit, allowed)
        if limit <= 0:
            return []
        if mask is not None and allowed < self.count * _GATHER_SHARE:
            rows = np.flatnonzero(mask)
            scores = self._vectors[rows] @ query[0]
            # Stable, so that equal scores stand in the order of their rows, as FAISS puts them.
            best = np.argsort(-scores, kind="stable")[:limit]
            return list(zip(rows[best].tolist(), scores[best].tolist(), strict=True))
        # One question is one pass over memory: a second thread gains nothing and waits for a busy processor.
        faiss.omp_set_num_threads(1)
        parameters = None
        if mask is not None and allowed < self.count:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(self.count, faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters()
            parameters.sel = selector
        distances, ids = self._index.search(query, limit, params=parameters)
        found = ids[0] >= 0
        return list(zip(ids[0][found].tolist(), distances[0][found].tolist(), strict=True))


def save_vectors(path: Path, vectors: Vectors) -> None:
    """Write vectors, float32 (n, dimension), as a FAISS file."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    faiss.write_index(index, str(path))


def load_vectors(path: Path) -> VectorStore:
    """The vectors that `save_vectors` wrote."""
    return VectorStore(faiss.read_index(str(path)))
