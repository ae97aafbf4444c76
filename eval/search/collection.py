"""The passages of an index as a list with their context, for retrievers that are not ours and for qrels.

Reads them through `indexer.store.folder.index`, in its order; knows nothing of scores beyond sorting them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from indexer.document import Document, Passage
from indexer.encode.context import embedded_text
from indexer.store.location import IndexLocation


@dataclass(frozen=True)
class Collection:
    """Documents with their passages; row n of every list is the same passage.

    `vectors` are the index's own, made by the encoder that `encoder` and `encoder_digest` name.
    """

    documents: Sequence[Document]
    digest: str = ""
    encoder: str = ""
    encoder_digest: str = ""
    vectors: NDArray[np.float32] | None = field(default=None, repr=False)

    @cached_property
    def passages(self) -> list[Passage]:
        """Every passage, document by document."""
        return [passage for document in self.documents for passage in document.passages]

    @cached_property
    def files(self) -> list[str]:
        """The file of each passage."""
        return [document.file for document in self.documents for _ in document.passages]

    @cached_property
    def by_id(self) -> dict[str, tuple[Document, Passage]]:
        """A passage and its document by the passage's id."""
        return {
            passage.id: (document, passage) for document in self.documents for passage in document.passages
        }

    @cached_property
    def texts(self) -> list[str]:
        """What the index embeds of each passage: council, kind, year and headings, then its own words."""
        return [embedded_text(document, p) for document in self.documents for p in document.passages]

    def pairs(self) -> Iterator[tuple[str, Passage]]:
        """Each passage with its file."""
        return zip(self.files, self.passages, strict=True)

    @cached_property
    def _names(self) -> NDArray[np.str_]:
        return np.array(self.files)

    def best(
        self, values: NDArray[np.floating], file: str | None, limit: int, above: float = -np.inf
    ) -> list[str]:
        """Rank passages by value, all greater than `above`, ties in the index's order; their ids."""
        rows = np.flatnonzero(self._names == file) if file is not None else np.arange(len(self.passages))
        chosen = values[rows]
        order = np.argsort(-chosen, kind="stable")[:limit]
        return [self.passages[rows[place]].id for place in order if chosen[place] > above]


def open_collection(location: IndexLocation) -> Collection:
    """Read every passage of an index; raises IndexUnusable where it can't be opened."""
    from indexer.store.opening import open_index  # noqa: PLC0415 - its faiss is not needed by a collection made by hand

    with open_index(location) as index:
        read = [index.document(header.id) for header in index.documents_by_number]
        vectors = [index.vectors(index.rows_of(header.id)) for header in index.documents_by_number]
        documents = tuple(document for document in read if document is not None)
        return Collection(
            documents, index.digest, index.manifest.encoder, index.manifest.encoder_digest,
            np.concatenate(vectors) if vectors else None,
        )  # fmt: skip
