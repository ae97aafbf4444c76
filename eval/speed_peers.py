"""What people would write or take instead, timed in the same run on the same passages: each a `SearchTool`.

Passages' vectors are the index's own for every tool, so that nothing is encoded twice. A question is encoded by the
original float32 weights, as these tools are used by default, and once more by the index's own encoder, so that
nothing but the tool differs. Another tool is one more class in `TOOLS`. This module must not know how our own
search works.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import bm25s
import faiss
import numpy as np

from eval.baselines import PLAIN_ENCODER, fuse
from eval.collection import Collection
from eval.other_tools import Haystack, Txtai
from eval.timings import Timing
from indexer.encoder import Encoder, Spans, Vectors, load_encoder
from indexer.errors import UsageError

_EACH = 100
"""Passages taken from each list before they are fused."""

_LEAST = 5
_AT_MOST_SECONDS = 15.0


class SearchTool(Protocol):
    """Finds the ten best passages for a question, in this process."""

    name: str

    def search(self, question: str) -> list[str]:
        """Ids of the ten best passages, best first."""


class PlainLoop:
    """SentenceTransformer, faiss.IndexFlatIP and bm25s side by side, fused by reciprocal rank: twenty lines."""

    name = "plain loop"

    def __init__(self, collection: Collection, encoder: Encoder | None = None) -> None:
        if collection.vectors is None:
            raise UsageError("the collection has no vectors; give the folder of an index")
        self._encoder = encoder or load_encoder(PLAIN_ENCODER)
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


class _OtherTool:
    """A tool that is set up in `other_tools`, asked for its ten best."""

    def __init__(self, kind: type[Txtai] | type[Haystack], collection: Collection, encoder: Encoder) -> None:
        if collection.vectors is None:
            raise UsageError("the collection has no vectors; give the folder of an index")
        self.name = kind.name
        self._tool = kind(collection, encoder, collection.vectors)

    def search(self, question: str) -> list[str]:
        """Its own order."""
        return self._tool.rank(question, None, 10)


class _Either:
    """Two encoders in one place, so that a tool is set up once and asked with both."""

    def __init__(self, encoder: Encoder) -> None:
        self.use = encoder

    @property
    def name(self) -> str:
        return self.use.name

    @property
    def dimension(self) -> int:
        return self.use.dimension

    @property
    def digest(self) -> str:
        return self.use.digest

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self.use.encode_passages(texts)

    def encode_with_spans(
        self, texts: Sequence[str], spans: Sequence[Spans]
    ) -> tuple[Vectors, list[Vectors]]:
        return self.use.encode_with_spans(texts, spans)

    def encode_query(self, text: str) -> Vectors:
        return self.use.encode_query(text)


TOOLS: Mapping[str, Callable[[Collection, Encoder], SearchTool]] = {
    PlainLoop.name: PlainLoop,
    Txtai.name: partial(_OtherTool, Txtai),
    Haystack.name: partial(_OtherTool, Haystack),
}


def peer_figures(
    names: Sequence[str], collection: Collection, questions: Sequence[str], warm: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Set each tool up and time its searches, after two of the `warm` ones, with both encoders.

    A slow tool is asked fewer questions, five at least; `answered` is the questions that it found ten known
    passages for.
    """
    # Its tokeniser warns of forks that nobody makes here.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    plain, ours = load_encoder(PLAIN_ENCODER), load_encoder(collection.encoder)
    figures: dict[str, dict[str, Any]] = {}
    for name in names:
        encoder = _Either(plain)
        started = time.perf_counter()
        tool = TOOLS[name](collection, encoder)
        setting_up = time.perf_counter() - started
        for question in warm[:2]:
            tool.search(question)
        search, found = _asked(tool, questions)
        encoder.use = ours
        same, _ = _asked(tool, questions)
        figures[name] = {
            "passages": len(collection.passages),
            "weights": plain.name,
            "setting_up_seconds": round(setting_up, 2),
            "answered": sum(
                len(ids) == min(10, len(collection.passages)) and collection.by_id.keys() >= set(ids)
                for ids in found
            ),
            "search": search.to_json(),
            "search_our_weights": same.to_json(),
        }
    return figures


def _asked(tool: SearchTool, questions: Sequence[str]) -> tuple[Timing, list[list[str]]]:
    found: list[list[str]] = []
    seconds: list[float] = []
    for question in questions:
        started = time.perf_counter()
        found.append(tool.search(question))
        seconds.append(time.perf_counter() - started)
        if len(found) >= _LEAST and sum(seconds) > _AT_MOST_SECONDS:
            break
    return Timing(seconds), found
