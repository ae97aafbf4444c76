"""Qrels and runs: what is written is read back, by us and by other tools."""

from pathlib import Path

import ir_measures
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eval.search.measures import read_qrels, read_run, write_qrels, write_run
from indexer.errors import SourceError, UsageError

NAMES = st.text("abcxyz0189.-", min_size=1, max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, st.dictionaries(NAMES, st.integers(0, 3), min_size=1), min_size=1))
def test_qrels_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, qrels: dict[str, dict[str, int]]
) -> None:
    path = tmp_path_factory.mktemp("qrels") / "q"
    write_qrels(path, qrels)
    assert read_qrels(path) == qrels


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=30, unique=True), min_size=1))
def test_runs_come_back_in_the_order_shown(
    tmp_path_factory: pytest.TempPathFactory, run: dict[str, list[str]]
) -> None:
    path = tmp_path_factory.mktemp("run") / "r"
    write_run(path, run, "ours")
    assert read_run(path) == run


def test_another_tool_reads_our_files(tmp_path: Path) -> None:
    write_qrels(tmp_path / "q", {"t1": {"d1": 2}})
    write_run(tmp_path / "r", {"t1": ["d0", "d1"]}, "ours")
    qrels = ir_measures.read_trec_qrels(str(tmp_path / "q"))
    run = ir_measures.read_trec_run(str(tmp_path / "r"))
    assert ir_measures.calc_aggregate([ir_measures.RR @ 10], qrels, run) == {ir_measures.RR @ 10: 0.5}


def test_a_run_of_another_tool_is_read_by_score(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("t1 Q0 low 1 0.2 x\nt1 Q0 high 2 9.5 x\n")
    assert read_run(tmp_path / "r") == {"t1": ["high", "low"]}


@pytest.mark.parametrize("read", [read_qrels, read_run])
def test_a_file_of_another_shape_is_a_users_mistake(tmp_path: Path, read: object) -> None:
    (tmp_path / "f").write_text("one two\n")
    with pytest.raises(UsageError, match="line 1"):
        read(tmp_path / "f")  # type: ignore[operator]
    with pytest.raises(SourceError, match="none"):
        read(tmp_path / "none")  # type: ignore[operator]
