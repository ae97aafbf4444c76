"""An open index with what is made once of it, and the vectors of what is asked of it.

A question's wordings are encoded here, beside each other where that makes somebody wait less. This module must not
know how a question is understood or ranked.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer.document import Document, Passage
from indexer.encoder import Encoder, load_encoder
from indexer.location import IndexLocation
from indexer.open_index import open_index
from indexer.polarity import POLARITIES, Polarity, polarity_of
from indexer.stored_index import Index
from search_api.holdings import Holdings, holdings_of
from search_api.scope import Scope, scope_of

_REMEMBERED = 2_048
"""Texts whose vectors are kept, 1.5 kB each: paging, and an answer beside its results, ask for the same again."""

_COUNTING = threading.Lock()
_ENCODING = ThreadPoolExecutor(2, thread_name_prefix="encoding")


@dataclass(slots=True, eq=False)
class Opened:
    """An index with what is made once of it."""

    index: Index
    holdings: Holdings
    encoder: Encoder
    by_id: dict[str, Document]
    examples: list[Scope] = field(default_factory=list)
    vectors: OrderedDict[str, NDArray[np.float32]] = field(default_factory=OrderedDict)
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

    def vector_of(self, texts: tuple[str, ...]) -> NDArray[np.float32]:
        """Make the vector of a question from its wordings: their mean, of length 1; some are remembered."""
        found = [self.vectors.get(text) for text in texts]
        if self.asking > 1 or sum(vector is None for vector in found) < 2:
            vectors = [self._vector(text) for text in texts]
        else:
            # Where nobody else is asking, the wordings are encoded beside each other: a person waits for one of
            # them, not for their sum. Where others are, a second thread only takes their time.
            others = [_ENCODING.submit(self._vector, text) for text in texts[1:]]
            vectors = [self._vector(texts[0]), *(other.result() for other in others)]
        mean = np.mean(vectors, axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Count those who are asking at this moment."""
        with _COUNTING:
            self.asking += 1
        try:
            yield
        finally:
            with _COUNTING:
                self.asking -= 1

    def _vector(self, text: str) -> NDArray[np.float32]:
        known = self.vectors.get(text)
        if known is None:
            known = self.encoder.encode_query(text)
            with _COUNTING:
                self.vectors[text] = known
                if len(self.vectors) > _REMEMBERED:
                    self.vectors.popitem(last=False)
        return known


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
