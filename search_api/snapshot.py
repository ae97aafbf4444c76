"""An index of one edition with its encoder and what is worked out once of both: what a question is answered from.

A request takes one snapshot and asks everything of it, so that no page mixes two editions of an index. Wordings are
encoded here, ahead of when they are needed where that shortens somebody's wait. This module must not know how a
question is ranked or answered.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.document import Document
from indexer.encode.encoder import Encoder, load_encoder
from indexer.encode.word_vectors import EncodedQuestion
from indexer.json_value import JsonValue
from indexer.store.location import IndexLocation
from indexer.store.opening import open_index
from indexer.store.stored_index import Index
from indexer.text.polarity import POLARITIES, Polarity
from indexer.text.spelling import WordCounts, count_words
from search_api.fits import Fits, load_fits
from search_api.question.holdings import Holdings, holdings_of
from search_api.question.operators import exactly, phrases_of
from search_api.question.query import likely_sentences
from search_api.register.register import Register, register_of

_LOG = logging.getLogger(__name__)
_REMEMBERED = 2_048
"""Texts whose vectors are kept, 4 kB each: paging asks for the same again."""

_AT_ONCE = 2_000
"""Passages whose words are counted at once."""

_COUNTING = threading.Lock()
_ENCODING = ThreadPoolExecutor(2, thread_name_prefix="encoding")
_HANDING_OVER = 0.002
"""Seconds at most until a thread has begun; where both are busy, nobody waits for one."""

Vector = NDArray[np.float32]
T = TypeVar("T")


def _ignore(status: str) -> None:
    """Take no notice of an answer."""


@dataclass(frozen=True, slots=True)
class Health(JsonValue):
    """What is being served."""

    status: str
    documents: int
    passages: int
    digest: str
    built: str
    stale_fits: tuple[str, ...]
    """Files of fitted numbers that aren't used, since they were fitted for another encoder."""


