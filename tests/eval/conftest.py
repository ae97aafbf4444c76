"""One index of the sample for every test of evaluation: a real one, built as users build theirs."""

from pathlib import Path

import pytest

from eval.gate import SAMPLE
from indexer.build import build


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index of corpus/sample."""
    folder = tmp_path_factory.mktemp("sample-index")
    build([SAMPLE], folder)
    return folder
