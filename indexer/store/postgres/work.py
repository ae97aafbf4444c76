"""Who builds what: a build that several machines share, and files that each is claimed by one of them.

A build is known by a key of its files, its encoder and the reading code: a program that starts with the same key
joins the build that is under way, one with another key is refused. A file is claimed by locking its row
(FOR UPDATE SKIP LOCKED) in the very transaction that stores what became of it: a worker that dies gives it back
by dying, and nothing is stored twice. This module must not know how a file is read or an index written.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Sequence

from psycopg import sql

from indexer.document import Document
from indexer.errors import IndexUnusable
from indexer.store.location import DatabaseLocation
from indexer.store.manifest import Manifest
from indexer.store.postgres.connections import Connection
from indexer.store.postgres.schema import current_name, storable
from indexer.store.rows import document_from_record

# Classes of advisory locks: every worker of a build holds the first, shared; the one that publishes holds the second.
_ALIVE, _PUBLISHING = 4_640_002, 4_640_003


def last_published(connection: Connection) -> tuple[str, str, str] | None:
    """Give the key, the index's digest and the report of the build that was published last."""
    row = connection.execute(
        "SELECT key, digest, report FROM findings.builds WHERE state = 'published' ORDER BY build DESC LIMIT 1"
    ).fetchone()
    return (row[0], row[1], row[2]) if row else None


def join_build(
    connection: Connection,
    location: DatabaseLocation,
    *,
    key: str,
    files: Sequence[tuple[str, str, int]],
    reader: str,
    before: str | None,
    usable: Manifest | None,
    rebuild: bool,
) -> int | None:
    """Join the build of this key, or begin it; gives its number, None where the index is no longer `before`.

    `files` are (name, SHA-256, bytes); `usable` is the generation that unchanged documents are taken over from, None for none. Raises IndexUnusable
    where another is being built.
    """
    with connection.transaction():
        connection.execute("LOCK TABLE findings.builds IN SHARE ROW EXCLUSIVE MODE")
        working = connection.execute(
            "SELECT build, key FROM findings.builds WHERE state = 'working'"
        ).fetchone()
        if working is not None and working[1] == key:
            connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", (_ALIVE, working[0]))
            return int(working[0])
        if working is not None:
            _give_up_dead(connection, location, working[0])
        if current_name(connection) != before:
            return None
        (build,) = connection.execute(
            "INSERT INTO findings.builds (key, state) VALUES (%s, 'working') RETURNING build", (key,)
        ).fetchone() or (0,)
        if rebuild:
            connection.execute("DELETE FROM findings.read; DELETE FROM findings.encoded")
        _list_work(connection, build, files, reader, usable)
        connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", (_ALIVE, build))
        return int(build)


def refuse_during_build(connection: Connection, location: DatabaseLocation) -> None:
    """Keep builds out for the transaction that the caller is in; IndexUnusable where one is under way."""
    connection.execute("LOCK TABLE findings.builds IN SHARE ROW EXCLUSIVE MODE")
    working = connection.execute("SELECT build FROM findings.builds WHERE state = 'working'").fetchone()
    if working is not None:
        _give_up_dead(connection, location, working[0])


def count_waiting(connection: Connection, build: int) -> int:
    """How many files nobody has done yet."""
    row = connection.execute(
        "SELECT count(*) FROM findings.work WHERE build = %s AND state = 'waiting'", (build,)
    ).fetchone()
    return int(row[0]) if row else 0


def claim(connection: Connection, build: int, most: int) -> tuple[int, ...]:
    """Claim up to `most` files that nobody holds, for the transaction that the caller is in; gives their places."""
    rows = connection.execute(
        "SELECT place FROM findings.work WHERE build = %s AND state = 'waiting' ORDER BY place LIMIT %s "
        "FOR UPDATE SKIP LOCKED",
        (build, most),
    ).fetchall()
    return tuple(place for (place,) in rows)


def wait_for_others(connection: Connection, build: int) -> tuple[int, ...]:
    """Wait until the files that others hold are done; claims one that its worker gave back by dying."""
    rows = connection.execute(
        "SELECT place FROM findings.work WHERE build = %s AND state = 'waiting' ORDER BY place LIMIT 1 FOR UPDATE",
        (build,),
    ).fetchall()
    return tuple(place for (place,) in rows)


