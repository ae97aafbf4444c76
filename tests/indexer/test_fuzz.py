"""Damaged documents are read or refused with a reason: no crash, no hang, no hunger."""

from pathlib import Path

import pytest

from eval.fuzz import LimitedReader, Outcome, fuzz
from eval.mutants import MUTATIONS, mutant

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = sorted(path for path in (ROOT / "corpus" / "sample").iterdir() if path.suffix != ".md")
REPORTS = sorted((ROOT.parent / "shared" / "reports").glob("*.pdf"))


def failures(outcomes: list[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if not outcome.allowed]


@pytest.mark.slow
def test_damaged_sample_documents_are_read_or_refused() -> None:
    outcomes = list(fuzz(SAMPLE, 40))
    assert failures(outcomes) == []
    assert {outcome.outcome for outcome in outcomes} == {"read", "refused"}


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not REPORTS, reason="the real reports are not beside the project")
def test_damaged_real_reports_are_read_or_refused() -> None:
    assert failures(list(fuzz(REPORTS[::9], 40, seed=1))) == []


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutant_can_be_had_again_from_its_number(name: str) -> None:
    originals = [b"%PDF-1.4 1 0 obj << /Type /Catalog /Length 12 >> endobj " * 40, b"other"]
    number = next(n for n in range(2000) if name in mutant(originals, n)[1])
    assert mutant(originals, number) == mutant(originals, number)
    assert mutant(originals, number, seed=1) != mutant(originals, number)


@pytest.mark.parametrize("name", MUTATIONS)
def test_no_mutation_fails_on_a_file_of_nothing(name: str) -> None:
    numbers = [n for n in range(300) if name in mutant([b""], n)[1]]
    assert numbers


@pytest.mark.slow
def test_the_limited_reader_outlives_a_file_that_takes_its_process_down(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("1. Kettles are mended on Tuesdays.\n")
    # Too little memory to start with: the process ends, is seen to end, and another is asked.
    with LimitedReader(memory=1_000_000) as reader:
        first, second = reader.read(tmp_path / "notes.txt"), reader.read(tmp_path / "notes.txt")
    assert first[0] in {"died", "crashed"}
    assert second[0] in {"died", "crashed"}
    with LimitedReader() as reader:
        assert reader.read(tmp_path / "notes.txt")[0] == "read"
        assert reader.read(tmp_path / "gone.txt")[0] == "refused"
