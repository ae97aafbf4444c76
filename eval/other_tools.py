"""Two retrieval tools that people would otherwise take, set up as their documentation says: txtai and Haystack.

Both get the same passages, the same context text and the same plain encoder as our own baselines; their vectors
are given to them, so that nothing but the tool differs. They are not installed with the project
(`pip install txtai haystack-ai`), and nothing here sends anything anywhere.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.collection import Collection
from indexer.encoder import Encoder
from indexer.errors import UsageError

Vectors = NDArray[np.float32]


class Txtai:
    """`Embeddings(hybrid=True)`: txtai's own BM25 and dense index, fused as it does by itself.

    https://neuml.github.io/txtai/embeddings/configuration/general/ (hybrid), …/vectors/ (external).
    """

    name = "txtai"

    def __init__(self, collection: Collection, encoder: Encoder, vectors: Vectors) -> None:
        embeddings = _installed("txtai", "txtai").Embeddings
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

    https://docs.haystack.deepset.ai/docs/documentjoiner (hybrid retrieval), top_k 100 for each.
    """

    name = "haystack"

    def __init__(self, collection: Collection, encoder: Encoder, vectors: Vectors) -> None:
        # It reports use to its makers unless told not to, before it is imported.
        os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
        haystack = _installed("haystack", "haystack-ai")
        retrievers = importlib.import_module("haystack.components.retrievers.in_memory")
        stores = importlib.import_module("haystack.document_stores.in_memory")
        joiners = importlib.import_module("haystack.components.joiners")
        store = stores.InMemoryDocumentStore(embedding_similarity_function="cosine")
        store.write_documents(
            [
                haystack.Document(id=p.id, content=text, embedding=vector.tolist(), meta={"file": file})
                for p, text, vector, file in zip(
                    collection.passages, collection.texts, vectors, collection.files, strict=True
                )
            ]
        )
        self._encoder = encoder
        self._lexical: Any = retrievers.InMemoryBM25Retriever(store)
        self._dense: Any = retrievers.InMemoryEmbeddingRetriever(store)
        self._joiner: Any = joiners.DocumentJoiner(join_mode="reciprocal_rank_fusion")

    def rank(self, text: str, file: str | None, limit: int) -> list[str]:
        """The joined order, best first."""
        filters = {"field": "meta.file", "operator": "==", "value": file} if file is not None else None
        vector = self._encoder.encode_query(text).tolist()
        lists = [
            self._lexical.run(query=text, filters=filters, top_k=limit)["documents"],
            self._dense.run(query_embedding=vector, filters=filters, top_k=limit)["documents"],
        ]
        joined = self._joiner.run(lists, top_k=limit)["documents"]
        return [document.id for document in joined]


def _installed(module: str, package: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UsageError(f"{package} isn't installed ({error}); run `pip install {package}` first") from error
