"""What an index holds, as a question needs to know it: its councils, its documents' dates, its words.

Made once per index and asked by every question. This module knows nothing of how a question is worded or
ranked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.document import Document
from indexer.encode.context import document_date
from indexer.json_value import JsonValue
from indexer.store.columns import organisation_of
from indexer.structure.reports.grades import one_spelling
from indexer.text.councils import council, region_of
from indexer.text.spelling import WordCounts
from search_api.fields import Known

PhraseLookup = Callable[[str], bool]
"""Whether a word or phrase stands anywhere in the index, in any inflection."""

FrequencyLookup = Callable[[tuple[str, ...]], int]
"""How many passages hold any of some phrases, each in plain words separated by blanks."""

ExactLookup = Callable[[str], NDArray[np.int64]]
"""The rows whose passages have words as they stand, ascending."""


def _no_rows(words: str) -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


def _no_words() -> WordCounts:
    return WordCounts({})


@dataclass(frozen=True, slots=True)
class CouncilHolding(JsonValue):
    """An authority that the index has documents of, and how many; region and type where it is a known one."""

    name: str
    documents: int
    region: str | None
    type: str | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """The documents of an index (without passages), in its order, and what can be said of all of them.

    `years` says of each document's id when it was published or inspected.
    """

    documents: tuple[Document, ...]
    years: Mapping[str, frozenset[int]]
    councils: tuple[str, ...]
    known: Known
    latest: int | None
    has_phrase: PhraseLookup
    frequency: FrequencyLookup
    exact: ExactLookup = _no_rows
    words: Callable[[], WordCounts] = _no_words
    """Its words, counted when they are first asked for."""

    def by_council(self) -> list[CouncilHolding]:
        """List the authorities that there are documents of, by name."""
        counts = Counter(d.council for d in self.documents if d.council)
        known = {name: council(name) for name in counts}
        return [
            CouncilHolding(name, counts[name], region_of(name), found.type if found else None)
            for name, found in sorted(known.items())
        ]

    def latest_inspections(self, names: Sequence[str]) -> list[Document]:
        """List the newest inspection of each council (of all where none is named), in order."""
        newest: dict[str | None, tuple[str, Document]] = {}
        for document in self.documents:
            date = document_date(document)
            if date is None or not document.is_inspection or (names and document.council not in names):
                continue
            if document.council not in newest or newest[document.council][0] < date:
                newest[document.council] = date, document
        chosen = {document.id for _, document in newest.values()}
        return [document for document in self.documents if document.id in chosen]

    def with_successors(self, name: str) -> tuple[str, ...]:
        """Name a council and, where it was abolished, those that took over."""
        found = council(name)
        if found and found.successors:
            return (name, *found.successors)
        return (name,)


def holdings_of(
    documents: Sequence[Document],
    frequency: FrequencyLookup,
    *,
    exact: ExactLookup = _no_rows,
    words: Callable[[], WordCounts] = _no_words,
) -> Holdings:
    """Sum up an index that has these documents (their passages aren't looked at)."""
    councils = tuple(sorted({d.council for d in documents if d.council}))
    years = {document.id: _years(document) for document in documents}
    whose = [organisation_of(document) for document in documents]
    organisations, types = (tuple(sorted({one[i] for one in whose if one[i]})) for i in (0, 1))
    return Holdings(
        documents=tuple(documents),
        years=years,
        councils=councils,
        known=Known(
            councils=councils,
            frameworks=tuple(sorted({d.framework for d in documents if d.framework})),
            grades=tuple(sorted({one_spelling(j.grade) for d in documents for j in d.judgements})),
            documents=frozenset(years),
            files={d.file: d.id for d in documents},
            organisations=organisations,
            organisation_types=types,
        ),
        latest=max((year for each in years.values() for year in each), default=None),
        has_phrase=lambda phrase: bool(_plain(phrase) and frequency((_plain(phrase),))),
        frequency=frequency,
        exact=exact,
        words=words,
    )


def _years(document: Document) -> frozenset[int]:
    dates = (document_date(document), document.inspected_from, document.inspected_to)
    return frozenset(int(date[:4]) for date in dates if date and date[:4].isdigit())


def _plain(phrase: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in phrase).split())
