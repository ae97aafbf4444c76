"""Footnotes of a Word file stand in the passage of the text that calls them, and are nothing else."""

from __future__ import annotations

import pytest

from indexer.document import Document
from indexer.reading.source import Line, Page, SourceFile
from indexer.structure.papers.council_document import structure_council_document


def document_of(*lines: Line) -> Document:
    spaced = tuple(part for line in lines for part in (line, Line("")))
    return structure_council_document(SourceFile("paper.docx", "0" * 64, "docx", (Page(0, spaced),)))


NOTE = Line("Footnote 1: Excludes four children.", style="note")


def test_a_note_is_part_of_the_paragraph_that_calls_it() -> None:
    document = document_of(Line("Of 40 children, 31 had a plan."), NOTE, Line("Care leavers wait too long."))
    assert [p.text for p in document.passages] == [
        "Of 40 children, 31 had a plan.\nFootnote 1: Excludes four children.",
        "Care leavers wait too long.",
    ]


def test_a_note_of_a_numbered_paragraph_leaves_the_numbers_alone() -> None:
    document = document_of(
        Line("1. Visits are timely for most children.", style="li"),
        NOTE,
        Line("2. Plans are late, and managers know it.", style="li"),
        Line("3. Care leavers wait too long for an adviser.", style="li"),
    )
    assert [(p.label, p.text.count("\n")) for p in document.passages] == [("1", 1), ("2", 0), ("3", 0)]


@pytest.mark.parametrize("stem", ["The committee is recommended to:", "1. The committee is recommended to:"])
def test_a_note_after_a_list_is_no_recommendation_and_is_not_lost(stem: str) -> None:
    items = [Line("note the report", style="li"), Line("ask for an update in May", style="li")]
    document = document_of(Line(stem), *items, NOTE)
    assert not any("Footnote" in r.text for r in document.recommendations)
    assert any("Footnote 1: Excludes" in p.text for p in document.passages)


def test_a_note_after_a_table_is_a_passage() -> None:
    rows = [
        Line(" ".join(cells), cells=cells)
        for cells in (("Ref", "Action", "RAG"), ("1", "Audit plans every month", "Red"))
    ]
    document = document_of(*rows, NOTE)
    assert NOTE.text in [p.text for p in document.passages]
