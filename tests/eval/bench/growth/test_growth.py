"""`-m eval growth` on sizes that take a moment, and what it writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from eval import __main__ as eval_main
from eval.bench.growth.growth import (
    STORED,
    Measured,
    QuerySet,
    chart,
    kinds_for,
    load_measured,
    measure,
    merged,
    table,
)
from eval.bench.growth.vectors import chunks, exact, make, moved, scratch_in
from indexer.errors import UsageError

ROOT = Path(__file__).resolve().parents[4]
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


def test_the_truth_is_that_of_a_comparison_with_all_chunk_by_chunk(
    real: np.ndarray[tuple[int, ...], np.dtype[np.float32]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eval.bench.growth.vectors._CHUNK", 400)
    questions = moved(real, 20, seed=-1)
    made = make(real, 1_500, tmp_path / "made")
    vectors = made.first(1_500)
    assert np.array_equal(np.concatenate(list(chunks(vectors))), vectors)
    assert np.array_equal(make(real, 900, tmp_path / "fewer").first(900), vectors[:900])
    expected = np.argsort(-(questions @ vectors.T), axis=1)[:, :10]
    rows, cosines = exact(vectors, questions)
    assert [set(row) for row in rows.tolist()] == [set(row) for row in expected.tolist()]
    assert cosines[:, 0] == pytest.approx((questions @ vectors.T).max(axis=1), abs=1e-5)


def test_a_comparison_with_all_finds_all_and_cells_as_much_as_is_asked_for(
    real: np.ndarray[tuple[int, ...], np.dtype[np.float32]], tmp_path: Path
) -> None:
    questions, others = moved(real, 100, seed=-1), moved(real, 30, seed=-2)
    made = make(real, 2_000, tmp_path / "made")
    asked = [QuerySet(some, exact(made.first(2_000), some)[0]) for some in (questions, others)]
    flat = measure("Flat", made, 2_000, asked, tmp_path)
    cells = measure("IVF16,SQ8", made, 2_000, asked, tmp_path)
    assert (flat.recall, flat.real_recall, flat.effort) == (1.0, 1.0, 0)
    assert cells.recall >= 0.98
    assert cells.real_recall is not None
    assert cells.real_recall > 0.9
    assert 1 <= cells.effort <= 16
    assert cells.disk_mb < flat.disk_mb
    assert min(flat.build_seconds, flat.median_ms, cells.build_seconds, cells.median_ms) > 0
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_files_as_an_index_stores_them_are_measured_too(
    real: np.ndarray[tuple[int, ...], np.dtype[np.float32]], tmp_path: Path
) -> None:
    questions = moved(real, 100, seed=-1)
    made = make(real, 900, tmp_path / "made")
    compared = measure(
        STORED, made, 900, [QuerySet(questions, exact(made.first(900), questions)[0])], tmp_path
    )
    assert (compared.effort, compared.recall, compared.real_recall) == (0, 1.0, None)
    assert compared.mapped_mb is not None
    assert compared.peak_mb is not None
    assert compared.peak_mb > 0
    assert compared.disk_mb == pytest.approx(900 * 24 * 4 / 1e6, rel=0.01)


def test_what_a_killed_run_left_is_removed_and_two_runs_never_share_it(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "vectors").write_bytes(b"many gigabytes")
    with scratch_in(tmp_path) as scratch:
        assert list(scratch.iterdir()) == []
        (scratch / "vectors").write_bytes(b"again")
        with pytest.raises(UsageError, match="another run"), scratch_in(tmp_path):
            raise AssertionError("two runs in one folder")
    assert not scratch.exists()


@pytest.mark.slow
def test_a_run_that_is_told_to_end_takes_its_files_along(sample_index: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "eval", "growth", "--index", str(sample_index), "--sizes", "60000"]
    command += ["--kinds", "HNSW32", "--out", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=-1, text=True) as running:
        assert running.stdout is not None
        assert "60,000 vectors" in running.stdout.readline()
        assert (tmp_path / "scratch" / "vectors").stat().st_size == 60_000 * 384 * 4
        running.terminate()
        assert running.wait(60) == 143
    assert not (tmp_path / "scratch").exists()


def test_runs_are_put_together_the_last_of_a_kind_and_size_counts(tmp_path: Path) -> None:
    old = tmp_path / "growth.json"
    row = {
        "kind": "Flat",
        "vectors": 100,
        "build_seconds": 1.0,
        "median_ms": 1.0,
        "p95_ms": 2.0,
        "recall": 1.0,
    }
    old.write_text(json.dumps([{**row, "effort": 0, "memory_mb": 3.0, "disk_mb": 4.0}]), "utf-8")
    both = merged([measured("SQ8", 300, 1.0), *load_measured(old), measured("Flat", 100, 7.0)])
    assert [(one.vectors, one.kind, one.median_ms) for one in both] == [(100, "Flat", 7.0), (300, "SQ8", 1.0)]
    old.write_text("[1]", "utf-8")
    with pytest.raises(UsageError, match="name one that this command wrote"):
        load_measured(old)


def test_kinds_that_would_not_fit_are_left_out() -> None:
    assert "HNSW32" in kinds_for(100_000)
    assert "HNSW32" not in kinds_for(1_000_000)
    assert kinds_for(5_000_000) == [STORED, "IVF4096,SQ8"]


def test_the_table_has_a_row_and_the_chart_a_mark_a_measurement() -> None:
    both = [
        measured("Flat", 10_000, 1.0),
        measured("Flat", 100_000, 10.0),
        measured("IVF64,SQ8", 100_000, 0.5),
    ]
    lines = table(both).splitlines()
    assert len(lines) == 2 + 3
    assert lines[3].startswith("| 100,000 | Flat | 8 | 0.987 | – | 10.00 | 20.00 |")
    drawn = etree.fromstring(chart(both).encode())
    assert len(drawn.findall(f"{SVG}circle")) == 6 * 3
    assert len(drawn.findall(f"{SVG}polyline")) == 6 * 2
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
