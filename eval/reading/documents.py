"""Reads documents in several processes, as `indexer inspect` would, and asks what must hold with no truth at hand.

A document that can't be read comes back as its reason: scoring must go on and count it as missed. What must hold in
every inspection report: numbering, whole sentences, page order. A violation that the document itself warns of is
explained; one that it keeps silent about is not. Knows nothing of how a document was read, and so finds running headers
by their repetition in the file as read.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from eval.reading.same_in_print import plain
from indexer.build.find_files import SUFFIXES
from indexer.document import GRADES, Document, Passage
from indexer.errors import SourceError, UnreadableDocument
from indexer.limits import Limits
from indexer.reading.file import read_file
from indexer.reading.source import SourceFile
from indexer.structure.structured import structure


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """One file's outcome: a document, or the reason why there is none; `seconds` is its own time.

    `edges` are the lines that stand at the edge of several of its pages (running headers and footers).
    """

    path: Path
    document: Document | None
    reason: str | None
    seconds: float
    edges: tuple[str, ...] = ()


def read_documents(paths: Iterable[Path], processes: int = 2) -> list[DocumentReading]:
    """Read each path once; readings in the paths' order."""
    wanted = list(dict.fromkeys(paths))
    if processes < 2 or len(wanted) < 2:
        return [read_one(path) for path in wanted]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(read_one, wanted, chunksize=1))


def read_one(path: Path) -> DocumentReading:
    """Read one file; only a named refusal is caught, so that a crash stays a crash."""
    started = time.perf_counter()
    try:
        source = read_file(path, limits=Limits())
        document = structure(source)
    except UnreadableDocument as error:
        return DocumentReading(path, None, str(error), time.perf_counter() - started)
    seconds = time.perf_counter() - started
    return DocumentReading(path, document, None, seconds, repeated_edges(source))


def files_under(folders: Iterable[Path]) -> dict[str, Path]:
    """Every readable file under the folders by its name; the first of two equal names wins.

    Raises SourceError for a folder that isn't there.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.exists():
            raise SourceError(f"{folder} is not there; name the folder that holds the documents")
        names = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        for path in names:
            if path.suffix.lower() in SUFFIXES and path.is_file():
                found.setdefault(path.name, path)
    return found


# A closing mark, with what may follow it: quotes, brackets, a footnote's figure.
_ENDS_SENTENCE = re.compile(r"[.?!:;…]['\")\]]*\s?(?:[\d¹²³⁴⁵⁶⁷⁸⁹⁰]{1,2}['\")\]]*)?$")
_ENDS_TAG = re.compile(r"\)$")
_PAGE_NUMBER_INSIDE = re.compile(r"(?m)^\s*(?:page\s+)?\d{1,3}(?:\s+of\s+\d{1,3})?\s*$", re.IGNORECASE)
_WHOLE_KINDS = frozenset({"paragraph", "recommendation", "summary"})
_REPEATED_ON = 3  # pages that a line stands on before it is a header
_EDGE_LINES = 3  # lines of a page, from either end, among which a header stands
_SAME_HEIGHT = 0.004  # of the page's height, a third of a line
_SHORTEST_HEADER = 15  # characters; shorter lines recur by chance inside sentences

# What a warning has to speak of to explain a violation of each kind.
_EXPLAINED_BY: dict[str, re.Pattern[str]] = {
    "gap in numbering": re.compile(r"number|gap|missing", re.IGNORECASE),
    "number read twice": re.compile(r"number|twice|again|restart|repeat", re.IGNORECASE),
    "number out of order": re.compile(r"number|order|restart", re.IGNORECASE),
    "no sentence's end": re.compile(r"sentence|end|cut|stop", re.IGNORECASE),
    "running header inside": re.compile(r"header|footer", re.IGNORECASE),
    "page number inside": re.compile(r"page number|footer|header", re.IGNORECASE),
    "pages out of order": re.compile(r"page|order", re.IGNORECASE),
    "grade unknown": re.compile(r"grade|judgement", re.IGNORECASE),
    "no passage": re.compile(r"text|ocr|read", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken invariant; `warning` is the document's own word about it, None where it is silent."""

    file: str
    kind: str
    label: str
    detail: str
    warning: str | None


