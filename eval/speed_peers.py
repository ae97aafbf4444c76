"""What people would write or take instead, timed in the same run on the same passages: each a `SearchTool`.

Passages' vectors are the index's own for every tool, so that nothing is encoded twice; a question is encoded by
the tool's own usual means. Another tool is one more class in `TOOLS`. This module must not know how our own
search works.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import bm25s
import faiss
import numpy as np

from eval.baselines import PLAIN_ENCODER, fuse
from eval.collection import Collection
from eval.timings import timed
from indexer.encoder import load_encoder
from indexer.errors import UsageError

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

    def __init__(self, collection: Collection) -> None:
        if collection.vectors is None:
            raise UsageError("the collection has no vectors; give the folder of an index")
        self._encoder = load_encoder(PLAIN_ENCODER)
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
        return fuse(lists, 10)


TOOLS: Mapping[str, Callable[[Collection], SearchTool]] = {PlainLoop.name: PlainLoop}


def peer_figures(
    names: Sequence[str], collection: Collection, questions: Sequence[str], warm: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Set each tool up and time its searches, after the `warm` ones."""
    # Its tokeniser warns of forks that nobody makes here.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    figures: dict[str, dict[str, Any]] = {}
    for name in names:
        started = time.perf_counter()
        tool = TOOLS[name](collection)
        setting_up = time.perf_counter() - started
        for question in warm:
            tool.search(question)
        figures[name] = {
            "setting_up_seconds": round(setting_up, 2),
            "search": timed(tool.search, questions).to_json(),
        }
    return figures
