"""An open index with what is made once of it, and the vectors of what is asked of it.

A question's wordings are encoded here, beside what else is to be done for it where that makes somebody wait less.
This module must not know how a question is understood or ranked.
"""

from __future__ import annotations

import functools
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer.document import Document, Passage
from indexer.encode.encoder import Encoder, load_encoder
from indexer.store.location import IndexLocation
from indexer.store.opening import open_index
from indexer.store.stored_index import Index
from indexer.text.polarity import POLARITIES, Polarity, polarity_of
from search_api.question.holdings import Holdings, holdings_of
from search_api.question.scope import Scope, scope_of

_REMEMBERED = 2_048
"""Texts whose vectors are kept, 1.5 kB each: paging, and an answer beside its results, ask for the same again."""

_COUNTING = threading.Lock()
_ENCODING = ThreadPoolExecutor(2, thread_name_prefix="encoding")
_HANDING_OVER = 0.002
"""Seconds at most until a thread has begun; where both are busy, nobody waits for one."""

Vector = NDArray[np.float32]


@dataclass(slots=True, eq=False)
class Opened:
    """An index with what is made once of it."""

    index: Index
    holdings: Holdings
    encoder: Encoder
    by_id: dict[str, Document]
    examples: list[Scope] = field(default_factory=list)
    vectors: OrderedDict[str, Vector] = field(default_factory=OrderedDict)
    making: dict[str, Future[Vector]] = field(default_factory=dict)
    asking: int = 0

    def document_at(self, row: int) -> Document:
        """Find the document (without passages) of a row."""
        return self.index.documents_by_number[int(self.index.columns.document[row])]

    def grade_at(self, row: int) -> str | None:
        """Find the grade that the passage of a row stands under."""
        number = int(self.index.columns.grade[row])
        return self.index.columns.grades[number] if number >= 0 else None

    def polarity_at(self, row: int, passage: Passage) -> Polarity:
        """Find the polarity of a row's passage: as the index keeps it, else told anew."""
        kept = self.index.columns.polarity
        return POLARITIES[int(kept[row])] if kept is not None else polarity_of(passage)

    def scope(self) -> Scope:
        """Encode what is asked of these documents and what isn't, once."""
        if not self.examples:
            self.examples.append(scope_of(self.encoder))
        return self.examples[0]

    def vector_of(self, texts: Sequence[str]) -> Vector:
        """Make the vector of a question from its wordings: their mean, of length 1; some are remembered."""
        mean = np.mean([self._encoded(text) for text in texts], axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)

    @contextmanager
    def asked(self) -> Iterator[Callable[[Sequence[str]], None]]:
        """Count those who are asking at this moment; gives what begins to encode wordings of this one's question.

        Encoding takes half of a search and no interpreter: threads of their own do it while the rest of the
        question is worked on, and `vector_of` waits for them. Where others are asking too, that would only take their
        time: then nothing is begun, and a wording is encoded when it is needed.
        """
        with _COUNTING:
            self.asking += 1
            alone = self.asking == 1
        try:
            yield self._begin if alone and len(os.sched_getaffinity(0)) > 1 else _leave
        finally:
            with _COUNTING:
                self.asking -= 1

    def _begin(self, texts: Sequence[str]) -> None:
        for text in texts:
            if text not in self.making and text not in self.vectors:
                begun = threading.Event()
                with _COUNTING:
                    self.making[text] = _ENCODING.submit(self._encode, text, begun)
                # Until this thread waits the interpreter is its own, and the other couldn't begin.
                begun.wait(_HANDING_OVER)

    def _encoded(self, text: str) -> Vector:
        known = self.vectors.get(text)
        if known is None:
            making = self.making.get(text)
            known = making.result() if making else self._encode(text)
        return known

    def _encode(self, text: str, begun: threading.Event | None = None) -> Vector:
        if begun:
            begun.set()
        made = None
        try:
            made = self.encoder.encode_query(text)
        finally:
            with _COUNTING:
                self.making.pop(text, None)
                if made is not None:
                    self.vectors[text] = made
                    if len(self.vectors) > _REMEMBERED:
                        self.vectors.popitem(last=False)
        return made


def _leave(texts: Sequence[str]) -> None:
    """Begin nothing."""


def open_with_encoder(location: IndexLocation, encoder_name: str | None, before: Opened | None) -> Opened:
    """Open an index and the encoder that made it, or the one named; the encoder of `before` is taken over if it fits.

    Raises IndexUnusable where there is no index, or one that this encoder didn't make.
    """
    index = open_index(location)
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

    return Opened(
        index=index,
        holdings=holdings_of(documents, frequency),
        encoder=encoder,
        by_id={document.id: document for document in documents},
    )
