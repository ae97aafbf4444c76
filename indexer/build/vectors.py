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
from typing import Self

import numpy as np
from numpy.typing import NDArray

from indexer.build.progress import BuildProgress
from indexer.encode.cache import EncodingCache
from indexer.encode.encoder import EncoderFiles, Spans, Vectors, load_encoder
from indexer.store.arrays import Arrays
from indexer.store.folder.writer import IndexWriter, Unencoded
from indexer.store.sentence_vectors import SentencedRows, SentenceStore, joined, sentence_spans

CHUNK = 256
"""Texts encoded between two writes to the cache: some seconds of work that a killed build loses."""


@dataclass(frozen=True, slots=True, eq=False)
class OldVectors:
    """What the generation before holds: passages' vectors, float32 (rows, dimension), and their sentences."""

    passages: Vectors
    sentences: SentenceStore


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
    sentences = old.sentences if old is not None else None
    pairs = np.empty((0, 2), dtype=np.int64)
    if old is not None:
        pairs = writer.same_rows()
        rows.put(pairs[:, 0], old.passages[pairs[:, 1]])
    texts = [ToEncode.of(text) for text in writer.unencoded(rows.have)]
    made: list[SentencedRows] = []

    def take(text: ToEncode, vectors: Vectors) -> None:
        rows.put(text.rows, vectors[0])
        made.append(SentencedRows(text.rows, text.own_spans, vectors[1:]))

    kept = encoding.kept(texts)
    for text in texts:
        if text.key in kept:
            take(text, kept[text.key])
    encoding.seconds["finding vectors"] = time.perf_counter() - started
    missing = [text for text in texts if text.key not in kept]
    for text, vectors in encoding.encode(missing):
        take(text, vectors)
    whole = rows.whole()
    laid_out = joined(sentences, pairs, made, writer.passages, whole.shape[1])
    return MadeVectors(whole, laid_out, len(missing), encoding.seconds)


@dataclass(frozen=True, slots=True, eq=False)
class ToEncode:
    """A text that is encoded with its sentences, and the rows that it stands in.

    `spans` are the sentences' (start, end) characters in `text`, `own_spans` in the passage's own words.
    """

    key: bytes
    text: str
    rows: tuple[int, ...]
    spans: Spans
    own_spans: Spans

    @classmethod
    def of(cls, text: Unencoded) -> Self:
        """Part the text's own words into sentences."""
        own = sentence_spans(text.text[text.start :])
        return cls(text.key, text.text, text.rows, own + np.int32(text.start), own)


class _Encoding:
    """Encodes what nobody has encoded yet, the encoder being loaded for the first of it."""

    def __init__(self, cache: EncodingCache, files: EncoderFiles, progress: BuildProgress) -> None:
        self.cache = cache
        self.seconds: dict[str, float] = {}
        self._files = files
        self._progress = progress

    def kept(self, texts: Sequence[ToEncode]) -> dict[bytes, Vectors]:
        """Of texts that a build before this one encoded, by key: the vector and its sentences', in one array."""
        sentences = {text.key: len(text.spans) for text in texts}
        found = {}
        for key, numbers in self.cache.get(sentences):
            vectors, left_over = divmod(len(numbers), sentences[key] + 1)
            # Sentences parted in another way since make another number of vectors.
            if vectors and not left_over:
                found[key] = numbers.reshape(sentences[key] + 1, -1)
        return found if len({vectors.shape[1] for vectors in found.values()}) <= 1 else {}

    def encode(self, texts: Sequence[ToEncode]) -> Iterator[tuple[ToEncode, Vectors]]:
        """Encode texts, some at a time, each kept in the cache before it is given."""
        if not texts:
            return
        started = time.perf_counter()
        self._progress.note(f"loading the model {self._files.name}")
        encoder = load_encoder(self._files.name)
        self.seconds["loading the model"] = time.perf_counter() - started
        started = time.perf_counter()
        with self._progress.stage("encoding", len(texts), "passages") as advance:
            for chunk in _chunks(texts):
                wholes, parts = encoder.encode_with_spans(
                    [text.text for text in chunk], [text.spans for text in chunk]
                )
                vectors = [np.vstack((whole, part)) for whole, part in zip(wholes, parts, strict=True)]
                self.cache.put([text.key for text in chunk], vectors)
                yield from zip(chunk, vectors, strict=True)
                advance(len(chunk))
        self.seconds["encoding"] = time.perf_counter() - started


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


def _chunks(texts: Sequence[ToEncode]) -> list[list[ToEncode]]:
    """Texts of like length together, in an order without a trend.

    Short texts first would promise an end that never comes.
    """
    ordered = sorted(texts, key=lambda text: (len(text.text), text.key))
    chunks = [ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK)]
    random.Random(0).shuffle(chunks)  # noqa: S311 (an order, not a secret)
    return chunks
