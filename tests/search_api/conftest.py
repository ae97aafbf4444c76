from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from search_api.engine import Engine


@pytest.fixture(scope="session")
def engine(sample_index: Path) -> Iterator[Engine]:
    """A real engine over the sample corpus, shared by every test that only reads."""
    with Engine(sample_index) as opened:
        yield opened
