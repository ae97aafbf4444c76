"""Reads documents in several processes, with the time that each took, as `indexer inspect` would.

A document that can't be read comes back as its reason: scoring must go on and count it as missed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from eval.reading.invariants import repeated_edges
from indexer.build.find_files import SUFFIXES
from indexer.document import Document
from indexer.errors import SourceError, UnreadableDocument
from indexer.limits import Limits
from indexer.reading.file import read_file
from indexer.structure.structured import structure


@dataclass(frozen=True, slots=True)
class Reading:
    """One file's outcome: a document, or the reason why there is none; `seconds` is its own time.

    `edges` are the lines that stand at the edge of several of its pages (running headers and footers).
    """

    path: Path
    document: Document | None
    reason: str | None
    seconds: float
    edges: tuple[str, ...] = ()


def read_documents(paths: Iterable[Path], processes: int = 2) -> list[Reading]:
    """Read each path once; readings in the paths' order."""
    wanted = list(dict.fromkeys(paths))
    if processes < 2 or len(wanted) < 2:
        return [read_one(path) for path in wanted]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(read_one, wanted, chunksize=1))


def read_one(path: Path) -> Reading:
    """Read one file; only a named refusal is caught, so that a crash stays a crash."""
    started = time.perf_counter()
    try:
        source = read_file(path, limits=Limits())
        document = structure(source)
    except UnreadableDocument as error:
        return Reading(path, None, str(error), time.perf_counter() - started)
    seconds = time.perf_counter() - started
    return Reading(path, document, None, seconds, repeated_edges(source))


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
