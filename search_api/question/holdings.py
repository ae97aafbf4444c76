"""What an index holds, as a question needs to know it: its councils, its documents' dates, its words.

Made once per index and asked by every question. This module knows nothing of how a question is worded or
ranked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.document import Document
from indexer.encode.context import document_date
from indexer.json_value import JsonValue
from indexer.structure.reports.grades import one_spelling
from indexer.text.councils import council, region_of
from search_api.fields import Known

PhraseLookup = Callable[[str], bool]
"""Whether a word or phrase stands anywhere in the index, in any inflection."""

FrequencyLookup = Callable[[tuple[str, ...]], int]
"""How many passages hold any of some phrases, each in plain words separated by blanks."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A document in a few facts; dates are ISO 8601 or None, `years` when it was published or inspected."""

    id: str
    file: str
    council: str | None
    kind: str
    framework: str | None
    date: str | None
    inspected: str | None
    years: frozenset[int]
    is_inspection: bool


@dataclass(frozen=True, slots=True)
class CouncilHolding(JsonValue):
    """An authority that the index has documents of, and how many; region and type where it is a known one."""

    name: str
    documents: int
    region: str | None
    type: str | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """The documents of an index, in its order, and what can be said of all of them."""

    documents: tuple[Holding, ...]
    councils: tuple[str, ...]
    known: Known
    earliest: int | None
    latest: int | None
    has_phrase: PhraseLookup
    frequency: FrequencyLookup

    def by_council(self) -> list[CouncilHolding]:
        """List the authorities that there are documents of, by name."""
        counts = Counter(d.council for d in self.documents if d.council)
        known = {name: council(name) for name in counts}
        return [
            CouncilHolding(name, counts[name], region_of(name), found.type if found else None)
            for name, found in sorted(known.items())
        ]

    def of_councils(self, names: Sequence[str]) -> list[Holding]:
        """List the documents of these councils; every document where none is named."""
        return [d for d in self.documents if not names or d.council in names]

    def latest_inspections(self, names: Sequence[str]) -> list[Holding]:
        """List the newest inspection of each council (of all where none is named), in order."""
        newest: dict[str | None, Holding] = {}
        for document in self.of_councils(names):
            if not document.is_inspection or document.date is None:
                continue
            held = newest.get(document.council)
            if held is None or (held.date or "") < document.date:
                newest[document.council] = document
        chosen = {document.id for document in newest.values()}
        return [document for document in self.documents if document.id in chosen]

    def with_successors(self, name: str) -> tuple[str, ...]:
        """Name a council and, where it was abolished, those that took over."""
        found = council(name)
        if found and found.successors:
            return (name, *found.successors)
        return (name,)


def holdings_of(documents: Sequence[Document], frequency: FrequencyLookup) -> Holdings:
    """Sum up an index that has these documents (their passages aren't looked at)."""
    held = tuple(_holding(document) for document in documents)
    years = [year for document in held for year in document.years]
    return Holdings(
        documents=held,
        councils=tuple(sorted({d.council for d in held if d.council})),
        known=Known(
            councils=tuple(sorted({d.council for d in held if d.council})),
            frameworks=tuple(sorted({d.framework for d in held if d.framework})),
            grades=tuple(sorted({one_spelling(j.grade) for d in documents for j in d.judgements})),
            documents=frozenset(d.id for d in held),
            files={d.file: d.id for d in held},
        ),
        earliest=min(years, default=None),
        latest=max(years, default=None),
        has_phrase=lambda phrase: bool(_plain(phrase) and frequency((_plain(phrase),))),
        frequency=frequency,
    )


def _holding(document: Document) -> Holding:
    dates = (document_date(document), document.inspected_from, document.inspected_to)
    return Holding(
        id=document.id,
        file=document.file,
        council=document.council,
        kind=document.kind,
        framework=document.framework,
        date=document_date(document),
        inspected=document.inspected_to or document.inspected_from,
        years=frozenset(int(date[:4]) for date in dates if date and date[:4].isdigit()),
        is_inspection=document.is_inspection,
    )


def _plain(phrase: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in phrase).split())
