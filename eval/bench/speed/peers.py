"""What people would write or take instead, on the same passages: searched with, and built by.

A tool that searches gets the index's own vectors, so that nothing is encoded twice; a question is encoded by the
original float32 weights, as these tools are used by default, or by the index's own encoder, so that nothing but the
tool differs. A tool that builds gets our passages' texts, since none reads a report's structure, and encodes them with
the original weights; the plain loop once more with ours. Another tool is one more class in `TOOLS` and one more function
in `BUILDS`. This module must not know how our own search or build works, nor how searches are timed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import bm25s
import faiss
import numpy as np
from numpy.typing import NDArray

from eval.search import other_tools
from eval.search.collection import Collection
from eval.search.retrievers import PLAIN_ENCODER, Retriever, fuse
from indexer.encode.encoder import DEFAULT_ENCODER, Encoder, load_encoder, locate_encoder

FOUND = 10
"""Passages that every search is for."""

_EACH = 100
"""Passages taken from each list before they are fused."""

Vectors = NDArray[np.float32]


def _plain_index(vectors: Vectors, texts: Sequence[str]) -> tuple[Any, Any]:
    """The two indexes of the plain loop: vectors compared with all, and words."""
    dense = faiss.IndexFlatIP(vectors.shape[1])
    dense.add(vectors)
    lexical = bm25s.BM25()
    lexical.index(bm25s.tokenize(list(texts), stopwords="en", show_progress=False), show_progress=False)
    return dense, lexical


class PlainLoop:
    """SentenceTransformer, faiss.IndexFlatIP and bm25s side by side, fused by reciprocal rank: twenty lines."""

    name = "plain loop"

    def __init__(self, collection: Collection, encoder: Encoder, vectors: Vectors) -> None:
        self._encoder = encoder
        self._ids = [passage.id for passage in collection.passages]
        self._dense, self._lexical = _plain_index(vectors, collection.texts)

    def rank(self, text: str, file: str | None, limit: int) -> list[str]:
        """Both lists' hundred best, fused."""
        _, near = self._dense.search(self._encoder.encode_query(text).reshape(1, -1), _EACH)
        tokens = bm25s.tokenize(text, stopwords="en", show_progress=False)
        worded, _ = self._lexical.retrieve(tokens, k=min(_EACH, len(self._ids)), show_progress=False)
        rows = (near[0].tolist(), np.ravel(worded).tolist())
        return fuse([[self._ids[row] for row in found if row >= 0] for found in rows], limit)


TOOLS: Mapping[str, Callable[[Collection, Encoder, Vectors], Retriever]] = {
    kind.name: kind
    for kind in (
        PlainLoop, other_tools.Txtai, other_tools.Haystack, other_tools.HaystackDense, other_tools.HaystackFaiss,
    )
}  # fmt: skip
HOW: Mapping[str, str] = {
    "plain loop": "words and vectors",
    "txtai": "words and vectors",
    "haystack": "words and vectors, in memory",
    "haystack, dense": "vectors alone, in memory",
    "haystack, FAISS": "vectors alone, FAISS",
}
"""What each tool looks through, as tables say it."""


def _built(
    weights: str, passages: int, began: float, loaded: float, encoded: float | None = None
) -> dict[str, Any]:
    """What a build that has just ended took: loading its model, and encoding and indexing, each where they are apart."""
    done = time.perf_counter()
    seconds = {"loading": loaded - began, "encoding_and_indexing": done - loaded}
    if encoded is not None:
        seconds |= {"encoding": encoded - loaded, "indexing": done - encoded}
    rounded = {f"{name}_seconds": round(taken, 3) for name, taken in seconds.items()}
    return {"weights": weights, "passages": passages, **rounded}


def _plain_loop(texts: Sequence[str], weights: str, precision: str) -> dict[str, Any]:
    """SentenceTransformer.encode, faiss.IndexFlatIP and bm25s."""
    began = time.perf_counter()
    encoder = load_encoder(weights)
    loaded = time.perf_counter()
    vectors = encoder.encode_passages(texts)
    encoded = time.perf_counter()
    dense, _ = _plain_index(vectors, texts)
    return _built(f"{encoder.name}, {precision}", dense.ntotal, began, loaded, encoded)


def _txtai(texts: Sequence[str]) -> dict[str, Any]:
    """`Embeddings(path=…, hybrid=True).index(…)`: it encodes and indexes in one call."""
    began = time.perf_counter()
    tool = other_tools.installed("txtai", "txtai")
    embeddings: Any = tool.Embeddings(path=str(locate_encoder(PLAIN_ENCODER).folder), hybrid=True)
    loaded = time.perf_counter()
    embeddings.index([(str(row), text, None) for row, text in enumerate(texts)])
    return _built(f"{PLAIN_ENCODER}, float32", embeddings.count(), began, loaded)


def _haystack(texts: Sequence[str], make_store: Callable[[int], Any]) -> dict[str, Any]:
    """Documents embedded by SentenceTransformer.encode, 32 at a time as Haystack's embedder does it, and written to
    a store: the one in memory indexes their words too, FAISS's vectors alone. The embedder itself is a package apart
    from `haystack-ai`.
    """
    tool = other_tools.haystack()
    began = time.perf_counter()
    encoder = load_encoder(PLAIN_ENCODER)
    store = make_store(encoder.dimension)
    loaded = time.perf_counter()
    vectors = encoder.encode_passages(texts)
    encoded = time.perf_counter()
    store.write_documents(
        [
            tool.Document(id=str(row), content=text, embedding=vector.tolist())
            for row, (text, vector) in enumerate(zip(texts, vectors, strict=True))
        ]
    )
    return _built(f"{PLAIN_ENCODER}, float32", store.count_documents(), began, loaded, encoded)


Build = Callable[[Sequence[str]], dict[str, Any]]
BUILDS: Mapping[str, Mapping[str, Build]] = {
    "plain loop": {
        "plain loop": lambda texts: _plain_loop(texts, PLAIN_ENCODER, "float32"),
        "plain loop, our weights": lambda texts: _plain_loop(texts, DEFAULT_ENCODER, "int8"),
    },
    "txtai": {"txtai": _txtai},
    "haystack": {"haystack": lambda texts: _haystack(texts, lambda _: other_tools.in_memory_store())},
    # The store in memory is built in one way, however it is searched.
    "haystack, dense": {},
    "haystack, FAISS": {"haystack, FAISS": lambda texts: _haystack(texts, other_tools.faiss_store)},
}
"""The builds of each tool, by the names that tables give them."""


def peer_builds(names: Sequence[str], texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Build with each tool, one after another; their libraries are imported and warm before any clock starts."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    builds = {title: build for name in names for title, build in BUILDS[name].items()}
    for build in builds.values():
        build(texts[:2])
    figures = {}
    for title, build in builds.items():
        used = time.process_time()
        made = build(texts)
        figures[title] = {**made, "cpu_seconds": round(time.process_time() - used, 3)}
    return figures
