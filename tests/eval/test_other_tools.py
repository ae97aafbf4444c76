"""Tools that are not installed with the project are asked for by name, not by a traceback."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.gate import TRUTH
from eval.other_tools import _installed
from indexer.errors import UsageError


def test_a_tool_that_is_not_installed_is_a_users_mistake() -> None:
    with pytest.raises(UsageError, match="pip install some-package"):
        _installed("no_such_module", "some-package")


@pytest.mark.slow
@pytest.mark.parametrize("tool", [name for name in ("txtai", "haystack") if find_spec(name)])
def test_an_installed_tool_is_scored_beside_ours(sample_index: Path, tmp_path: Path, tool: str) -> None:
    bench = str(TRUTH / "evidence.jsonl")
    asked = ["run", "--index", str(sample_index), "--bench", bench, "--out", str(tmp_path)]
    assert main([*asked, "--systems", tool]) == 0
    assert (tmp_path / f"evidence-{tool}.run").read_text().strip()
