"""Cuts lines and passages that are longer than any that people write, so that no later stage meets one.

The longest paragraph of some hundred real reports has 2,622 characters. What is far longer is a file without line breaks, or a
list whose numbers stop being understood: cut, it can still be found, quoted and shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from indexer.document import Document, Passage
from indexer.reading.source import SourceFile

LONGEST = 20_000
"""Characters."""
_NEAR = 2_000
"""Characters before a cut in which a better place for it is looked for."""


def with_short_lines(source: SourceFile) -> SourceFile:
    """Give a file whose lines of running text are no longer than LONGEST."""
    if not any(len(line.text) > LONGEST for page in source.pages for line in page.lines):
        return source
    pages = tuple(
        replace(
            page,
            lines=tuple(
                replace(line, text=part) if len(line.text) > LONGEST and not line.cells else line
                for line in page.lines
                for part in (_parts(line.text) if not line.cells else (line.text,))
            ),
        )
        for page in source.pages
    )
    return replace(source, pages=pages)


def with_short_passages(document: Document) -> Document:
    """Give a document whose passages are no longer than LONGEST; the parts of one follow each other, each with an id.

    The first keeps the passage's own.
    """
    if not any(len(passage.text) > LONGEST for passage in document.passages):
        return document
    used = {passage.id for passage in document.passages}
    passages: list[Passage] = []
    for passage in document.passages:
        for number, part in enumerate(_parts(passage.text), 1):
            id_ = passage.id if number == 1 else f"{passage.id}-part{number}"
            while number > 1 and id_ in used:
                id_ += "x"
            used.add(id_)
            passages.append(replace(passage, id=id_, text=part))
    return replace(document, passages=tuple(passages))


def _parts(text: str) -> Iterator[str]:
    """Cut a text at line breaks, sentences' ends or blanks, in this order, as near to LONGEST as there are any."""
    while len(text) > LONGEST:
        near = text[LONGEST - _NEAR : LONGEST]
        at = next((found for mark in ("\n", ". ", " ") if (found := near.rfind(mark)) >= 0), _NEAR - 1)
        end = LONGEST - _NEAR + at + 1
        yield text[:end].strip()
        text = text[end:].lstrip()
    yield text
