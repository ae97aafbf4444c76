"""Documents in editions, what an index of an edition must hold, and the trial of one fault on them.

An edition's documents say in every paragraph which edition it is, so that an answer that mixes two shows it. A
third of the documents change from one edition to the next, or all of them; the others are taken over by a build,
which is where it could go wrong. This module must not know how a fault is made.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from indexer.build.build import build
from indexer.encode.context import embedded_text
from indexer.encode.encoder import Encoder
from indexer.errors import FindingsError
from indexer.store.folder.index import FolderIndex

SecondFile = Literal["codes", "cells"]
"""What finds near vectors in a large index, by its size."""

ROOT = Path(__file__).resolve().parents[3]
COUNCILS = ("Kelderbridge", "Thornmere")
SUBJECTS = ("visits", "assessments", "return interviews", "care plans", "supervision", "schools")
_EDITION = re.compile(r"in edition (\d+)\b")
_ALIKE = 1e-3
"""How far a stored vector's numbers may be from those of its text encoded again."""


@dataclass(slots=True)
class FaultCounts:
    """The row of the fault table: how often a fault was tried, what came of it, every loss with its circumstances."""

    fault: str
    how: str
    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)

    def count(self, outcome: str) -> None:
        """One try that ended as it may."""
        self.tried += 1
        self.outcomes[outcome] += 1

    def lose(self, what: str) -> None:
        """One try that ended as it may not."""
        self.tried += 1
        self.losses.append(" ".join(what.split())[:300])

    @contextmanager
    def losing(self, where: str) -> Iterator[None]:
        """Count a FindingsError of the block as a loss."""
        try:
            yield
        except FindingsError as error:
            self.lose(f"{where}: {error}")


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
        with FolderIndex.open(folder) as index:
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

    def _check_searches(self, index: FolderIndex, encoder: Encoder, edition: int) -> None:
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


def with_second_file(kind: SecondFile) -> tuple[str, ...]:
    """What runs a build so that its vectors get the second file that large indexes have, of either kind."""
    least = {"codes": "EXACT_UP_TO", "cells": "EXACT_UP_TO = vectors.CODED_UP_TO"}[kind]
    return (
        sys.executable,
        "-c",
        "import runpy, sys\n"
        "from indexer.store import vectors\n"
        f"vectors.{least} = 20\n"
        "sys.argv = sys.argv[3:]\n"
        "runpy.run_module('indexer', run_name='__main__', alter_sys=True)",
    )


def must_build(source: Path, folder: Path, *under: str, in_process: bool = True) -> None:
    """Build where nothing is in the way, in this process or as users do; FindingsError where it fails all the same."""
    try:
        if in_process and not under:
            build([source], folder)
        else:
            run(build_command(source, folder, *under)).check_returncode()
    except (FindingsError, subprocess.CalledProcessError) as error:
        said = error.stderr.strip()[-300:] if isinstance(error, subprocess.CalledProcessError) else error
        raise FindingsError(f"a build without any fault failed: {said}") from error


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run one of our own commands as users do, and wait for its end."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603


def said_plainly(text: str) -> bool:
    """Whether a build's end was said without a traceback; lines of its progress may stand before it."""
    return bool(text.strip()) and "Traceback" not in text


def one_line(text: str) -> bool:
    """Whether what was said to the user is one line, and no traceback."""
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text


DOCUMENTS = Documents()


class Trial:
    """One fault, tried again and again on an index of edition 0 of DOCUMENTS, which stands when it begins."""

    def __init__(self, scratch: Path, encoder: Encoder, fault: str, how: str) -> None:
        self.row = FaultCounts(fault, how)
        self.encoder = encoder
        self.source, self.folder = DOCUMENTS.stand(scratch)
        self.held = 0

    def write(self, edition: int) -> None:
        """Put an edition in the place of the one that is there."""
        DOCUMENTS.write(self.source, edition)

    def edition(self, *known: int) -> int:
        """Which of the known editions the index holds, whole; FindingsError where it is none of them."""
        self.held = DOCUMENTS.edition_of(self.folder, self.encoder, known)
        return self.held

    def build(self) -> None:
        """Build where nothing is in the way; FindingsError where it fails all the same."""
        must_build(self.source, self.folder)

    def start(self, *under: str) -> subprocess.Popen[str]:
        """Start a build as users do, in a group of processes of its own."""
        return subprocess.Popen(  # noqa: S603 (our own module by our own interpreter)
            build_command(self.source, self.folder, *under),
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def judge(self, status: int, said: str, edition: int, where: str) -> None:
        """Count what came of a build over the edition that was held: the new one, or the old one and a line."""
        old = self.held
        with self.row.losing(where):
            found = self.edition(old, edition)
            if status == 0 and found == edition:
                self.row.count("built")
            elif status in (1, 2) and said_plainly(said):
                self.row.count(
                    "failed in one line, the old index stood"
                    if found == old
                    else "built, and said what failed"
                )
            else:
                self.row.lose(f"{where}: status {status}, edition {found}: {said[-300:]}")
