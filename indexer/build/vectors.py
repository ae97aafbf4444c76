"""The vectors of a generation, of passages, of their sentences and of their words: those known already, and the rest encoded.

A text's vector is taken from the generation before, else from what a build that died had made, else it is
encoded; the encoder is loaded only for the last. This module must not know how vectors are stored in an
index.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from indexer.build.progress import BuildProgress, StageSeconds
from indexer.encode.cache import EncodingCache
from indexer.encode.encoder import Encoder, EncoderFiles, Spans, Vectors, load_encoder
from indexer.encode.word_vectors import Words
from indexer.store.arrays import Arrays
from indexer.store.folder.writer import IndexWriter
from indexer.store.sentence_vectors import SentencedRows, SentenceStore, joined, sentence_spans
from indexer.store.words import WordedRows, WordStore, joined_words

CHUNK = 256
"""Texts encoded between two writes to the cache: some seconds of work that a killed build loses."""
_CHUNK_CHARS = 500_000
"""Characters of such texts at most: what a tokeniser holds grows with them."""


@dataclass(frozen=True, slots=True, eq=False)
class OldVectors:
    """What the generation before holds: passages' vectors, float32 (rows, dimension), their sentences and
    their words.
    """

    passages: Vectors
    sentences: SentenceStore
    words: WordStore


@dataclass(frozen=True, slots=True, eq=False)
class BuiltVectors:
    """Vectors by row, float32 (rows, dimension), and the rows' sentences and words as they are stored; how many
    passages were encoded for them.
    """

    vectors: Vectors
    sentences: Arrays
    words: Arrays
    encoded: int


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
    def of(cls, key: bytes, text: str, start: int, rows: tuple[int, ...] = ()) -> Self:
        """Split the text's own words, from character `start` on, into sentences."""
        own = sentence_spans(text[start:])
        return cls(key, text, rows, own + np.int32(start), own)


@dataclass(frozen=True, slots=True, eq=False)
class EncodedText:
    """A text's vector and its sentences', in one array, float32 (1 + sentences, dimension); its words."""

    vectors: Vectors
    words: Words


class TextEncoder:
    """Encodes what nobody has encoded yet, the encoder being loaded for the first of it."""

    def __init__(self, files: EncoderFiles, progress: BuildProgress, seconds: StageSeconds) -> None:
        self.files = files
        self.progress = progress
        self.seconds = seconds
        self._encoder: Encoder | None = None

    def encode(self, texts: Sequence[ToEncode]) -> Iterator[tuple[Sequence[ToEncode], list[EncodedText]]]:
        """Encode texts, some at a time."""
        if texts and self._encoder is None:
            self.progress.note(f"loading the model {self.files.name}")
            with self.seconds.stage("loading the model"):
                self._encoder = load_encoder(self.files.name)
        for chunk in _chunks(texts):
            assert self._encoder is not None  # noqa: S101 (loaded where there are texts)
            with self.seconds.stage("encoding"):
                wholes, parts, words = self._encoder.encode_with_spans(
                    [text.text for text in chunk], [text.spans for text in chunk]
                )
            yield (
                chunk,
                [
                    EncodedText(np.vstack((whole, part)), own)
                    for whole, part, own in zip(wholes, parts, words, strict=True)
                ],
            )


def make_vectors(
    writer: IndexWriter, old: OldVectors | None, cache: EncodingCache, encoder: TextEncoder
) -> BuiltVectors:
    """Every row's vector, its sentences' and its words'; `old` are the same encoder's in the generation before."""
    made: list[SentencedRows] = []
    worded: list[WordedRows] = []
    rows = _VectorRows(writer.passages)

    def take(text: ToEncode, encoded: EncodedText) -> None:
        rows.put(text.rows, encoded.vectors[0])
        made.append(SentencedRows(text.rows, text.own_spans, encoded.vectors[1:]))
        worded.append(WordedRows(text.rows, encoded.words))

    with encoder.seconds.stage("finding vectors"):
        pairs = np.empty((0, 2), dtype=np.int64)
        if old is not None:
            pairs = writer.same_rows()
            rows.put(pairs[:, 0], old.passages[pairs[:, 1]])
        texts = [ToEncode.of(t.key, t.text, t.start, t.rows) for t in writer.unencoded(rows.have)]
        kept = _kept(cache, texts, encoder.files.word_dimension // 2)
        for text in texts:
            if text.key in kept:
                take(text, kept[text.key])
    missing = [text for text in texts if text.key not in kept]
    if missing:
        with encoder.progress.stage("encoding", len(missing), "passages") as advance:
            for chunk, encoded in encoder.encode(missing):
                cache.put([text.key for text in chunk], [text.vectors for text in encoded])
                cache.put([_words_key(text.key) for text in chunk], [text.words for text in encoded])
                for text, own in zip(chunk, encoded, strict=True):
                    take(text, own)
                advance(len(chunk))
    whole = rows.whole()
    old_sentences, old_words = (old.sentences, old.words) if old is not None else (None, None)
    return BuiltVectors(
        whole,
        joined(old_sentences, pairs, made, writer.passages, whole.shape[1]),
        joined_words(old_words, pairs, worded, writer.passages, encoder.files.word_dimension // 2),
        len(missing),
    )


def _kept(cache: EncodingCache, texts: Sequence[ToEncode], width: int) -> dict[bytes, EncodedText]:
    """Of texts that a build before this one encoded, by key: what it made of them; a word takes `width` bytes."""
    sentences = {text.key: len(text.spans) for text in texts}
    words = dict(cache.get(map(_words_key, sentences)))
    found = {}
    for key, numbers in cache.get(sentences):
        vectors, left_over = divmod(len(numbers), sentences[key] + 1)
        own = words.get(_words_key(key))
        # Sentences split in another way since make another number of vectors.
        if vectors and not left_over and own is not None:
            shape = (len(own) // max(1, width), width)
            found[key] = EncodedText(
                numbers.reshape(sentences[key] + 1, -1), own.astype(np.uint8).reshape(shape)
            )
    return found if len({text.vectors.shape[1] for text in found.values()}) <= 1 else {}


def _words_key(key: bytes) -> bytes:
    """What the words of the text of a key are kept under."""
    return key + b"words"


class _VectorRows:
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
    chunks: list[list[ToEncode]] = []
    held = 0
    for text in ordered:
        if not chunks or len(chunks[-1]) == CHUNK or held + len(text.text) > _CHUNK_CHARS:
            chunks.append([])
            held = 0
        chunks[-1].append(text)
        held += len(text.text)
    random.Random(0).shuffle(chunks)  # noqa: S311 (an order, not a secret)
    return chunks
