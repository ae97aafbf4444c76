"""What is wrong with an index, if anything, and what to do about it: every file read, every row counted.

Opening an index checks what a search needs; this looks at all the rest as well: that rows, vectors and ids fit
together, that links lead somewhere, that the encoder and the originals are here, what killed builds left. It
changes nothing, and goes by the manifest's list of files, not by a list of its own. It must not know what a
document says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from indexer.build.made_of import reader_digest
from indexer.encode.cache import FOLDER as CACHE
from indexer.encode.encoder import locate_encoder
from indexer.errors import FindingsError, IndexUnusable, UsageError
from indexer.store.folder.index import FolderIndex
from indexer.store.folder.originals import find_original
from indexer.store.folder.tables import open_tables, reading
from indexer.store.folder.writer import TABLES
from indexer.store.manifest import (
    GENERATION_PREFIX,
    MANIFEST,
    ORIGINALS,
    TEMPORARY_SUFFIX,
    Manifest,
    read_manifest,
    rebuild_command,
    sum_of,
)

Severity = Literal["fault", "note"]

_UNIT = 1e-3
"""How far from 1 a vector's length may be."""
_AT_ONCE = 20_000
_NAMED = 3
"""Examples given of what is wrong in many places."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: a fault (answers can't be trusted, or something is missing) or a note."""

    check: str
    severity: Severity
    what: str
    do: str

    def line(self) -> str:
        """Say it in a line, with what to do."""
        return f"{self.severity}: {self.check}: {self.what}; {self.do}"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was looked at, in order, and everything that was found. `digest` is None where none can be read."""

    folder: Path
    digest: str | None
    checks: tuple[str, ...]
    findings: tuple[Finding, ...]
    doubted: tuple[str, ...] = ()
    """Documents that may be misread, with how many warnings each has, worst first; no fault of the index."""

    @property
    def sound(self) -> bool:
        """True where there is no fault."""
        return not any(finding.severity == "fault" for finding in self.findings)

    def lines(self) -> Iterator[str]:
        """Say in plain lines, the verdict last."""
        found = {finding.check for finding in self.findings}
        for check in self.checks:
            if check not in found:
                yield f"ok: {check}"
            for finding in self.findings:
                if finding.check == check:
                    yield finding.line()
        if self.doubted:
            yield f"documents that may be misread, worst first: {_some(list(self.doubted))}; see /documents?unsure=yes"
        faults = sum(finding.severity == "fault" for finding in self.findings)
        yield (
            f"the index in {self.folder} is sound"
            if not faults
            else f"the index in {self.folder} has {faults} {'fault' if faults == 1 else 'faults'}"
        )

    def to_json(self) -> dict[str, Any]:
        """Give the same for programs."""
        return {
            "index": str(self.folder),
            "digest": self.digest,
            "sound": self.sound,
            "checks": list(self.checks),
            "findings": [
                {"check": f.check, "severity": f.severity, "what": f.what, "do": f.do} for f in self.findings
            ],
            "doubted": list(self.doubted),
        }


def examine(folder: Path) -> Diagnosis:
    """Look at an index from end to end; some seconds for a large one, as every byte is read.

    A build may replace the index meanwhile: then the new one is looked at. Raises IndexUnusable where there
    is no index at all.
    """
    if not (folder / MANIFEST).exists():
        read_manifest(folder)  # says that there is none, and how to build one
    while True:
        examination = _Examination(folder)
        diagnosis = examination.run()
        if diagnosis.sound or examination.manifest is None or not _replaced(folder, examination.manifest):
            return diagnosis


class _Examination:
    """One pass over one generation; each check may add findings, and is named whether it does or not."""

    def __init__(self, folder: Path) -> None:
        self.manifest: Manifest | None = None
        self._folder = folder
        self._rebuild = f"rebuild with: {rebuild_command(folder)}"
        self._mend = f"restore a backup, or {self._rebuild}"
        self._checks: list[str] = []
        self._findings: list[Finding] = []
        self._doubted: list[str] = []

    def run(self) -> Diagnosis:
        self._check("manifest", self._read_manifest)
        if self.manifest is not None:
            manifest = self.manifest
            self._check("files", lambda: self._look_at_files(manifest))
            if not self._findings:
                self._check("tables", lambda: self._look_at_tables(manifest))
            if not self._findings:
                self._check("rows and vectors", lambda: self._look_at_rows(manifest))
            if not self._findings:
                self._check("links", lambda: self._look_at_links(manifest))
                self._check("originals", lambda: self._look_at_originals(manifest))
                self._check("documents", self._look_at_documents)
            self._check("encoder", lambda: self._look_at_encoder(manifest))
            self._check("reading code", lambda: self._look_at_reader(manifest))
            self._check("leftovers", lambda: self._look_for_leftovers(manifest))
        digest = self.manifest.digest if self.manifest else None
        return Diagnosis(
            self._folder, digest, tuple(self._checks), tuple(self._findings), tuple(self._doubted)
        )

    def _check(self, name: str, look: Callable[[], None]) -> None:
        self._checks.append(name)
        try:
            look()
        except (FindingsError, OSError, sqlite3.Error, ValueError, LookupError, RuntimeError) as error:
            said = str(error).split("; rebuild", 1)[0]
            self._fault(f"can't be looked at ({' '.join(said.split())})", self._mend)

    def _fault(self, what: str, do: str) -> None:
        self._findings.append(Finding(self._checks[-1], "fault", what, do))

    def _note(self, what: str, do: str) -> None:
        self._findings.append(Finding(self._checks[-1], "note", what, do))

    def _read_manifest(self) -> None:
        try:
            self.manifest = read_manifest(self._folder)
        except IndexUnusable as error:
            self._fault(str(error).split("; rebuild", 1)[0], self._mend)

    def _look_at_files(self, manifest: Manifest) -> None:
        for name, expected in manifest.files.items():
            path = self._folder / manifest.generation / name
            try:
                found = sum_of(path)
            except OSError as error:
                self._fault(f"{name} can't be read ({error.strerror})", self._mend)
                continue
            if found.bytes != expected.bytes:
                self._fault(
                    f"{name} has {found.bytes:,} bytes and should have {expected.bytes:,}", self._mend
                )
            elif found != expected:
                self._fault(f"{name} does not hold what was written (its SHA-256 is another)", self._mend)

    def _look_at_tables(self, manifest: Manifest) -> None:
        for name in manifest.files:
            if name.endswith(".sqlite"):
                with closing(open_tables(self._folder / manifest.generation / name)) as tables:
                    (said,) = tables.execute("PRAGMA integrity_check(1)").fetchone()
                if said != "ok":
                    self._fault(f"{name}: {said}", self._mend)

    def _look_at_rows(self, manifest: Manifest) -> None:
        with reading(self._folder / manifest.generation / TABLES) as (tables, stored):
            documents = stored.documents()
            rows, first, last, ids = tables.execute(
                "SELECT count(*), min(row), max(row), count(DISTINCT id) FROM passages"
            ).fetchone()
            (astray,) = tables.execute(
                "SELECT count(*) FROM passages p LEFT JOIN documents d ON d.number = p.document "
                "WHERE d.number IS NULL OR p.row < d.first_row OR p.row >= d.end_row "
                "OR p.id NOT LIKE d.id || '.%'"
            ).fetchone()
        if len(documents) != manifest.documents or rows != manifest.passages:
            self._fault(
                f"there are {len(documents):,} documents and {rows:,} passages, and the manifest counts "
                f"{manifest.documents:,} and {manifest.passages:,}",
                self._mend,
            )
        if rows and (first, last) != (0, rows - 1):
            self._fault(f"rows are numbered {first} to {last}, and there are {rows:,}", self._mend)
        if ids != rows or len({document.id for document in documents}) != len(documents):
            self._fault("an id stands more than once", self._mend)
        if astray:
            self._fault(f"{astray:,} passages don't stand in their document's rows", self._mend)
        self._look_at_vectors(rows)

    def _look_at_vectors(self, rows: int) -> None:
        with FolderIndex.open(self._folder) as index:
            columns = len(index.columns.document)
            if len(index) != rows or columns != rows:
                self._fault(
                    f"{rows:,} rows have {len(index):,} vectors and {columns:,} filter columns", self._mend
                )
                return
            for start in range(0, rows, _AT_ONCE):
                vectors = index.vectors(range(start, min(rows, start + _AT_ONCE)))
                if vectors.shape[1] != index.manifest.dimension:
                    self._fault(
                        f"vectors are {vectors.shape[1]} long, the manifest says {index.manifest.dimension}",
                        self._mend,
                    )
                    return
                lengths = np.linalg.norm(vectors, axis=1)
                if not np.all(np.abs(lengths - 1) < _UNIT):
                    odd = int(np.count_nonzero(~(np.abs(lengths - 1) < _UNIT)))
                    self._fault(f"{odd:,} vectors are not of length 1", self._mend)
                    return

    def _look_at_links(self, manifest: Manifest) -> None:
        with closing(open_tables(self._folder / manifest.generation / TABLES)) as tables:
            lost = tables.execute(
                "SELECT DISTINCT id FROM ("
                "SELECT from_document AS id FROM links WHERE from_document NOT IN (SELECT id FROM documents) "
                "UNION ALL SELECT to_document FROM links WHERE to_document NOT IN (SELECT id FROM documents) "
                "UNION ALL SELECT from_passage FROM links WHERE from_passage NOT IN (SELECT id FROM passages) "
                "UNION ALL SELECT to_passage FROM links WHERE to_passage NOT IN (SELECT id FROM passages)"
                ") WHERE id <> ''"  # a link between whole documents names no passage
            ).fetchall()
        if lost:
            self._fault(f"links lead to what isn't there: {_some([id_ for (id_,) in lost])}", self._rebuild)

    def _look_at_originals(self, manifest: Manifest) -> None:
        with reading(self._folder / manifest.generation / TABLES) as (_, stored):
            documents = stored.documents()
        missing = [d.file for d in documents if find_original(self._folder, d.origin) is None]
        if missing:
            self._fault(
                f"{_count(len(missing), 'document')} can be searched but not downloaded or shown as pages, "
                f"their files being gone or damaged: {_some(missing)}",
                "put them back where they were and build again, or restore a backup",
            )

    def _look_at_documents(self) -> None:
        with FolderIndex.open(self._folder) as index:
            documents = [document for document in index.documents() if document.warnings]
        worst = sorted(documents, key=lambda document: (-len(document.warnings), document.file))
        self._doubted = [
            f"{document.file} ({_count(len(document.warnings), 'warning')})" for document in worst
        ]

    def _look_at_encoder(self, manifest: Manifest) -> None:
        try:
            encoder = locate_encoder(manifest.encoder)
        except UsageError as error:
            self._fault(str(error), "put the model back, or build again with --model")
            return
        if encoder.digest != manifest.encoder_digest:
            self._fault(
                f"the model {manifest.encoder!r} on this machine is not the one that made the vectors",
                f"put that one back, or {self._rebuild}",
            )

    def _look_at_reader(self, manifest: Manifest) -> None:
        if manifest.reader != reader_digest():
            self._note(
                "documents were read by another version of this program",
                "build again, so that this version reads them",
            )

    def _look_for_leftovers(self, manifest: Manifest) -> None:
        if _being_built(self._folder):
            self._note(
                "a build is writing here at this moment", "wait for it, if you want to know what it leaves"
            )
            return
        keep = {manifest.generation, manifest.previous}
        left = sorted(
            path.name
            for path in self._folder.iterdir()
            if (path.name.startswith(GENERATION_PREFIX) and path.name not in keep)
            or path.name.endswith(TEMPORARY_SUFFIX)
            or path.name == CACHE
        )
        originals = self._folder / ORIGINALS
        if originals.is_dir():
            left += sorted(
                f"{ORIGINALS}/{path.name}"
                for path in originals.iterdir()
                if path.name.endswith(TEMPORARY_SUFFIX)
            )
        if left:
            self._note(f"a build that did not finish left {_some(left)}", "the next build uses or removes it")


def _replaced(folder: Path, manifest: Manifest) -> bool:
    try:
        return read_manifest(folder).generation != manifest.generation
    except IndexUnusable:
        return False


def _being_built(folder: Path) -> bool:
    """Whether a process holds the folder's lock, as the kernel lists it: asking for it could stop a build."""
    try:
        inode = (folder / "lock").stat().st_ino
        held = Path("/proc/locks").read_text("ascii")
    except (OSError, ValueError):
        return False
    return any(" FLOCK " in line and f":{inode} " in line for line in held.splitlines())


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED:,} more"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
