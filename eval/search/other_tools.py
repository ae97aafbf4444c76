"""Retrieval tools that people would otherwise take, set up as their documentation says: txtai, and Haystack with
each of two stores.

All get the same passages, the same context text and the same plain encoder as our own baselines; their vectors
are given to them, so that nothing but the tool differs. They are not installed with the project
(`pip install txtai haystack-ai`, and `requirements/haystack-faiss.lock`), and nothing here sends anything anywhere.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.search.collection import Collection
from indexer.encode.encoder import Encoder
from indexer.errors import UsageError

Vectors = NDArray[np.float32]


class Txtai:
    """`Embeddings(hybrid=True)`: txtai's own BM25 and dense index, fused as it does by itself.

    https://neuml.github.io/txtai/embeddings/configuration/general/ (hybrid), …/vectors/ (external).
    """

    name = "txtai"

    def __init__(self, collection: Collection, encoder: Encoder, vectors: Vectors) -> None:
        embeddings = installed("txtai", "txtai").Embeddings
        self._collection = collection
        known = dict(zip(collection.texts, vectors, strict=True))

        def transform(texts: Sequence[str]) -> Vectors:
            return np.stack([known[t] if t in known else encoder.encode_query(t) for t in texts])

        self._embeddings: Any = embeddings(method="external", transform=transform, hybrid=True)
        ids = [passage.id for passage in collection.passages]
        self._embeddings.index(zip(ids, collection.texts, [None] * len(ids), strict=True))

    def rank(self, text: str, file: str | None, limit: int) -> list[str]:
        """Its own order; within one report, its order of everything, less the other reports."""
        asked = limit if file is None else len(self._collection.passages)
        found = [name for name, _ in self._embeddings.search(text, asked)]
        if file is not None:
            found = [name for name in found if self._collection.by_id[name][0].file == file]
        return found[:limit]


class Haystack:
    """In-memory BM25 and embedding retrievers, joined by reciprocal rank fusion.

    https://docs.haystack.deepset.ai/docs/documentjoiner (hybrid retrieval). Without a filter the store scores every
    document's words and builds an array of every embedding for each question: that is the tool's own doing.
    """

    name = "haystack"

    def __init__(self, collection: Collection, encoder: Encoder, vectors: Vectors) -> None:
        store, retrievers = _in_memory(collection, vectors)
        joiners = importlib.import_module("haystack.components.joiners")
        self._encoder = encoder
        self._lexical: Any = retrievers.InMemoryBM25Retriever(store)
        self._dense: Any = retrievers.InMemoryEmbeddingRetriever(store)
        self._joiner: Any = joiners.DocumentJoiner(join_mode="reciprocal_rank_fusion")

    def rank(self, text: str, file: str | None, limit: int) -> list[str]:
        """The joined order, best first."""
        filters = _within(file)
        vector = self._encoder.encode_query(text).tolist()
        lists = [
            self._lexical.run(query=text, filters=filters, top_k=limit)["documents"],
            self._dense.run(query_embedding=vector, filters=filters, top_k=limit)["documents"],
        ]
        joined = self._joiner.run(lists, top_k=limit)["documents"]
        return [document.id for document in joined]


class HaystackDense:
    """The in-memory store's embedding retriever by itself: no words."""

    name = "haystack, dense"

    def __init__(self, collection: Collection, encoder: Encoder, vectors: Vectors) -> None:
        self._encoder = encoder
        self._passages = len(collection.passages)
        self._dense: Any = self._retriever(collection, vectors)

    def _retriever(self, collection: Collection, vectors: Vectors) -> Any:  # noqa: ANN401 (a tool's own type)
        store, retrievers = _in_memory(collection, vectors)
        return retrievers.InMemoryEmbeddingRetriever(store)

    def rank(self, text: str, file: str | None, limit: int) -> list[str]:
        """Rank the nearest passages, best first; within one report, of all, as a store may filter what it found."""
        vector = self._encoder.encode_query(text).tolist()
        asked = limit if file is None else self._passages
        found = self._dense.run(query_embedding=vector, filters=_within(file), top_k=asked)["documents"]
        return [document.id for document in found[:limit]]


class HaystackFaiss(HaystackDense):
    """Haystack's FAISS store, which compares with every vector and knows no words.

    https://docs.haystack.deepset.ai/docs/faissembeddingretriever.
    """

    name = "haystack, FAISS"

    def _retriever(self, collection: Collection, vectors: Vectors) -> Any:  # noqa: ANN401 (a tool's own type)
        store = faiss_store(vectors.shape[1])
        store.write_documents(_documents(collection, vectors))
        retrievers = importlib.import_module("haystack_integrations.components.retrievers.faiss")
        return retrievers.FAISSEmbeddingRetriever(document_store=store)


def haystack() -> ModuleType:
    """Import Haystack, which reports use to its makers unless it is switched off before that; UsageError without it."""
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
    return installed("haystack", "haystack-ai")


def in_memory_store() -> Any:  # noqa: ANN401 (a tool's own type)
    """An empty store in memory, with its own defaults: the inner product, which for these vectors is the cosine."""
    haystack()
    return importlib.import_module("haystack.document_stores.in_memory").InMemoryDocumentStore()


def faiss_store(dimension: int) -> Any:  # noqa: ANN401 (a tool's own type)
    """An empty FAISS store with its own defaults: all vectors compared, none on disk."""
    haystack()
    stores = installed("haystack_integrations.document_stores.faiss", "--no-deps faiss-haystack")
    return stores.FAISSDocumentStore(embedding_dim=dimension)


def _in_memory(collection: Collection, vectors: Vectors) -> tuple[Any, ModuleType]:
    """A store with the passages, and the tool's retrievers for it."""
    store = in_memory_store()
    store.write_documents(_documents(collection, vectors))
    return store, importlib.import_module("haystack.components.retrievers.in_memory")


def _documents(collection: Collection, vectors: Vectors) -> list[Any]:
    tool = haystack()
    rows = zip(collection.passages, collection.texts, vectors, collection.files, strict=True)
    # Lists of numbers, as its own embedders make them.
    return [
        tool.Document(id=passage.id, content=text, embedding=vector.tolist(), meta={"file": file})
        for passage, text, vector, file in rows
    ]


def _within(file: str | None) -> dict[str, str] | None:
    return {"field": "meta.file", "operator": "==", "value": file} if file is not None else None


def installed(module: str, package: str) -> ModuleType:
    """Import a tool that isn't part of the project; UsageError says what to install where it is missing."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UsageError(f"{package} isn't installed ({error}); run `pip install {package}` first") from error
