"""Builds by what people would write or take instead, of the same passages: encoded and indexed as they do it.

They get our passages' texts, since none of them reads a report's structure. Each is used as its documentation
says, with the original float32 weights, all-MiniLM-L6-v2; the plain loop once more with ours. Another tool is
one more function in `BUILDS`. This module must not know how our own build works.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bm25s
import faiss

from eval.search.baselines import PLAIN_ENCODER
from eval.search.other_tools import faiss_store, in_memory_store, installed
from eval.search.other_tools import haystack as haystack_itself
from indexer.encode.encoder import DEFAULT_ENCODER, load_encoder, locate_encoder


@dataclass(frozen=True, slots=True)
class PeerBuild:
    """What one tool took: seconds for loading its model, and for encoding and indexing; both parts where it
    has them apart; the passages that its own store counts afterwards.
    """

    weights: str
    loading: float
    making: float
    passages: int
    parts: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Give the figures in seconds."""
        return {
            "weights": self.weights,
            "passages": self.passages,
            "loading_seconds": round(self.loading, 3),
            "encoding_and_indexing_seconds": round(self.making, 3),
            **{f"{name}_seconds": round(seconds, 3) for name, seconds in self.parts.items()},
        }


def _plain_loop(texts: Sequence[str], weights: str, kind: str) -> PeerBuild:
    began = time.perf_counter()
    encoder = load_encoder(weights)
    loaded = time.perf_counter()
    vectors = encoder.encode_passages(texts)
    encoded = time.perf_counter()
    dense = faiss.IndexFlatIP(vectors.shape[1])
    dense.add(vectors)
    lexical = bm25s.BM25()
    lexical.index(bm25s.tokenize(list(texts), stopwords="en", show_progress=False), show_progress=False)
    done = time.perf_counter()
    return PeerBuild(
        f"{encoder.name}, {kind}",
        loaded - began,
        done - loaded,
        dense.ntotal,
        {"encoding": encoded - loaded, "indexing": done - encoded},
    )


def plain_loop(texts: Sequence[str]) -> PeerBuild:
    """SentenceTransformer.encode, faiss.IndexFlatIP and bm25s."""
    return _plain_loop(texts, PLAIN_ENCODER, "float32")


def plain_loop_our_weights(texts: Sequence[str]) -> PeerBuild:
    """The same loop with the encoder that we build with: what is left is the tool's own difference."""
    return _plain_loop(texts, DEFAULT_ENCODER, "int8")


def txtai(texts: Sequence[str]) -> PeerBuild:
    """`Embeddings(path=…, hybrid=True).index(…)`: it encodes and indexes in one call."""
    began = time.perf_counter()
    tool = installed("txtai", "txtai")
    folder = str(locate_encoder(PLAIN_ENCODER).folder)
    embeddings: Any = tool.Embeddings(path=folder, hybrid=True)
    loaded = time.perf_counter()
    embeddings.index([(str(row), text, None) for row, text in enumerate(texts)])
    done = time.perf_counter()
    return PeerBuild(f"{PLAIN_ENCODER}, float32", loaded - began, done - loaded, embeddings.count(), {})


def _haystack(texts: Sequence[str], make_store: Callable[[int], Any]) -> PeerBuild:
    """Documents embedded by SentenceTransformer.encode, 32 at a time as Haystack's embedder does it, and written to
    a store. The embedder itself is a package apart from `haystack-ai`.
    """
    tool = haystack_itself()
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
    done = time.perf_counter()
    return PeerBuild(
        f"{PLAIN_ENCODER}, float32",
        loaded - began,
        done - loaded,
        store.count_documents(),
        {"encoding": encoded - loaded, "indexing": done - encoded},
    )


def haystack(texts: Sequence[str]) -> PeerBuild:
    """Into Haystack's in-memory store, which indexes their words too."""
    return _haystack(texts, lambda _: in_memory_store())


def haystack_faiss(texts: Sequence[str]) -> PeerBuild:
    """Into Haystack's FAISS store: vectors alone."""
    return _haystack(texts, faiss_store)


BUILDS: Mapping[str, Sequence[tuple[str, Callable[[Sequence[str]], PeerBuild]]]] = {
    "plain loop": (("plain loop", plain_loop), ("plain loop, our weights", plain_loop_our_weights)),
    "txtai": (("txtai", txtai),),
    "haystack": (("haystack", haystack),),
    # The store in memory is built in one way, however it is searched.
    "haystack, dense": (),
    "haystack, FAISS": (("haystack, FAISS", haystack_faiss),),
}
"""The builds of each tool, by the names that tables give them."""


def peer_builds(names: Sequence[str], texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Build with each tool, one after another; their libraries are imported and warm before any clock starts."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    builds = [(title, build) for name in names for title, build in BUILDS[name]]
    for _, build in builds:
        build(texts[:2])
    figures = {}
    for title, build in builds:
        used = time.process_time()
        made = build(texts).to_json()
        figures[title] = {**made, "cpu_seconds": round(time.process_time() - used, 3)}
    return figures
