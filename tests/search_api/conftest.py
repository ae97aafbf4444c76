from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from search_api.engine import Engine
from search_api.snapshot import Snapshot


@pytest.fixture(scope="session")
def engine(sample_index: Path) -> Iterator[Engine]:
    """A real engine over the sample corpus, shared by every test that only reads."""
    with Engine(sample_index) as opened:
        yield opened


@pytest.fixture(scope="session")
def snapshot(engine: Engine) -> Snapshot:
    """The sample corpus as a request finds it."""
    return engine.snapshot()
