"""Documents in editions, and what an index of an edition must hold: the ground that faults are tried on.

An edition's documents say in every paragraph which edition it is, so that an answer that mixes two shows it. A
third of the documents change from one edition to the next, or all of them; the others are taken over by a build,
which is where it could go wrong. This module must not know of faults.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from indexer.build.build import build
from indexer.encode.context import embedded_text
from indexer.encode.encoder import Encoder
from indexer.errors import FindingsError
from indexer.store.folder.index import Index

SecondFile = Literal["codes", "cells"]
"""What finds near vectors in a large index, by its size."""

ROOT = Path(__file__).resolve().parents[3]
COUNCILS = ("Kelderbridge", "Thornmere")
SUBJECTS = ("visits", "assessments", "return interviews", "care plans", "supervision", "schools")
_EDITION = re.compile(r"in edition (\d+)\b")
_ALIKE = 1e-3
"""How far a stored vector's numbers may be from those of its text encoded again."""


@dataclass(frozen=True, slots=True)
class Documents:
    """How many documents there are, of how many paragraphs, and which change with each edition."""

    count: int = 6
    paragraphs: int = 24
    changing: int = 3
    """Every how-manieth document changes: 1 is all of them."""

    def texts(self, edition: int) -> Mapping[str, tuple[str, ...]]:
        """Each file's paragraphs."""
        return {
            f"text-{number}.txt": tuple(
                f"Finding {place} of text {number} in edition {edition if number % self.changing == 0 else 0} "
                f"speaks of {SUBJECTS[(place + number) % len(SUBJECTS)]}{' and of records' * (place % 4)}."
                for place in range(1, self.paragraphs + 1)
            )
            for number in range(self.count)
        }

    def write(self, folder: Path, edition: int) -> None:
        """Put an edition in a folder, in the place of the one that is there."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, paragraphs in self.texts(edition).items():
            number = int(name.removeprefix("text-").removesuffix(".txt"))
            lines = [f"{COUNCILS[number % 2]} Council", "Report to the children's scrutiny committee", ""]
            for place, paragraph in enumerate(paragraphs, 1):
                lines += [f"{place}. {paragraph}", ""]
            path = folder / name
            text = "\n".join(lines)
            if not path.exists() or path.read_text("utf-8") != text:
                path.write_text(text, encoding="utf-8")

    def stand(self, scratch: Path, edition: int = 0) -> tuple[Path, Path]:
        """Write an edition and build its index: the folder of the documents, and that of the index."""
        source, folder = scratch / "source", scratch / "index"
        self.write(source, edition)
        must_build(source, folder)
        return source, folder

    def edition_of(self, folder: Path, encoder: Encoder, known: Sequence[int]) -> int:
        """Which of the known editions an index holds, whole: texts, words, vectors; FindingsError where it is
        none of them. The index is checked against its sums on the way.
        """
        with Index.open(folder) as index:
            held: dict[str, tuple[str, ...]] = {}
            for listed in index.documents():
                document = index.document(listed.id)
                if document is None:
                    raise FindingsError(f"{listed.file} is listed and not there")
                held[listed.file] = tuple(p.text for p in document.passages if _EDITION.search(p.text))
            found = [edition for edition in known if self.texts(edition) == held]
            if not found:
                raise FindingsError(
                    f"the index holds none of the editions {list(known)} as they were written"
                )
            self._check_searches(index, encoder, found[0])
            return found[0]

    def _check_searches(self, index: Index, encoder: Encoder, edition: int) -> None:
        """A paragraph's words find it, and its vector is its text's."""
        for name, paragraphs in list(self.texts(edition).items())[:: max(1, self.count // 3)]:
            place = (edition * 7) % len(paragraphs)
            wanted = paragraphs[place]
            words = " AND ".join(f'"{word}"' for word in wanted.rstrip(".").split())
            rows = [row for row, _ in index.lexical(words, 10)]
            passages = index.passages(rows)
            best = next((p for p in passages if p.text == wanted), None)
            if best is None:
                raise FindingsError(f"paragraph {place + 1} of {name} is not found by its own words")
            document = index.document(best.document_id)
            if document is None:
                raise FindingsError(f"the document of {best.id} is not there")
            vector = encoder.encode_passages([embedded_text(document, best)])
            row = index.row_of(best.id)
            if row is None or not np.allclose(index.vectors([row]), vector, atol=_ALIKE):
                raise FindingsError(f"the vector of {best.id} is not its text's")


def editions_in(texts: Sequence[str]) -> set[int]:
    """The editions that texts speak of."""
    return {int(number) for text in texts for number in _EDITION.findall(text)}


def build_command(source: Path, folder: Path, *under: str) -> list[str]:
    """The command that builds an index as users do; `under` is a program that runs it, with its arguments."""
    return [*under, sys.executable, "-m", "indexer", "build", str(source), "--index", str(folder)]


def run_build(source: Path, folder: Path, *under: str) -> subprocess.CompletedProcess[str]:
    """Build as users do, and wait for its end."""
    # Our own module by our own interpreter.
    return subprocess.run(  # noqa: S603
        build_command(source, folder, *under), cwd=ROOT, capture_output=True, text=True, check=False
    )


def with_second_file(kind: SecondFile) -> tuple[str, ...]:
    """What runs a build so that its vectors get the second file that large indexes have, of either kind."""
    least = {"codes": "EXACT_UP_TO", "cells": "EXACT_UP_TO = vectors.CODED_UP_TO"}[kind]
    return (
        sys.executable,
        "-c",
        "import runpy, sys\n"
        "from indexer.store.folder import vectors\n"
        f"vectors.{least} = 20\n"
        "sys.argv = sys.argv[3:]\n"
        "runpy.run_module('indexer', run_name='__main__', alter_sys=True)",
    )


def must_build(source: Path, folder: Path) -> None:
    """Build in this process, where nothing is in the way; FindingsError where it fails all the same."""
    try:
        build([source], folder)
    except FindingsError as error:
        raise FindingsError(f"a build without any fault failed: {error}") from error


def must_run(source: Path, folder: Path, *under: str) -> None:
    """Build as users do, where nothing is in the way; FindingsError where it fails all the same."""
    done = run_build(source, folder, *under)
    if done.returncode:
        raise FindingsError(f"a build without any fault failed: {done.stderr.strip()[-300:]}")


def said_plainly(text: str) -> bool:
    """Whether a build's end was said without a traceback; lines of its progress may stand before it."""
    return bool(text.strip()) and "Traceback" not in text


def one_line(text: str) -> bool:
    """Whether what was said to the user is one line, and no traceback."""
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text
