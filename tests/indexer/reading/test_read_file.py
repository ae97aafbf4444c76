"""What kind of file it is, decided by its content; and every way in which it may not be a document."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.file import read_file

SHARED = Path(__file__).parents[4] / "shared"


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def reason(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        read_file(path, limits=limits or Limits())
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_each_kind_is_told_by_its_content(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Words.")
    document.save(str(tmp_path / "misnamed.txt"))
    html = written(tmp_path, "page.txt", b"<!DOCTYPE html><html><p>Words.</p></html>")
    markdown = written(tmp_path, "plan.md", b"# Plan\n")
    text = written(tmp_path, "plan.txt", b"Plan\n")
    kinds = [
        read_file(path, limits=Limits()).kind for path in (tmp_path / "misnamed.txt", html, markdown, text)
    ]
    assert kinds == ["docx", "html", "markdown", "text"]


def test_the_name_is_without_folders_and_the_digest_is_of_the_bytes(tmp_path: Path) -> None:
    source = read_file(written(tmp_path, "plan.txt", b"abc"), limits=Limits())
    assert source.name == "plan.txt"
    assert source.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("name", ["report.pdf", "report.docx"])
def test_an_html_page_under_another_name_is_to_be_downloaded_again(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name, b'<!DOCTYPE html>\n<html lang="en"><h1>Page not found</h1></html>')
    assert reason(path).startswith("is an HTML page, not a ")
    assert "download it again" in reason(path)


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "is empty"),
        (b" \r\n\t\x00" * 40, "nothing but blanks"),
        (bytes(range(256)) * 30, "not text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "older Office"),
        (b"{\\rtf1 words}", "RTF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), "PNG"),
        (b"PK\x03\x04 and then nothing", "damaged"),
    ],
)
def test_what_is_no_document_is_named_with_its_reason(tmp_path: Path, data: bytes, part: str) -> None:
    assert part in reason(written(tmp_path, "a.txt", data))


@pytest.mark.parametrize(
    ("member", "part"),
    [
        ("xl/workbook.xml", "XLSX"),
        ("ppt/presentation.xml", "PPTX"),
        ("content.xml", "OpenDocument"),
        ("a.txt", "zip"),
    ],
)
def test_other_archives_are_named_for_what_they_are(tmp_path: Path, member: str, part: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(member, "<a/>")
    assert part in reason(written(tmp_path, "a.docx", stream.getvalue()))


def test_text_named_pdf_is_not_taken_for_one(tmp_path: Path) -> None:
    assert "is not a PDF" in reason(written(tmp_path, "a.pdf", b"These are words."))


def test_a_text_file_of_300_megabytes_is_named_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as stream:
        stream.truncate(300_000_000)
    assert "300 MB" in reason(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert "does not exist" in reason(tmp_path / "none.txt")
    assert "is not a file" in reason(tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert "is not a file" in reason(tmp_path / "pipe.txt")


def test_a_file_that_may_not_be_opened_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for folder in list(tmp_path.parents)[:3]:
        if folder.stat().st_uid == os.geteuid() and folder.name.startswith("pytest"):
            folder.chmod(0o755)
    path = written(tmp_path, "closed.txt", b"Words.")
    path.chmod(0)
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from indexer.errors import UnreadableDocument\n"
        "from indexer.limits import Limits\n"
        "from indexer.reading.file import read_file\n"
        "if os.geteuid() == 0:\n"
        "    os.setuid(65534)\n"
        "try:\n"
        "    read_file(Path(sys.argv[1]), limits=Limits())\n"
        "except UnreadableDocument as error:\n"
        "    print(error)\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=root, capture_output=True, text=True, check=True
    )
    assert "may not be read" in done.stdout


def word_file() -> bytes:
    document = docx.Document()
    document.add_heading("Plan", level=1)
    document.add_paragraph("First point", style="List Number")
    document.add_table(rows=2, cols=2).cell(0, 0).text = "Action"
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


WORD_FILE = word_file()
MARKED_UP = b"<html><body><table><tr><td rowspan=2>a<td>b</table><ul><li>c</ul>"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([WORD_FILE, MARKED_UP, b"Ref\tAction\n1\t<p>Do it</p>\n"]),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=0, max_size=6)), max_size=8),
    st.sampled_from(["a.docx", "a.html", "a.txt", "a.md"]),
)
def test_a_damaged_file_is_read_or_named_and_never_crashes(
    tmp_path: Path, data: bytes, patches: list[tuple[float, bytes]], name: str
) -> None:
    damaged = bytearray(data)
    for share, patch in patches:
        at = int(share * len(damaged))
        damaged[at : at + len(patch)] = patch
    path = written(tmp_path, name, bytes(damaged))
    try:
        source = read_file(path, limits=Limits(max_seconds=5))
    except UnreadableDocument as error:
        assert str(error) and "\n" not in str(error)
    else:
        assert any(line.text for page in source.pages for line in page.lines)


@pytest.mark.shared
@pytest.mark.parametrize("path", sorted((SHARED / "seeds").glob("*.txt")), ids=lambda path: path.name[:3])
def test_a_real_text_export_is_read_with_its_rows(path: Path) -> None:
    lines = read_file(path, limits=Limits()).pages[0].lines
    assert any(line.cells for line in lines)
    assert not any("<p>" in line.text or "**" in line.text or "\t" in line.text for line in lines)


@pytest.mark.shared
@pytest.mark.parametrize(
    "path",
    [path for path in sorted((SHARED / "reports").glob("*.pdf")) if path.read_bytes()[:5] != b"%PDF-"],
    ids=lambda path: path.name,
)
def test_a_real_web_page_named_pdf_is_named_for_what_it_is(path: Path) -> None:
    assert "HTML page, not a PDF" in reason(path)
