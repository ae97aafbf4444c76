"""Quality may not fall: the sample's reading and ranking against the floor, and the gate that says so."""

import json
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.gate import FLOOR, against, load_floor, ranking_figures, reading_figures, verdict
from indexer.errors import UsageError


@pytest.mark.slow
def test_reading_the_sample_is_at_its_floor() -> None:
    floor = {name: least for name, least in load_floor().items() if name.startswith("reading: ")}
    figures = against(reading_figures(), floor)
    assert figures
    assert all(figure.holds for figure in figures), verdict(figures)


@pytest.mark.slow
def test_ranking_the_sample_is_at_its_floor(sample_index: Path) -> None:
    floor = {name: least for name, least in load_floor().items() if not name.startswith("reading: ")}
    figures = against(ranking_figures(sample_index), floor)
    assert figures
    assert all(figure.holds for figure in figures), verdict(figures)


def test_a_figure_that_fell_or_is_gone_fails_and_is_named() -> None:
    found = against({"a": 0.9, "b": 0.50001}, {"a": 0.91, "b": 0.5, "c": 0.1})
    assert [figure.holds for figure in found] == [False, True, False]
    assert verdict(found).endswith("fell below the floor: a, c")


def test_a_floor_of_another_shape_is_a_users_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "floor.json").write_text(json.dumps(["much"]))
    with pytest.raises(UsageError, match="not a floor"):
        load_floor(tmp_path / "floor.json")
    assert main(["structure", "--documents", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_floor_asks_for_reading_and_for_each_benchmark() -> None:
    floor = load_floor(FLOOR)
    assert {name.split(":")[0] for name in floor} == {"reading", "evidence", "questions"}
    assert all(0 < least <= 1 for least in floor.values())
