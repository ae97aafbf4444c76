"""The doctor finds what is wrong with an index, says what to do, and changes nothing."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.build.build import build
from indexer.encode.encoder import MODEL_SETTING
from indexer.store.folder.writer import TABLES
from indexer.store.manifest import MANIFEST, ORIGINALS, read_manifest, sum_of, write_manifest
from indexer.upkeep.doctor import Diagnosis, examine

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, small_encoder: Path) -> Path:
    folder = tmp_path_factory.mktemp("doctor")
    source = folder / "source"
    source.mkdir()
    for number in range(3):
        lines = ["Kelderbridge Council", "Report to the committee", ""]
        for place in range(1, 6):
            lines += [f"{place}. Kettle {place} of room {number} is mended on a Tuesday.", ""]
        (source / f"report-{number}.txt").write_text("\n".join(lines), encoding="utf-8")
    build([source], folder / "index", model=str(small_encoder))
    shutil.rmtree(source)
    return folder / "index"


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "index"))


def faults(diagnosis: Diagnosis) -> list[str]:
    return [finding.check for finding in diagnosis.findings if finding.severity == "fault"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "indexer", "doctor", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=300)


def change_tables(folder: Path, *statements: str) -> None:
    """Change rows and make the sums right again, as a fault of the program would and a fault of the disk not."""
    manifest = read_manifest(folder)
    path = folder / manifest.generation / TABLES
    with closing(sqlite3.connect(path)) as tables:
        for statement in statements:
            tables.execute(statement)
        tables.commit()
    write_manifest(folder, replace(manifest, files={**manifest.files, TABLES: sum_of(path)}))


def test_a_whole_index_is_sound_and_nothing_is_written(folder: Path) -> None:
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")}
    diagnosis = examine(folder)
    assert diagnosis.sound
    assert diagnosis.findings == ()
    assert {"files", "rows and vectors", "links", "originals", "encoder"} <= set(diagnosis.checks)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")} == before


def test_a_flipped_byte_in_any_file_is_found_and_its_file_is_named(folder: Path) -> None:
    manifest = read_manifest(folder)
    for name in manifest.files:
        path = folder / manifest.generation / name
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        diagnosis = examine(folder)
        assert faults(diagnosis) == ["files"]
        assert name in diagnosis.findings[0].what
        assert "restore a backup" in diagnosis.findings[0].do
        path.write_bytes(whole)
    assert examine(folder).sound


def test_a_cut_and_a_missing_file_are_found(folder: Path) -> None:
    manifest = read_manifest(folder)
    first, second, *_ = manifest.files
    path = folder / manifest.generation / first
    path.write_bytes(path.read_bytes()[:-1])
    (folder / manifest.generation / second).unlink()
    said = [finding.what for finding in examine(folder).findings]
    assert "bytes and should have" in said[0]
    assert said[1] == f"{second} can't be read (No such file or directory)"


def test_a_damaged_manifest_is_found(folder: Path) -> None:
    text = (folder / MANIFEST).read_text("utf-8")
    (folder / MANIFEST).write_text(text.replace('"passages": 21', '"passages": 22'), encoding="utf-8")
    diagnosis = examine(folder)
    assert faults(diagnosis) == ["manifest"]
    assert "checksum" in diagnosis.findings[0].what


@pytest.mark.parametrize(
    ("statements", "check", "said"),
    [
        (["DELETE FROM passages WHERE row = 7"], "rows and vectors", "the manifest counts 3 and 21"),
        (["UPDATE passages SET row = 99 WHERE row = 20"], "rows and vectors", "rows are numbered 0 to 99"),
        (
            ["UPDATE passages SET document = 2 WHERE row = 0"],
            "rows and vectors",
            "don't stand in their document's rows",
        ),
        (
            [
                "INSERT INTO links VALUES ('nowhere', '1', 'nowhere', '2', 'cites', 'nowhere.p1', 'nowhere.p2')"
            ],
            "links",
            "lead to what isn't there: nowhere, nowhere.p1",
        ),
    ],
)
def test_rows_that_do_not_fit_together_are_found(
    folder: Path, statements: list[str], check: str, said: str
) -> None:
    change_tables(folder, *statements)
    diagnosis = examine(folder)
    assert set(faults(diagnosis)) == {check}
    assert any(said in finding.what for finding in diagnosis.findings)


def test_a_lost_and_a_damaged_original_are_named_by_file(folder: Path) -> None:
    first, second, _ = sorted((folder / ORIGINALS).iterdir())
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1] + b"!")
    (finding,) = examine(folder).findings
    assert finding.check == "originals"
    assert finding.what.startswith("2 documents can be searched but not downloaded")
    assert finding.what.count(".txt") == 2


def test_an_encoder_that_is_gone_or_another_is_found(folder: Path, another_encoder: Path) -> None:
    manifest = read_manifest(folder)
    write_manifest(folder, replace(manifest, encoder=str(another_encoder)))
    assert faults(examine(folder)) == ["encoder"]
    write_manifest(folder, replace(manifest, encoder=str(folder / "no-model")))
    (finding,) = examine(folder).findings
    assert "no-model" in finding.what


def test_what_a_killed_build_left_is_a_note_and_no_fault(folder: Path) -> None:
    (folder / "generation-dead").mkdir()
    (folder / "manifest.json.tmp").write_text("half")
    diagnosis = examine(folder)
    assert diagnosis.sound
    (note,) = diagnosis.findings
    assert "generation-dead, manifest.json.tmp" in note.what


def test_the_command_says_it_in_lines_and_by_its_status(folder: Path, tmp_path: Path) -> None:
    sound = run("--index", folder)
    assert (sound.returncode, sound.stderr) == (0, "")
    assert sound.stdout.splitlines()[-1] == f"the index in {folder} is sound"
    manifest = read_manifest(folder)
    (folder / manifest.generation / TABLES).write_bytes(b"")
    broken = run("--index", folder, "--json")
    assert broken.returncode == 1
    verdict = json.loads(broken.stdout)
    assert not verdict["sound"]
    assert verdict["findings"][0]["check"] == "files"
    missing = run("--index", tmp_path / "none")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "indexer build" in missing.stderr
    assert missing.stderr.count("\n") == 1


def test_an_index_in_a_database_is_left_to_the_database() -> None:
    done = run("--index", "postgresql://nobody@nowhere/findings")
    assert done.returncode == 2
    assert "PostgreSQL's own tools" in done.stderr


def test_a_build_at_work_is_told_from_one_that_died(
    tmp_path: Path, small_encoder: Path, write_document: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MODEL_SETTING, str(small_encoder))
    write_document(tmp_path / "source" / "a.txt", ["Kettles are mended."])
    build([tmp_path / "source"], tmp_path / "index")
    hold = (
        "import sys; from pathlib import Path; from indexer.store.folder.writer import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path / "index")],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holding:  # fmt: skip
        assert holding.stdout is not None
        holding.stdout.readline()
        (note,) = examine(tmp_path / "index").findings
        holding.communicate("")
    assert "a build is writing here" in note.what
    assert examine(tmp_path / "index").findings == ()
