"""A build into PostgreSQL, by one program or by several at once on as many machines.

Each takes files that nobody else has, reads and encodes them, and stores what became of them in the transaction
that claimed them. When none is left, one of them publishes a generation and the others wait for it. Everything
that a build has done so far stands in the database, so that a program which loses its server goes on with the
next one. This module knows the order of things: not how a file is read, a text encoded or a row stored.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from indexer.build.build import reader_digest
from indexer.build.find_files import FoundFile, FoundFiles, find_files, printable, sources_still_there
from indexer.build.progress import BuildProgress, SilentProgress
from indexer.build.report import BuildReport, NothingToIndexError
from indexer.build.worker import Reading, ReadingPool
from indexer.document import Document
from indexer.encode.encoder import MODEL_SETTING, EncoderFiles, locate_encoder
from indexer.errors import FindingsError, IndexUnusable
from indexer.limits import Limits
from indexer.store.folder.originals import LARGEST_KEPT
from indexer.store.location import DatabaseLocation
from indexer.store.manifest import Manifest
from indexer.store.postgres.connections import LOST, Connection, writer
from indexer.store.postgres.encode import PostgresEncoding
from indexer.store.postgres.publish import Publication, publish_build, report_of
from indexer.store.postgres.schema import current_name, prepare_database, read_current, storable
from indexer.store.postgres.work import (
    Claimed,
    build_key,
    claim,
    join_build,
    last_published,
    leave,
    mark,
    wait_for_others,
    wait_to_publish,
)
from indexer.store.rows import document_from_record, document_to_record

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
    work = _Work(
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
                return work.run(connection)
        except LOST as error:
            lost += 1
            if lost > _SERVERS_LOST:
                raise _not_written(error) from error
            work.progress.note("the database was lost; going on as soon as one accepts writes")
        except psycopg.Error as error:
            raise _not_written(error) from error


@dataclass(slots=True)
class _Work:
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
    started: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)
    encoder: EncoderFiles | None = None

    def run(self, connection: Connection) -> BuildReport:
        prepare_database(connection, self.location)
        while True:
            before, old = current_name(connection), self._old(connection)
            encoder = self._encoder(old)
            key = build_key(self.found.files, encoder.digest, self.reader, rebuild=self.rebuild)
            last = last_published(connection)
            if old and last and not self.rebuild and last[:2] == (key, old.digest):
                return self._unchanged(last[2])
            usable = old if old and old.encoder_digest == encoder.digest and not self.rebuild else None
            build = join_build(
                connection,
                self.location,
                key=key,
                files=self.found.files,
                reader=self.reader,
                before=before,
                usable=usable,
                rebuild=self.rebuild,
            )
            if build is not None:
                break
        try:
            encoding = PostgresEncoding(encoder, self.progress)
            self._read_and_encode(connection, build, encoding, usable)
            with self._stage("waiting for others"):
                mine = wait_to_publish(connection, build)
            if mine:
                sources_still_there(self.sources)
                publication = Publication(build, self.location, self.found, encoder, self.reader, old, usable)
                publish_build(connection, publication, {**self.seconds, **encoding.seconds}, self.started)
            return self._reported(connection, build)
        finally:
            if not connection.broken and not connection.closed:
                leave(connection)

    def _old(self, connection: Connection) -> Manifest | None:
        try:
            return read_current(connection, self.location)
        except IndexUnusable:
            return None

    def _encoder(self, old: Manifest | None) -> EncoderFiles:
        if self.encoder is None:
            known = old.encoder if old else None
            self.encoder = locate_encoder(self.model or os.environ.get(MODEL_SETTING) or known)
        return self.encoder

    def _unchanged(self, report: str) -> BuildReport:
        before = report_of(json.loads(report))
        self.seconds["total"] = time.perf_counter() - self.started
        return BuildReport(
            before.documents, before.passages, before.documents, 0, before.skipped, self.seconds,
            before.warnings, before.digest, before.encoder, 0,
        )  # fmt: skip

    def _read_and_encode(
        self, connection: Connection, build: int, encoding: PostgresEncoding, usable: Manifest | None
    ) -> None:
        count = connection.execute(
            "SELECT count(*) FROM findings.work WHERE build = %s AND state = 'waiting'", (build,)
        ).fetchone()
        with (
            ReadingPool(self.limits, self.processes) as pool,
            self.progress.stage("reading and encoding", count[0] if count else 0, "files") as advance,
        ):
            while True:
                with connection.transaction():
                    claimed = claim(connection, build, self.claimed_at_once)
                    if not claimed.places:
                        claimed = wait_for_others(connection, build)
                    if not claimed.places:
                        return
                    documents = self._take_in(connection, build, claimed, pool)
                    encoding.encode(connection, documents, usable)
                advance(len(claimed.places))

    def _take_in(
        self, connection: Connection, build: int, claimed: Claimed, pool: ReadingPool
    ) -> list[Document]:
        """The documents of the files claimed; what became of each file is stored."""
        started = time.perf_counter()
        documents: dict[int, Document] = {}
        to_read: list[int] = []
        for place in claimed.places:
            known = self._already_read(connection, self.found.files[place])
            if known is None:
                to_read.append(place)
            else:
                documents[place] = known
        readings = pool.read([self.found.files[place] for place in to_read])
        for place, reading in zip(to_read, readings, strict=True):
            self._store_reading(connection, reading)
            if reading.document is None:
                mark(connection, build, place, _place_of(reading.file), reading.reason)
            else:
                documents[place] = reading.document
        for place in documents:
            file = self.found.files[place]
            _keep_original(connection, file)
            mark(connection, build, place, _place_of(file), None)
        self._add_seconds("reading", started)
        return list(documents.values())

    def _already_read(self, connection: Connection, file: FoundFile) -> Document | None:
        row = connection.execute(
            "SELECT record FROM findings.read WHERE sha256 = %s AND name = %s AND reader = %s "
            "AND record IS NOT NULL",
            (file.sha256, file.name, self.reader),
        ).fetchone()
        return document_from_record(json.loads(row[0])) if row else None

    def _store_reading(self, connection: Connection, reading: Reading) -> None:
        file, document = reading.file, reading.document
        if document is not None or reading.lasting:
            record = None if document is None else json.dumps(document_to_record(document), ensure_ascii=True)
            connection.execute(
                "INSERT INTO findings.read VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (file.name, file.sha256, self.reader, record, storable(reading.reason)),
            )

    def _reported(self, connection: Connection, build: int) -> BuildReport:
        row = connection.execute(
            "SELECT state, report FROM findings.builds WHERE build = %s", (build,)
        ).fetchone()
        if row is None or row[1] is None:
            raise FindingsError("the build was given up by another program; build again")
        report = report_of(json.loads(row[1]))
        if row[0] != "published":
            raise NothingToIndexError(report, [printable(source) for source in self.sources])
        return report

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._add_seconds(name, started)

    def _add_seconds(self, name: str, started: float) -> None:
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


def _keep_original(connection: Connection, file: FoundFile) -> None:
    if file.bytes > LARGEST_KEPT:
        return
    try:
        content = file.path.read_bytes()
    except OSError:
        return
    # Edited since it was found: the document is what was read, and its file can't be shown.
    if hashlib.sha256(content).hexdigest() == file.sha256:
        connection.execute(
            "INSERT INTO findings.originals VALUES (%s, %b) ON CONFLICT DO NOTHING", (file.sha256, content)
        )


def _place_of(file: FoundFile) -> str:
    """Where a file stands, as text that can be stored."""
    return str(file.path.absolute()).encode("utf-8", "replace").decode()


def _not_written(error: Exception) -> FindingsError:
    said = " ".join(str(error).split()) or type(error).__name__
    return FindingsError(f"the index can't be written ({said}); it is as it was before")
