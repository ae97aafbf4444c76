"""A build into PostgreSQL, by one program or by several at once on as many machines.

Each takes files that nobody else has, reads and encodes them, and stores what became of them in the transaction
that claimed them. When none is left, one of them publishes a generation, in one transaction, and the others wait for
it. Everything that a build has done so far stands in the database, so that a program which loses its server goes on
with the next one. This module knows the order of things: not how a file is read, a text encoded or a row stored.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indexer.build.find_files import FoundFile, FoundFiles, find_files, printable, skip, sources_still_there
from indexer.build.made_of import new_manifest, place_of, provenance_of, reader_digest
from indexer.build.progress import BuildProgress, SilentProgress, StageSeconds
from indexer.build.report import BuildReport, NothingToIndexError
from indexer.build.vectors import TextEncoder, ToEncode
from indexer.build.worker import Reading, ReadingPool
from indexer.document import Document
from indexer.encode.cache import text_key
from indexer.encode.context import embedded_text
from indexer.encode.encoder import MODEL_SETTING, EncoderFiles, locate_encoder
from indexer.errors import FindingsError, IndexUnusable
from indexer.fetch.provenance import with_provenance
from indexer.limits import Limits
from indexer.store.location import DatabaseLocation
from indexer.store.manifest import Manifest, Skipped
from indexer.store.postgres import kept, work
from indexer.store.postgres.connections import LOST, Connection, DatabaseError, writer
from indexer.store.postgres.schema import current_name, drop_generations, prepare_database, read_current
from indexer.store.postgres.writer import DocumentFrom, write_generation
from indexer.store.rows import Origin
from indexer.store.sentence_vectors import quantised
from indexer.structure.links import find_links

CLAIMED_AT_ONCE = 8
"""Files read and encoded between two commits: some seconds of work that a killed worker loses."""

_SERVERS_LOST = 5
"""So often a build goes on with another server before it gives up."""


def build_in_database(
    sources: Sequence[Path],
    location: DatabaseLocation,
    *,
    model: str | None = None,
    rebuild: bool = False,
    progress: BuildProgress | None = None,
    limits: Limits | None = None,
    processes: int | None = None,
    claimed_at_once: int = CLAIMED_AT_ONCE,
) -> BuildReport:
    """Make or update the index in a database, alone or with others that were given the same sources.

    Otherwise as `build.build`: raises SourceError where a source is missing or nothing can be read,
    IndexUnusable where the database can't be used or another build is writing, FindingsError where writing
    fails; the index is then as it was.
    """
    limits = limits or Limits()
    build = _DatabaseBuild(
        tuple(sources),
        location,
        find_files(sources, limits=limits),
        model=model,
        rebuild=rebuild,
        progress=progress or SilentProgress(),
        limits=limits,
        processes=processes or os.cpu_count() or 1,
        claimed_at_once=claimed_at_once,
    )
    lost = 0
    while True:
        try:
            with writer(location) as connection:
                return build.run(connection)
        except LOST as error:
            lost += 1
            if lost > _SERVERS_LOST:
                raise _not_written(error) from error
            build.progress.note("the database was lost; going on as soon as one accepts writes")
        except DatabaseError as error:
            raise _not_written(error) from error


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What a build has read: documents in the order of the files, what was left out, and how many were known."""

    entries: list[DocumentFrom]
    skipped: tuple[Skipped, ...]
    unchanged: int


