"""From a file's lines to a document: decides what kind it is and has it structured.

The decision is by content: how the first pages speak, never by name or folder. Everything else is the work of
`report` and `council_document`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from indexer.document import Box, Document
from indexer.reading.source import SourceFile
from indexer.structure.long_texts import with_short_lines, with_short_passages
from indexer.structure.papers.council_document import structure_council_document
from indexer.structure.profile_files import demanded
from indexer.structure.reports.report import structure_report

_REPORT_TITLE = re.compile(
    r"\b(?:re-?)?inspection\s+of\s+(?!.{0,40}\bprogress\b)|\breview\s+of\s+the\s+effectiveness\s+of\b"
    r"|\bmonitoring\s+visit\s+(?:to|of)\b|\bfocus(?:s)?ed\s+visit\s+to\b|\bjoint\s+targeted\s+area\s+inspection\b"
    r"|\barea\s+send\s+inspection\b|\binspection\s+report\b|\bassurance\s+visit\b",
    re.IGNORECASE,
)
_REPORT_FIELDS = re.compile(
    r"^(?:(?:re-?)?inspection\s+dates?|report\s+published|lead\s+inspectors?|reporting\s+inspector|inspected\s+by"
    r"|visit\s+dates?|dates?\s+of\s+(?:visit|inspection)|dear)\b",
    re.IGNORECASE,
)
_COUNCIL_WORDS = re.compile(
    r"\b(?:action\s+plan|improvement\s+plan|progress\s+(?:report|update|against)|scrutiny\s+committee"
    r"|overview\s+and\s+scrutiny|cabinet|report\s+(?:to|of|by)\b|purpose\s+of\s+(?:the\s+)?report|agenda\s+item"
    r"|RAG\b|lead\s+officer|report\s+author|minutes\s+of\b|apologies\b|declarations?\s+of\s+interest|resolved\s*:)",
    re.IGNORECASE,
)


def structure(source: SourceFile) -> Document:
    """Structure a file as an inspection report or as a council's own document, whichever it reads as."""
    source = with_short_lines(source)
    made = structure_report(source) if is_inspection_report(source) else structure_council_document(source)
    return with_short_passages(_as_shown(made, source))


def _as_shown(made: Document, source: SourceFile) -> Document:
    """The document with the numbers printed on its pages, and the places on turned ones as the pages are shown."""
    labels = {page.number: page.label for page in source.pages if page.label}
    turned = {page.number: page.turned for page in source.pages if page.turned}
    if not labels and not turned:
        return made
    passages = tuple(
        replace(
            passage,
            page_label=labels.get(passage.page or 0),
            boxes=tuple(_turned_back(box, turned.get(box.page, 0)) for box in passage.boxes),
        )
        for passage in made.passages
    )
    every = tuple(page.label for page in source.pages) if labels else ()
    return replace(made, passages=passages, page_labels=every)


def _turned_back(box: Box, quarters: int) -> Box:
    for _ in range(quarters):
        box = Box(box.page, box.top, 1 - box.right, box.bottom, 1 - box.left)
    return box


def is_inspection_report(source: SourceFile) -> bool:
    """Whether the file is an inspectorate's report or letter: it names itself so, with a report's fields."""
    texts = [line.text for page in source.pages[:2] for line in page.lines][:90]
    start = " ".join(texts[:45])
    fields = sum(bool(_REPORT_FIELDS.match(text)) for text in texts)
    council = len(_COUNCIL_WORDS.findall(" ".join(texts)))
    if demanded(" ".join(texts)) is not None:
        return council < 3
    titled = bool(_REPORT_TITLE.search(start))
    if titled and fields:
        return True
    if source.kind == "pdf" and titled:
        return council < 3
    return fields >= 2 and council < 3
