"""Postings stored in PostgreSQL, term by term: how they are written, and how they are fetched and kept.

A term's rows and places are fetched when a question first uses it; how long each row's fields are is held in
memory. `LexicalIndex` scores them, as it does those of a folder. This module must not know how a database is queried.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.store.arrays import Arrays
from indexer.store.lexical import FIELDS, Holding, counted, nothing_held

KEPT_BYTES = 256_000_000
"""Fetched postings that are kept over all terms; the longest unused go first."""


@dataclass(frozen=True, slots=True)
class StoredTerm:
    """What is stored of a term: the rows that hold it, how often in each field, and its places.

    `rows` are int32, ascending; `counts` uint8, a run for each field; `places` uint32, ascending, counted over
    all rows' words one after another.
    """

    term: str
    rows: bytes
    counts: bytes
    places: bytes


FetchPostings = Callable[[str], tuple[bytes, bytes]]
"""A term's rows and counts, both empty for a term that no row holds."""
FetchPlaces = Callable[[str], bytes]


def stored_terms(arrays: Arrays) -> Iterator[StoredTerm]:
    """Every term as it is stored, in order, of the arrays that `lexical.lexical_arrays` makes."""
    names = bytes(arrays["vocabulary"]).decode()
    for number, term in enumerate(names.split("\n") if names else []):
        held = slice(*arrays["posting_starts"][number : number + 2].tolist())
        placed = slice(*arrays["position_starts"][number : number + 2].tolist())
        yield StoredTerm(
            term,
            arrays["postings"][held].astype("<i4").tobytes(),
            np.ascontiguousarray(arrays["counts"][:, held]).tobytes(),
            arrays["positions"][placed].astype("<u4").tobytes(),
        )


class FetchedPostings:
    """Postings in a database, fetched term by term; safe to use from several threads."""

    def __init__(self, lengths: NDArray[np.int32], postings: FetchPostings, places: FetchPlaces) -> None:
        """`lengths` are those of the arrays, (rows, 3); the others fetch a term's data."""
        self.lengths = lengths
        self._fetch_postings, self._fetch_places = postings, places
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._kept_bytes = 0
        self._lock = threading.Lock()
        self._starts = np.concatenate(([0], np.cumsum(lengths.sum(axis=1, dtype=np.int64))))

    def holding(self, terms: Sequence[str]) -> Holding:
        """The rows that hold terms one after another in one field."""
        if not terms:
            return nothing_held()
        if len(terms) == 1:
            rows = np.frombuffer(self._fetched("rows", terms[0]), dtype="<i4")
            counts = np.frombuffer(self._fetched("counts", terms[0]), dtype=np.uint8)
            return Holding(rows, counts.reshape(len(FIELDS), len(rows)))
        begins = self._places(terms[0])
        for distance, term in enumerate(terms[1:], start=1):
            if len(begins):
                begins = begins[np.isin(begins + distance, self._places(term), assume_unique=True)]
        return counted(begins, len(terms), self._starts, self.lengths)

    def _places(self, term: str) -> NDArray[np.int64]:
        return np.frombuffer(self._fetched("places", term), dtype="<u4").astype(np.int64)

    def _fetched(self, what: str, term: str) -> bytes:
        with self._lock:
            kept = self._kept.get((what, term))
            if kept is not None:
                self._kept.move_to_end((what, term))
                return kept
        if what == "places":
            return self._keep(what, term, self._fetch_places(term))
        rows, counts = self._fetch_postings(term)
        found = {"rows": self._keep("rows", term, rows), "counts": self._keep("counts", term, counts)}
        return found[what]

    def _keep(self, what: str, term: str, data: bytes) -> bytes:
        with self._lock:
            if (what, term) not in self._kept:
                self._kept[what, term] = data
                self._kept_bytes += len(data)
            while self._kept_bytes > KEPT_BYTES and len(self._kept) > 1:
                self._kept_bytes -= len(self._kept.popitem(last=False)[1])
        return data
