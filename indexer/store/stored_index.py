"""An open index, wherever it is stored: what may be asked of it, and how the answer is put together.

`folder.index` and `postgres.index` open one; they differ in where rows, postings and vectors come from. Rows are
numbered from 0 to `len(index) - 1` in the order of documents and of passages in them. Arrays of scores are computed
anew for each question. This module must not know what a question is, nor how either store keeps its data.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from indexer.document import Document, Passage
from indexer.encode.context import document_date
from indexer.encode.word_vectors import Asked
from indexer.errors import IndexUnusable
from indexer.register.findings import FindingRows
from indexer.store.columns import Columns, Mask, Selection, is_replaced, make_columns
from indexer.store.findings import Findings
from indexer.store.lexical import LexicalIndex, Postings
from indexer.store.manifest import Manifest
from indexer.store.rows import StoredRows
from indexer.store.sentence_vectors import SentenceVectors
from indexer.structure.links import Link, Relation

Vectors = NDArray[np.float32]
Rows = Sequence[int] | NDArray[np.integer[Any]]
Found = list[tuple[int, float]]
FieldWeights = tuple[float, float, float]
Terms = Sequence[Sequence[tuple[str, float]]]

LEXICAL_WEIGHTS: FieldWeights = (1.0, 0.4, 0.3)
"""BM25's weights of a passage's own words, of its headings, and of its document (council, kind, year)."""


class VectorSearch(Protocol):
    """Passages' vectors, by row."""

    def search(self, vector: Vectors, limit: int, mask: Mask | None) -> Found:
        """The nearest rows and their inner products."""

    def scores(self, vector: Vectors, mask: Mask | None = None) -> Vectors:
        """Every row's inner product."""

    def take(self, rows: Rows) -> Vectors:
        """The vectors of these rows."""


class SentenceSearch(Protocol):
    """Sentences' vectors, by their passages' rows."""

    def scores(self, vector: Vectors, rows: Rows | None = None) -> Vectors:
        """The highest inner product of each row's sentences."""

    def take(self, rows: Rows) -> SentenceVectors:
        """The sentences of these rows."""


class WordSearch(Protocol):
    """Words' vectors, by their passages' rows."""

    def scores(self, asked: Asked, rows: Rows) -> Vectors:
        """How well each row's words answer a question's."""


