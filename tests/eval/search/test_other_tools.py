"""Other tools are scored by their own code beside ours; one that isn't installed is asked for by name."""

from pathlib import Path

import pytest

from eval.__main__ import main
from eval.gate import TRUTH
from eval.search.cases import load_cases
from eval.search.collection import open_collection
from eval.search.measures import read_run
from eval.search.other_tools import installed
from indexer.errors import UsageError


def test_a_tool_that_is_not_installed_is_a_users_mistake() -> None:
    with pytest.raises(UsageError, match="pip install some-package"):
        installed("no_such_module", "some-package")


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["txtai", "haystack"])
def test_another_tool_is_scored_beside_ours(sample_index: Path, tmp_path: Path, tool: str) -> None:
    bench = str(TRUTH / "evidence.jsonl")
    asked = ["run", "--index", str(sample_index), "--bench", bench, "--out", str(tmp_path)]
    assert main([*asked, "--systems", tool]) == 0
    cases = {case.id: case for case in load_cases([TRUTH / "evidence.jsonl"])}
    collection = open_collection(sample_index)
    run = read_run(tmp_path / f"evidence-{tool}.run")
    assert run
    for query, ranked in run.items():
        assert len(set(ranked)) == len(ranked)
        assert {collection.by_id[name][0].file for name in ranked} == {cases[query].file}
