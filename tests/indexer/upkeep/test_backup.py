"""A backup is whole or isn't there; what is restored answers alike; what is no backup is refused."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.build.build import build
from indexer.encode.encoder import MODEL_SETTING
from indexer.errors import FindingsError, IndexUnusable, UsageError
from indexer.store.folder.index import FolderIndex
from indexer.store.manifest import GENERATION_PREFIX, MANIFEST, ORIGINALS, read_manifest
from indexer.upkeep.backup import SUMS, backup_index, restore_index
from indexer.upkeep.doctor import examine
from search_api.engine import Engine
from search_api.search.results import search_passages

ROOT = Path(__file__).resolve().parents[3]
WriteDocument = Callable[..., Path]


@pytest.fixture(autouse=True)
def _small_encoder(monkeypatch: pytest.MonkeyPatch, small_encoder: Path) -> None:
    monkeypatch.setenv(MODEL_SETTING, str(small_encoder))


@pytest.fixture
def source(tmp_path: Path, write_document: WriteDocument) -> Path:
    edition(tmp_path / "source", 1, write_document)
    return tmp_path / "source"


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, small_encoder: Path, write_document: WriteDocument
) -> Path:
    """An index of the first edition, to be copied: its documents are gone from where they were read."""
    folder = tmp_path_factory.mktemp("backup")
    edition(folder / "source", 1, write_document)
    build([folder / "source"], folder / "index", model=str(small_encoder))
    shutil.rmtree(folder / "source")
    return folder / "index"


@pytest.fixture
def folder(built: Path, source: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "index"))


@pytest.fixture
def file(folder: Path, tmp_path: Path) -> Path:
    backup_index(folder, tmp_path / "index.tar")
    return tmp_path / "index.tar"


def edition(source: Path, number: int, write: WriteDocument) -> None:
    for name in ("one", "two", "three"):
        write(
            source / f"{name}.txt", [f"Kettle {place} of edition {number} in {name}." for place in range(20)]
        )


def contents(folder: Path) -> object:
    with FolderIndex.open(folder) as index:
        documents = [index.document(document.id) for document in index.documents()]
        vectors = index.vectors(range(len(index))).tobytes()
        originals = [index.source_path(document.id).read_bytes() for document in index.documents()]  # type: ignore[union-attr]
        return index.digest, documents, vectors, originals, index.lexical('"kettle"', 5)


def repack(file: Path, change: Callable[[str, bytes], list[tuple[str | tarfile.TarInfo, bytes]]]) -> Path:
    """The backup with each member changed: to none, to itself, or to several."""
    with tarfile.open(file) as archive:
        members = [(m.name, archive.extractfile(m).read()) for m in archive]  # type: ignore[union-attr]
    with tarfile.open(file, "w") as archive:
        for name, data in members:
            for entry, content in change(name, data):
                info = entry if isinstance(entry, tarfile.TarInfo) else tarfile.TarInfo(entry)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return file


def test_what_is_restored_answers_alike_and_is_sound(folder: Path, file: Path, tmp_path: Path) -> None:
    report = restore_index(file, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(folder)
    assert examine(tmp_path / "again").findings == ()
    assert (report.documents, report.passages, report.without_original) == (3, 66, ())
    assert (tmp_path / "again" / "report.json").read_bytes() == (folder / "report.json").read_bytes()


def test_a_backup_depends_on_the_index_alone(folder: Path, file: Path, tmp_path: Path) -> None:
    backup_index(folder, tmp_path / "second.tar")
    assert (tmp_path / "second.tar").read_bytes() == file.read_bytes()


def test_other_tools_can_unpack_and_check_a_backup(file: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "-xf", file, "-C", tmp_path], check=True)
    subprocess.run(["sha256sum", "--quiet", "-c", SUMS], cwd=tmp_path, check=True)


@pytest.mark.slow
def test_a_backup_during_builds_holds_one_edition(
    folder: Path, source: Path, tmp_path: Path, write_document: WriteDocument
) -> None:
    ended = threading.Event()

    def build_on() -> None:
        for number in range(2, 8):
            edition(source, number, write_document)
            build([source], folder)
        ended.set()

    building = threading.Thread(target=build_on)
    building.start()
    taken = 0
    while not ended.is_set() or not taken:
        backup_index(folder, tmp_path / "moment.tar")
        restore_index(tmp_path / "moment.tar", tmp_path / f"moment-{taken}")
        with FolderIndex.open(tmp_path / f"moment-{taken}") as index:
            texts = " ".join(passage.text for passage in index.passages(range(len(index))))
        assert sum(f"edition {number} " in texts for number in range(1, 8)) == 1
        assert examine(tmp_path / f"moment-{taken}").sound
        taken += 1
    building.join()


def test_an_open_engine_goes_on_with_what_is_restored(
    folder: Path, file: Path, source: Path, write_document: WriteDocument
) -> None:
    edition(source, 2, write_document)
    build([source], folder)
    with Engine(folder) as engine:
        assert "edition 2" in search_passages(engine.snapshot(), "kettles of an edition").hits[0].passage.text
        restore_index(file, folder, overwrite=True)
        assert "edition 1" in search_passages(engine.snapshot(), "kettles of an edition").hits[0].passage.text
    # The next build takes it over as if it had always been here.
    edition(source, 1, write_document)
    assert build([source], folder).unchanged == 3
    assert len(list(folder.glob(f"{GENERATION_PREFIX}*"))) <= 2


def test_another_index_is_replaced_only_if_told_to(
    folder: Path, file: Path, source: Path, write_document: WriteDocument
) -> None:
    restore_index(file, folder)
    edition(source, 2, write_document)
    build([source], folder)
    before = contents(folder)
    with pytest.raises(UsageError, match="add --replace"):
        restore_index(file, folder)
    assert contents(folder) == before


def test_a_damaged_index_is_not_backed_up_and_the_older_backup_stays(folder: Path, file: Path) -> None:
    whole = file.read_bytes()
    manifest = read_manifest(folder)
    path = folder / manifest.generation / list(manifest.files)[-1]
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(IndexUnusable, match="damaged"):
        backup_index(folder, file)
    assert file.read_bytes() == whole
    assert not list(file.parent.glob("*.part"))


def test_a_damaged_original_is_left_out_and_named(folder: Path, tmp_path: Path) -> None:
    original = next((folder / ORIGINALS).iterdir())
    original.write_bytes(b"other")
    report = backup_index(folder, tmp_path / "index.tar")
    assert len(report.without_original) == 1
    assert (
        restore_index(tmp_path / "index.tar", tmp_path / "again").without_original == report.without_original
    )


def test_a_flipped_byte_anywhere_is_refused_and_leaves_nothing(file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    with tarfile.open(file) as archive:
        members = [m for m in archive if m.size]
    places = [m.offset_data + share * (m.size - 1) // 4 for m in members for share in range(5)]
    for place in places:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(UsageError):
            restore_index(file, tmp_path / "again")
        assert [path.name for path in (tmp_path / "again").iterdir()] == ["lock"]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_backup_that_is_cut_short_is_refused(file: Path, tmp_path: Path, share: float) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UsageError):
        restore_index(file, tmp_path / "again")
    assert not (tmp_path / "again" / MANIFEST).exists()


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/evil",
        "generation/../../evil",
        "originals/../evil",
        "originals/" + "a" * 63,
        "more/manifest.json",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(file: Path, tmp_path: Path, name: str) -> None:
    repack(file, lambda n, d: [(n, d), (name, b"x")] if n == MANIFEST else [(n, d)])
    before = set(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match="no backup of an index holds"):
        restore_index(file, tmp_path / "again")
    assert set(tmp_path.rglob("*")) - before <= {
        tmp_path / "again",
        tmp_path / "again" / "lock",
    }


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_are_refused(file: Path, tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("originals/" + "a" * 64)
    info.type, info.linkname = kind, "/etc/passwd"
    repack(file, lambda n, d: [(n, d), (info, b"")] if n == MANIFEST else [(n, d)])
    with pytest.raises(UsageError, match="no backup of an index holds"):
        restore_index(file, tmp_path / "again")


@pytest.mark.parametrize("lost", [MANIFEST, SUMS, "generation/index.sqlite"])
def test_a_backup_that_lacks_something_is_refused(file: Path, tmp_path: Path, lost: str) -> None:
    repack(file, lambda n, d: [] if n == lost else [(n, d)])
    with pytest.raises(UsageError, match=r"lacks|does not hold"):
        restore_index(file, tmp_path / "again")


def test_a_compressed_or_a_foreign_file_is_refused(file: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "packed.tar.gz", "w:gz") as archive:
        archive.add(file, MANIFEST)
    for other in (tmp_path / "packed.tar.gz", ROOT / "pyproject.toml"):
        with pytest.raises(UsageError, match="is no backup"):
            restore_index(other, tmp_path / "again")


def test_a_place_that_cannot_be_written_is_said_in_a_line(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="inside the index"):
        backup_index(folder, folder / "backup.tar")
    with pytest.raises(UsageError, match="in a folder that is there"):
        backup_index(folder, tmp_path / "none" / "backup.tar")
    with pytest.raises(IndexUnusable, match="no index"):
        backup_index(tmp_path / "nothing", tmp_path / "backup.tar")


# A file that may grow to 16 kB and no further: what a full disk does, on any machine.
FULL = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384)); "


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_full_disk_leaves_everything_as_it_was(
    folder: Path, file: Path, tmp_path: Path, command: str
) -> None:
    whole, before = file.read_bytes(), contents(folder)
    arguments = ["backup", "--index", str(folder), str(file)]
    if command == "restore":
        arguments = ["restore", str(file), "--index", str(tmp_path / "again")]
    code = FULL + "from indexer.__main__ import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1
    assert file.read_bytes() == whole
    assert contents(folder) == before
    assert not (tmp_path / "again" / MANIFEST).exists()
    assert {path.name for path in tmp_path.iterdir()} <= {"source", "index", "index.tar", "again"}


def test_the_two_commands_say_what_they_did(folder: Path, tmp_path: Path) -> None:
    for arguments in (
        ["backup", "--index", folder, tmp_path / "b.tar"],
        ["restore", tmp_path / "b.tar", "--index", tmp_path / "again"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "indexer", *map(str, arguments)],
            cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ},
        )  # fmt: skip
        assert "3 documents, 66 passages" in done.stdout
    with pytest.raises(FindingsError):
        restore_index(tmp_path / "missing.tar", tmp_path / "again")
