"""Reading PDFs made here, each with one trap."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.file import read_file
from indexer.reading.pdf import read_pdf
from indexer.reading.source import SourceFile

WIDTH, HEIGHT = A4


def drawn(*pages: Callable[[Canvas], None]) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    for draw in pages:
        canvas.setFont("Helvetica", 12)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def read(data: bytes, **limits: float) -> SourceFile:
    return read_pdf("paper.pdf", "", data, limits=Limits(**limits))  # type: ignore[arg-type]


def two_lines(canvas: Canvas) -> None:
    canvas.drawString(72, 700, "The visits were regular")
    canvas.drawString(72, 684, "and the plans were clear.")


def test_lines_come_in_order_with_their_places_as_fractions_of_the_page() -> None:
    (page,) = read(drawn(two_lines)).pages
    assert [line.text for line in page.lines] == ["The visits were regular", "and the plans were clear."]
    first, second = page.lines
    assert first.left == pytest.approx(72 / WIDTH, abs=0.003)
    assert first.top < 1 - 700 / HEIGHT < first.bottom
    assert first.bottom < second.bottom
    assert (page.number, page.width, page.height) == (1, pytest.approx(WIDTH), pytest.approx(HEIGHT))


def test_the_same_bytes_have_the_same_digest_and_the_name_without_its_folder(tmp_path: Path) -> None:
    data = drawn(two_lines)
    (tmp_path / "paper.pdf").write_bytes(data)
    source = read_file(tmp_path / "paper.pdf", limits=Limits())
    assert (source.name, source.kind) == ("paper.pdf", "pdf")
    assert source.sha256 == hashlib.sha256(data).hexdigest()


def test_bold_type_is_told_from_plain() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 12)
        canvas.drawString(72, 700, "Findings")
        canvas.setFont("Helvetica", 12)
        canvas.drawString(72, 670, "Visits were regular.")

    (page,) = read(drawn(draw)).pages
    assert [line.bold for line in page.lines] == [True, False]


def test_a_raised_figure_is_kept_as_a_superscript_on_its_own_line() -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        text.textOut("Information about this area")
        text.setFont("Helvetica", 7)
        text.setRise(5)
        text.textOut("2")
        text.setFont("Helvetica", 12)
        text.setRise(0)
        text.textOut(" was given by 3 schools")
        canvas.drawText(text)

    (page,) = read(drawn(draw)).pages
    assert [line.text for line in page.lines] == ["Information about this area² was given by 3 schools"]


def test_a_hyphen_at_a_lines_end_ends_the_line() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "The response is multi-")
        canvas.drawString(72, 684, "agency and prompt.")

    (page,) = read(drawn(draw)).pages
    assert [line.text for line in page.lines] == ["The response is multi-", "agency and prompt."]


def test_a_wide_gap_parts_the_cells_of_a_row_and_a_list_number_is_no_cell() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Overall effectiveness")
        canvas.drawString(400, 700, "Good")
        canvas.drawString(72, 660, "12.")
        canvas.drawString(110, 660, "Plans are clear.")

    (page,) = read(drawn(draw)).pages
    assert [line.cells for line in page.lines] == [("Overall effectiveness", "Good"), ()]
    assert page.lines[1].text == "12. Plans are clear."


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_has_its_places_as_it_is_shown(turn: int) -> None:
    writer = PdfWriter(io.BytesIO(drawn(two_lines)))
    writer.pages[0].rotate(turn)
    turned = io.BytesIO()
    writer.write(turned)
    (page,) = read(turned.getvalue()).pages
    assert (page.width > page.height) == (turn != 180)
    for line in page.lines:
        assert 0 <= line.left < line.right <= 1
        assert 0 <= line.top < line.bottom <= 1


def test_a_page_cut_to_a_part_has_its_places_within_that_part() -> None:
    writer = PdfWriter(io.BytesIO(drawn(two_lines)))
    writer.pages[0].cropbox.lower_left = (36, 600)
    writer.pages[0].cropbox.upper_right = (WIDTH - 36, 800)
    cut = io.BytesIO()
    writer.write(cut)
    (page,) = read(cut.getvalue()).pages
    assert page.height == pytest.approx(200)
    assert page.lines[0].left == pytest.approx(36 / (WIDTH - 72), abs=0.003)


def locked(password: str) -> bytes:
    writer = PdfWriter(io.BytesIO(drawn(two_lines)))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")  # noqa: S106
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_a_file_locked_with_an_empty_password_is_read() -> None:
    assert read(locked("")).pages[0].lines[0].text == "The visits were regular"


def picture(canvas: Canvas) -> None:
    from PIL import Image  # noqa: PLC0415 (only pictures need it)

    canvas.drawImage(ImageReader(Image.new("L", (200, 200), 255)), 72, 400)


def nothing() -> bytes:
    writer = io.BytesIO()
    PdfWriter().write(writer)
    return writer.getvalue()


REFUSED: list[tuple[bytes, str]] = [
    (b"", "is empty"),
    (b" \n\t", "holds nothing but blanks"),
    (b"<!DOCTYPE html><html><body>Sign in</body></html>", "is an HTML page, not a PDF"),
    (b"Dear colleague, see the minutes of the meeting.", "is not a PDF"),
    (drawn(two_lines)[:120], "damaged or cut short"),
    (locked("secret"), "encrypted with a password: save a copy without a password"),
    (nothing(), "download it again"),
]


@pytest.mark.parametrize(("data", "reason"), REFUSED)
def test_what_is_no_readable_pdf_is_refused_in_one_line_that_says_what_to_do(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    (tmp_path / "paper.pdf").write_bytes(data)
    with pytest.raises(UnreadableDocument) as refusal:
        read_file(tmp_path / "paper.pdf", limits=Limits())
    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert ": " in str(refusal.value)


def test_pictures_without_ocr_are_refused_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnreadableDocument, match=r"only pictures: needs OCR; install tesseract-ocr"):
        read(drawn(picture))


def test_a_page_without_text_among_others_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    source = read(drawn(two_lines, picture, lambda canvas: canvas.rect(72, 72, 9, 9)))
    assert [bool(page.lines) for page in source.pages] == [True, False, False]
    assert source.warnings[0].startswith("Page 2 is a picture and was not read: install tesseract-ocr")
    assert source.warnings[1] == "Page 3 has no text."


def test_a_file_whose_cross_references_are_broken_is_repaired_or_read() -> None:
    data = drawn(two_lines)
    broken = data.replace(b"startxref", b"startxxxx")
    assert PdfReader(io.BytesIO(data)).pages
    assert read(broken).pages[0].lines[0].text == "The visits were regular"


def endless_repair(objects: int) -> bytes:
    """Each object is a text that doesn't end, and so is read up to the file's end: the square of their number."""
    body = b"".join(b"%d 0 obj(" % number for number in range(1, objects))
    return b"%PDF-1.7\n" + body + b"\nstartxref\n5\n%%EOF"


def test_a_repair_that_would_take_minutes_ends_with_its_limit() -> None:
    started = time.process_time()
    with pytest.raises(UnreadableDocument, match=r"damaged, and repairing it takes longer than 0\.5 s"):
        read(endless_repair(20_000), max_seconds=0.5)
    assert time.process_time() - started < 5
    # What comes after is read as ever.
    assert read(drawn(two_lines).replace(b"startxref", b"startxxxx")).pages[0].lines


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"max_bytes": 100}, "MB, over the limit"),
        ({"max_pages": 1}, "has 2 pages, over the limit of 1"),
        ({"max_chars": 20}, "more than 20 characters"),
        ({"max_seconds": 0.0}, "takes longer than 0 s"),
    ],
)
def test_each_limit_refuses_with_its_own_reason(
    tmp_path: Path, limits: dict[str, float], reason: str
) -> None:
    (tmp_path / "paper.pdf").write_bytes(drawn(two_lines, two_lines))
    with pytest.raises(UnreadableDocument, match=reason):
        read_file(tmp_path / "paper.pdf", limits=Limits(**limits))  # type: ignore[arg-type]


def test_letters_outside_the_basic_plane_keep_the_lines_in_step() -> None:
    data = drawn(two_lines, two_lines)
    pages = read(data).pages
    assert [len(page.lines) for page in pages] == [2, 2]
    assert [page.number for page in pages] == [1, 2]
