"""What people would write or take instead, set up on the same passages: each a `SearchTool`.

Passages' vectors are the index's own for every tool, so that nothing is encoded twice. A question is encoded by the
original float32 weights, as these tools are used by default, or by the index's own encoder, so that nothing but
the tool differs. Another tool is one more class in `TOOLS`. This module must not know how our own search works,
nor how searches are timed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import bm25s
import faiss
import numpy as np

from eval.search.baselines import fuse
from eval.search.collection import Collection
from eval.search.other_tools import Haystack, HaystackDense, HaystackFaiss, Txtai
from indexer.encode.encoder import Encoder
from indexer.errors import UsageError

FOUND = 10
"""Passages that every search is for."""

_EACH = 100
"""Passages taken from each list before they are fused."""


class SearchTool(Protocol):
    """Finds the ten best passages for a question, in this process."""

    name: str

    def search(self, question: str) -> list[str]:
        """Ids of the ten best passages, best first."""


class PlainLoop:
    """SentenceTransformer, faiss.IndexFlatIP and bm25s side by side, fused by reciprocal rank: twenty lines."""

    name = "plain loop"

    def __init__(self, collection: Collection, encoder: Encoder) -> None:
        if collection.vectors is None:
            raise UsageError("the collection has no vectors; give the folder of an index")
        self._encoder = encoder
        self._ids = [passage.id for passage in collection.passages]
        self._dense = faiss.IndexFlatIP(collection.vectors.shape[1])
        self._dense.add(collection.vectors)
        self._lexical = bm25s.BM25()
        self._lexical.index(
            bm25s.tokenize(collection.texts, stopwords="en", show_progress=False), show_progress=False
        )

    def search(self, question: str) -> list[str]:
        """Both lists' hundred best, fused."""
        vector = self._encoder.encode_query(question)
        _, near = self._dense.search(vector.reshape(1, -1), _EACH)
        tokens = bm25s.tokenize(question, stopwords="en", show_progress=False)
        worded, _ = self._lexical.retrieve(tokens, k=min(_EACH, len(self._ids)), show_progress=False)
        lists = [
            [self._ids[row] for row in rows.tolist() if row >= 0] for rows in (near[0], np.ravel(worded))
        ]
        return fuse(lists, FOUND)


class _OtherTool:
    """A tool that is set up in `other_tools`, asked for its ten best."""

    def __init__(
        self,
        kind: type[Txtai] | type[Haystack] | type[HaystackDense] | type[HaystackFaiss],
        collection: Collection,
        encoder: Encoder,
    ) -> None:
        if collection.vectors is None:
            raise UsageError("the collection has no vectors; give the folder of an index")
        self.name = kind.name
        self._tool = kind(collection, encoder, collection.vectors)

    def search(self, question: str) -> list[str]:
        """Its own order."""
        return self._tool.rank(question, None, FOUND)


TOOLS: Mapping[str, Callable[[Collection, Encoder], SearchTool]] = {
    PlainLoop.name: PlainLoop,
    Txtai.name: partial(_OtherTool, Txtai),
    Haystack.name: partial(_OtherTool, Haystack),
    HaystackDense.name: partial(_OtherTool, HaystackDense),
    HaystackFaiss.name: partial(_OtherTool, HaystackFaiss),
}

HOW: Mapping[str, str] = {
    PlainLoop.name: "words and vectors",
    Txtai.name: "words and vectors",
    Haystack.name: "words and vectors, in memory",
    HaystackDense.name: "vectors alone, in memory",
    HaystackFaiss.name: "vectors alone, FAISS",
}
"""What each tool looks through, as tables say it."""
