"""What `-m eval speed` reports: times that add up, and a service measured from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.__main__ import main
from eval.bench.processes import family, processor_seconds
from eval.bench.speed.peers import FOUND, PlainLoop
from eval.bench.speed.speed import distinct
from eval.bench.speed.stages import Timing, timed
from eval.gate import TRUTH
from eval.search.collection import open_collection
from indexer.encode.encoder import load_encoder

BENCH = TRUTH / "questions.jsonl"


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_the_95th_percentile_is_a_time_that_95_of_100_calls_kept_to(seconds: list[float]) -> None:
    timing = Timing(seconds)
    assert timing.p95 in seconds
    kept = sum(second <= timing.p95 for second in seconds)
    assert kept >= 0.95 * len(seconds) > sum(second < timing.p95 for second in seconds)
    assert min(seconds) <= timing.median <= timing.p95


def test_each_input_is_called_once_and_timed() -> None:
    seen: list[int] = []
    timing = timed(seen.append, [3, 1, 2])
    assert seen == [3, 1, 2]
    assert len(timing.seconds) == 3
    assert timing.to_json()["calls"] == 3


def test_the_plain_loop_finds_the_passage_that_says_it(sample_index: Path) -> None:
    collection = open_collection(sample_index)
    wanted = next(p for p in collection.passages if len(p.text) > 200)
    assert collection.vectors is not None
    loop = PlainLoop(collection, load_encoder(collection.encoder), collection.vectors)
    assert wanted.id in loop.rank(wanted.text[:150], None, FOUND)


@given(st.lists(st.text(min_size=1), min_size=4, max_size=12, unique=True), st.integers(0, 4))
def test_many_clients_get_fresh_questions_first_then_pairs_and_none_twice(
    texts: list[str], fresh: int
) -> None:
    supply = distinct(texts[:fresh], texts[fresh:])
    assert list(supply.texts[: supply.whole]) == texts[:fresh]
    assert len(set(supply.texts)) == len(supply.texts)
    assert len(supply.texts) > supply.whole
    assert not set(supply.texts[supply.whole :]) & set(texts[:fresh])


def test_processor_time_counts_a_process_and_those_that_it_started() -> None:
    burn = "import time\nwhile time.process_time() < 0.4: pass\n"
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn + 'print(1, flush=True); input()'!r}])"
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        assert processor_seconds(family(parent.pid)) >= 0.35
        parent.communicate(b"\n")


@pytest.mark.slow
def test_the_command_times_the_engine_the_service_and_many_clients(
    sample_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [
        "--index",
        str(sample_index),
        "--bench",
        str(BENCH),
        "--out",
        str(tmp_path),
        "--questions",
        "9",
    ]
    # Three seconds: a machine with other work asks all of the sample's questions once and begins again.
    assert main(["speed", *options, "--clients", "3", "--seconds", "3", "--quiet", "0", "--peers"]) == 0
    figures = json.loads((tmp_path / "speed.json").read_text("utf-8"))
    assert figures["service"]["many"]["errors"] == 0
    assert figures["service"]["many"]["per_second"] > 0
    assert figures["service"]["many"]["cpu_ms_each"] > 0
    assert figures["service"]["many"]["repeats"] == 0
    assert figures["service"]["again"]["errors"] == 0
    assert figures["service"]["again"]["repeats"] > 0
    assert figures["service"]["first_search_seconds"] >= figures["service"]["starting_seconds"]
    assert min(figures["service"]["memory_mb"], figures["service"]["memory_quiet_mb"]) > 0
    stages = sum(timing["mean_ms"] for timing in figures["engine"]["stages"].values())
    assert 0 < stages < 10 * figures["engine"]["search"]["mean_ms"]
    assert (tmp_path / "speed.md").read_text("utf-8") in capsys.readouterr().out


def test_too_few_questions_are_refused_in_a_line(
    sample_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("".join(BENCH.read_text("utf-8").splitlines(keepends=True)[:4]), encoding="utf-8")
    assert main(["speed", "--index", str(sample_index), "--bench", str(few), "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
