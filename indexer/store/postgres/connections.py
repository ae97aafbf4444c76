"""Connections to PostgreSQL that outlive a server: a read that loses its server is sent again, to another.

An address may name several hosts, separated by commas: libpq goes through them until one answers. Reading takes
any of them, so that a standby serves while the primary is away; writing waits for one that accepts writes. What
is asked here changes nothing or is wholly undone when it fails, which is why it may be asked twice. This module
must not know what is in the tables.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Any, TypeVar

import psycopg
from psycopg.adapt import Buffer
from psycopg.types import TypeInfo

from indexer.errors import IndexUnusable, UsageError
from indexer.store.location import DatabaseLocation

Connection = psycopg.Connection[tuple[Any, ...]]
Result = TypeVar("Result")

AT_ONCE = 8
"""Connections that one reader keeps; further threads wait for one of them."""

PATIENCE = 30.0
"""Seconds for which a lost server is tried again; a failover takes less."""

OPENING = 5.0
"""Seconds for which a server is tried that has never answered: more likely the address is wrong."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
_CONNECT_SECONDS = 5
"""For each host: one that is gone without a word costs so long, once for each connection."""

# A peer that vanishes is noticed within about half a minute, and what it had claimed is free again.
_KEEPALIVE = {
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000,
}  # fmt: skip
_SERVER_KEEPALIVE = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
)

# What a lost server looks like: gone, ending, starting, or a standby that cancels a read to catch up.
DatabaseError = psycopg.Error
LOST = (psycopg.OperationalError, psycopg.InterfaceError)


class PgHalfvec(bytes):
    """A vector of half-precision numbers in pgvector's own binary form, to be sent as such."""

    __slots__ = ()


class _PgHalfvecDumper(psycopg.adapt.Dumper):
    format = psycopg.pq.Format.BINARY

    def dump(self, obj: PgHalfvec) -> Buffer:
        """Give the bytes as they are."""
        return bytes(obj)


class Readers:
    """A few connections for reading, lent to one thread at a time; safe to use from several threads."""

    def __init__(
        self, location: DatabaseLocation, at_once: int = AT_ONCE, patience: float = PATIENCE
    ) -> None:
        self._location = location
        self.patience = patience
        self._idle: LifoQueue[Connection] = LifoQueue()
        self._room = threading.BoundedSemaphore(at_once)
        self._closed = False

    def run(self, ask: Callable[[Connection], Result]) -> Result:
        """Give what `ask` finds, run again on another connection where the server was lost.

        Raises IndexUnusable where no server has answered for `patience` seconds.
        """
        until = time.monotonic() + self.patience
        pause = _FIRST_PAUSE
        with self._room:
            while True:
                connection: Connection | None = None
                try:
                    connection = self._take()
                    found = ask(connection)
                except LOST as error:
                    if connection is not None:
                        connection.close()
                    self._forget_idle()
                    if self._closed or time.monotonic() >= until:
                        raise unreachable(self._location, error) from error
                except BaseException:
                    if connection is not None:
                        self._give_back(connection)
                    raise
                else:
                    self._give_back(connection)
                    return found
                time.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def close(self) -> None:
        """Close every connection that isn't lent; the others are closed when they come back."""
        self._closed = True
        self._forget_idle()

    def _take(self) -> Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            return connect(self._location, writing=False)

    def _give_back(self, connection: Connection) -> None:
        if self._closed or connection.broken:
            connection.close()
        else:
            self._idle.put(connection)

    def _forget_idle(self) -> None:
        # They led to the same server: each would fail in its turn.
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return


def connect(location: DatabaseLocation, *, writing: bool) -> Connection:
    """Connect to the first host that answers, or to the first that accepts writes; commits each statement.

    Raises psycopg.OperationalError where none does, UsageError for what is no address.
    """
    settings: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS, **_KEEPALIVE}
    if writing:
        settings["target_session_attrs"] = "read-write"
    try:
        connection = psycopg.connect(
            location.url,
            autocommit=True,
            application_name=f"findings build {os.getpid()}" if writing else "findings",
            **settings,
        )
    except psycopg.ProgrammingError as error:
        # Its own message repeats the address, password and all.
        raise UsageError(
            f"{location} is no address of a database; write postgresql://user@host:port/database, an IPv6 host in "
            "brackets"
        ) from error
    try:
        if writing:
            connection.execute(_SERVER_KEEPALIVE)
        else:
            # Compiling a query costs more than any of ours takes.
            connection.execute("SET default_transaction_read_only = on; SET jit = off")
        register_vector(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def register_vector(connection: Connection) -> bool:
    """Teach a connection to send pgvector's type; false where the database doesn't have it (yet)."""
    known = TypeInfo.fetch(connection, "halfvec")
    if known is None:
        return False
    known.register(connection)
    dumper = type("_HalfvecDumper", (_PgHalfvecDumper,), {"oid": known.oid})
    connection.adapters.register_dumper(PgHalfvec, dumper)
    return True


@contextmanager
def writer(location: DatabaseLocation, patience: float = PATIENCE) -> Iterator[Connection]:
    """Lend a connection to a server that accepts writes, waiting `patience` seconds for there to be one."""
    until = time.monotonic() + patience
    pause = _FIRST_PAUSE
    while True:
        try:
            connection = connect(location, writing=True)
            break
        except psycopg.OperationalError as error:
            if time.monotonic() >= until:
                raise unreachable(location, error) from error
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    with connection:
        yield connection


def unreachable(location: DatabaseLocation, error: Exception) -> IndexUnusable:
    """Make the error for a database that doesn't answer."""
    reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
    return IndexUnusable(
        f"the database {location} can't be used ({reason}); check that it runs and the address"
    )
