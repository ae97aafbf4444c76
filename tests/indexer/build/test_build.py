"""Builds: work only for what is new, everything named, and the old index whole whatever goes wrong."""

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexer.build import vectors as build_vectors
from indexer.build.build import build
from indexer.build.find_files import find_files
from indexer.build.progress import SilentProgress
from indexer.build.report import BuildReport, NothingToIndexError
from indexer.build.worker import ReadingPool
from indexer.encode.encoder import MODEL_SETTING, load_encoder, locate_encoder
from indexer.errors import FindingsError, IndexUnusable, SourceError
from indexer.limits import Limits
from indexer.store.columns import Selection
from indexer.store.folder.index import FolderIndex
from indexer.store.manifest import GENERATION_PREFIX, ORIGINALS, read_manifest

WriteDocument = Callable[..., Path]

SAMPLE = Path(__file__).resolve().parents[3] / "corpus" / "sample"


@pytest.fixture(autouse=True)
def _small_encoder(monkeypatch: pytest.MonkeyPatch, small_encoder: Path) -> None:
    monkeypatch.setenv(MODEL_SETTING, str(small_encoder))


@pytest.fixture
def source(tmp_path: Path, write_document: WriteDocument) -> Path:
    folder = tmp_path / "source"
    write_document(folder / "one.txt", ["Interviews happen in time.", "Placements are near home."])
    write_document(folder / "two.txt", ["Caseloads fell this year.", "Visits are recorded."], "Thornmere")
    write_document(folder / "three.txt", ["Plans are clear to families."], "Thornmere")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def files_of(folder: Path) -> list[str]:
    with FolderIndex.open(folder) as index:
        return sorted(document.file for document in index.documents())


def reasons(report: BuildReport) -> dict[str, str]:
    return {skipped.file: skipped.reason for skipped in report.skipped}


def state(folder: Path) -> dict[str, int]:
    names = ("lock", "report.json")
    return {str(p): p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file() and p.name not in names}


def test_a_build_makes_an_index_that_answers(source: Path, folder: Path) -> None:
    report = build([source], folder)
    assert (report.documents, report.unchanged, report.removed, report.skipped) == (3, 0, 0, ())
    assert 5 <= report.encoded <= report.passages
    with FolderIndex.open(folder) as index:
        assert len(index) == report.passages
        assert index.digest == report.digest
        (row, _), *_ = index.lexical('"caseloads"', 5)
        encoder = load_encoder(index.manifest.encoder)
        index.check_encoder(encoder.name, encoder.digest)
        found = index.passages([row])[0]
        assert "Caseloads fell this year." in found.text
        assert row in [near for near, _ in index.dense(encoder.encode_query(found.text), 3)]


def test_the_report_says_what_the_contract_says(source: Path, folder: Path) -> None:
    (source / "empty.pdf").touch()
    build([source], folder)
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert list(report)[:6] == ["documents", "passages", "unchanged", "removed", "skipped", "seconds"]
    assert report["documents"] == 3
    assert [(s["file"], s["reason"]) for s in report["skipped"]] == [
        ("empty.pdf", "is empty: download it again")
    ]
    assert {"reading", "structuring", "encoding", "indexing", "total"} <= set(report["seconds"])


