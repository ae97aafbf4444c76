"""The usual retrievers over the same passages and context text (BM25, a plain encoder, their fusion), and ours as one.

The usual ones are what our ranking has to beat, so each is as its own documentation sets it up, and none is tuned. They
know the passages' text and nothing of councils, dates or questions. Ours goes through the function that the pages call.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import bm25s
import numpy as np
from numpy.typing import NDArray

from eval.search.collection import Collection
from indexer.encode.cache import EncodingCache, text_key
from indexer.encode.encoder import PACKAGED_ENCODER, Encoder, load_encoder
from indexer.errors import UsageError
from indexer.store.location import IndexLocation
from search_api.fields import Filters
from search_api.fits import RankingSettings

Vectors = NDArray[np.float32]

PLAIN_ENCODER = PACKAGED_ENCODER
INT8_ENCODER = "all-minilm-l6-v2-int8"
"""The plain encoder in the precision of ours: exported from its package when it is first asked for."""

EXPORTED = Path("var/models")
ROOT = Path(__file__).resolve().parents[2]
RRF_K = 60  # Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet…" (SIGIR 2009)
_DEPTH = 1000  # of each list, before fusion
_CHUNK = 2048  # passages encoded between two savings of the cache


class Retriever(Protocol):
    """Ranks passages for a text; `file` keeps it within one report."""

    @property
    def name(self) -> str:
        """As it stands in tables and run files: no spaces."""

    def rank(self, text: str, file: str | None, limit: int) -> list[str]:
        """Passage ids, best first, at most `limit`; fewer where nothing more matches."""


class Bm25:
    """Lucene's BM25 (k1 1.5, b 0.75) by bm25s, English stop words out: the library's own defaults."""

    name = "bm25"

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        tokens = bm25s.tokenize(collection.texts, stopwords="en", show_progress=False)
        self._bm25 = bm25s.BM25()
        self._bm25.index(tokens, show_progress=False)

    def rank(self, text: str, file: str | None, limit: int) -> list[str]:
        """Passages that share a word with the text, best first."""
        tokens = bm25s.tokenize(text, stopwords="en", return_ids=False, show_progress=False)[0]
        known = [token for token in tokens if token in self._bm25.vocab_dict]
        if not known:
            return []
        values = np.asarray(self._bm25.get_scores(known))
        return self._collection.best(values, file, limit, above=0.0)


class Dense:
    """Cosine of one vector a passage and one for the text, by an encoder as it was published."""

    name = "minilm"

    def __init__(self, collection: Collection, encoder: Encoder, cache: Path) -> None:
        self._collection = collection
        self._encoder = encoder
        self._vectors = passage_vectors(collection, encoder, cache)

    def rank(self, text: str, file: str | None, limit: int) -> list[str]:
        """Rank the nearest passages, best first."""
        return self._collection.best(self._vectors @ self._encoder.encode_query(text), file, limit)


class ReciprocalRank:
    """The sum of 1 / (60 + rank) over the lists of several retrievers."""

    name = "rrf"

    def __init__(self, parts: Sequence[Retriever]) -> None:
        self._parts = tuple(parts)

    def rank(self, text: str, file: str | None, limit: int) -> list[str]:
        """Fused passages, best first; ties by id, so that a run can be had again."""
        return fuse([part.rank(text, file, _DEPTH) for part in self._parts], limit)


def baseline_encoder(name: str, exported: Path = EXPORTED) -> Encoder:
    """Load the baselines' encoder; the int8 one is made from the plain one's package if it isn't there yet."""
    if name != INT8_ENCODER:
        return load_encoder(name)
    folder = exported / name
    if not (folder / "config.json").exists():  # the file that an export writes last
        print(f"exporting {PLAIN_ENCODER} as int8 to {folder} (once, some seconds)", flush=True)
        command = [sys.executable, "-m", "training.export", PLAIN_ENCODER, "--out", str(folder.resolve())]
        # Our own module by our own interpreter: torch's memory goes with the process.
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise UsageError(f"{name} could not be exported ({done.stderr.strip().splitlines()[-1]})")
    return load_encoder(str(folder))


def fuse(lists: Sequence[Sequence[str]], limit: int) -> list[str]:
    """Reciprocal rank fusion of ranked ids."""
    totals: dict[str, float] = {}
    for ranked in lists:
        for rank, passage in enumerate(ranked, start=1):
            totals[passage] = totals.get(passage, 0.0) + 1 / (RRF_K + rank)
    return sorted(totals, key=lambda passage: (-totals[passage], passage))[:limit]


def passage_vectors(collection: Collection, encoder: Encoder, cache: Path) -> Vectors:
    """Encode every passage's text with its context, or take it from the cache where it was made before.

    float32 of shape (passages, dimension). The cache is keyed by what was encoded and by what; a new passage
    costs its own encoding only, and a run that is ended loses a few minutes' work.
    """
    if collection.vectors is not None and collection.encoder_digest == encoder.digest:
        return collection.vectors
    keys = [text_key(text) for text in collection.texts]
    texts = dict(zip(keys, collection.texts, strict=True))
    with EncodingCache(cache, encoder.digest) as kept:
        vectors = dict(kept.get(texts))
        missing = [key for key in texts if key not in vectors]
        for start in range(0, len(missing), _CHUNK):
            some = missing[start : start + _CHUNK]
            made = encoder.encode_passages([texts[key] for key in some])
            kept.put(some, made)
            vectors.update(zip(some, made, strict=True))
            if len(missing) > _CHUNK:
                print(f"  encoded {start + len(some)} of {len(missing)} passages", flush=True)
    return np.stack([vectors[key] for key in keys])


class OurRanking:
    """`search`, with `document` as its filter where a case stays within one report.

    `seconds` holds every search's time.
    """

    def __init__(self, location: IndexLocation, collection: Collection, name: str = "findings") -> None:
        from search_api.engine import Engine  # noqa: PLC0415 - baselines alone need no engine
        from search_api.search.results import search_passages  # noqa: PLC0415 - as above

        self.name = name
        self.seconds: list[float] = []
        self._collection = collection
        self._snapshot = Engine(location).snapshot()
        self._search = search_passages
        self._undo: tuple[str, ...] = ()
        self._ids = {document.file: document.id for document in collection.documents}

    def vary(self, settings: RankingSettings, undo: tuple[str, ...] = ()) -> None:
        """Rank by other settings from now on, without what of the question's understanding is undone."""
        self._snapshot.fits = replace(self._snapshot.fits, ranking=settings)
        self._undo = undo

    def rank(self, text: str, file: str | None, limit: int) -> list[str]:
        """Rank as the search page would list, best first."""
        filters = Filters(document=self._ids.get(file)) if file is not None else Filters()
        started = time.perf_counter()
        found = self._search(self._snapshot, text, filters, limit, without=self._undo)
        self.seconds.append(time.perf_counter() - started)
        return [hit.passage.id for hit in found.hits]
