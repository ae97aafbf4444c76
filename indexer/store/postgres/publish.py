"""The end of a build in PostgreSQL: what was read becomes a generation, and what it makes needless goes.

All of it is one transaction: a program that dies in it has changed nothing, and another publishes instead. This
module must not know who has read what.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import sql

from indexer.build.find_files import FoundFile, FoundFiles, skip
from indexer.build.report import BuildReport
from indexer.document import Document
from indexer.encode.encoder import EncoderFiles
from indexer.store.location import DatabaseLocation
from indexer.store.manifest import Manifest, Skipped, content_digest
from indexer.store.postgres.connections import Connection
from indexer.store.postgres.schema import drop_generations
from indexer.store.postgres.writer import DocumentFrom, write_generation
from indexer.store.rows import Origin, document_from_record
from indexer.structure.links import find_links


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published: the build, its files as found, and what it was made with.

    `old` is the index as it is, `usable` the same where vectors may be taken over from it; None for none.
    """

    build: int
    location: DatabaseLocation
    found: FoundFiles
    encoder: EncoderFiles
    reader: str
    old: Manifest | None
    usable: Manifest | None


@dataclass(frozen=True, slots=True)
class _Gathered:
    entries: list[DocumentFrom]
    skipped: tuple[Skipped, ...]
    unchanged: int

    @property
    def documents(self) -> list[Document]:
        return [entry.document for entry in self.entries]


def publish_build(
    connection: Connection, publication: Publication, seconds: dict[str, float], started: float
) -> None:
    """Publish what a build has read, or give it up where that is nothing; the report is stored either way.

    `seconds` are by stage so far; `started` is when the build began, on the performance counter.
    """
    with connection.transaction():
        gathered = _gather(connection, publication)
        state, manifest = "given up", None
        if gathered.entries:
            state = "published"
            manifest = _write(connection, publication, gathered, seconds)
        seconds["total"] = time.perf_counter() - started
        report = _report(connection, publication, gathered, manifest, seconds)
        _clean_up(connection, publication, manifest)
        connection.execute(
            "UPDATE findings.builds SET state = %s, digest = %s, report = %s WHERE build = %s",
            (state, report.digest, json.dumps(report.to_json(), ensure_ascii=True), publication.build),
        )
    if manifest is not None:
        old = publication.old
        drop_generations(connection, {manifest.generation, old.generation if old else manifest.generation})


def report_of(data: Mapping[str, Any]) -> BuildReport:
    """The report that was stored as JSON."""
    return BuildReport(
        documents=data["documents"], passages=data["passages"], unchanged=data["unchanged"],
        removed=data["removed"],
        skipped=tuple(Skipped(entry["file"], entry["reason"], entry["path"]) for entry in data["skipped"]),
        seconds=data["seconds"], warnings=data["warnings"], digest=data["digest"], encoder=data["encoder"],
        encoded=data["encoded"],
    )  # fmt: skip


def _gather(connection: Connection, publication: Publication) -> _Gathered:
    """The documents in the order of the files, everything left out by file name, and how many were known."""
    found = publication.found
    rows = connection.execute(
        "SELECT w.place, w.source, w.state, w.reason, r.record FROM findings.work w LEFT JOIN findings.read r "
        "ON r.name = w.name AND r.sha256 = w.sha256 AND r.reader = %s WHERE w.build = %s ORDER BY w.place",
        (publication.reader, publication.build),
    ).fetchall()
    entries: list[DocumentFrom] = []
    skipped = list(found.skipped)
    reasons: dict[FoundFile, str] = {}
    ids: set[str] = set()
    unchanged = 0
    for place, source, state, reason, record in rows:
        file = found.files[place]
        if state == "skipped" or record is None:
            reasons[file] = reason or "could not be read"
            continue
        document = document_from_record(json.loads(record))
        if document.id in ids:
            reasons[file] = f"has the id of another file ({document.id})"
            continue
        ids.add(document.id)
        unchanged += state == "known"
        entries.append(DocumentFrom(document, Origin(file.sha256, file.bytes, source)))
    skipped += [skip(file.path, reason, file.sha256) for file, reason in reasons.items()]
    skipped += [
        skip(path, reasons.get(first, f"same content as {first.name}")) for path, first in found.copies
    ]
    return _Gathered(entries, tuple(sorted(skipped, key=lambda s: (s.file, s.path))), unchanged)


