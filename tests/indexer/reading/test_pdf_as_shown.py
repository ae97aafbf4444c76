"""PDFs made here, each with words that a reader doesn't see, or sees beside the text."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.layout import lay_out
from indexer.reading.pdf import read_pdf
from indexer.reading.source import SourceFile
from indexer.structure.structured import structure

WIDTH, HEIGHT = A4
FIRST = "Visits to children are regular and are written down."
SECOND = "Plans are clear, and most are up to date."


def drawn(*pages: Callable[[Canvas], None]) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    for draw in pages:
        canvas.setFont("Helvetica", 11)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def read(data: bytes) -> SourceFile:
    return read_pdf("paper.pdf", "0" * 64, data, limits=Limits())


def texts(data: bytes) -> list[str]:
    return [line.text for page in read(data).pages for line in page.lines]


def with_text(draw: Callable[[Canvas], None], *, before: bool = False) -> bytes:
    def page(canvas: Canvas) -> None:
        if before:
            draw(canvas)
        canvas.setFillGray(0)
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 700, FIRST)
        canvas.drawString(72, 686, SECOND)
        if not before:
            draw(canvas)

    return drawn(page)


def changed(data: bytes, change: Callable[[PdfWriter], None]) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    change(writer)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def invisible(canvas: Canvas) -> None:
    text = canvas.beginText(72, 600)
    text.setTextRenderMode(3)
    text.textOut("Nobody was harmed")
    canvas.drawText(text)


def white(canvas: Canvas) -> None:
    canvas.setFillGray(1)
    canvas.drawString(72, 600, "Nobody was harmed")


def outside(canvas: Canvas) -> None:
    canvas.drawString(72, -40, "Nobody was harmed")


def tiny(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 0.5)
    canvas.drawString(72, 600, "Nobody was harmed")


def transparent(canvas: Canvas) -> None:
    canvas.setFillAlpha(0)
    canvas.drawString(72, 600, "Nobody was harmed")


@pytest.mark.parametrize("draw", [invisible, white, outside, tiny, transparent])
def test_text_that_nobody_sees_is_left_out_and_said(draw: Callable[[Canvas], None]) -> None:
    source = read(with_text(draw))
    assert [line.text for line in source.pages[0].lines] == [FIRST, SECOND]
    assert "hidden text" in source.warnings[0]


def test_text_on_a_layer_that_is_off_is_left_out() -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(72, 700, FIRST)
        canvas._code.append("/OC /layer BDC")
        canvas.drawString(72, 686, "Nobody was harmed")
        canvas._code.append("EMC")

    def add_layer(writer: PdfWriter, *, off: bool) -> None:
        layer = writer._add_object(
            DictionaryObject(
                {NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject("old")}
            )
        )
        state = DictionaryObject({NameObject("/OFF"): ArrayObject([layer] if off else [])})
        writer.root_object[NameObject("/OCProperties")] = DictionaryObject(
            {NameObject("/OCGs"): ArrayObject([layer]), NameObject("/D"): state}
        )
        resources = writer.pages[0]["/Resources"].get_object()
        resources[NameObject("/Properties")] = DictionaryObject({NameObject("/layer"): layer})  # type: ignore[index]

    data = drawn(page)
    assert texts(changed(data, lambda writer: add_layer(writer, off=True))) == [FIRST]
    assert texts(changed(data, lambda writer: add_layer(writer, off=False))) == [FIRST, "Nobody was harmed"]


def test_white_text_on_a_dark_ground_is_read() -> None:
    def header(canvas: Canvas) -> None:
        canvas.setFillGray(0.2)
        canvas.rect(60, 590, 300, 30, fill=1)
        canvas.setFillGray(1)
        canvas.drawString(72, 600, "What needs to improve")

    source = read(with_text(header))
    assert ([line.text for line in source.pages[0].lines][-1], source.warnings) == (
        "What needs to improve",
        (),
    )


def test_leaning_type_is_text() -> None:
    def leaning(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.transform(1, 0, 0.33, 1, 0, 0)
        canvas.drawString(72, 600, "Working together")
        canvas.restoreState()

    assert texts(with_text(leaning))[-1] == "Working together"


@pytest.mark.parametrize("before", [True, False])
def test_a_watermark_across_the_text_is_left_out(before: bool) -> None:
    def watermark(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.translate(150, 560)
        canvas.rotate(45)
        canvas.setFont("Helvetica-Bold", 90)
        canvas.setFillGray(0.85)
        canvas.drawString(0, 0, "DRAFT")
        canvas.restoreState()

    assert texts(with_text(watermark, before=before)) == [FIRST, SECOND]


def test_numbers_of_lines_in_the_margin_are_no_text() -> None:
    def page(canvas: Canvas) -> None:
        for number in range(1, 9):
            canvas.drawRightString(50, 700 - 14 * number, str(number))
            if number % 3:
                canvas.drawString(
                    60, 700 - 14 * number, f"{number + 13}. Visits are regular, and well recorded"
                )

    assert texts(drawn(page))[:2] == [
        "14. Visits are regular, and well recorded",
        "15. Visits are regular, and well recorded",
    ]


def test_references_of_a_table_are_no_numbers_of_lines() -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(40, 700, "Ref")
        canvas.drawString(80, 700, "Action")
        for number in range(1, 9):
            canvas.drawString(40, 700 - 14 * number, str(number))
            canvas.drawString(80, 700 - 14 * number, "Audit the plans")

    assert texts(drawn(page))[1] == "1 Audit the plans"


def test_a_note_on_a_page_is_named_and_not_read() -> None:
    note = FreeText(text="Check with legal", rect=(72, 600, 300, 640))
    source = read(changed(with_text(lambda _: None), lambda writer: writer.add_annotation(0, note) and None))
    assert [line.text for line in source.pages[0].lines] == [FIRST, SECOND]
    assert "“Check with legal”" in source.warnings[0]


def test_what_is_filled_into_a_form_is_read_beside_its_label() -> None:
    def form(canvas: Canvas) -> None:
        canvas.drawString(72, 600, "Council:")
        canvas.acroForm.textfield(name="c", value="Thornmere", x=130, y=594, width=200, height=18)
        canvas.acroForm.checkbox(name="d", checked=True, x=72, y=560)

    source = read(with_text(form))
    assert "Council: Thornmere" in [line.text for line in source.pages[0].lines]
    assert "form's fields" in " ".join(source.warnings)


def test_a_portfolio_is_refused_and_an_attachment_is_named() -> None:
    def attach(writer: PdfWriter) -> None:
        writer.add_attachment("report.pdf", b"%PDF-1.4 x")

    def collect(writer: PdfWriter) -> None:
        attach(writer)
        writer.root_object[NameObject("/Collection")] = DictionaryObject(
            {NameObject("/View"): NameObject("/T")}
        )

    data = with_text(lambda _: None)
    assert "“report.pdf”" in " ".join(read(changed(data, attach)).warnings)
    with pytest.raises(UnreadableDocument, match="portfolio"):
        read(changed(data, collect))


def test_the_cover_of_an_xfa_form_is_refused() -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(
            72, 700, "Please wait... If this message is not eventually replaced by the proper contents,"
        )
        canvas.drawString(72, 686, "your PDF viewer may not be able to display this type of document.")

    with pytest.raises(UnreadableDocument, match="XFA"):
        read(drawn(page))


def labelled(writer: PdfWriter) -> None:
    numbers = ArrayObject(
        [
            NumberObject(0),
            DictionaryObject({NameObject("/S"): NameObject("/r")}),
            NumberObject(1),
            DictionaryObject({NameObject("/S"): NameObject("/D")}),
        ]
    )
    writer.root_object[NameObject("/PageLabels")] = DictionaryObject({NameObject("/Nums"): numbers})


def two_pages(canvas: Canvas) -> None:
    canvas.drawString(72, 700, FIRST)
    canvas.drawString(72, 686, SECOND)


def test_numbers_printed_on_pages_are_kept_beside_their_count() -> None:
    made = structure(read(changed(drawn(two_pages, two_pages), labelled)))
    assert made.page_labels == ("i", "1")
    assert {(p.page, p.page_label) for p in made.passages} == {(1, "i"), (2, "1")}
    assert structure(read(drawn(two_pages, two_pages))).page_labels == ()


def test_a_page_whose_text_is_turned_is_read_level_and_has_its_boxes_as_it_is_shown() -> None:
    def page(canvas: Canvas) -> None:
        canvas.translate(WIDTH, 0)
        canvas.rotate(90)
        canvas.drawString(72, 500, FIRST)
        canvas.drawString(72, 486, SECOND)

    source = read(drawn(page))
    assert ([line.text for line in source.pages[0].lines], source.pages[0].turned) == ([FIRST, SECOND], 1)
    box = structure(source).passages[0].boxes[0]
    assert box.bottom == pytest.approx(1 - 72 / HEIGHT, abs=0.01)
    assert box.bottom - box.top > 4 * (box.right - box.left)


def test_a_small_list_at_a_pages_foot_is_no_footnote_unless_a_mark_calls_it() -> None:
    def page(canvas: Canvas, *, called: bool) -> None:
        canvas.drawString(72, 200, FIRST)
        canvas.drawString(72, 186, SECOND)
        if called:
            canvas.setFont("Helvetica", 6)
            canvas.drawString(72 + canvas.stringWidth(SECOND, "Helvetica", 11), 191, "1")
        canvas.setFont("Helvetica", 8)
        canvas.drawString(72, 90, "1 The timeliness of return interviews.")

    assert lay_out(read(drawn(lambda canvas: page(canvas, called=False)))).footnotes == ()
    assert len(lay_out(read(drawn(lambda canvas: page(canvas, called=True)))).footnotes) == 1


def test_a_word_that_a_soft_hyphen_broke_is_whole() -> None:
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

    def page(canvas: Canvas) -> None:
        canvas.setFont("Vera", 11)
        canvas.drawString(72, 700, "Inspectors found that the assess\u00ad")
        canvas.drawString(72, 686, "ments of children are thorough and that infor\u00admation is shared.")

    assert texts(drawn(page)) == [
        "Inspectors found that the assessments", "of children are thorough and that information is shared.",
    ]  # fmt: skip


LEFT = [
    "14. Visits to children are regular",
    "and are written down on the day.",
    "15. Managers check the plans of",
    "all children who are in care.",
]
RIGHT = [
    "16. Care leavers wait too long for",
    "an adviser, and plans are late.",
    "17. Foster carers value the training",
    "that they are given each year.",
]


def two_columns(left: list[str], right: list[str]) -> bytes:
    def page(canvas: Canvas) -> None:
        for number, (one, two) in enumerate(zip(left, right, strict=True)):
            canvas.drawString(60, 700 - 14 * number, one)
            canvas.drawString(310, 700 - 14 * number, two)

    return drawn(page)


def test_two_columns_drawn_row_by_row_are_read_one_after_the_other() -> None:
    assert texts(two_columns(LEFT, RIGHT)) == LEFT + RIGHT


def test_a_sentence_that_goes_on_in_the_right_column_tells_columns() -> None:
    left = [
        "Visits to children are regular",
        "and are written down on the day.",
        "Managers check the plans of",
        "all children who are in care and",
    ]
    right = [
        "that are still open. Care leavers",
        "wait too long for an adviser.",
        "Foster carers value the training",
        "that they are given each year.",
    ]
    assert texts(two_columns(left, right)) == left + right


def test_a_table_of_two_columns_keeps_its_rows() -> None:
    left = [
        "What the inspectors had found",
        "Plans of care leavers are late.",
        "Visits to children are irregular.",
        "Managers do not check the plans.",
    ]
    right = [
        "What the council has done since",
        "Plans are checked every month.",
        "Visits are counted every week.",
        "Managers check the plans monthly.",
    ]
    assert texts(two_columns(left, right)) == [f"{a} {b}" for a, b in zip(left, right, strict=True)]