@dataclass(slots=True, eq=False)
class Snapshot:
    """An index, the encoder that made it, what it holds, and the numbers that were fitted for this encoder.

    `by_id` are its documents without their passages. `on_answer` is called with the status of each answer.
    """

    index: Index
    holdings: Holdings
    encoder: Encoder
    by_id: dict[str, Document]
    fits: Fits
    on_answer: Callable[[str], None] = _ignore
    vectors: OrderedDict[str, EncodedQuestion] = field(default_factory=OrderedDict)
    pending: dict[str, Future[EncodedQuestion]] = field(default_factory=dict)
    _made: dict[Callable[[Snapshot], Any], Any] = field(default_factory=dict)
    _asking: int = 0

    def document_at(self, row: int) -> Document:
        """Find the document (without passages) of a row."""
        return self.index.documents_by_number[int(self.index.columns.document[row])]

    def grade_at(self, row: int) -> str | None:
        """Find the grade that the passage of a row stands under."""
        number = int(self.index.columns.grade[row])
        return self.index.columns.grades[number] if number >= 0 else None

    def polarity_at(self, row: int) -> Polarity:
        """Find the polarity of a row's passage."""
        return POLARITIES[int(self.index.columns.polarity[row])]

    def register(self) -> Register:
        """Work out what the documents' inspections found, once."""
        return self.once(_register)

    def once(self, make: Callable[[Snapshot], T]) -> T:
        """Give what a function works out of this snapshot, which is done the first time only."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def health(self) -> Health:
        """Say what is being served."""
        manifest = self.index.manifest
        return Health(
            "ok", manifest.documents, manifest.passages, self.index.digest, manifest.built, self.fits.stale
        )

    def encoded(self, texts: Sequence[str]) -> EncodedQuestion:
        """Encode a question by its wordings: the mean of their vectors, of length 1, and the words of all; some are
        remembered.
        """
        made = [self._encoded(text) for text in texts]
        return EncodedQuestion(
            _mean([one.vector for one in made]),
            _mean([one.reach for one in made]),
            np.asarray(np.concatenate([one.words for one in made]) / len(made), dtype=np.float32),
        )

    def vector_of(self, texts: Sequence[str]) -> Vector:
        """Compute the vector of a question from its wordings: their mean, of length 1; some are remembered."""
        return self.encoded(texts).vector

    @contextmanager
    def encoding_ahead(self, question: str) -> Iterator[None]:
        """Encode what a question's wordings are likely to be, while the question is worked on within.

        Raises QueryError for a question that can't be used.
        """
        with _COUNTING:
            self._asking += 1
        try:
            self.encode_ahead(likely_sentences(question))
            yield
        finally:
            with _COUNTING:
                self._asking -= 1

    def encode_ahead(self, texts: Sequence[str]) -> None:
        """Begin to encode wordings in other threads; `encoded` waits for them.

        Encoding takes half of a search and doesn't hold the interpreter. Where others are asking too it would only
        take their time: then nothing is begun, and a wording is encoded when it is needed.
        """
        if self._asking > 1 or len(os.sched_getaffinity(0)) < 2:
            return
        for text in texts:
            if text not in self.pending and text not in self.vectors:
                begun = threading.Event()
                with _COUNTING:
                    self.pending[text] = _ENCODING.submit(self._encode, text, begun)
                # Until this thread waits the interpreter is its own, and the other couldn't begin.
                begun.wait(_HANDING_OVER)

    def _encoded(self, text: str) -> EncodedQuestion:
        known = self.vectors.get(text)
        if known is None:
            making = self.pending.get(text)
            known = making.result() if making else self._encode(text)
        return known

    def _encode(self, text: str, begun: threading.Event | None = None) -> EncodedQuestion:
        if begun:
            begun.set()
        made = None
        try:
            made = self.encoder.encode_question(text)
        finally:
            with _COUNTING:
                self.pending.pop(text, None)
                if made is not None:
                    self.vectors[text] = made
                    if len(self.vectors) > _REMEMBERED:
                        self.vectors.popitem(last=False)
        return made


def _register(snapshot: Snapshot) -> Register:
    return register_of(snapshot.index)


def _mean(vectors: Sequence[Vector]) -> Vector:
    """The mean of vectors of length 1, of length 1."""
    mean = np.mean(list(vectors), axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


def open_snapshot(
    location: IndexLocation,
    encoder_name: str | None,
    before: Snapshot | None,
    open_at: Callable[[IndexLocation], Index] = open_index,
) -> Snapshot:
    """Open an index with the encoder that made it, or the one named; that of `before` is reused where it fits.

    Raises IndexUnusable where there is no index, or one that this encoder didn't make.
    """
    index = open_at(location)
    try:
        if before is not None and before.index.manifest.encoder_digest == index.manifest.encoder_digest:
            encoder = before.encoder
        else:
            encoder = load_encoder(encoder_name or index.manifest.encoder)
        index.check_encoder(encoder.name, encoder.digest)
    except Exception:
        index.close()
        raise
    documents = index.documents()

    @functools.lru_cache(maxsize=8_192)
    def frequency(phrases: tuple[str, ...]) -> int:
        return index.frequency(phrases)

    @functools.lru_cache(maxsize=128)
    def exact(words: str) -> NDArray[np.int64]:
        candidates = np.unique(np.concatenate([index.rows_with(way, "text") for way in phrases_of(words)]))
        pattern = exactly(words)
        texts = index.texts(candidates.tolist())
        return candidates[[pattern.search(text) is not None for text in texts]]

    @functools.cache
    def words() -> WordCounts:
        parts = (range(start, min(start + _AT_ONCE, len(index))) for start in range(0, len(index), _AT_ONCE))
        return count_words("\n".join(index.texts(part)) for part in parts)

    by_id = {document.id: document for document in index.documents_by_number}
    held = holdings_of(documents, frequency, exact=exact, words=words)
    fits = load_fits(encoder.name)
    if fits.stale:
        _LOG.warning(
            "%s: fitted for another encoder than %s, so words alone decide; fit them again with `python -m eval refit` (docs/decisions/0032-stale-fits.md)",
            ", ".join(fits.stale),
            encoder.name,
        )
    return Snapshot(index, held, encoder, by_id, fits)
