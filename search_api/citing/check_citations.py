"""Whether a text's quotations and references stand in the indexed documents, and how they differ where not.

The reverse of citing: somebody pastes a draft, and each quotation is exact, altered (with the difference, word by
word) or not found; each reference leads somewhere, leads somewhere else than it says, or nowhere. Work is bounded:
so many quotations, so many candidates for each, so many seconds; what isn't reached is said to be unchecked.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from indexer.document import Document, Passage
from indexer.errors import QueryError
from indexer.giving_up import go_on
from indexer.json_value import HIDDEN, JsonValue, json_value, rounded, shown
from search_api.citing.citation import Citation, cite
from search_api.citing.quotations import Quotation, quotations
from search_api.citing.references import Status, references
from search_api.citing.resolve_references import ResolvedReference, resolve
from search_api.citing.word_difference import MEANING_OF_EXACT, Alignment, Change, align, find_exact
from search_api.snapshot import Snapshot

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_SENTENCE_ENDS = re.compile(r"[.!?](?:\s+[^\s(\[—–-]|\s*$)")
_NEAR = 160
"""Characters between a quotation and the reference that it is taken to have, at most."""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """How much of a text is checked, and from which likeness on words count as altered rather than others.

    `altered` is twice the words in common over the words of both, from 0 to 1. `seconds` bound one check.
    """

    characters: int = 200_000
    quotations: int = 200
    references: int = 400
    candidates: int = 24
    words: int = 24
    altered: float = 0.6
    seconds: float = 10.0


@json_value
class CheckedQuotation(JsonValue):
    """A quotation and where its words, or the nearest to them, are printed.

    `citation` is None where nothing near was found. `difference` is empty for an exact one. `reference` is the place,
    in the list of references, of the one that it is taken to have.
    """

    quotation: Annotated[Quotation, HIDDEN]
    text: str = shown("quotation.text")
    start: int = shown("quotation.start")
    end: int = shown("quotation.end")
    status: Status
    similarity: Annotated[float, rounded(3)]
    citation: Citation | None
    also: tuple[Citation, ...]
    difference: tuple[Change, ...]
    reference: int | None
    note: str


@json_value
class CheckedText(JsonValue):
    """What was found of every quotation and reference; `short` are quotations too short to look up."""

    quotations: tuple[CheckedQuotation, ...]
    references: tuple[ResolvedReference, ...]
    counts: dict[str, Any] = shown(lambda self: self._counts())
    documents_searched: int
    exact_means: str = shown(lambda _: MEANING_OF_EXACT)
    short: Annotated[int, HIDDEN] = 0
    unchecked: Annotated[int, HIDDEN] = 0

    def count(self, status: Status) -> int:
        """Count quotations of a status."""
        return sum(1 for q in self.quotations if q.status == status)

    def _counts(self) -> dict[str, Any]:
        statuses: tuple[Status, ...] = ("exact", "altered", "not_found")
        return {
            "quotations": {status: self.count(status) for status in statuses},
            "references": {s: sum(1 for r in self.references if r.status == s) for s in statuses},
            "too_short": self.short,
            "unchecked": self.unchecked,
        }


def check_citations(snapshot: Snapshot, text: str, settings: CheckSettings | None = None) -> CheckedText:
    """Check every quotation and reference of a text against an index.

    Raises QueryError for a text that is empty or longer than the settings allow.
    """
    settings = settings or CheckSettings()
    if not text.strip():
        raise QueryError("there is no text to check; paste some, or give a file with words in it")
    if len(text) > settings.characters:
        raise QueryError(
            f"the text has {len(text):,} characters, more than {settings.characters:,}; check it in parts"
        )
    ends = time.monotonic() + settings.seconds
    untitled = [d.title for d in snapshot.by_id.values() if not d.council and d.title]
    written = references(text, snapshot.holdings.councils, untitled)
    quoted, short = quotations(text)
    # A date or a number inside quoted words refers to nothing of the writer's.
    inside = [(q.start, q.end) for q in quoted if q.form == "marks"]
    written = [r for r in written if not any(a <= r.start and r.end <= b for a, b in inside)]
    resolved = resolve(snapshot, written[: settings.references])
    checked: list[CheckedQuotation] = []
    belongs = references_of(text, quoted, [(r.reference.start, r.reference.end) for r in resolved])
    for place, quotation in enumerate(quoted[: settings.quotations]):
        if time.monotonic() > ends:
            break
        go_on()
        checked.append(_Check(snapshot, settings, resolved, belongs.get(place)).quotation(quotation))
    unchecked = len(quoted) - len(checked) + max(0, len(written) - settings.references)
    return CheckedText(tuple(checked), tuple(resolved), len(snapshot.by_id), short, unchecked)


def references_of(
    text: str, quoted: Sequence[Quotation], written: Sequence[tuple[int, int]]
) -> dict[int, int]:
    """Which reference each quotation has, by their places; each reference belongs to one quotation at most.

    `written` are where references start and end. The nearest go together first: one after a quotation before one that
    stands before it, and one in the same sentence before one in the next.
    """
    pairs: list[tuple[int, int, int]] = []
    for place, quotation in enumerate(quoted):
        before = quoted[place - 1].end if place else 0
        after = quoted[place + 1].start if place + 1 < len(quoted) else len(text)
        for number, (start, end) in enumerate(written):
            if quotation.end <= start < after:
                between, leading = text[quotation.end : start], 0
            elif before <= start and end <= quotation.start:
                between, leading = text[end : quotation.start], 1
            else:
                continue
            if len(between) <= _NEAR:
                beyond = 2 if _SENTENCE_ENDS.search(between) else leading
                pairs.append((beyond, len(between), place * len(written) + number))
    found: dict[int, int] = {}
    for _, _, pair in sorted(pairs):
        place, number = divmod(pair, len(written))
        if place not in found and number not in found.values():
            found[place] = number
    return found


@dataclass(slots=True)
class _Check:
    """One quotation's check against an open index."""

    snapshot: Snapshot
    settings: CheckSettings
    resolved: Sequence[ResolvedReference]
    place: int | None
    said: ResolvedReference | None = field(init=False)

    def __post_init__(self) -> None:
        self.said = None if self.place is None else self.resolved[self.place]

    def quotation(self, quotation: Quotation) -> CheckedQuotation:
        words = _WORD.findall(quotation.text)
        passages = self._candidates(words)
        exact = [(p, at) for p in passages if (at := find_exact(quotation.text, p.text))]
        if exact:
            # Where the same words stand in several places, the one that the reference names comes first.
            exact.sort(key=lambda item: not self._is_said(item[0]))
            citations = [cite(p, self._document(p), *at) for p, at in exact]
            return CheckedQuotation(
                quotation, "exact", 1.0, citations[0], tuple(citations[1:6]), (), self.place,
                self._elsewhere(exact[0][0]),
            )  # fmt: skip
        near = [(a, p) for p in passages if (a := align(quotation.text, p.text))]
        best: tuple[Alignment, Passage] | None = max(
            near, key=lambda item: (item[0].similarity, self._is_said(item[1])), default=None
        )
        if best is None or best[0].similarity < self.settings.altered:
            return CheckedQuotation(quotation, "not_found", 0.0, None, (), (), self.place, "")
        alignment, passage = best
        citation = cite(passage, self._document(passage), alignment.start, alignment.end)
        return CheckedQuotation(
            quotation, "altered", alignment.similarity, citation, (), alignment.changes, self.place,
            self._elsewhere(passage),
        )  # fmt: skip

    def _candidates(self, words: Sequence[str]) -> list[Passage]:
        """Find the passages that hold most of the words, those of the reference first."""
        index = self.snapshot.index
        telling = sorted(dict.fromkeys(w.lower() for w in words), key=len, reverse=True)[
            : self.settings.words
        ]
        terms = [[(word, 1.0)] for word in telling]
        found = index.lexical_terms(terms, self.settings.candidates) if terms else []
        said = self.said.found if self.said else ()
        known = {passage.id for passage in said}
        return [*said, *(p for p in index.passages([row for row, _ in found]) if p.id not in known)]

    def _document(self, passage: Passage) -> Document:
        return self.snapshot.by_id[passage.document_id]

    def _is_said(self, passage: Passage) -> bool:
        return self.said is not None and passage.id in {p.id for p in self.said.found}

    def _elsewhere(self, passage: Passage) -> str:
        said = self.said
        if said is None or self._is_said(passage):
            return ""
        if said.found:
            return "The reference beside it leads to another passage."
        if said.documents and passage.document_id not in {d.id for d in said.documents}:
            return "The reference beside it leads to another document."
        return ""
