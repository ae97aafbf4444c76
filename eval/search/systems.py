"""Our own ranking as one retriever among others, through the very function that the pages call."""

from __future__ import annotations

import time
from dataclasses import replace

from eval.search.collection import Collection
from indexer.store.location import IndexLocation
from search_api.fields import Filters
from search_api.fits import RankingSettings


class Findings:
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
