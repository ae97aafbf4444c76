"""The stages of a build in order: find, read, encode, write, publish; and what to leave alone.

A document that can't be read is named and passed over; anything else that goes wrong leaves the index as it
was. Work is done for what is new: an unchanged file's rows are taken over from the generation before, and so
is the vector of any text that it has encoded; vectors made by a build that died are found in the cache. This
module knows the order of things and no more: not how a file is read, a text encoded or a row stored.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from indexer.build.find_files import FoundFile, FoundFiles, find_files, printable, skip, sources_still_there
from indexer.build.made_of import new_manifest, place_of, provenance_of, reader_digest
from indexer.build.progress import BuildProgress, SilentProgress, StageSeconds
from indexer.build.report import BuildReport, NothingToIndexError, write_report
from indexer.build.vectors import OldVectors, TextEncoder, make_vectors
from indexer.build.worker import ReadingPool
from indexer.document import Document
from indexer.encode.cache import EncodingCache, drop_cache
from indexer.encode.encoder import MODEL_SETTING, locate_encoder
from indexer.errors import FindingsError, IndexUnusable, SourceError
from indexer.fetch.provenance import with_provenance
from indexer.limits import Limits
from indexer.register.findings import FindingRows
from indexer.store import manifest as manifests
from indexer.store.arrays import load_arrays
from indexer.store.columns import load_rows
from indexer.store.folder.originals import drop_originals, keep_original
from indexer.store.folder.tables import reading
from indexer.store.folder.writer import (
    FINDINGS,
    SENTENCES,
    TABLES,
    VECTORS,
    WORDS,
    IndexWriter,
    drop_leftovers,
    locked,
)
from indexer.store.manifest import Manifest, Skipped
from indexer.store.rows import Origin, StoredDocument, header_of
from indexer.store.sentence_vectors import SentenceStore
from indexer.store.vectors import load_vectors
from indexer.store.words import WordStore
from indexer.structure.links import find_links
from indexer.structure.profile_files import profiles


def build(
    sources: Sequence[Path],
    folder: Path,
    *,
    model: str | None = None,
    rebuild: bool = False,
    progress: BuildProgress | None = None,
    limits: Limits | None = None,
    processes: int | None = None,
) -> BuildReport:
    """Make or update the index in `folder` from every document under `sources`; nothing is done for unchanged
    ones.

    Without `model`, the setting FINDINGS_MODEL is used, else the model of the index that is there, else the
    default. `rebuild` takes nothing over. Raises SourceError where a source is missing or nothing can be
    read, IndexUnusable where the folder can't be written or another build holds it, FindingsError where
    writing fails; the index is then as it was.
    """
    with locked(folder):
        try:
            return _Build(
                tuple(sources),
                folder,
                model=model,
                rebuild=rebuild,
                progress=progress or SilentProgress(),
                limits=limits or Limits(),
                processes=processes or os.cpu_count() or 1,
            ).run()
        except (OSError, sqlite3.Error) as error:
            raise FindingsError(f"the index can't be written ({error}); it is as it was before") from error


@dataclass(frozen=True, slots=True)
class _Before:
    """What can be taken over from the index as it was: documents and reasons, by file name and content."""

    manifest: Manifest
    generation: Path
    documents: Mapping[tuple[str, str], StoredDocument]
    reasons: Mapping[tuple[str, str], str]
    headers: Sequence[Document]
    """Every document without its passages, by number."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What becomes of each file found: taken over, known to be unreadable, or read."""

    found: Sequence[FoundFile]
    taken: Mapping[FoundFile, StoredDocument]
    to_read: Sequence[FoundFile]
    skipped: list[Skipped]
    files: FoundFiles

    def all_skipped(self) -> tuple[Skipped, ...]:
        return self.files.all_skipped(self.skipped)