def test_building_again_writes_nothing_and_loads_no_encoder(source: Path, folder: Path) -> None:
    first = build([source], folder)
    before = state(folder)
    program = (
        "import sys; from pathlib import Path; from indexer.build.build import build; "
        f"r = build([Path({str(source)!r})], Path({str(folder)!r})); "
        "print(r.unchanged, r.encoded, r.digest, 'torch' in sys.modules, 'onnxruntime' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["3", "0", first.digest, "False", "False"]
    assert state(folder) == before


def test_only_new_and_changed_passages_are_encoded_and_removed_files_go(
    source: Path, folder: Path, write_document: WriteDocument
) -> None:
    build([source], folder)
    (source / "three.txt").unlink()
    write_document(source / "four.txt", ["A new page."])
    write_document(
        source / "two.txt", ["Caseloads fell this year.", "Visits are recorded late."], "Thornmere"
    )
    report = build([source], folder)
    assert (report.documents, report.unchanged, report.removed) == (3, 1, 1)
    assert files_of(folder) == ["four.txt", "one.txt", "two.txt"]
    fresh = build([source], folder.with_name("fresh"))
    assert 2 <= report.encoded < fresh.encoded
    with FolderIndex.open(folder) as updated, FolderIndex.open(folder.with_name("fresh")) as made_at_once:
        assert updated.digest == made_at_once.digest
        rows = range(len(made_at_once))
        assert updated.passages(rows) == made_at_once.passages(rows)
        assert (updated.vectors(rows) == made_at_once.vectors(rows)).all()
        assert updated.lexical('"visits" OR "late"', 9) == made_at_once.lexical('"visits" OR "late"', 9)
        for selection in (Selection(councils=("Thornmere",)), Selection(section="report")):
            assert (updated.select(selection) == made_at_once.select(selection)).all()


def test_a_file_put_back_is_found_again(source: Path, folder: Path, write_document: WriteDocument) -> None:
    first = build([source], folder)
    shutil.move(source / "one.txt", source.with_name("one.txt"))
    build([source], folder)
    shutil.move(source.with_name("one.txt"), source / "one.txt")
    assert build([source], folder).digest == first.digest


def test_ids_do_not_depend_on_what_stands_beside_a_file(source: Path, folder: Path) -> None:
    build([source], folder)
    build([source / "two.txt"], folder.with_name("alone"))
    with FolderIndex.open(folder) as together, FolderIndex.open(folder.with_name("alone")) as alone:
        (document,) = alone.documents()
        assert together.document(document.id) == alone.document(document.id)


def test_the_order_of_the_sources_does_not_change_the_digest(source: Path, folder: Path) -> None:
    files = [source / name for name in ("one.txt", "two.txt", "three.txt")]
    assert build(files, folder).digest == build(files[::-1], folder.with_name("other")).digest


def test_another_model_encodes_everything_anew(source: Path, folder: Path, another_encoder: Path) -> None:
    first = build([source], folder)
    second = build([source], folder, model=str(another_encoder))
    assert second.encoded == first.encoded
    assert second.digest != first.digest
    with FolderIndex.open(folder) as index:
        assert index.manifest.encoder_digest == locate_encoder(str(another_encoder)).digest


def test_an_index_keeps_its_model_unless_told_otherwise(
    source: Path, folder: Path, another_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build([source], folder, model=str(another_encoder))
    monkeypatch.delenv(MODEL_SETTING)
    assert build([source], folder).unchanged == 3


def test_a_rebuild_takes_nothing_over(source: Path, folder: Path) -> None:
    first = build([source], folder)
    again = build([source], folder, rebuild=True)
    assert (again.unchanged, again.encoded, again.digest) == (0, first.encoded, first.digest)


def test_documents_read_by_other_code_are_read_again(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build([source], folder)
    monkeypatch.setattr("indexer.build.build.reader_digest", lambda: "another")
    report = build([source], folder)
    assert (report.unchanged, report.encoded) == (0, 0)
    assert build([source], folder).unchanged == 3


def test_the_same_content_twice_is_one_document(source: Path, folder: Path) -> None:
    shutil.copy(source / "one.txt", source / "one again.txt")
    report = build([source], folder)
    assert report.documents == 3
    assert reasons(report) == {"one.txt": "same content as one again.txt"}
    (source / "one again.txt").unlink()
    assert reasons(build([source], folder)) == {}
    assert files_of(folder) == ["one.txt", "three.txt", "two.txt"]


def test_a_copy_of_an_unreadable_file_is_skipped_for_the_same_reason(source: Path, folder: Path) -> None:
    for name in ("page one.pdf", "page two.pdf"):
        (source / name).write_text("<!DOCTYPE html><html><body>Not found</body></html>", encoding="utf-8")
    for _ in range(2):
        found = reasons(build([source], folder))
        assert set(found) == {"page one.pdf", "page two.pdf"}
        assert all(reason.startswith("is an HTML page") for reason in found.values())


def test_a_file_named_twice_counts_once(source: Path, folder: Path) -> None:
    report = build([source, source / "one.txt", source], folder)
    assert (report.documents, report.skipped) == (3, ())


def test_the_originals_are_kept_and_go_with_their_documents(source: Path, folder: Path) -> None:
    build([source], folder)
    with FolderIndex.open(folder) as index:
        one = next(document for document in index.documents() if document.file == "one.txt")
        content = (source / "one.txt").read_bytes()
        (source / "one.txt").unlink()
        path = index.source_path(one.id)
        assert path is not None
        assert path.read_bytes() == content
    build([source], folder)
    assert len(list((folder / ORIGINALS).iterdir())) == 3  # the generation before may still be open
    (source / "two.txt").unlink()
    build([source], folder)
    assert len(list((folder / ORIGINALS).iterdir())) == 2


def test_a_damaged_original_is_not_handed_out(source: Path, folder: Path) -> None:
    build([source], folder)
    with FolderIndex.open(folder) as index:
        one = next(document for document in index.documents() if document.file == "one.txt")
        original = index.source_path(one.id)
        assert original is not None
    original.write_bytes(original.read_bytes()[::-1])
    with FolderIndex.open(folder) as index:
        assert index.source_path(one.id) == source / "one.txt"
        shutil.rmtree(source)
    with FolderIndex.open(folder) as index:
        assert index.source_path(one.id) is None


def test_a_large_original_is_the_indexs_own_and_one_changed_in_place_is_not_handed_out(
    source: Path, folder: Path
) -> None:
    large = source / "large.docx"
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "<w:p><w:r><w:t>Visits to children were late.</w:t></w:r></w:p>"
    with zipfile.ZipFile(large, "w") as archive:
        archive.writestr(
            "word/document.xml", f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>'
        )
        archive.writestr("word/media/picture.png", bytes(31_000_000))
    build([source], folder)
    with FolderIndex.open(folder) as index:
        id_ = next(document.id for document in index.documents() if document.file == "large.docx")
        large.rename(source / "renamed.docx")
        own = index.source_path(id_)
        assert own is not None and own.is_relative_to(folder)
        with own.open("r+b") as changed:
            changed.write(b"PQ")
        assert index.source_path(id_) is None


def test_at_most_the_generation_before_is_kept(
    source: Path, folder: Path, write_document: WriteDocument
) -> None:
    for number in range(4):
        write_document(source / "more.txt", [f"Edition {number} of a text."])
        build([source], folder)
    kept = {path.name for path in folder.iterdir() if path.name.startswith(GENERATION_PREFIX)}
    manifest = read_manifest(folder)
    assert kept == {manifest.generation, manifest.previous}


@pytest.mark.parametrize("rebuild", [False, True])
def test_a_build_that_fails_leaves_the_index_as_it_was_and_keeps_what_was_encoded(
    source: Path, folder: Path, write_document: WriteDocument, monkeypatch: pytest.MonkeyPatch, rebuild: bool
) -> None:
    before = build([source], folder)
    write_document(source / "long.txt", [f"Finding number {n} stands by itself." for n in range(40)])
    monkeypatch.setattr(build_vectors, "CHUNK", 8)

    class FullDisk(SilentProgress):
        @contextmanager
        def stage(self, name: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
            done = 0

            def advance(steps: int) -> None:
                nonlocal done
                done += steps
                if name == "encoding" and done >= 16:
                    raise OSError(28, "No space left on device")

            yield advance

    with pytest.raises(FindingsError, match=r"No space left on device.*as it was before"):
        build([source], folder, progress=FullDisk(), rebuild=rebuild)
    with FolderIndex.open(folder) as index:
        assert index.digest == before.digest
        assert len(list(folder.glob(f"{GENERATION_PREFIX}*"))) == 1
    fresh = build([source], folder.with_name("fresh"))
    report = build([source], folder)
    assert report.digest == fresh.digest
    assert report.encoded <= fresh.encoded - 16


def test_a_source_that_disappears_in_mid_build_removes_nothing(
    source: Path, folder: Path, write_document: WriteDocument
) -> None:
    before = build([source], folder)
    write_document(source / "four.txt", ["A fourth text."])

    class Unmounted(SilentProgress):
        @contextmanager
        def stage(self, name: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
            if name == "reading":
                shutil.rmtree(source)
            yield lambda steps: None

    with pytest.raises(SourceError, match="disappeared during the build"):
        build([source], folder, progress=Unmounted())
    with FolderIndex.open(folder) as index:
        assert index.digest == before.digest


def test_a_second_build_at_once_says_so(source: Path, folder: Path) -> None:
    folder.mkdir()
    program = (
        "import sys, fcntl; from pathlib import Path; from indexer.store.folder.writer import locked\n"
        f"with locked(Path({str(folder)!r})):\n print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(IndexUnusable, match="another build is writing the index"):
            build([source], folder)
        other.kill()
    assert build([source], folder).documents == 3


def test_a_damaged_index_is_built_anew(source: Path, folder: Path) -> None:
    first = build([source], folder)
    tables = folder / read_manifest(folder).generation / "index.sqlite"
    content = bytearray(tables.read_bytes())
    content[len(content) // 2] ^= 0xFF
    tables.write_bytes(content)
    assert build([source], folder).digest == first.digest
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    assert build([source], folder).digest == first.digest
    with FolderIndex.open(folder) as index:
        assert index.digest == first.digest


@pytest.mark.parametrize("damage", [b"not a database", b""])
def test_a_damaged_cache_costs_encoding_and_nothing_else(source: Path, folder: Path, damage: bytes) -> None:
    (folder / "cache").mkdir(parents=True)
    (folder / "cache" / "encoded.sqlite").write_bytes(damage)
    assert build([source], folder).documents == 3


def test_the_index_may_stand_among_the_sources(source: Path) -> None:
    build([source], source / "index")
    assert build([source], source / "index").unchanged == 3


def test_odd_names_hidden_files_and_links_in_a_circle(
    source: Path, folder: Path, write_document: WriteDocument
) -> None:
    write_document(source / "two\nlines.txt", ["A name of two lines."])
    write_document(source / os.fsdecode(b"caf\xe9.txt"), ["A name that isn't UTF-8."])
    write_document(source / "sub" / "deep.txt", ["A text in a folder."])
    write_document(source / ".hidden.txt", ["A hidden text."])
    write_document(source / ".git" / "text.txt", ["A text in a hidden folder."])
    (source / "sub" / "circle").symlink_to(source, target_is_directory=True)
    (source / "nowhere.txt").symlink_to(source / "gone.txt")
    (source / "again.txt").symlink_to(source / "one.txt")
    os.mkfifo(source / "pipe.txt")
    report = build([source], folder)
    assert files_of(folder) == [
        "again.txt", r"caf\xe9.txt", "deep.txt", "three.txt", "two.txt", r"two\nlines.txt",
    ]  # fmt: skip
    found = reasons(report)
    assert set(found) == {".hidden.txt", ".git", "nowhere.txt", "pipe.txt"}
    assert found[".git"].startswith("is hidden")
    assert found["pipe.txt"].startswith("is not a file")
    assert build([source], folder).unchanged == 6


def test_what_is_no_document_is_named_and_a_pdf_without_a_suffix_is_read(source: Path, folder: Path) -> None:
    (source / "data.json").write_text("{}", encoding="utf-8")
    shutil.copy(SAMPLE / "kelderbridge-2015-inspection.pdf", source / "downloaded")
    report = build([source], folder)
    assert reasons(report) == {"data.json": "is not a kind of document that is read (.json)"}
    assert "downloaded" in files_of(folder)


def test_the_sample_is_read_whole(folder: Path) -> None:
    report = build([SAMPLE], folder)
    documents = [path.name for path in SAMPLE.iterdir() if path.suffix != ".md"]
    assert set(documents) <= set(files_of(folder)) | set(reasons(report))
    assert not set(documents) & set(reasons(report))
    with FolderIndex.open(folder) as index:
        found = index.passages([row for row, _ in index.lexical('"return" AND "interview"', 20)])
        assert len({passage.document_id for passage in found}) >= 3


def test_nothing_readable_is_an_error_that_names_what_was_skipped(source: Path, folder: Path) -> None:
    for path in source.iterdir():
        path.write_bytes(b"")
    with pytest.raises(NothingToIndexError, match="can be indexed") as caught:
        build([source], folder)
    assert set(reasons(caught.value.report)) == {"one.txt", "two.txt", "three.txt"}
    assert not (folder / "manifest.json").exists()
    assert len(json.loads((folder / "report.json").read_text("utf-8"))["skipped"]) == 3


def test_an_unreadable_file_is_remembered_until_it_changes(
    source: Path, folder: Path, write_document: WriteDocument
) -> None:
    (source / "bad.pdf").write_text("no PDF at all", encoding="utf-8")
    first = build([source], folder)
    assert set(reasons(first)) == {"bad.pdf"}
    second = build([source], folder)
    assert (second.unchanged, reasons(second)) == (3, reasons(first))
    write_document(source / "bad.pdf", ["x"]).rename(source / "good.txt")
    assert (build([source], folder).documents, files_of(folder)[0]) == (4, "good.txt")


CRASHES = (sys.executable, "-c", "import os; os.abort()")
HANGS = (sys.executable, "-c", "import time; time.sleep(600)")


# One that crashes gets time enough for Python to start on a busy machine: it ends by itself.
@pytest.mark.parametrize(
    ("reader", "seconds", "reason"),
    [(CRASHES, 30.0, "stops the reader"), (HANGS, 0.3, "takes longer than 0 s to read")],
)
def test_a_reader_that_crashes_or_hangs_costs_one_skip_each(
    source: Path, reader: tuple[str, ...], seconds: float, reason: str
) -> None:
    found = find_files([source], limits=Limits()).files
    started = time.monotonic()
    with ReadingPool(Limits(max_seconds=seconds), processes=2, command=reader) as pool:
        readings = list(pool.read(found))
    assert [reading.document for reading in readings] == [None] * 3
    assert all(reading.reason.startswith(reason) for reading in readings)
    assert time.monotonic() - started < 60


def test_a_file_that_changes_after_it_was_found_is_named(source: Path, write_document: WriteDocument) -> None:
    found = find_files([source], limits=Limits()).files
    write_document(source / "one.txt", ["Other words."])
    with ReadingPool(Limits(), processes=1) as pool:
        changed = next(reading for reading in pool.read(found) if reading.file.name == "one.txt")
    assert changed.reason == "changed while it was being read: build again"
    assert not changed.lasting


def test_a_missing_source_is_refused(source: Path, folder: Path) -> None:
    with pytest.raises(SourceError, match=r"there is no .*nowhere"):
        build([source, source / "nowhere"], folder)


def test_an_index_folder_that_cannot_be_made_is_refused(source: Path) -> None:
    with pytest.raises(IndexUnusable, match="can't be written to"):
        build([source], source / "one.txt" / "index")
