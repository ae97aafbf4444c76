"""Builds into PostgreSQL: as a build into a folder, and by several programs at once, one of which dies."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psycopg
import pytest

from indexer.build.build import build
from indexer.build.database import build_in_database
from indexer.build.find_files import find_files
from indexer.build.report import NothingToIndexError
from indexer.encode.encoder import MODEL_SETTING
from indexer.errors import IndexUnusable
from indexer.fetch.client import Answered
from indexer.fetch.table import FetchedTable, Listed
from indexer.limits import Limits
from indexer.store.location import DatabaseLocation
from indexer.store.opening import open_index, stamp
from indexer.store.postgres.connections import connect
from indexer.store.postgres.copy import copy_index
from indexer.store.postgres.schema import prepare_database
from indexer.store.postgres.work import join_build
from tests.indexer.postgres_server import Server

pytestmark = pytest.mark.slow

WriteDocument = Callable[..., Path]
PATIENCE = 120.0
"""Seconds after which something that must happen counts as not happening, however busy the machine."""


@pytest.fixture(autouse=True)
def _small_encoder(monkeypatch: pytest.MonkeyPatch, small_encoder: Path) -> None:
    monkeypatch.setenv(MODEL_SETTING, str(small_encoder))


@pytest.fixture
def location(postgres: tuple[Server, Server]) -> DatabaseLocation:
    return postgres[0].new_database()


@pytest.fixture
def source(tmp_path: Path, write_document: WriteDocument) -> Path:
    folder = tmp_path / "source"
    write_document(folder / "one.txt", ["Interviews happen in time.", "Placements are near home."])
    write_document(folder / "two.txt", ["Caseloads fell this year.", "Visits are recorded."], "Thornmere")
    write_document(folder / "three.txt", ["Plans are clear to families."], "Thornmere")
    return folder


def generations(location: DatabaseLocation) -> list[str]:
    with connect(location, writing=True) as connection:
        rows = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'findings\\_%'")
        return [name for (name,) in rows]


def test_a_build_in_a_database_is_the_build_in_a_folder(
    source: Path, location: DatabaseLocation, tmp_path: Path
) -> None:
    in_folder = build([source], tmp_path / "index")
    report = build_in_database([source], location)
    assert (report.documents, report.passages, report.encoded, report.digest) == (
        in_folder.documents, in_folder.passages, in_folder.encoded, in_folder.digest,
    )  # fmt: skip
    with open_index(location) as database, open_index(tmp_path / "index") as folder:
        rows = range(len(folder))
        assert database.documents() == folder.documents()
        assert database.passages(rows) == folder.passages(rows)
        assert np.abs(database.vectors(rows) - folder.vectors(rows)).max() < 1e-3
        assert database.lexical('"visits" OR "home"', 9) == folder.lexical('"visits" OR "home"', 9)
        one = next(document for document in database.documents() if document.file == "one.txt")
        original = database.source_path(one.id)
        assert original is not None
        assert original.read_bytes() == (source / "one.txt").read_bytes()


def test_where_documents_come_from_is_the_same_in_both_stores_and_follows_the_publisher(
    source: Path, location: DatabaseLocation, tmp_path: Path
) -> None:
    def fetched(title: str, day: str) -> None:
        sha256 = hashlib.sha256((source / "one.txt").read_bytes()).hexdigest()
        listed = Listed("7", "https://reports.example/7", title)
        with FetchedTable(source) as table:
            table.list_document("site", listed, publisher="The inspectorate", licence=None, run=1)
            held = table.held("site")[0]
            if held.file is None:
                table.arrived("site", held, "one.txt", Answered(200, listed.address, sha256=sha256), day)

    for title in ("Inspection", "Inspection, corrected title"):
        fetched(title, "2026-02-03")
        build([source], tmp_path / "index")
        build_in_database([source], location)
        with open_index(location) as database, open_index(tmp_path / "index") as folder:
            assert database.documents() == folder.documents()
            assert database.digest == folder.digest
            (found,) = [d.provenance for d in database.documents() if d.provenance]
            assert (found.title, found.fetched) == (title, "2026-02-03")


def test_an_index_copied_from_a_folder_equals_one_that_was_built(
    source: Path, location: DatabaseLocation, tmp_path: Path
) -> None:
    build([source], tmp_path / "index")
    copied = copy_index(tmp_path / "index", location)
    with open_index(location) as database, open_index(tmp_path / "index") as folder:
        assert database.digest == folder.digest == copied.digest
        rows = range(len(folder))
        assert database.passages(rows) == folder.passages(rows)
        assert (database.sentence_vectors(rows).spans == folder.sentence_vectors(rows).spans).all()
    # What was copied is known: nothing is read or encoded again.
    report = build_in_database([source], location)
    assert (report.unchanged, report.encoded) == (3, 0)


def test_only_what_is_new_is_read_and_encoded_and_what_is_gone_goes(
    source: Path, location: DatabaseLocation, tmp_path: Path, write_document: WriteDocument
) -> None:
    build_in_database([source], location)
    again = build_in_database([source], location)
    assert (again.unchanged, again.encoded, len(generations(location))) == (3, 0, 1)
    (source / "three.txt").unlink()
    write_document(source / "two.txt", ["Caseloads fell this year.", "Visits are late."], "Thornmere")
    report = build_in_database([source], location)
    assert (report.documents, report.unchanged, report.removed) == (2, 1, 1)
    fresh = build([source], tmp_path / "fresh")
    assert 1 <= report.encoded < fresh.encoded
    with open_index(location) as updated, open_index(tmp_path / "fresh") as made_at_once:
        assert updated.digest == made_at_once.digest
        rows = range(len(made_at_once))
        assert updated.passages(rows) == made_at_once.passages(rows)
        assert np.abs(updated.vectors(rows) - made_at_once.vectors(rows)).max() < 1e-3


def test_at_most_the_generation_before_is_kept(
    source: Path, location: DatabaseLocation, write_document: WriteDocument
) -> None:
    for number in range(4):
        write_document(source / "more.txt", [f"Edition {number} of a text."])
        build_in_database([source], location)
    assert len(generations(location)) == 2


def test_another_model_encodes_everything_anew(
    source: Path, location: DatabaseLocation, another_encoder: Path
) -> None:
    first = build_in_database([source], location)
    second = build_in_database([source], location, model=str(another_encoder))
    assert (second.encoded, second.digest == first.digest) == (first.encoded, False)
    rebuilt = build_in_database([source], location, model=str(another_encoder), rebuild=True)
    assert (rebuilt.unchanged, rebuilt.encoded, rebuilt.digest) == (0, first.encoded, second.digest)


def test_files_that_cannot_be_read_are_named_and_a_build_of_nothing_changes_nothing(
    source: Path, location: DatabaseLocation, tmp_path: Path
) -> None:
    (source / "page.pdf").write_text("<!DOCTYPE html><html><body>Not found</body></html>", encoding="utf-8")
    for _ in range(2):
        report = build_in_database([source], location)
        assert [skipped.file for skipped in report.skipped] == ["page.pdf"]
        assert report.skipped[0].reason.startswith("is an HTML page")
    before = stamp(location)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToIndexError, match=r"nothing in .* can be indexed"):
        build_in_database([tmp_path / "empty"], location)
    assert stamp(location) == before


def test_a_build_of_other_files_waits_for_the_one_under_way(
    source: Path, location: DatabaseLocation, tmp_path: Path, write_document: WriteDocument
) -> None:
    other = write_document(tmp_path / "other" / "four.txt", ["Another report altogether."])
    files = [(file.name, file.sha256, file.bytes) for file in find_files([other], limits=Limits()).files]
    with connect(location, writing=True) as connection:
        prepare_database(connection, location)
        build_ = join_build(
            connection, location, key="k", files=files, reader="r", before=None, usable=None, rebuild=False
        )
        assert build_ is not None
        with pytest.raises(IndexUnusable, match="another build is writing the index"):
            build_in_database([source], location)
    # The build that held it has died without a word: its work is given up, not waited for.
    assert build_in_database([source], location).documents == 3


def test_a_writer_that_dies_in_the_last_step_leaves_no_trace(
    source: Path, location: DatabaseLocation, write_document: WriteDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_in_database([source], location)
    before, tables = stamp(location), generations(location)
    write_document(source / "four.txt", ["A new page."])
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from indexer.store.postgres import writer; from indexer.store.location import DatabaseLocation\n"
        "from indexer.build.database import build_in_database\n"
        "writer.publish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "build_in_database([Path(sys.argv[1])], DatabaseLocation(sys.argv[2]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(source), location.url], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (stamp(location), generations(location)) == (before, tables)
    report = build_in_database([source], location)
    assert (report.documents, stamp(location) == before) == (4, False)


WORKER = (
    "import sys; from pathlib import Path\n"
    "from indexer.store.location import DatabaseLocation; from indexer.build.database import build_in_database\n"
    "r = build_in_database([Path(sys.argv[1])], DatabaseLocation(sys.argv[2]), claimed_at_once=1, processes=1)\n"
    "print(r.documents, r.passages, r.digest)\n"
)


@contextmanager
def workers(count: int, source: Path, location: DatabaseLocation) -> Iterator[list[subprocess.Popen[str]]]:
    command = [sys.executable, "-c", WORKER, str(source), location.url]
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def holds_a_file(connection: psycopg.Connection[tuple[object, ...]], process: int) -> bool:
    """Whether a worker is within the transaction in which it has claimed a file."""
    found = connection.execute(
        "SELECT 1 FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid "
        "WHERE a.application_name = %s AND l.relation = 'findings.work'::regclass AND l.mode = 'RowShareLock'",
        (f"findings build {process}",),
    ).fetchone()
    return found is not None


def kill_while_it_holds_a_file(
    process: subprocess.Popen[str], connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if holds_a_file(connection, process.pid):
            os.kill(process.pid, signal.SIGSTOP)
            # Stopped, it can no longer give the file back in between.
            if holds_a_file(connection, process.pid):
                process.kill()
                process.wait()
                return
            os.kill(process.pid, signal.SIGCONT)
        assert process.poll() is None, "the worker ended before it could be killed"
    raise AssertionError("the worker never claimed a file")


def test_three_workers_one_of_them_killed_index_every_file_exactly_once(
    tmp_path: Path, location: DatabaseLocation, write_document: WriteDocument
) -> None:
    source = tmp_path / "source"
    for number in range(40):
        write_document(
            source / f"report-{number:02}.txt", [f"Report {number} says {n} things." for n in range(1, 6)]
        )
    alone = build([source], tmp_path / "alone")
    with connect(location, writing=True) as connection:
        prepare_database(connection, location)
        with workers(3, source, location) as (victim, *others):
            kill_while_it_holds_a_file(victim, connection)
            printed = [process.communicate(timeout=PATIENCE)[0].split() for process in others]
            assert [process.returncode for process in others] == [0, 0]
        assert printed == [[str(alone.documents), str(alone.passages), alone.digest]] * 2
        work = connection.execute("SELECT name, state, worker FROM findings.work").fetchall()
        assert sorted(name for name, _, _ in work) == [f"report-{number:02}.txt" for number in range(40)]
        assert {state for _, state, _ in work} == {"read"}
        shared = {worker.rpartition(":")[2] for _, _, worker in work}
        assert {str(process.pid) for process in others} <= shared
    with open_index(location) as index, open_index(tmp_path / "alone") as reference:
        rows = range(len(reference))
        assert index.passages(rows) == reference.passages(rows)
        assert np.abs(index.vectors(rows) - reference.vectors(rows)).max() < 1e-3