def mark(connection: Connection, build: int, place: int, source: str, reason: str | None) -> None:
    """Say what became of a claimed file: read, or skipped for a reason."""
    connection.execute(
        "UPDATE findings.work SET state = %s, reason = %s, source = %s, worker = %s "
        "WHERE build = %s AND place = %s",
        (
            "read" if reason is None else "skipped", None if reason is None else storable(reason),
            storable(source), f"{socket.gethostname()}:{os.getpid()}", build, place,
        ),
    )  # fmt: skip


def done(
    connection: Connection, build: int, reader: str
) -> Iterator[tuple[int, str, bool, str | None, Document | None]]:
    """What became of each file, in their order: its place, where it stood, whether it was known, a reason or a document."""
    rows = connection.execute(
        "SELECT w.place, w.source, w.state, w.reason, r.record FROM findings.work w LEFT JOIN findings.read r "
        "ON r.name = w.name AND r.sha256 = w.sha256 AND r.reader = %s WHERE w.build = %s ORDER BY w.place",
        (reader, build),
    ).fetchall()
    for place, source, state, reason, record in rows:
        readable = state != "skipped" and record is not None
        yield (
            place,
            source,
            state == "known",
            reason,
            document_from_record(json.loads(record)) if readable else None,
        )


def wait_to_publish(connection: Connection, build: int) -> bool:
    """Wait for the right to publish; false where another worker has published meanwhile, or given up."""
    connection.execute("SELECT pg_advisory_lock(%s, %s)", (_PUBLISHING, build))
    row = connection.execute("SELECT state FROM findings.builds WHERE build = %s", (build,)).fetchone()
    return row is not None and row[0] == "working"


def end(connection: Connection, build: int, state: str, digest: str, report: str) -> None:
    """Say how a build has ended, and forget those of long ago."""
    connection.execute(
        "UPDATE findings.builds SET state = %s, digest = %s, report = %s WHERE build = %s",
        (state, digest, report, build),
    )
    connection.execute("DELETE FROM findings.builds WHERE build < %s - 10", (build,))


def ended(connection: Connection, build: int) -> tuple[str, str | None]:
    """How a build has ended, and its report."""
    row = connection.execute(
        "SELECT state, report FROM findings.builds WHERE build = %s", (build,)
    ).fetchone()
    return (row[0], row[1]) if row else ("given up", None)


def leave(connection: Connection) -> None:
    """Let go of every lock that this connection holds."""
    connection.execute("SELECT pg_advisory_unlock_all()")


def _give_up_dead(connection: Connection, location: DatabaseLocation, build: int) -> None:
    row = connection.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (_ALIVE, build)).fetchone()
    if row is None or not row[0]:
        raise IndexUnusable(
            f"another build is writing the index in {location}; wait until it has ended, or give the same "
            "sources to take part in it"
        )
    connection.execute("UPDATE findings.builds SET state = 'given up' WHERE build = %s", (build,))
    connection.execute("DELETE FROM findings.work WHERE build = %s", (build,))


def _list_work(
    connection: Connection,
    build: int,
    files: Sequence[tuple[str, str, int]],
    reader: str,
    old: Manifest | None,
) -> None:
    with connection.cursor().copy(
        "COPY findings.work (build, place, name, sha256, bytes, source, state) FROM STDIN (FORMAT BINARY)"
    ) as copy:
        copy.set_types(["int8", "int4", "text", "text", "int8", "text", "text"])
        for place, file in enumerate(files):
            copy.write_row((build, place, *file, "", "waiting"))
    connection.execute(
        "UPDATE findings.work w SET state = 'skipped', reason = r.reason FROM findings.read r "
        "WHERE w.build = %s AND r.name = w.name AND r.sha256 = w.sha256 AND r.reader = %s AND r.record IS NULL",
        (build, reader),
    )
    if old is not None:
        # What stands in the generation has its vectors there; what was only read may lack them.
        connection.execute(
            sql.SQL(
                "UPDATE findings.work w SET state = 'known', source = d.source "
                "FROM findings.read r, {}.documents d "
                "WHERE w.build = %s AND r.name = w.name AND r.sha256 = w.sha256 AND r.reader = %s "
                "AND d.file = w.name AND d.sha256 = w.sha256"
            ).format(sql.Identifier(old.generation)),
            (build, reader),
        )
