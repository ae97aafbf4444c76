"""What was fetched, from where, when, and under which licence: one table of the corpus, beside its files.

SQLite, so that a run that is killed loses nothing and the next goes on. Builds read it for each file's provenance.
This module must not know how anything is asked for.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

from indexer.errors import UsageError
from indexer.fetch.client import Answered

TABLE = "fetched.sqlite"
"""The table's name in a corpus folder."""

_VERSION = 1
_SCHEMA = """
CREATE TABLE documents (
  source TEXT NOT NULL, document_id TEXT NOT NULL, address TEXT NOT NULL, title TEXT NOT NULL DEFAULT '',
  organisation TEXT NOT NULL DEFAULT '', organisation_id TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT '',
  listed TEXT NOT NULL DEFAULT '', publisher TEXT NOT NULL DEFAULT '', licence TEXT, file TEXT, sha256 TEXT,
  etag TEXT, modified TEXT, fetched TEXT, checked TEXT, note TEXT NOT NULL DEFAULT '', seen INTEGER NOT NULL,
  delisted TEXT, PRIMARY KEY (source, document_id)) STRICT;
CREATE TABLE editions (
  source TEXT NOT NULL, document_id TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL, fetched TEXT NOT NULL,
  replaced TEXT NOT NULL, PRIMARY KEY (source, document_id, sha256)) STRICT;
CREATE TABLE organisations (
  source TEXT NOT NULL, organisation_id TEXT NOT NULL, name TEXT NOT NULL, seen INTEGER NOT NULL, complete INTEGER NOT NULL,
  delisted TEXT, PRIMARY KEY (source, organisation_id)) STRICT;
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as its publisher lists it."""

    document_id: str
    address: str
    title: str = ""
    organisation: str = ""
    organisation_id: str = ""
    kind: str = ""
    listed: str = ""


@dataclass(frozen=True, slots=True)
class Held(Listed):
    """A listed document and what is here of it; `file` is a name in the corpus folder, None where none came yet."""

    file: str | None = None
    sha256: str | None = None
    etag: str | None = None
    modified: str | None = None
    fetched: str | None = None
    checked: str | None = None
    note: str = ""


