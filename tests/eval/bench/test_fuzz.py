"""Damaged documents are read or refused with a reason: no crash, no hang, no hunger."""

import io
import json
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.bench.fuzz import LimitedReader, MutantOutcome, fuzz
from eval.bench.mutants import MUTATIONS, mutant

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = sorted(path for path in (ROOT / "corpus" / "sample").iterdir() if path.suffix != ".md")
REPORTS = sorted((ROOT.parent / "shared" / "reports").glob("*.pdf"))


def failures(outcomes: list[MutantOutcome]) -> list[MutantOutcome]:
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
def test_damaged_word_files_are_read_or_refused() -> None:
    outcomes = list(fuzz([path for path in SAMPLE if path.suffix == ".docx"], 60, seed=2))
    assert failures(outcomes) == []
    assert {outcome.outcome for outcome in outcomes} == {"read", "refused"}


@pytest.mark.slow
def test_a_reading_that_does_not_end_is_ended(tmp_path: Path) -> None:
    # Half a million words without a line's end keep a reader busy for longer than it has here.
    (tmp_path / "long.txt").write_text("1.1 Kettles (see 2.2) and lids; " * 250_000)
    with LimitedReader(seconds=0.05) as reader:
        outcome, detail = reader.read(tmp_path / "long.txt")
        assert (outcome, detail.split(",")[0]) == ("hung", "no answer in 0 s of a processor")
    (tmp_path / "short.txt").write_text("Kettles are mended on Tuesdays.\n")
    with LimitedReader() as reader:
        assert reader.read(tmp_path / "short.txt")[0] == "read"


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


def test_what_is_packed_is_also_damaged_within() -> None:
    words = b"Kettles are mended on Tuesdays. " * 40
    packed = zlib.compress(words)
    pdf = b"%%PDF-1.4\n4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", words)
    changed = Counter[str]()
    for number in range(400):
        data, change = mutant([pdf, stream.getvalue()], number)
        if change == "original 0: within":
            unpacked = zlib.decompressobj().decompress(data[data.index(b"stream\n") + 7 :])
            changed["pdf"] += unpacked != words
        if change == "original 1: within":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                changed["docx"] += archive.read("word/document.xml") != words
    assert changed["pdf"] > 10
    assert changed["docx"] > 10


def test_the_command_counts_by_outcome_and_by_kind_of_change(tmp_path: Path) -> None:
    out = tmp_path / "fuzz.json"
    folder = str(ROOT / "corpus" / "sample")
    assert main(["fuzz", "--documents", folder, "--kinds", "txt", "--count", "12", "--json", str(out)]) == 0
    figures = json.loads(out.read_text("utf-8"))
    assert sum(figures["counts"].values()) == 12
    assert set(figures["by_change"]) == set(MUTATIONS)
    assert sum(sum(counts.values()) for counts in figures["by_change"].values()) >= 12
    assert len(figures["slowest"]) == 5
    assert figures["failures"] == []
    assert main(["fuzz", "--documents", folder, "--kinds", "odt"]) == 2
