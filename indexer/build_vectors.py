"""The vectors of a generation: those that are known already, and the rest encoded.

A text's vector is taken from the generation before, else from what a build that died had made, else it is
encoded; the encoder is loaded only for the last. This module must not know how vectors are stored in an
index.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.build_progress import BuildProgress
from indexer.encoder import EncoderFiles, Vectors, load_encoder
from indexer.encoding_cache import EncodingCache
from indexer.index_writer import IndexWriter, Unencoded

CHUNK = 256
"""Texts encoded between two writes to the cache: some seconds of work that a killed build loses."""


@dataclass(frozen=True, slots=True, eq=False)
class MadeVectors:
    """Vectors by row, float32 (rows, dimension); how many texts were encoded for them; seconds by stage."""

    vectors: Vectors
    encoded: int
    seconds: Mapping[str, float]


def make_vectors(
    writer: IndexWriter,
    old: Vectors | None,
    cache: EncodingCache,
    encoder: EncoderFiles,
    progress: BuildProgress,
) -> MadeVectors:
    """Every row's vector; `old` are the same encoder's vectors in the generation before, by its rows."""
    started = time.perf_counter()
    rows = _Rows(writer.passages)
    if old is not None:
        pairs = np.array(writer.old_vector_rows(), dtype=np.int64).reshape(-1, 2)
        rows.put(pairs[:, 0], old[pairs[:, 1]])
    missing = writer.unencoded(rows.have)
    kept = dict(cache.get(text.key for text in missing))
    for text in missing:
        if text.key in kept:
            rows.put(text.rows, kept[text.key])
    to_encode = [text for text in missing if text.key not in kept]
    seconds = {"finding vectors": time.perf_counter() - started}
    if to_encode:
        started = time.perf_counter()
        progress.note(f"loading the model {encoder.name}")
        model = load_encoder(encoder.name)
        seconds["loading the model"] = time.perf_counter() - started
        started = time.perf_counter()
        with progress.stage("encoding", len(to_encode), "passages") as advance:
            for chunk in _chunks(to_encode):
                vectors = model.encode_passages([text.text for text in chunk])
                cache.put([text.key for text in chunk], vectors)
                for text, vector in zip(chunk, vectors, strict=True):
                    rows.put(text.rows, vector)
                advance(len(chunk))
        seconds["encoding"] = time.perf_counter() - started
    return MadeVectors(rows.whole(), len(to_encode), seconds)


class _Rows:
    """Vectors by row, filled in any order; their length is that of the first."""

    def __init__(self, count: int) -> None:
        self.have = np.zeros(count, dtype=np.bool_)
        self._vectors: Vectors | None = None

    def put(self, rows: Sequence[int] | NDArray[np.int64], vectors: Vectors) -> None:
        """Set the vectors of some rows: one for each, or one for all."""
        if self._vectors is None:
            self._vectors = np.empty((len(self.have), vectors.shape[-1]), dtype=np.float32)
        places = np.asarray(rows, dtype=np.int64)
        self._vectors[places] = vectors
        self.have[places] = True

    def whole(self) -> Vectors:
        """All of them; a row that was never set is a fault of this program."""
        if self._vectors is None or not self.have.all():
            raise RuntimeError("a passage was left without its vector")
        return self._vectors


def _chunks(texts: Sequence[Unencoded]) -> list[list[Unencoded]]:
    """Texts of like length together, so that no batch is mostly padding; in an order without a trend.

    Short texts first would promise an end that never comes.
    """
    ordered = sorted(texts, key=lambda text: (len(text.text), text.key))
    chunks = [ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK)]
    random.Random(0).shuffle(chunks)  # noqa: S311 (an order, not a secret)
    return chunks
