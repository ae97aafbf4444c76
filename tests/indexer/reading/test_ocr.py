"""Pages read from pictures, by a stand-in that prints what Tesseract prints, and by Tesseract where it is."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from indexer.limits import Limits
from indexer.reading import ocr
from indexer.reading.pdf import read_pdf

TABLE = (
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
    "1\t1\t0\t0\t0\t0\t0\t0\t1000\t1400\t-1\t\n"
    "5\t1\t1\t1\t1\t1\t100\t200\t60\t30\t96.0\tVisits\n"
    "5\t1\t1\t1\t1\t2\t170\t206\t40\t24\t95.5\tare\n"
    "5\t1\t1\t1\t1\t3\t220\t200\t90\t30\t91.0\tregular.\n"
    "5\t1\t1\t1\t1\t4\t900\t200\t5\t30\t3.0\t|\n"
    "5\t1\t2\t1\t1\t1\t40\t202\t20\t28\t88.0\t1.\n"
)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program named tesseract that reads its input to the end and prints TABLE."""
    program = tmp_path / "bin" / "tesseract"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n/bin/cat > /dev/null\n/bin/cat <<'END'\n{TABLE}END\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent))
    return program


def scanned() -> bytes:
    """A page that is a picture of words."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.setFont("Helvetica", 16)
    canvas.drawString(72, 700, "Visits are regular.")
    canvas.save()
    image = pdfium.PdfDocument(file.getvalue())[0].render(scale=200 / 72).to_pil()
    picture = io.BytesIO()
    canvas = Canvas(picture, pagesize=A4)
    canvas.drawImage(ImageReader(image), 0, 0, *A4)
    canvas.save()
    return picture.getvalue()


def test_words_become_lines_with_places_and_specks_are_left_out(stand_in: Path) -> None:
    (line,) = ocr.read_picture(ocr.Picture(1000, 1400, bytes(1_400_000)), seconds=10)
    assert line.text == "1. Visits are regular."
    assert (line.left, line.right) == (0.04, 0.31)
    assert line.top == pytest.approx(200 / 1400)
    assert stand_in.exists()


def test_a_scanned_page_is_read_marked_and_warned_of(stand_in: Path) -> None:
    source = read_pdf("scan.pdf", "", scanned(), limits=Limits())
    assert source.pages[0].ocr
    assert source.pages[0].lines[0].text == "1. Visits are regular."
    assert source.warnings == ("Page 1 is a picture and was read by OCR: check its words against the page.",)
    assert stand_in.exists()


def test_a_program_that_fails_reads_nothing(stand_in: Path) -> None:
    stand_in.write_text("#!/bin/sh\nexit 3\n")
    assert ocr.read_picture(ocr.Picture(10, 10, bytes(100)), seconds=10) == ()


def test_without_the_program_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert not ocr.is_installed()
    assert ocr.read_picture(ocr.Picture(10, 10, bytes(100)), seconds=10) == ()


# Run where Tesseract is installed, as in the continuous integration; the stand-in covers the rest.
@pytest.mark.slow
@pytest.mark.parametrize("data", [scanned()] if ocr.is_installed() else [])
def test_tesseract_itself_reads_a_scanned_page(data: bytes) -> None:
    source = read_pdf("scan.pdf", "", data, limits=Limits())
    assert "Visits are regular" in source.pages[0].lines[0].text
