"""The vectors of a generation, of passages and of their sentences: those known already, and the rest encoded.

A text's vector is taken from the generation before, else from what a build that died had made, else it is
encoded; the encoder is loaded only for the last. This module must not know how vectors are stored in an
index.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.arrays import Arrays
from indexer.build_progress import BuildProgress
from indexer.encoder import Encoder, EncoderFiles, Vectors, load_encoder
from indexer.encoding_cache import EncodingCache
from indexer.index_writer import IndexWriter
from indexer.sentence_vectors import SentenceStore, joined, parted

CHUNK = 256
"""Texts encoded between two writes to the cache: some seconds of work that a killed build loses."""


@dataclass(frozen=True, slots=True, eq=False)
class OldVectors:
    """What the generation before holds: passages' vectors, float32 (rows, dimension), and their sentences."""

    passages: Vectors
    sentences: SentenceStore | None


@dataclass(frozen=True, slots=True, eq=False)
class MadeVectors:
    """Vectors by row, float32 (rows, dimension), and the rows' sentences as they are stored; how many passages
    were encoded for them; seconds by stage.
    """

    vectors: Vectors
    sentences: Arrays
    encoded: int
    seconds: Mapping[str, float]


def make_vectors(
    writer: IndexWriter,
    old: OldVectors | None,
    cache: EncodingCache,
    encoder: EncoderFiles,
    progress: BuildProgress,
) -> MadeVectors:
    """Every row's vector and its sentences'; `old` are the same encoder's in the generation before."""
    encoding = _Encoding(cache, encoder, progress)
    started = time.perf_counter()
    rows = _Rows(writer.passages)
    pairs = writer.same_rows() if old is not None else np.empty((0, 2), dtype=np.int64)
    if old is not None:
        rows.put(pairs[:, 0], old.passages[pairs[:, 1]])
    missing = writer.unencoded(rows.have)
    kept = dict(cache.get(text.key for text in missing))
    for text in missing:
        if text.key in kept:
            rows.put(text.rows, kept[text.key])
    to_encode = {text.key: text for text in missing if text.key not in kept}
    encoding.seconds["finding vectors"] = time.perf_counter() - started
    for keys, vectors in encoding.encode(
        {key: text.text for key, text in to_encode.items()}, "encoding", "passages"
    ):
        for key, vector in zip(keys, vectors, strict=True):
            rows.put(to_encode[key].rows, vector)
    made = rows.whole()
    sentences = _make_sentences(writer, old.sentences if old else None, pairs, encoding, made.shape[1])
    return MadeVectors(made, sentences, len(to_encode), encoding.seconds)


def _make_sentences(
    writer: IndexWriter,
    old: SentenceStore | None,
    pairs: NDArray[np.int64],
    encoding: _Encoding,
    dimension: int,
) -> Arrays:
    """Every row's sentences; those of `pairs` (row, old row) are taken from `old` whole."""
    started = time.perf_counter()
    have = np.zeros(writer.passages, dtype=np.bool_)
    if old is not None:
        have[pairs[:, 0]] = True
    new, different = parted(text for text, _, _ in writer.texts(have))
    known = old.find(different) if old is not None else {}
    missing = {key: text for key, text in different.items() if key not in known}
    kept = dict(encoding.cache.get(missing))
    encoding.seconds["parting sentences"] = time.perf_counter() - started
    for keys, vectors in encoding.encode(
        {key: text for key, text in missing.items() if key not in kept}, "encoding sentences", "sentences"
    ):
        kept.update(zip(keys, vectors, strict=True))
    return joined(old, new, pairs, kept, dimension)


class _Encoding:
    """Encodes what nobody has encoded yet, the encoder being loaded for the first of it."""

    def __init__(self, cache: EncodingCache, files: EncoderFiles, progress: BuildProgress) -> None:
        self.cache = cache
        self.seconds: dict[str, float] = {}
        self._files = files
        self._progress = progress
        self._encoder: Encoder | None = None

    def encode(
        self, texts: Mapping[bytes, str], stage: str, unit: str
    ) -> Iterator[tuple[list[bytes], Vectors]]:
        """Encode texts by key, some at a time, each kept in the cache before it is given."""
        if not texts:
            return
        started = time.perf_counter()
        if self._encoder is None:
            self._progress.note(f"loading the model {self._files.name}")
            self._encoder = load_encoder(self._files.name)
            self.seconds["loading the model"] = time.perf_counter() - started
            started = time.perf_counter()
        with self._progress.stage(stage, len(texts), unit) as advance:
            for keys in _chunks(texts):
                vectors = self._encoder.encode_passages([texts[key] for key in keys])
                self.cache.put(keys, vectors)
                yield keys, vectors
                advance(len(keys))
        self.seconds[stage] = time.perf_counter() - started


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


def _chunks(texts: Mapping[bytes, str]) -> list[list[bytes]]:
    """Keys of texts of like length together, in an order without a trend.

    Short texts first would promise an end that never comes.
    """
    ordered = sorted(texts, key=lambda key: (len(texts[key]), key))
    chunks = [ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK)]
    random.Random(0).shuffle(chunks)  # noqa: S311 (an order, not a secret)
    return chunks
