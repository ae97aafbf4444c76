"""`-m eval growth` on sizes that take a moment, and what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from eval import __main__ as eval_main
from eval.growth import STORED, Measured, chunks, exact, kinds_for, measure, moved
from eval.growth_report import chart, table

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def real() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    drawn = np.random.default_rng(1).standard_normal((300, 24), dtype=np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def measured(kind: str, vectors: int, milliseconds: float) -> Measured:
    return Measured(kind, vectors, 1.5, milliseconds, milliseconds * 2, 0.987, 8, 12.0, 15.0)


def test_made_vectors_are_of_length_one_near_the_real_ones_and_the_same_each_time(
    real: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> None:
    made = moved(real, 500, seed=3)
    assert np.linalg.norm(made, axis=1) == pytest.approx(1, abs=1e-5)
    assert float((made @ real.T).max(axis=1).mean()) == pytest.approx(0.91, abs=0.02)
    assert np.array_equal(made, moved(real, 500, seed=3))
    assert not np.array_equal(made, moved(real, 500, seed=4))


def test_the_truth_is_that_of_a_comparison_with_all(
    real: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> None:
    questions = moved(real, 20, seed=-1)
    made = np.concatenate(list(chunks(real, 1_500)))
    assert len(made) == 1_500
    expected = np.argsort(-(questions @ made.T), axis=1)[:, :10]
    found = exact(real, 1_500, questions)
    assert [set(row) for row in found.tolist()] == [set(row) for row in expected.tolist()]


def test_a_comparison_with_all_finds_all_and_cells_as_much_as_is_asked_for(
    real: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> None:
    questions = moved(real, 100, seed=-1)
    truth = exact(real, 2_000, questions)
    flat = measure("Flat", real, 2_000, questions, truth)
    cells = measure("IVF16,SQ8", real, 2_000, questions, truth)
    assert (flat.recall, flat.effort) == (1.0, 0)
    assert cells.recall >= 0.98
    assert 1 <= cells.effort <= 16
    assert cells.disk_mb < flat.disk_mb
    assert min(flat.build_seconds, flat.median_ms, cells.build_seconds, cells.median_ms) > 0


def test_files_as_an_index_stores_them_are_measured_too(
    real: np.ndarray[tuple[int, ...], np.dtype[np.float32]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.vectors.EXACT_UP_TO", 1_000)
    monkeypatch.setattr("indexer.vectors._COMPARED", 100)
    questions = moved(real, 100, seed=-1)
    compared = measure(STORED, real, 900, questions, exact(real, 900, questions))
    divided = measure(STORED, real, 3_000, questions, exact(real, 3_000, questions))
    assert (compared.effort, compared.recall) == (0, 1.0)
    assert divided.effort > 0
    assert divided.recall >= 0.98


def test_kinds_that_would_not_fit_are_left_out() -> None:
    assert "HNSW32" in kinds_for(100_000)
    assert "HNSW32" not in kinds_for(1_000_000)
    assert kinds_for(5_000_000) == ["SQ8", "IVF4096,SQ8"]


def test_the_table_has_a_row_and_the_chart_a_mark_a_measurement() -> None:
    both = [
        measured("Flat", 10_000, 1.0),
        measured("Flat", 100_000, 10.0),
        measured("IVF64,SQ8", 100_000, 0.5),
    ]
    lines = table(both).splitlines()
    assert len(lines) == 2 + 3
    assert lines[3].startswith("| 100,000 | Flat | 8 | 0.987 | 10.00 | 20.00 |")
    drawn = etree.fromstring(chart(both).encode())
    assert len(drawn.findall(f"{SVG}circle")) == 4 * 3
    assert len(drawn.findall(f"{SVG}polyline")) == 4 * 2
    assert {"Flat", "IVF,SQ8"} <= {text.text for text in drawn.findall(f"{SVG}text")}


@pytest.mark.slow
def test_the_command_writes_numbers_table_and_chart(sample_index: Path, tmp_path: Path) -> None:
    arguments = ["growth", "--index", str(sample_index), "--sizes", "200", "400", "--kinds", "Flat", "SQ8"]
    assert eval_main.main([*arguments, "--out", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "growth.json").read_text("utf-8"))
    assert [(one["kind"], one["vectors"]) for one in found] == [
        ("Flat", 200), ("SQ8", 200), ("Flat", 400), ("SQ8", 400),
    ]  # fmt: skip
    assert len((tmp_path / "growth.md").read_text("utf-8").splitlines()) == 2 + 4
    etree.parse(tmp_path / "growth.svg")


def test_sizes_too_small_to_measure_are_refused(
    sample_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["growth", "--index", str(sample_index), "--sizes", "20", "--out", str(tmp_path)]
    assert eval_main.main(options) == 2
    assert "100 vectors or more" in capsys.readouterr().err
