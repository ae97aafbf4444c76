"""The load programme for some seconds: no error, and slow clients are let go while others are answered."""

import json
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.bench.clients import DRIBBLING, SILENT, Phase
from eval.bench.load import GROWTH, LoadReport, load
from eval.bench.processes import Memory


@pytest.fixture(scope="module")
def report(sample_index: Path) -> LoadReport:
    return load(sample_index, 1.5, 6.0, clients=32, alone_seconds=1.0, silent_seconds=1.0)


@pytest.mark.slow
def test_every_request_of_every_phase_is_answered(report: LoadReport) -> None:
    assert [phase.name for phase in report.phases if phase.errors] == []
    assert all(phase.requests > 0 for phase in report.phases)
    assert [phase.clients for phase in report.phases][:2] == [1, 32]


@pytest.mark.slow
def test_slow_clients_are_let_go_and_cost_others_their_share_alone(report: LoadReport) -> None:
    # They are silent for a second at most, and there are as many of them again at once.
    assert sum(report.slow.values()) >= SILENT + DRIBBLING
    alone, among = report.phases[0], report.phases[-1]
    assert alone.clients == among.clients == 1
    # Were one of them waited for, it would be for a second and more; the rest is room for a busy machine.
    assert among.quantile(0.5) < 10 * max(alone.quantile(0.5), 0.02) + 0.5


@pytest.mark.slow
def test_memory_is_measured_at_each_stage(report: LoadReport) -> None:
    assert list(report.memory) == ["start", "warm", "after mixed", "end"]
    assert all(held.total > held.own > 50_000_000 for held in report.memory.values())
    assert report.growth < 0.5


def test_failures_are_errors_and_growth() -> None:
    phase = Phase("mixed", 8, 1.0, [0.1])
    sound = LoadReport((phase,), {"warm": Memory(100, 60), "end": Memory(104, 66)}, {})
    assert sound.failures == []
    assert round(sound.own_growth, 3) == 0.1
    end = Memory(int(100 * (1 + GROWTH)) + 1, 60)
    grown = LoadReport((phase,), {"warm": Memory(100, 60), "end": end}, {})
    assert grown.failures == ["memory grew by 6.0%"]
    one = Memory(1, 1)
    failed = LoadReport((Phase("mixed", 8, 1.0, [], ["/x: status 500"]),), {"warm": one, "end": one}, {})
    assert failed.failures == ["mixed: /x: status 500"]


def test_quantiles_of_times_that_were_measured() -> None:
    phase = Phase("mixed", 1, 1.0, [0.4, 0.1, 0.2, 0.3], ["/x: status 500"])
    assert (phase.quantile(0.5), phase.quantile(1.0), phase.requests) == (0.3, 0.4, 5)
    assert Phase("none", 1).quantile(0.5) == 0


def test_the_command_refuses_no_time_at_all(sample_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", "--index", str(sample_index), "--seconds", "0"]) == 2
    assert "above 0" in capsys.readouterr().err


def test_a_report_can_be_read_by_programs() -> None:
    written = json.dumps(
        LoadReport(
            (Phase("mixed", 1, 1.0, [0.1]),), {"warm": Memory(2, 1), "end": Memory(3, 1)}, {"silent": 2}
        ).to_json()
    )
    assert json.loads(written)["slow clients"] == {"silent": 2}
    assert json.loads(written)["memory"]["end"] == {"total": 3, "own": 1}
    assert (json.loads(written)["growth"], json.loads(written)["own growth"]) == (0.5, 0.0)