def violations(document: Document, edges: Sequence[str] = ()) -> list[Violation]:
    """Every violation in a document, in the order of the invariants.

    `edges` are the lines at the top or bottom of three pages or more of the file (`repeated_edges`).
    """
    numbered = [p for p in document.passages if p.kind in {"paragraph", "recommendation"} and p.label]
    found = [
        *_numbering(numbered),
        *_sentence_ends(numbered),
        *_running_headers(document.passages, edges),
        *_page_order(document.passages),
        *_grades(document),
    ]
    if not document.passages:
        found.append(("no passage", "", "nothing was read"))
    return [Violation(document.file, kind, label, detail, _explanation(document.warnings, kind, label))
            for kind, label, detail in found]  # fmt: skip


def _explanation(warnings: Sequence[str], kind: str, label: str) -> str | None:
    fitting = [warning for warning in warnings if _EXPLAINED_BY[kind].search(warning)]
    if label:
        # A warning about one paragraph explains that one only; a warning that names none may explain any.
        fitting = [w for w in fitting if _names(w, label) or not re.search(r"\d", w)]
    return fitting[0] if fitting else None


def _names(warning: str, label: str) -> bool:
    if re.search(rf"(?<!\d){re.escape(label)}(?!\d)", warning):
        return True
    spans = re.findall(r"(\d+)\s*(?:to|-|–)\s*(\d+)", warning)
    return label.isdigit() and any(int(a) <= int(label) <= int(b) for a, b in spans)


def repeated_edges(source: SourceFile) -> tuple[str, ...]:
    """Find the lines at the top or bottom of three pages or more, longest first, page numbers taken off."""
    heights: dict[str, dict[int, float]] = {}
    for page in source.pages:
        if page.number:
            for line in (*page.lines[:_EDGE_LINES], *page.lines[-_EDGE_LINES:]):
                text = plain(line.text).strip("0123456789 ")
                if len(text) >= _SHORTEST_HEADER:
                    heights.setdefault(text, {})[page.number] = line.top
    repeated = [text for text, tops in heights.items() if _at_one_height(list(tops.values()))]
    return tuple(sorted(repeated, key=len, reverse=True))


def _at_one_height(tops: Sequence[float]) -> bool:
    """Whether a header's number of pages have the line at one height: a tag that ends paragraphs wanders."""
    return any(sum(abs(top - other) < _SAME_HEIGHT for other in tops) >= _REPEATED_ON for top in tops)


Found = tuple[str, str, str]


def _numbering(numbered: Sequence[Passage]) -> Iterator[Found]:
    labels = [int(p.label) for p in numbered if p.label and p.label.isdigit()]
    counts = Counter(labels)
    for label, count in sorted(counts.items()):
        if count > 1:
            yield "number read twice", str(label), f"{count} times"
    if labels:
        for label in range(1, max(labels) + 1):
            if label not in counts:
                yield "gap in numbering", str(label), f"of 1 to {max(labels)}"
    for before, after in pairwise(labels):
        if after < before:
            yield "number out of order", str(after), f"after {before}"


def _sentence_ends(numbered: Sequence[Passage]) -> Iterator[Found]:
    for passage in numbered:
        text = plain(passage.text)
        if not _ENDS_SENTENCE.search(text) and not _ENDS_TAG.search(text):
            yield "no sentence's end", passage.label or passage.key, f"ends: {text[-50:]}"


def _running_headers(passages: Sequence[Passage], edges: Sequence[str]) -> Iterator[Found]:
    """Lines that stand at the edge of several pages of the file, and inside a passage as well."""
    for passage in passages:
        if passage.page is None or passage.kind not in _WHOLE_KINDS:
            continue
        name, text = passage.label or passage.key, plain(passage.text)
        for edge in edges:
            if edge in text and len(text) > len(edge) + 3:
                yield "running header inside", name, edge[:80]
        alone = _PAGE_NUMBER_INSIDE.search(passage.text)
        if alone:
            yield "page number inside", name, alone.group().strip()


def _page_order(passages: Sequence[Passage]) -> Iterator[Found]:
    last = 0
    for passage in passages:
        if passage.page is None:
            continue
        name = passage.label or passage.key
        if passage.end_page is not None and passage.end_page < passage.page:
            yield "pages out of order", name, f"ends on {passage.end_page}, begins on {passage.page}"
        if passage.kind in {"paragraph", "recommendation"} and passage.label:
            if passage.page < last:
                yield "pages out of order", name, f"page {passage.page} after page {last}"
            last = max(last, passage.page)


def _grades(document: Document) -> Iterator[Found]:
    for judgement in document.judgements:
        if judgement.grade not in GRADES:
            yield "grade unknown", "", f"{judgement.area}: {judgement.grade}"
