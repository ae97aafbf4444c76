"""What can't be read is named with a reason that a person can act on, and nothing else is lost."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from indexer.encode.encoder import MODEL_SETTING
from indexer.store.folder.index import FolderIndex

ROOT = Path(__file__).resolve().parents[3]
GOOD = ROOT / "corpus" / "sample" / "kelderbridge-2015-inspection.pdf"


@pytest.fixture(autouse=True)
def _small_encoder(monkeypatch: pytest.MonkeyPatch, small_encoder: Path) -> None:
    monkeypatch.setenv(MODEL_SETTING, str(small_encoder))


def run(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "indexer", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, timeout=300)


def empty(path: Path) -> None:
    path.with_suffix(".pdf").touch()


def blank(path: Path) -> None:
    path.with_suffix(".txt").write_text(" \n\n\t\n", encoding="utf-8")


def truncated(path: Path) -> None:
    content = GOOD.read_bytes()
    path.with_suffix(".pdf").write_bytes(content[:900])


def encrypted(path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(GOOD))
    writer.encrypt("a password", algorithm="RC4-128")
    writer.write(path.with_suffix(".pdf"))


def page_named_pdf(path: Path) -> None:
    page = "<!DOCTYPE html><html><head><title>Not found</title></head><body><h1>Not found</h1></body></html>"
    path.with_suffix(".pdf").write_text(page, encoding="utf-8")


def pictures_only(path: Path) -> None:
    canvas = Canvas(str(path.with_suffix(".pdf")))
    for _ in range(3):
        canvas.drawImage(ImageReader(Image.effect_noise((300, 500), 64)), 72, 72)
        canvas.showPage()
    canvas.save()


def drawings_only(path: Path) -> None:
    canvas = Canvas(str(path.with_suffix(".pdf")))
    canvas.rect(72, 72, 300, 500, fill=1)
    canvas.save()


def no_pages(path: Path) -> None:
    PdfWriter().write(path.with_suffix(".pdf"))


def huge(path: Path) -> None:
    with path.with_suffix(".txt").open("wb") as file:
        file.write(b"A long text.\n")
        file.truncate(300_000_000)


def damaged_docx(path: Path) -> None:
    path.with_suffix(".docx").write_bytes(b"PK\x03\x04" + b"\x00" * 200)


def executable(path: Path) -> None:
    path.with_suffix(".txt").write_bytes(b"\x7fELF" + bytes(range(256)) * 8)


BAD: list[tuple[Callable[[Path], None], str]] = [
    (empty, "is empty"),
    (blank, "holds nothing but blanks"),
    (truncated, "damaged or cut short"),
    (encrypted, "password"),
    (page_named_pdf, "is an HTML page, not a PDF"),
    (pictures_only, "OCR"),
    (drawings_only, "no text"),
    (no_pages, "download it again"),
    (huge, "over the limit"),
    (damaged_docx, "damaged"),
    (executable, "is a program"),
]


@pytest.mark.slow
def test_a_build_names_every_bad_file_and_indexes_the_good_one(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for make, _ in BAD:
        make(source / make.__name__)
    shutil.copy(GOOD, source / GOOD.name)
    done = run("build", source, "--index", tmp_path / "index")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "index" / "report.json").read_text("utf-8"))
    skipped = {Path(entry["file"]).stem: entry["reason"] for entry in report["skipped"]}
    assert set(skipped) == {make.__name__ for make, _ in BAD}
    for make, reason in BAD:
        assert reason.lower() in skipped[make.__name__].lower()
        assert f"{make.__name__}." in done.stdout
        assert skipped[make.__name__] in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    with FolderIndex.open(tmp_path / "index") as index:
        assert [document.file for document in index.documents()] == [GOOD.name]


@pytest.mark.slow
@pytest.mark.parametrize(("make", "reason"), BAD)
def test_inspecting_a_bad_file_ends_in_one_line_and_status_2(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    make(tmp_path / make.__name__)
    (path,) = tmp_path.iterdir()
    done = run("inspect", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert reason.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_a_folder_with_nothing_readable_writes_no_index(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    empty(source / "empty")
    page_named_pdf(source / "page")
    done = run("build", source, "--index", tmp_path / "index")
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("nothing in ")
    assert "empty.pdf: is empty" in done.stdout
    assert "page.pdf: is an HTML page" in done.stdout
    assert not (tmp_path / "index" / "manifest.json").exists()


def test_an_empty_folder_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    done = run("build", tmp_path / "source", "--index", tmp_path / "index")
    assert done.returncode == 2
    assert "can be indexed" in done.stderr


def test_a_folder_with_nothing_readable_leaves_an_index_as_it_was(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    shutil.copy(GOOD, source / GOOD.name)
    assert run("build", source, "--index", tmp_path / "index").returncode == 0
    (source / GOOD.name).write_bytes(b"")
    assert run("build", source, "--index", tmp_path / "index").returncode == 2
    with FolderIndex.open(tmp_path / "index") as index:
        assert [document.file for document in index.documents()] == [GOOD.name]


# Permissions mean nothing to root while it may pass over them; this gives these two rights away for good and
# starts our command (prctl 24 drops from the bounding set: 1 is CAP_DAC_OVERRIDE, 2 is CAP_DAC_READ_SEARCH).
UNPRIVILEGED = """
import ctypes, os, sys
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-m", "indexer", *sys.argv[1:]])
"""


def run_unprivileged(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", UNPRIVILEGED, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=300)


def test_a_file_and_a_folder_without_permission_are_named(
    tmp_path: Path, write_document: Callable[..., Path]
) -> None:
    source = tmp_path / "source"
    write_document(source / "open.txt", ["Anybody may read this."])
    write_document(source / "closed.txt", ["Nobody may read this."]).chmod(0)
    write_document(source / "locked" / "inside.txt", ["Nobody gets here."])
    (source / "locked").chmod(0)
    done = run_unprivileged("build", source, "--index", tmp_path / "index")
    (source / "locked").chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "closed.txt: may not be read: give yourself permission to open it" in done.stdout
    assert "locked: is a folder that may not be read" in done.stdout
    with FolderIndex.open(tmp_path / "index") as index:
        assert [document.file for document in index.documents()] == ["open.txt"]


def test_a_file_or_folder_without_permission_named_alone_is_refused(
    tmp_path: Path, write_document: Callable[..., Path]
) -> None:
    write_document(tmp_path / "closed" / "closed.txt", ["Nobody may read this."]).chmod(0)
    inspected = run_unprivileged("inspect", tmp_path / "closed" / "closed.txt")
    (tmp_path / "closed").chmod(0)
    built = run_unprivileged("build", tmp_path / "closed", "--index", tmp_path / "index")
    (tmp_path / "closed").chmod(0o755)
    assert (inspected.returncode, built.returncode) == (2, 2)
    assert "may not be read: give yourself permission" in inspected.stderr
    assert "may not be read; give yourself permission" in built.stderr


def test_an_index_that_may_not_be_written_is_refused_and_still_answers(
    tmp_path: Path, write_document: Callable[..., Path]
) -> None:
    source, folder = tmp_path / "source", tmp_path / "index"
    write_document(source / "one.txt", ["Anybody may read this."])
    assert run_unprivileged("build", source, "--index", folder).returncode == 0
    write_document(source / "two.txt", ["This comes too late."])
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = run_unprivileged("build", source, "--index", folder)
    with FolderIndex.open(folder) as index:
        assert [document.file for document in index.documents()] == ["one.txt"]
    folder.chmod(0o755)
    assert done.returncode == 2
    assert "can't be written to" in done.stderr
