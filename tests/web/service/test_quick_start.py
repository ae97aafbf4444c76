"""A service loads what it answers with and nothing else."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from web.service.memory import without_collecting

pytestmark = pytest.mark.slow

# Of builds, of readers, and of what is rarely asked for.
_NEEDLESS = (
    "torch", "sentence_transformers", "transformers", "pandas", "scipy", "sklearn", "docx", "lxml", "pypdfium2",
    "httpx2", "psycopg", "playwright", "bm25s", "indexer.reading.file", "indexer.reading.pdf", "indexer.build.build", "indexer.build.worker",
)  # fmt: skip

_SERVES = """
import json, sys
from pathlib import Path
from web.service.memory import without_collecting
with without_collecting():
    from web.service.serving import serve
from web.app import create_app
from search_api.answers.answering import answer_question
from search_api.engine import Engine
engine = Engine(Path(sys.argv[1]))
create_app(engine)
answer_question(engine.snapshot(), "What do inspectors say about caseloads?")
print(json.dumps([name for name in sys.argv[2:] if name in sys.modules]))
"""


def test_a_service_that_answers_has_loaded_no_library_of_builds_or_of_rare_pages(sample_index: Path) -> None:
    printed = subprocess.run(
        [sys.executable, "-c", _SERVES, str(sample_index), *_NEEDLESS],
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout.strip() == "[]"


def test_mistakes_in_what_is_asked_are_said_before_anything_is_loaded() -> None:
    asked = (
        "import sys; from web.__main__ import main; print('numpy' in sys.modules, 'fastapi' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "False False"


def test_a_start_sweeps_nothing_and_leaves_sweeping_as_it_was() -> None:
    with without_collecting():
        assert not gc.isenabled()
        assert os.environ["PYDANTIC_DISABLE_PLUGINS"]
    assert gc.isenabled()
    gc.disable()
    try:
        with without_collecting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