def _write(
    connection: Connection, publication: Publication, gathered: _Gathered, seconds: dict[str, float]
) -> Manifest:
    begun = time.perf_counter()
    links = find_links(gathered.documents)
    seconds["linking"] = time.perf_counter() - begun
    begun = time.perf_counter()
    encoder, reader = publication.encoder, publication.reader
    sums = [(entry.document.id, entry.origin.sha256) for entry in gathered.entries]
    manifest = write_generation(
        connection,
        entries=gathered.entries,
        links=links,
        manifest=Manifest(
            digest=content_digest(sums, encoder.digest, reader),
            generation="",
            encoder=encoder.name,
            encoder_digest=encoder.digest,
            dimension=_dimension(connection, encoder.digest, publication.usable),
            documents=len(gathered.entries),
            passages=sum(len(document.passages) for document in gathered.documents),
            built=datetime.now(UTC).isoformat(timespec="seconds"),
            reader=reader,
            files={},
            skipped=gathered.skipped,
            previous=publication.old.generation if publication.old else None,
        ),
        old=publication.usable,
    )
    seconds["indexing"] = time.perf_counter() - begun
    return manifest


def _report(
    connection: Connection,
    publication: Publication,
    gathered: _Gathered,
    manifest: Manifest | None,
    seconds: Mapping[str, float],
) -> BuildReport:
    if manifest is None:
        return BuildReport(0, 0, 0, 0, gathered.skipped, seconds)
    documents = gathered.documents
    before: set[str] = set()
    if publication.old is not None:
        names = sql.SQL("SELECT file FROM {}.documents").format(sql.Identifier(publication.old.generation))
        before = {name for (name,) in connection.execute(names)}
    encoded = connection.execute(
        "SELECT count(*) FROM findings.encoded WHERE encoder = %s", (publication.encoder.digest,)
    ).fetchone()
    return BuildReport(
        documents=manifest.documents,
        passages=manifest.passages,
        unchanged=gathered.unchanged,
        removed=len(before - {document.file for document in documents}),
        skipped=gathered.skipped,
        seconds=seconds,
        warnings={document.file: document.warnings for document in documents if document.warnings},
        digest=manifest.digest,
        encoder=manifest.encoder,
        encoded=encoded[0] if encoded else 0,
    )


def _dimension(connection: Connection, encoder_digest: str, usable: Manifest | None) -> int:
    row = connection.execute(
        "SELECT vector_dims(vector) FROM findings.encoded WHERE encoder = %s LIMIT 1", (encoder_digest,)
    ).fetchone()
    if row is not None:
        return int(row[0])
    if usable is None:
        raise RuntimeError("a passage was left without its vector")
    return usable.dimension


def _clean_up(connection: Connection, publication: Publication, manifest: Manifest | None) -> None:
    """Remove what the published generation makes needless: vectors that stand in it, documents that don't."""
    build = publication.build
    if manifest is not None:
        connection.execute("DELETE FROM findings.encoded")
        connection.execute(
            "DELETE FROM findings.read r WHERE NOT EXISTS "
            "(SELECT FROM findings.work w WHERE w.build = %s AND w.name = r.name AND w.sha256 = r.sha256)",
            (build,),
        )
        generations = [manifest.generation, *([publication.old.generation] if publication.old else [])]
        kept = sql.SQL(" UNION ").join(
            sql.SQL("SELECT sha256 FROM {}.documents").format(sql.Identifier(name)) for name in generations
        )
        connection.execute(sql.SQL("DELETE FROM findings.originals WHERE sha256 NOT IN ({})").format(kept))
    connection.execute("DELETE FROM findings.builds WHERE build < %s - 10", (build,))