class Index(ABC):
    """An open index; safe to use from several threads."""

    def __init__(
        self,
        manifest: Manifest,
        stored: StoredRows,
        *,
        postings: Postings,
        vectors: VectorSearch,
        sentences: SentenceSearch,
        words: WordSearch,
        columns: NDArray[Any],
        polarity: NDArray[np.int8],
        findings: FindingRows | None,
    ) -> None:
        """Use `opening.open_index`. `columns` are the stored rows of filters, of `columns.ROW_TYPE`."""
        self.manifest = manifest
        self._rows = stored
        self._lexical = LexicalIndex(postings)
        self._vectors = vectors
        self._sentences = sentences
        self._words = words
        self.documents_by_number: tuple[Document, ...] = tuple(stored.headers())
        """Every document without its passages, by number."""
        self._stored = {document.id: document for document in stored.documents()}
        self.columns: Columns = make_columns(
            columns, self.documents_by_number, *stored.vocabularies(), polarity
        )
        """What is filtered on, by row."""
        self.findings: Findings = Findings(findings)
        """What its statements say of which subjects."""
        self._sorted = sorted(
            (d for d in self.documents_by_number if not is_replaced(d)),
            key=lambda d: (d.council or "\uffff", document_date(d) or "", d.file),
        )

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it is stored, fit to be shown."""

    @property
    @abstractmethod
    def rebuild_command(self) -> str:
        """The command that rebuilds it."""

    @abstractmethod
    def is_current(self) -> bool:
        """False once a build has published another index in the same place."""

    @abstractmethod
    def source_path(self, document_id: str) -> Path | None:
        """A file with the content that a document was read from; None where it is no longer to be had."""

    @abstractmethod
    def close(self) -> None:
        """Close what is open; no method may be called after it."""

    def __len__(self) -> int:
        """The number of passages."""
        return self.manifest.passages

    @property
    def digest(self) -> str:
        """Hex digest of the contents: documents, encoder, format."""
        return self.manifest.digest

    def check_encoder(self, name: str, digest: str) -> None:
        """Raise IndexUnusable unless this encoder made the vectors: others' can't be compared with them."""
        if digest != self.manifest.encoder_digest:
            raise IndexUnusable(
                f"the index in {self.place} was made with the model {self.manifest.encoder!r}, not with "
                f"these files of {name!r}; rebuild with: {self.rebuild_command}"
            )

    def documents(self) -> list[Document]:
        """Every document without its passages, by council (those of none last), date published and file.

        Older editions that others took the place of aren't among them; `documents_by_number` has them.
        """
        return list(self._sorted)

    def document(self, document_id: str) -> Document | None:
        """One document with its passages in order; None where there is none of that id."""
        return self._rows.document(document_id)

    def passage(self, passage_id: str) -> Passage | None:
        """One passage; None where there is none of that id."""
        return self._rows.passage(passage_id)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in the order given; IndexError for a row that isn't there."""
        return self._rows.passages([int(row) for row in rows])

    def texts(self, rows: Sequence[int]) -> list[str]:
        """The texts alone of these rows' passages, in the order given; IndexError for a row that isn't there."""
        return self._rows.texts([int(row) for row in rows])

    def row_of(self, passage_id: str) -> int | None:
        """The row of a passage; None where there is none of that id."""
        return self._rows.row_of(passage_id)

    def rows_of(self, document_id: str) -> range:
        """The rows of a document's passages, in order; empty where there is none of that id."""
        stored = self._stored.get(document_id)
        return stored.rows if stored else range(0)

    def links(self, document_id: str) -> list[Link]:
        """The links from and to a document, in the order in which they were found."""
        return self._rows.links(document_id)

    def links_of(self, relation: Relation) -> list[Link]:
        """Every link of one relation, in the order in which they were found."""
        return self._rows.links_of(relation)

    def select(self, selection: Selection) -> Mask:
        """True for every row that the selection asks for; shape (number of passages,)."""
        return self.columns.select(selection)

    def lexical(
        self, match: str, limit: int, mask: Mask | None = None, weights: FieldWeights = LEXICAL_WEIGHTS
    ) -> Found:
        """Rows that an expression matches and their BM25 scores (positive), highest first, then by row.

        `match` is phrases in double quotes, joined by OR or by AND; `text:`, `heading:` or `about:` before one
        looks in that field only. Only rows where `mask` is true are returned. Raises QueryError for any other
        expression.
        """
        return self._lexical.search(match, limit, mask, weights)

    def lexical_terms(
        self, terms: Terms, limit: int, mask: Mask | None = None, weights: FieldWeights = LEXICAL_WEIGHTS
    ) -> Found:
        """Rows and BM25 scores of terms that may be worded in several ways, highest first, then by row.

        A term is its phrases (plain words separated by blanks), each with a weight; a row's score is the sum
        over the terms of the best of each term's weighted phrases.
        """
        return self._lexical.search_terms(terms, limit, mask, weights)

    def lexical_scores(self, terms: Terms, weights: FieldWeights = LEXICAL_WEIGHTS) -> NDArray[np.float64]:
        """Every row's BM25 score for such terms, shape (number of passages,); 0 where nothing is found."""
        return self._lexical.scores(terms, weights)

    def rows_with(self, phrase: str, field: str | None = None) -> NDArray[np.int64]:
        """The rows that hold a phrase (plain words separated by blanks), ascending.

        `field` ("text", "heading" or "about") looks in that field only.
        """
        return self._lexical.rows_with(phrase, field)

    def frequency(self, phrases: Sequence[str]) -> int:
        """The number of passages that hold any of the phrases (plain words separated by blanks)."""
        return self._lexical.frequency(phrases)

    def dense(self, vector: Vectors, limit: int, mask: Mask | None = None) -> Found:
        """The rows nearest to a vector of length 1 and their cosines, highest first; only where `mask` is true.

        In a large index a few of the nearest may be missing; `vectors` says from which size on, and how few.
        """
        return self._vectors.search(vector, limit, mask)

    def dense_scores(self, vector: Vectors, mask: Mask | None = None) -> Vectors:
        """Every row's cosine to a vector of length 1, float32 (number of passages,).

        Where `mask` is given, rows for which it is false have any value: that may spare the work for them. In a
        large database, rows beyond the nearest share the cosine of the last of them, which none exceeds.
        """
        return self._vectors.scores(vector, mask)

    def sentence_scores(self, vector: Vectors, rows: Rows | None = None) -> Vectors:
        """The highest cosine of each row's sentences to a vector of length 1; 0 for a row without sentences.

        float32 of shape (number of rows,), in the order given; of every row where none are named, which costs some
        four times a `dense_scores`.
        """
        return self._sentences.scores(vector, rows)

    def sentence_vectors(self, rows: Rows) -> SentenceVectors:
        """The sentences of these rows in the order given: where each stands in its passage, and its vector."""
        return self._sentences.take(rows)

    def word_scores(self, asked: Asked, rows: Rows) -> Vectors:
        """How well the words of these rows answer a question's, float32 (number of rows,), in the order given.

        The sum over the question's words (float32 (words, dimension), their lengths adding up to 1) of the highest
        cosine among a row's; 0 for a row without words, and everywhere where the encoder gives none.
        """
        return self._words.scores(asked, rows)

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of these rows, float32 (number of rows, dimension), in the order given."""
        return self._vectors.take(rows)

    def __enter__(self) -> Self:
        """Use it as a context manager, so that it is closed."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it."""
        self.close()
