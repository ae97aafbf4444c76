"""A paragraph, list item or row of advice as a report prints it, before it is known what it is for."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.reading.layout import FlowLine, join
from indexer.structure.reports.advice_tables import TableAdvice


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """A paragraph, a list item or a numbered paragraph with the items inside it.

    `label` is the printed number. `parts` are its paragraphs and items, each a run of lines; `bullet` is true
    where it opens with a list mark of its own; `items` are the places in `parts` of the list items inside. `run` is
    the same for blocks between the same two headings. `heading` is true for a heading that is an item of advice by
    itself, `beneath` for what stands under such a heading.
    """

    label: str | None
    section: tuple[str, ...]
    parts: tuple[tuple[FlowLine, ...], ...]
    bullet: bool
    items: tuple[int, ...]
    run: int
    at: int
    heading: bool = False
    beneath: bool = False
    advice: TableAdvice | None = None

    @property
    def lines(self) -> tuple[FlowLine, ...]:
        """Every line of the block, in reading order."""
        return tuple(line for part in self.parts for line in part)

    def text(self, vocabulary: frozenset[str]) -> str:
        """The block's words: paragraphs and items separated by newlines."""
        if self.advice is not None:
            return self.advice.text
        texts = (join((line.text for line in part), vocabulary) for part in self.parts)
        return "\n".join(text for text in texts if text)
