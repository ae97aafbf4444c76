"""A council's document while it is being put together: what has been found so far, and under which headings.

It keeps the promise that nothing is lost: every text that is added becomes a passage, and a heading that no
passage stands under becomes one itself. It decides nothing about what a text is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from indexer.document import (
    Action,
    Box,
    Indicator,
    Judgement,
    Passage,
    PassageKind,
    Progress,
    Recommendation,
)
from indexer.ids import PassageKeys

MOST_REPEATS = 200
"""A label that comes more often than this tells nothing: further passages are counted instead."""
LONGEST = 1400
"""Unnumbered pieces are gathered into one passage up to about this many characters."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands: its pages (None for files without any) and boxes."""

    page: int | None = None
    end_page: int | None = None
    boxes: tuple[Box, ...] = ()


@dataclass(slots=True)
class _DraftHeading:
    level: int
    text: str
    place: Place
    used: bool = False


@dataclass(slots=True)
class Draft:
    """The document's parts in the order of its text."""

    document_id: str
    keys: PassageKeys
    passages: list[Passage] = field(default_factory=list)
    recommendations: list[Recommendation] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    overall: str | None = None
    _repeats: dict[str, int] = field(default_factory=dict)
    _headings: list[_DraftHeading] = field(default_factory=list)

    @classmethod
    def of(cls, document_id: str) -> Draft:
        """Give an empty draft of the document with this id."""
        return cls(document_id, PassageKeys(document_id))

    @property
    def section(self) -> tuple[str, ...]:
        """The headings that hold here, outermost first."""
        return tuple(heading.text for heading in self._headings)

    def open(self, level: int, text: str, place: Place) -> None:
        """Begin a section; those of the same level or deeper end."""
        self._close(level)
        self._headings.append(_DraftHeading(level, text, place))

    def finish(self) -> None:
        """End every section."""
        self._close(0)

    def _close(self, level: int) -> None:
        while self._headings and self._headings[-1].level >= level:
            heading = self._headings.pop()
            if not heading.used:
                self.add("text", "t", None, heading.text, heading.place)

    def add(  # noqa: PLR0917 - the parts of a passage in the order that they are printed
        self,
        kind: PassageKind,
        prefix: str,
        label: str | None,
        text: str,
        place: Place,
        under: tuple[str, ...] = (),
    ) -> str:
        """Add a passage under the present headings, and `under` those; its id.

        `prefix` is the letter that its key begins with; the label, where it has one, makes the rest.
        """
        for heading in self._headings:
            heading.used = True
        key = f"{prefix}{label}"
        self._repeats[key] = self._repeats.get(key, 0) + 1
        by_label = label is not None and self._repeats[key] <= MOST_REPEATS
        passage_id = self.keys.numbered(prefix, label or "") if by_label else self.keys.counted(prefix)
        passage = Passage(
            id=passage_id,
            document_id=self.document_id,
            kind=kind,
            label=label,
            section=(*self.section, *under),
            page=place.page,
            end_page=place.end_page,
            text=text.strip(),
            boxes=place.boxes,
        )
        self.passages.append(passage)
        return passage_id

    def warn(self, sentence: str) -> None:
        """Say once what could not be read or doesn't fit."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)