@dataclass(slots=True)
class _DatabaseBuild:
    sources: tuple[Path, ...]
    location: DatabaseLocation
    found: FoundFiles
    model: str | None
    rebuild: bool
    progress: BuildProgress
    limits: Limits
    processes: int
    claimed_at_once: int
    reader: str = field(default_factory=reader_digest)
    seconds: StageSeconds = field(default_factory=StageSeconds)
    files: EncoderFiles | None = None

    def run(self, connection: Connection) -> BuildReport:
        prepare_database(connection, self.location)
        while True:
            before, old = current_name(connection), self._old(connection)
            files = self._encoder_files(old)
            key = _build_key(self.found, files.digest, self.reader, rebuild=self.rebuild)
            last = work.last_published(connection)
            if old and last and not self.rebuild and last[:2] == (key, old.digest):
                report = BuildReport.from_json(json.loads(last[2]))
                return report.unchanged_since(self.seconds.with_total())
            usable = old if old and old.encoder_digest == files.digest and not self.rebuild else None
            build = work.join_build(
                connection,
                self.location,
                key=key,
                files=[(file.name, file.sha256, file.bytes) for file in self.found.files],
                reader=self.reader,
                before=before,
                usable=usable,
                rebuild=self.rebuild,
            )
            if build is not None:
                break
        try:
            self._read_and_encode(connection, build, files, usable)
            with self.seconds.stage("waiting for others"):
                mine = work.wait_to_publish(connection, build)
            if mine:
                sources_still_there(self.sources)
                self._publish(connection, build, files, old, usable)
            return self._reported(connection, build)
        finally:
            if not connection.broken and not connection.closed:
                work.leave(connection)

    def _old(self, connection: Connection) -> Manifest | None:
        try:
            return read_current(connection, self.location)
        except IndexUnusable:
            return None

    def _encoder_files(self, old: Manifest | None) -> EncoderFiles:
        if self.files is None:
            known = old.encoder if old else None
            self.files = locate_encoder(self.model or os.environ.get(MODEL_SETTING) or known)
        return self.files

    def _read_and_encode(
        self, connection: Connection, build: int, files: EncoderFiles, usable: Manifest | None
    ) -> None:
        encoder = TextEncoder(files, self.progress, self.seconds)
        with (
            ReadingPool(self.limits, self.processes) as pool,
            self.progress.stage(
                "reading and encoding", work.count_waiting(connection, build), "files"
            ) as advance,
        ):
            while True:
                with connection.transaction():
                    places = work.claim(connection, build, self.claimed_at_once)
                    places = places or work.wait_for_others(connection, build)
                    if not places:
                        return
                    with self.seconds.stage("reading"):
                        documents = self._take_in(connection, build, places, pool)
                    self._encode(connection, documents, encoder, usable)
                advance(len(places))

    def _take_in(
        self, connection: Connection, build: int, places: Sequence[int], pool: ReadingPool
    ) -> list[Document]:
        """The documents of the files claimed; what became of each file is stored."""
        documents: dict[int, Document] = {}
        to_read: list[int] = []
        for place in places:
            file = self.found.files[place]
            known = kept.find_record(connection, file.name, file.sha256, self.reader)
            if known is None:
                to_read.append(place)
            else:
                documents[place] = known
        readings = pool.read([self.found.files[place] for place in to_read])
        for place, reading in zip(to_read, readings, strict=True):
            self._keep_reading(connection, reading)
            if reading.document is None:
                work.mark(connection, build, place, place_of(reading.file), reading.reason)
            else:
                documents[place] = reading.document
        for place in documents:
            file = self.found.files[place]
            _keep_original(connection, file)
            work.mark(connection, build, place, place_of(file), None)
        return list(documents.values())

    def _keep_reading(self, connection: Connection, reading: Reading) -> None:
        if reading.document is not None or reading.lasting:
            file = reading.file
            kept.keep_record(
                connection,
                file.name,
                file.sha256,
                self.reader,
                document=reading.document,
                reason=reading.reason,
            )

    def _encode(
        self,
        connection: Connection,
        documents: Sequence[Document],
        encoder: TextEncoder,
        usable: Manifest | None,
    ) -> None:
        texts: dict[bytes, ToEncode] = {}
        for document in documents:
            for passage in document.passages:
                embedded = embedded_text(document, passage)
                key = text_key(embedded)
                texts[key] = ToEncode.of(key, embedded, len(embedded) - len(passage.text))
        missing = kept.not_encoded(connection, list(texts), encoder.files.digest, usable)
        for chunk, encoded in encoder.encode([texts[key] for key in missing]):
            kept.keep_encoded(
                connection,
                encoder.files.digest,
                (
                    kept.Encoded(
                        text.key, made.vectors[0], text.own_spans, quantised(made.vectors[1:]), made.words
                    )
                    for text, made in zip(chunk, encoded, strict=True)
                ),
            )

    def _publish(
        self,
        connection: Connection,
        build: int,
        files: EncoderFiles,
        old: Manifest | None,
        usable: Manifest | None,
    ) -> None:
        """Publish what a build has read, or give it up where that is nothing; the report is stored either way."""
        with connection.transaction():
            gathered = self._gather(connection, build)
            if gathered.entries:
                state = "published"
                manifest, report = self._write(connection, gathered, files, old, usable)
                kept.clean_up(connection, build, {manifest.generation, *([old.generation] if old else [])})
            else:
                state, manifest = "given up", None
                report = BuildReport(0, 0, 0, 0, gathered.skipped, self.seconds.with_total())
            work.end(connection, build, state, report.digest, json.dumps(report.to_json()))
        if manifest is not None:
            drop_generations(connection, {manifest.generation, *([old.generation] if old else [])})

    def _gather(self, connection: Connection, build: int) -> _Gathered:
        entries: list[DocumentFrom] = []
        reasons: dict[FoundFile, str] = {}
        ids: set[str] = set()
        unchanged = 0
        for place, source, known, reason, document in work.done(connection, build, self.reader):
            file = self.found.files[place]
            if document is None:
                reasons[file] = reason or "could not be read"
            elif document.id in ids:
                reasons[file] = f"has the id of another file ({document.id})"
            else:
                ids.add(document.id)
                unchanged += known
                entries.append(
                    DocumentFrom(
                        with_provenance(document, file.provenance), Origin(file.sha256, file.bytes, source)
                    )
                )
        skipped = list(self.found.skipped)
        skipped += [skip(file.path, reason, file.sha256) for file, reason in reasons.items()]
        return _Gathered(entries, self.found.all_skipped(skipped), unchanged)

    def _write(
        self,
        connection: Connection,
        gathered: _Gathered,
        files: EncoderFiles,
        old: Manifest | None,
        usable: Manifest | None,
    ) -> tuple[Manifest, BuildReport]:
        documents = [entry.document for entry in gathered.entries]
        with self.seconds.stage("linking"):
            links = find_links(documents)
        names_before = kept.files_of(connection, old.generation) if old else set()
        encoded, dimension = kept.count_encoded(connection, files.digest)
        if not dimension:
            if usable is None:
                raise RuntimeError("a passage was left without its vector")
            dimension = usable.dimension
        with self.seconds.stage("indexing"):
            manifest = write_generation(
                connection,
                entries=gathered.entries,
                links=links,
                manifest=new_manifest(
                    [(entry.document.id, entry.origin.sha256) for entry in gathered.entries],
                    files,
                    self.reader,
                    dimension=dimension,
                    passages=sum(len(document.passages) for document in documents),
                    skipped=gathered.skipped,
                    files=self.found,
                    previous=old,
                ),
                old=usable,
            )
        return manifest, BuildReport.of(
            manifest,
            documents,
            self.seconds.with_total(),
            unchanged=gathered.unchanged,
            names_before=names_before,
            encoded=encoded,
        )

    def _reported(self, connection: Connection, build: int) -> BuildReport:
        state, text = work.ended(connection, build)
        if text is None:
            raise FindingsError("the build was given up by another program; build again")
        report = BuildReport.from_json(json.loads(text))
        if state != "published":
            raise NothingToIndexError(report, [printable(source) for source in self.sources])
        return report


def _build_key(found: FoundFiles, encoder_digest: str, reader: str, *, rebuild: bool) -> str:
    """What distinguishes one build's work from another's, hex."""
    lines = [f"encoder {encoder_digest}", f"reader {reader}", f"rebuild {rebuild}", provenance_of(found)]
    lines += [f"{file.sha256} {file.name}" for file in found.files]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _keep_original(connection: Connection, file: FoundFile) -> None:
    try:
        content = file.path.read_bytes()
    except OSError:
        return
    # Edited since it was found: the document is what was read, and its file can't be shown.
    if hashlib.sha256(content).hexdigest() == file.sha256:
        kept.keep_original(connection, file.sha256, content)


def _not_written(error: Exception) -> FindingsError:
    said = " ".join(str(error).split()) or type(error).__name__
    return FindingsError(f"the index can't be written ({said}); it is as it was before")
