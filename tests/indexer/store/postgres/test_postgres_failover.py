"""A primary that crashes under load: the standby serves every read, is promoted, and takes builds again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from indexer.build.database import build_in_database
from indexer.encode.encoder import MODEL_SETTING, load_encoder
from indexer.store.location import DatabaseLocation
from indexer.store.opening import open_index, stamp
from tests.indexer.postgres_server import Server, new_server, new_standby, running

pytestmark = pytest.mark.slow

WriteDocument = Callable[..., Path]
READERS = 4
READ = 60
"""Reads that must be answered while there is no primary."""
PATIENCE = 120.0


@pytest.fixture(autouse=True)
def _small_encoder(monkeypatch: pytest.MonkeyPatch, small_encoder: Path) -> None:
    monkeypatch.setenv(MODEL_SETTING, str(small_encoder))


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    """A primary that commits nothing before its standby shows it, and the standby."""
    with running(new_server()) as primary, running(new_standby(primary)) as standby:
        with psycopg.connect(primary.address(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("ALTER SYSTEM SET synchronous_commit = 'remote_apply'")
            connection.execute("SELECT pg_reload_conf()")
        yield primary, standby


class Readers:
    """Threads that ask an index without pause, and compare every answer with the first."""

    def __init__(self, location: DatabaseLocation, vector: object) -> None:
        self._location = location
        self._vector = vector
        self._stopped = threading.Event()
        self._counted = threading.Condition()
        self._answered = 0
        self.failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._read) for _ in range(READERS)]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int) -> None:
        """Wait until so many more reads have been answered, or one has failed."""
        with self._counted:
            enough = self._answered + more
            assert self._counted.wait_for(lambda: self.failures or self._answered >= enough, PATIENCE)

    def _read(self) -> None:
        try:
            with open_index(self._location) as index:
                document = index.documents()[0].id
                ask = lambda: (  # noqa: E731
                    index.dense(self._vector, 3),  # type: ignore[arg-type]
                    index.document(document),
                    index.passages([0, 1]),
                    index.lexical('"interviews"', 3),
                )
                expected = ask()
                while not self._stopped.is_set():
                    assert ask() == expected
                    with self._counted:
                        self._answered += 1
                        self._counted.notify_all()
        except BaseException as error:
            self.failures.append(error)
            with self._counted:
                self._counted.notify_all()


def test_reads_never_fail_and_writes_go_on_when_the_primary_crashes(
    pair: tuple[Server, Server], tmp_path: Path, write_document: WriteDocument, small_encoder: Path
) -> None:
    primary, standby = pair
    source = tmp_path / "source"
    write_document(source / "one.txt", ["Interviews happen in time.", "Placements are near home."])
    location = primary.new_database(standby)
    build_in_database([source], location)
    vector = load_encoder(str(small_encoder)).encode_query("interviews")
    with Readers(location, vector) as readers:
        readers.wait_for(READ)
        primary.stop("immediate")
        # Nobody accepts writes now, and every read is answered by the standby.
        readers.wait_for(READ)
        before = stamp(location)
        standby.promote()
        write_document(source / "two.txt", ["Visits are recorded."])
        report = build_in_database([source], location)
        readers.wait_for(READ)
    assert readers.failures == []
    assert (report.documents, report.unchanged) == (2, 1)
    assert before is not None
    assert stamp(location) != before
    with open_index(location) as index:
        assert sorted(document.file for document in index.documents()) == ["one.txt", "two.txt"]
