"""What an open index offers, wherever it is stored: the one interface that searching is written against.

`index.Index` keeps it in a folder, `postgres.PostgresIndex` in a database; the same tests run over both. Rows
are numbered from 0 to `len(index) - 1` in the order of documents and of passages in them. This module must not
know how either is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from indexer.document import Document, Passage
from indexer.store.columns import Columns, Mask, Selection
from indexer.store.folder.manifest import Manifest
from indexer.store.folder.sentence_vectors import SentenceVectors
from indexer.structure.links import Link, Relation

Vectors = NDArray[np.float32]
Found = list[tuple[int, float]]
FieldWeights = tuple[float, float, float]

LEXICAL_WEIGHTS: FieldWeights = (1.0, 0.4, 0.3)
"""BM25's weights of a passage's own words, of its headings, and of its document (council, kind, year)."""


class Index(Protocol):
    """An open index; safe to use from several threads. The docstrings of `index.Index` hold for every store."""

    @property
    def manifest(self) -> Manifest:
        """What it is made of and made by."""

    @property
    def columns(self) -> Columns:
        """What is filtered on, by row."""

    @property
    def documents_by_number(self) -> tuple[Document, ...]:
        """Every document without its passages, by number."""

    @property
    def digest(self) -> str:
        """Hex digest of the contents: documents, encoder, format."""

    def __len__(self) -> int:
        """The number of passages."""

    def is_current(self) -> bool:
        """False once a build has published another index in the same place."""

    def check_encoder(self, name: str, digest: str) -> None:
        """Raise IndexUnusable unless this encoder made the index's vectors."""

    def documents(self) -> list[Document]:
        """Every document without its passages, by council (those of none last), date published and file."""

    def document(self, document_id: str) -> Document | None:
        """One document with its passages in order; None where there is none of that id."""

    def passage(self, passage_id: str) -> Passage | None:
        """One passage; None where there is none of that id."""

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in the order asked; IndexError for a row that isn't there."""

    def texts(self, rows: Sequence[int]) -> list[str]:
        """The texts alone of these rows' passages, in the order asked; IndexError for a row that isn't there."""

    def row_of(self, passage_id: str) -> int | None:
        """The row of a passage; None where there is none of that id."""

    def rows_of(self, document_id: str) -> range:
        """The rows of a document's passages, in order; empty where there is none of that id."""

    def select(self, selection: Selection) -> Mask:
        """True for every row that the selection asks for; shape (number of passages,)."""

    def lexical(
        self, match: str, limit: int, mask: Mask | None = None, weights: FieldWeights = LEXICAL_WEIGHTS
    ) -> Found:
        """Rows that an expression matches and their BM25 scores, highest first, then by row."""

    def lexical_terms(
        self,
        terms: Sequence[Sequence[tuple[str, float]]],
        limit: int,
        mask: Mask | None = None,
        weights: FieldWeights = LEXICAL_WEIGHTS,
    ) -> Found:
        """Rows and BM25 scores of terms that may be worded in several ways, highest first, then by row."""

    def lexical_scores(
        self, terms: Sequence[Sequence[tuple[str, float]]], weights: FieldWeights = LEXICAL_WEIGHTS
    ) -> NDArray[np.float64]:
        """Every row's BM25 score for such terms, shape (number of passages,); 0 where nothing is found."""

    def rows_with(self, phrase: str, field: str | None = None) -> NDArray[np.int64]:
        """The rows that hold a phrase (plain words parted by blanks), ascending; in one field where named."""

    def frequency(self, phrases: Sequence[str]) -> int:
        """The number of passages that hold any of the phrases (plain words parted by blanks)."""

    def dense(self, vector: Vectors, limit: int, mask: Mask | None = None) -> Found:
        """The rows nearest to a vector of length 1 and their cosines, highest first, then by row."""

    def dense_scores(self, vector: Vectors, mask: Mask | None = None) -> Vectors:
        """Every row's cosine to a vector of length 1; any value where `mask` is false."""

    def sentence_scores(
        self, vector: Vectors, rows: Sequence[int] | NDArray[np.integer] | None = None
    ) -> Vectors:
        """The highest cosine of each row's sentences to a vector of length 1; of every row where none named."""

    def sentence_vectors(self, rows: Sequence[int] | NDArray[np.integer]) -> SentenceVectors:
        """The sentences of these rows in the order asked: where each stands in its passage, and its vector."""

    def vectors(self, rows: Sequence[int] | NDArray[np.integer]) -> Vectors:
        """The vectors of these rows, float32 (number of rows, dimension), in the order asked."""

    def links(self, document_id: str) -> list[Link]:
        """The links from and to a document, in the order in which they were found."""

    def links_of(self, relation: Relation) -> list[Link]:
        """Every link of one relation, in the order in which they were found."""

    def source_path(self, document_id: str) -> Path | None:
        """A file with the content that a document was read from; None where it is no longer to be had."""

    def close(self) -> None:
        """Close what is open; no method may be called after it."""

    def __enter__(self) -> Self:
        """Use it as a context manager, so that it is closed."""

    def __exit__(self, *error: object) -> None:
        """Close it."""
