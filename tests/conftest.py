"""What many tests stand on: an index of the sample corpus, built once a run, and the real documents."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.indexer.postgres_server import Server

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

# Processors are shared with a browser or a server under test: one thread each is quicker than a crowd.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell that runs these tests in the background has them ignore Ctrl-C, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def sample_folder() -> Path:
    return ROOT / "corpus" / "sample"


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory: pytest.TempPathFactory, sample_folder: Path) -> Path:
    """A folder with an index of the sample corpus, for reading only: one for all processes of a test run."""
    from indexer.build.build import build  # noqa: PLC0415 (tests without an index needn't load it)

    base = tmp_path_factory.getbasetemp()
    # Each of pytest-xdist's workers has a folder of its own in the run's.
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = run / "sample-index"
    with (run / "sample-index.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "manifest.json").exists():
            build([sample_folder], folder)
    return folder


@pytest.fixture(scope="session")
def shared_folder() -> Path | None:
    """The folder of real documents and benchmarks beside the project, where there is one."""
    return SHARED if SHARED.is_dir() else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[tuple[Server, Server]]:
    """A PostgreSQL server and a standby that follows it; tests make databases of their own there."""
    from tests.indexer.postgres_server import new_server, new_standby, running  # noqa: PLC0415

    with running(new_server()) as primary, running(new_standby(primary)) as standby:
        yield primary, standby
