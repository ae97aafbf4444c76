"""Word files, written here by python-docx or by hand, and read back."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls

from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.source import Line
from indexer.reading.word.document import read_docx

SHA = "0" * 64
BODY = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'


def saved(document: WordDocument) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def lines_of(data: bytes, limits: Limits | None = None) -> list[Line]:
    source = read_docx("plan.docx", SHA, data, limits=limits or Limits())
    return [line for line in source.pages[0].lines if line.text]


def zipped(parts: dict[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_headings_paragraphs_and_bold_are_kept_in_order() -> None:
    document = docx.Document()
    document.add_heading("Improvement plan", level=0)
    document.add_heading("Background", level=2)
    document.add_paragraph().add_run("All bold").bold = True
    document.add_paragraph("Plain words.")
    assert [(line.text, line.style, line.bold) for line in lines_of(saved(document))] == [
        ("Improvement plan", "h1", False),
        ("Background", "h2", False),
        ("All bold", "", True),
        ("Plain words.", "", False),
    ]


def test_headers_and_footers_stay_out() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "OFFICIAL"
    document.sections[0].footer.paragraphs[0].text = "Page 1"
    document.add_paragraph("Words.")
    assert [line.text for line in lines_of(saved(document))] == ["Words."]


def test_the_numbers_that_word_keeps_in_its_lists_are_printed() -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    forms = (("decimal", "%1."), ("lowerLetter", "(%2)"), ("lowerRoman", "%1.%3"))
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:numFmt w:val="{form}"/><w:lvlText w:val="{sign}"/></w:lvl>'
        for at, (form, sign) in enumerate(forms)
    )
    abstract = parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">{levels}</w:abstractNum>')
    numbering.insert(0, abstract)
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    for level, text in ((0, "First"), (1, "sub"), (1, "sub again"), (0, "Second"), (1, "anew"), (2, "deep")):
        paragraph = document.add_paragraph(text)
        properties = paragraph._p.get_or_add_pPr()
        properties.append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="90"/></w:numPr>')
        )
    lines = lines_of(saved(document))
    assert [line.text for line in lines] == [
        "1. First", "(a) sub", "(b) sub again", "2. Second", "(a) anew", "2.i deep",
    ]  # fmt: skip
    assert {line.style for line in lines} == {"li"}


def test_bullets_are_items_without_a_number() -> None:
    document = docx.Document()
    document.add_paragraph("Point", style="List Bullet")
    assert [(line.text, line.style) for line in lines_of(saved(document))] == [("Point", "li")]


def test_tables_are_rows_and_merged_cells_keep_the_columns_in_line() -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for row, texts in enumerate((("Ref", "Action", "Lead"), ("1", "Train", "Ann"), ("2", "Audit", ""))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(1, 2).merge(table.cell(2, 2))
    table.cell(1, 1).add_paragraph("Second paragraph")
    assert [line.cells for line in lines_of(saved(document))] == [
        ("Ref", "Action", "Lead"),
        ("1", "Train\nSecond paragraph", "Ann"),
        ("2", "Audit", ""),
    ]


def test_deleted_words_are_gone_and_inserted_ones_read() -> None:
    body = BODY.format(
        "<w:p><w:r><w:t>We </w:t></w:r><w:del><w:r><w:delText>may</w:delText><w:t>x</w:t></w:r></w:del>"
        "<w:ins><w:r><w:t>will</w:t></w:r></w:ins></w:p>"
    )
    assert [line.text for line in lines_of(zipped({"word/document.xml": body}))] == ["We will"]


def test_words_in_content_controls_are_read() -> None:
    body = BODY.format("<w:sdt><w:sdtContent><w:p><w:r><w:t>Inside</w:t></w:r></w:p></w:sdtContent></w:sdt>")
    assert [line.text for line in lines_of(zipped({"word/document.xml": body}))] == ["Inside"]


def test_a_part_that_unpacks_far_beyond_its_size_is_refused_unread() -> None:
    bomb = BODY.format("<w:p><w:r><w:t>" + "a" * 30_000_000 + "</w:t></w:r></w:p>")
    with pytest.raises(UnreadableDocument, match="more than is safe"):
        lines_of(zipped({"word/document.xml": bomb}))


def test_a_part_over_the_byte_limit_is_refused() -> None:
    body = BODY.format("".join(f"<w:p><w:r><w:t>word {n}</w:t></w:r></w:p>" for n in range(2000)))
    with pytest.raises(UnreadableDocument, match="more than is safe"):
        lines_of(zipped({"word/document.xml": body}), Limits(max_bytes=20_000))


def test_entities_are_never_expanded() -> None:
    body = '<!DOCTYPE d [<!ENTITY a "secret">]>' + BODY.format("<w:p><w:r><w:t>&a;</w:t></w:r></w:p>")
    with pytest.raises(UnreadableDocument, match="document type"):
        lines_of(zipped({"word/document.xml": body}))


def test_xml_nested_without_end_is_refused() -> None:
    body = BODY.format("<w:sdt>" * 5000 + "</w:sdt>" * 5000)
    with pytest.raises(UnreadableDocument, match="damaged"):
        lines_of(zipped({"word/document.xml": body}))


@pytest.mark.parametrize("cut", [30, 400, 3000])
def test_a_file_cut_short_is_named_as_damaged(cut: int) -> None:
    data = saved(docx.Document())
    with pytest.raises(UnreadableDocument, match="damaged"):
        lines_of(data[:-cut])


def test_a_document_of_pictures_only_says_so() -> None:
    with pytest.raises(UnreadableDocument, match="without words"):
        lines_of(saved(docx.Document()))


def test_the_title_comes_from_the_properties(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "Plan for Eastmere"
    document.add_paragraph("Words.")
    assert read_docx("a.docx", SHA, saved(document), limits=Limits()).title == "Plan for Eastmere"


def test_a_tab_in_a_paragraph_is_a_space() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("1")
    paragraph.add_run()._r.append(OxmlElement("w:tab"))
    paragraph.add_run("The purpose")
    assert [line.text for line in lines_of(saved(document))] == ["1 The purpose"]


def test_a_zip_whose_parts_begin_before_it_is_refused() -> None:
    data = saved(docx.Document())
    with pytest.raises(UnreadableDocument, match="damaged"):
        lines_of(data[:10] + data[900:])


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "١", "1e3", "", " 2"])
def test_a_number_that_word_never_writes_is_taken_for_none(number: str) -> None:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    numbering = (
        f'<w:numbering {space}><w:abstractNum w:abstractNumId="4"><w:lvl w:ilvl="{number}"/><w:lvl w:ilvl="0">'
        f'<w:start w:val="{number}"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
        f'<w:num w:numId="7"><w:abstractNumId w:val="4"/><w:lvlOverride w:ilvl="{number}">'
        f'<w:startOverride w:val="{number}"/></w:lvlOverride></w:num></w:numbering>'
    )
    styles = (
        f'<w:styles {space}><w:style w:styleId="a"><w:pPr><w:outlineLvl w:val="{number}"/>'
        f'<w:numPr><w:ilvl w:val="{number}"/><w:numId w:val="7"/></w:numPr></w:pPr></w:style></w:styles>'
    )
    listed = f'<w:pPr><w:pStyle w:val="a"/><w:numPr><w:ilvl w:val="{number}"/><w:numId w:val="7"/></w:numPr></w:pPr>'
    cell = f'<w:tc><w:tcPr><w:gridSpan w:val="{number}"/></w:tcPr><w:p><w:r><w:t>Kettles</w:t></w:r></w:p></w:tc>'
    body = BODY.format(
        f"<w:p>{listed}<w:r><w:t>Mend the lids</w:t></w:r></w:p><w:tbl><w:tr>{cell}{cell}</w:tr></w:tbl>"
    )
    lines = lines_of(
        zipped({"word/document.xml": body, "word/numbering.xml": numbering, "word/styles.xml": styles})
    )
    assert [line.text for line in lines] == ["1. Mend the lids", "Kettles Kettles"]
    assert lines[1].cells == ("Kettles", "Kettles")