class _Build:
    def __init__(
        self,
        sources: tuple[Path, ...],
        folder: Path,
        *,
        model: str | None,
        rebuild: bool,
        progress: BuildProgress,
        limits: Limits,
        processes: int,
    ) -> None:
        self._sources = sources
        self._folder = folder
        self._progress = progress
        self._limits = limits
        self._processes = processes
        self._seconds = StageSeconds()
        profiles()  # one that can't be used is said now, not once for each document
        self._reader = reader_digest()
        self._old = self._readable_manifest(rebuild)
        drop_leftovers(folder, self._old)
        if rebuild:
            drop_cache(folder)
        self._before = self._find_before() if self._old and not rebuild else None
        known = self._old.encoder if self._old else None
        self._encoder = locate_encoder(model or os.environ.get(MODEL_SETTING) or known)

    def run(self) -> BuildReport:
        with self._seconds.stage("finding"):
            plan = self._plan()
        if not plan.taken and not plan.to_read:
            raise self._nothing_to_index(plan.all_skipped())
        if self._before and self._nothing_changed(self._before, plan):
            return self._leave_alone(self._before, plan)
        writer = IndexWriter(self._folder, self._before.generation if self._before else None)
        try:
            return self._write(writer, plan)
        except BaseException:
            writer.abandon()
            raise

    def _readable_manifest(self, rebuild: bool) -> Manifest | None:
        try:
            return manifests.read_manifest(self._folder)
        except IndexUnusable as error:
            if (self._folder / manifests.MANIFEST).exists() and not rebuild:
                self._note_new_start(error)
            return None

    def _find_before(self) -> _Before | None:
        assert self._old is not None  # noqa: S101 (called only where there is one)
        generation = self._folder / self._old.generation
        try:
            manifests.verify_files(self._folder, self._old)
            with reading(generation / TABLES) as (_, rows):
                documents = {(d.file, d.origin.sha256): d for d in rows.documents()}
                headers = rows.headers()
        except (IndexUnusable, OSError, sqlite3.Error) as error:
            self._note_new_start(error)
            return None
        if self._old.reader != self._reader:
            return _Before(self._old, generation, {}, {}, ())
        reasons = {(s.file, s.sha256): s.reason for s in self._old.skipped if s.sha256}
        return _Before(self._old, generation, documents, reasons, headers)

    def _note_new_start(self, error: Exception) -> None:
        self._progress.note(f"{str(error).split('; rebuild', 1)[0]}; building it again")

    def _plan(self) -> _Plan:
        found = find_files(self._sources, limits=self._limits, leave_out=self._folder)
        skipped = found.skipped
        taken: dict[FoundFile, StoredDocument] = {}
        to_read: list[FoundFile] = []
        kept: list[FoundFile] = []
        for file in found.files:
            key = (file.name, file.sha256)
            if self._before and key in self._before.reasons:
                skipped.append(skip(file.path, self._before.reasons[key], file.sha256))
                continue
            kept.append(file)
            if self._before and key in self._before.documents:
                taken[file] = self._before.documents[key]
            else:
                to_read.append(file)
        return _Plan(kept, taken, to_read, skipped, found)

    def _nothing_changed(self, before: _Before, plan: _Plan) -> bool:
        return (
            not plan.to_read
            and len(plan.taken) == len(before.documents)
            and before.manifest.encoder_digest == self._encoder.digest
            and before.manifest.provenance == provenance_of(plan.files)
            # Where a file can't be kept in the index, where it stands now must be known.
            and all(
                stored.origin.source == place_of(file) or self._keep(file)
                for file, stored in plan.taken.items()
            )
        )

    def _leave_alone(self, before: _Before, plan: _Plan) -> BuildReport:
        for file in plan.taken:
            self._keep(file)
        manifest = before.manifest
        if plan.all_skipped() != manifest.skipped:
            manifest = replace(manifest, skipped=plan.all_skipped())
            manifests.write_manifest(self._folder, manifest)
        # What a build left that was killed once its index stood.
        self._clean_up(manifest)
        with reading(before.generation / TABLES) as (_, rows):
            return self._report(
                manifest, rows.headers(), unchanged=len(plan.taken), names_before=(), encoded=0
            )

    def _write(self, writer: IndexWriter, plan: _Plan) -> BuildReport:
        self._add_documents(writer, plan)
        sources_still_there(self._sources)
        if not writer.documents:
            raise self._nothing_to_index(plan.all_skipped())
        with self._seconds.stage("linking"):
            documents = writer.rows.headers()
            known = writer.links_before(documents, {stored.id for stored in plan.taken.values()})
            writer.add_links(
                find_links([d if d.id in known.citations else writer.whole(d) for d in documents], known)
            )
        with EncodingCache(self._folder, self._encoder.digest) as cache:
            encoder = TextEncoder(self._encoder, self._progress, self._seconds)
            made = make_vectors(writer, self._old_vectors(), cache, encoder)
        manifest = new_manifest(
            writer.sums(),
            self._encoder,
            self._reader,
            dimension=made.vectors.shape[1],
            passages=writer.passages,
            skipped=plan.all_skipped(),
            files=plan.files,
            previous=self._old,
        )
        with self._seconds.stage("indexing"):
            writer.finish(
                made.vectors, made.sentences, made.words, self._encoder.name, known=self._findings_before()
            )
        with self._seconds.stage("publishing"):
            manifest = writer.publish(manifest)
            self._clean_up(manifest)
        old = self._before.documents.values() if self._before else ()
        names = [stored.file for stored in old]
        return self._report(
            manifest, documents, unchanged=len(plan.taken), names_before=names, encoded=made.encoded
        )

    def _add_documents(self, writer: IndexWriter, plan: _Plan) -> None:
        started = time.perf_counter()
        reading = structuring = 0.0
        ids: set[str] = set()
        with (
            ReadingPool(self._limits, self._processes) as pool,
            self._progress.stage("reading", len(plan.to_read), "files") as advance,
        ):
            readings = pool.read(plan.to_read)
            for file in plan.found:
                if file in plan.taken:
                    ids.add(plan.taken[file].id)
                    writer.take_over(
                        plan.taken[file], place_of(file), self._header_changed(plan.taken[file], file)
                    )
                    self._keep(file)
                    continue
                result = next(readings)
                advance(1)
                reading += result.reading_seconds
                structuring += result.structuring_seconds
                if result.document is None:
                    sha256 = file.sha256 if result.lasting else ""
                    plan.skipped.append(skip(file.path, result.reason, sha256))
                elif result.document.id in ids:
                    plan.skipped.append(skip(file.path, f"has the id of another file ({result.document.id})"))
                else:
                    ids.add(result.document.id)
                    writer.add(
                        result.document, Origin(file.sha256, file.bytes, place_of(file)), result.polarities
                    )
                    self._keep(file)
        # The processes' own seconds, as shares of the time that the stage took on the clock.
        wall, share = time.perf_counter() - started, reading / max(reading + structuring, 1e-9)
        self._seconds["reading"] = wall * share
        self._seconds["structuring"] = wall * (1 - share)

    def _header_changed(self, old: StoredDocument, file: FoundFile) -> str | None:
        """The header of an unchanged file of which its publisher says something else now; None where nothing changed."""
        assert self._before is not None  # noqa: S101 (there is nothing to take over without one)
        document = self._before.headers[old.number]
        now = with_provenance(document, file.provenance)
        return None if now is document else header_of(now)

    def _keep(self, file: FoundFile) -> bool:
        try:
            return keep_original(self._folder, file.path, file.sha256, file.bytes)
        except FileNotFoundError:
            return False

    def _old_vectors(self) -> OldVectors | None:
        if self._before is None or self._before.manifest.encoder_digest != self._encoder.digest:
            return None
        store = load_vectors(self._before.generation / VECTORS)
        passages = store.take(range(store.count))
        sentences, words = (load_arrays(self._before.generation / name) for name in (SENTENCES, WORDS))
        return OldVectors(passages, SentenceStore(sentences), WordStore(words))

    def _findings_before(self) -> FindingRows | None:
        """Those of the generation before, where the same code and vectors made them."""
        before = self._before
        same = before and before.manifest.encoder_digest == self._encoder.digest
        if before is None or not same or before.manifest.reader != self._reader:
            return None
        return load_rows(before.generation / FINDINGS)

    def _clean_up(self, manifest: Manifest) -> None:
        # The index is published: what can't be removed now is removed by the next build.
        with suppress(OSError, sqlite3.Error):
            drop_leftovers(self._folder, manifest)
            drop_cache(self._folder)
            wanted: set[str] = set()
            for generation in (manifest.generation, manifest.previous):
                path = self._folder / (generation or "") / TABLES
                if path.exists():
                    with reading(path) as (_, rows):
                        wanted.update(stored.origin.sha256 for stored in rows.documents())
            drop_originals(self._folder, wanted)

    def _nothing_to_index(self, skipped: tuple[Skipped, ...]) -> SourceError:
        """Write the reasons to the report, as for any build, and give the error that ends this one."""
        report = BuildReport(0, 0, 0, 0, skipped, self._seconds.with_total())
        write_report(self._folder, report)
        return NothingToIndexError(report, [printable(source) for source in self._sources])

    def _report(
        self,
        manifest: Manifest,
        documents: Sequence[Document],
        *,
        unchanged: int,
        names_before: Sequence[str],
        encoded: int,
    ) -> BuildReport:
        report = BuildReport.of(
            manifest,
            documents,
            self._seconds.with_total(),
            unchanged=unchanged,
            names_before=names_before,
            encoded=encoded,
        )
        write_report(self._folder, report)
        return report