class FetchedTable:
    """The table of one corpus folder."""

    def __init__(self, folder: Path) -> None:
        """Open the folder's table, or make it. Raises UsageError where it can't be used."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(folder / TABLE, isolation_level=None)
            # A request's row isn't worth a wait for the disk: what is lost with the machine's power is asked for again.
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if not version:
                self._db.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version = {_VERSION};COMMIT;")
            elif version != _VERSION:
                raise UsageError(f"{folder / TABLE} is of version {version}, this program writes {_VERSION}")
        except (OSError, sqlite3.Error) as error:
            raise UsageError(
                f"the table of what was fetched, {folder / TABLE}, can't be used: {error}"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()

    def setting(self, name: str) -> str | None:
        """A setting that was kept; None where it wasn't."""
        found = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def set(self, name: str, value: str) -> None:
        """Keep a setting."""
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def begin_run(self, source: str) -> int:
        """The number of a new run of a source."""
        number = int(self.setting(f"run {source}") or 0) + 1
        self.set(f"run {source}", str(number))
        return number

    def spend(self, source: str, day: date) -> None:
        """Count a request of a day."""
        self.set(f"day {source}", f"{day.isoformat()} {self.spent(source, day) + 1}")

    def spent(self, source: str, day: date) -> int:
        """How many requests were made on a day."""
        of, _, count = (self.setting(f"day {source}") or "").partition(" ")
        return int(count) if of == day.isoformat() else 0

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Make several changes one: all of them or, after a crash, none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def list_organisation(self, source: str, organisation_id: str, name: str, run: int) -> None:
        """Note that an organisation is listed; what it has isn't known yet."""
        self._db.execute(
            "INSERT INTO organisations VALUES (?, ?, ?, ?, 0, NULL) ON CONFLICT DO UPDATE SET "
            "name = CASE excluded.name WHEN '' THEN name ELSE excluded.name END, "
            "seen = excluded.seen, complete = 0, delisted = NULL",
            (source, organisation_id, name, run),
        )

    def complete_organisation(self, source: str, organisation_id: str) -> None:
        """Note that all that an organisation has was listed in its last run."""
        self._db.execute(
            "UPDATE organisations SET complete = 1 WHERE source = ? AND organisation_id = ?",
            (source, organisation_id),
        )

    def list_document(
        self, source: str, one: Listed, *, publisher: str, licence: str | None, run: int
    ) -> bool:
        """Note that a document is listed; whether it is new or is listed otherwise than before."""
        old = self._db.execute(
            "SELECT address, title, listed FROM documents WHERE source = ? AND document_id = ?",
            (source, one.document_id),
        ).fetchone()
        changed = old != (one.address, one.title, one.listed)
        self._db.execute(
            "INSERT INTO documents (source, document_id, address, title, organisation, organisation_id, kind, listed, "
            "publisher, licence, seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "address = excluded.address, title = excluded.title, organisation = excluded.organisation, "
            "organisation_id = excluded.organisation_id, kind = excluded.kind, listed = excluded.listed, "
            "publisher = excluded.publisher, licence = excluded.licence, seen = excluded.seen, delisted = NULL, "
            "checked = CASE WHEN ? THEN NULL ELSE checked END",
            (
                source, one.document_id, one.address, one.title, one.organisation, one.organisation_id, one.kind,
                one.listed, publisher, licence, run, changed,
            ),
        )  # fmt: skip
        return old is None

    def mark_delisted(self, source: str, run: int, today: str, *, whole: bool) -> int:
        """Mark what is no longer listed: of organisations that were read to their end, and all where the run was whole."""
        gone = "source = ? AND seen < ? AND delisted IS NULL"
        read_to_end = (
            ""
            if whole
            else " AND organisation_id IN (SELECT organisation_id FROM organisations o "
            "WHERE o.source = documents.source AND o.complete = 1 AND o.seen = ?)"
        )
        values: tuple[Any, ...] = (today, source, run) if whole else (today, source, run, run)
        marked = self._db.execute(f"UPDATE documents SET delisted = ? WHERE {gone}{read_to_end}", values)  # noqa: S608 (own words)
        if whole:
            self._db.execute(f"UPDATE organisations SET delisted = ? WHERE {gone}", (today, source, run))  # noqa: S608 (own words)
        return marked.rowcount

    def due(self, source: str, run: int, checked_by: str) -> Iterator[Held]:
        """Documents listed in a run that aren't here, or were last checked on a day or before, in the order of their ids."""
        after = ""
        while found := self._held(
            "source = ? AND seen = ? AND (sha256 IS NULL OR checked IS NULL OR checked <= ?) AND document_id > ? "
            "ORDER BY document_id LIMIT 100",
            (source, run, checked_by, after),
        ):
            yield from found
            after = found[-1].document_id

    def arrived(self, source: str, one: Held, file: str, answered: Answered, today: str) -> None:
        """Note that a document is in the folder; what was there before of the same id is kept as an edition."""
        with self.together():
            if one.sha256 and one.file:
                self._db.execute(
                    "INSERT OR IGNORE INTO editions VALUES (?, ?, ?, ?, ?, ?)",
                    (source, one.document_id, one.file, one.sha256, one.fetched or today, today),
                )
            self._db.execute(
                "UPDATE documents SET file = ?, sha256 = ?, etag = ?, modified = ?, fetched = ?, checked = ?, note = '' "
                "WHERE source = ? AND document_id = ?",
                (
                    file,
                    answered.sha256,
                    answered.etag,
                    answered.modified,
                    today,
                    today,
                    source,
                    one.document_id,
                ),
            )

    def forget_file(self, source: str, document_id: str) -> None:
        """Note that a document's file isn't in the folder any more."""
        self._db.execute(
            "UPDATE documents SET file = NULL, sha256 = NULL, etag = NULL, modified = NULL, checked = NULL "
            "WHERE source = ? AND document_id = ?",
            (source, document_id),
        )

    def checked(self, source: str, document_id: str, today: str) -> None:
        """Note that a document is still as it was."""
        self._db.execute(
            "UPDATE documents SET checked = ?, note = '' WHERE source = ? AND document_id = ?",
            (today, source, document_id),
        )

    def failed(self, source: str, document_id: str, note: str) -> None:
        """Note why a document didn't come."""
        self._db.execute(
            "UPDATE documents SET note = ? WHERE source = ? AND document_id = ?", (note, source, document_id)
        )

    def file_of(self, sha256: str) -> str | None:
        """The file in the folder that holds this content; None where there is none."""
        found = self._db.execute("SELECT file FROM documents WHERE sha256 = ?", (sha256,)).fetchone()
        return found[0] if found else None

    def is_taken(self, file: str) -> bool:
        """Whether a file's name is in use."""
        return bool(
            self._db.execute(
                "SELECT 1 FROM documents WHERE file = ? UNION SELECT 1 FROM editions WHERE file = ?",
                (file, file),
            ).fetchone()
        )

    def held(self, source: str) -> list[Held]:
        """Every document of a source that is listed."""
        return self._held("source = ? AND delisted IS NULL", (source,))

    def all_held(self) -> Iterator[tuple[str, Held]]:
        """Every document that was ever listed, with its source."""
        for (source,) in self._db.execute("SELECT DISTINCT source FROM documents").fetchall():
            for one in self._held("source = ?", (source,)):
                yield source, one

    def organisations(self) -> list[tuple[str, str, str]]:
        """The organisations that are listed: source, id and name."""
        rows: Sequence[tuple[str, str, str]] = self._db.execute(
            "SELECT source, organisation_id, name FROM organisations WHERE delisted IS NULL ORDER BY name"
        ).fetchall()
        return list(rows)

    def _held(self, where: str, values: Sequence[Any]) -> list[Held]:
        columns = ", ".join(Held.__dataclass_fields__)
        rows = self._db.execute(f"SELECT {columns} FROM documents WHERE {where}", values)  # noqa: S608 (own words)
        return [Held(*row) for row in rows]
