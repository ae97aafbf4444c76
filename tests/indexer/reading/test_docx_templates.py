"""Word files as templates and other programs make them, written here in raw XML, and read as Word prints them."""

from __future__ import annotations

import io
import zipfile

import pytest

from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.source import Line, SourceFile
from indexer.reading.word.document import read_docx

NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(content: str, style: str = "", properties: str = "") -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    inner = content if content.startswith("<") or not content else run(content)
    return f"<w:p><w:pPr>{named}{properties}</w:pPr>{inner}</w:p>"


def listed(text: str, number: int, level: int = 0) -> str:
    return paragraph(text, "", f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def cell(content: str, properties: str = "") -> str:
    inner = content if content.startswith("<w:") else paragraph(content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(c if c.startswith('<') else cell(c) for c in cells)}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/>{''.join(rows)}</w:tbl>"


def control(content: str, properties: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def style(name: str, properties: str = "", based_on: str = "", kind: str = "paragraph", run: str = "") -> str:
    base = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
    return (
        f'<w:style w:type="{kind}" w:styleId="{name}"><w:name w:val="{name}"/>{base}'
        f"<w:pPr>{properties}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def numbers(list_id: int | None = None, level: int | None = None) -> str:
    at = "" if level is None else f'<w:ilvl w:val="{level}"/>'
    named = "" if list_id is None else f'<w:numId w:val="{list_id}"/>'
    return f"<w:numPr>{at}{named}</w:numPr>"


def level(at: int, text: str, form: str = "decimal", more: str = "") -> str:
    return f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


def definition(number: int, *levels: str, link: str = "") -> str:
    return f'<w:abstractNum w:abstractNumId="{number}">{link}{"".join(levels)}</w:abstractNum>'


def instance(number: int, base: int, overrides: str = "") -> str:
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{base}"/>{overrides}</w:num>'


def relations(*targets: tuple[str, str, str]) -> str:
    found = "".join(
        f'<Relationship Id="{name}" Type="{RELATION}/{kind}" Target="{target}"/>'
        for name, kind, target in targets
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{found}</Relationships>'


def packed(body: str, **parts: str) -> bytes:
    """A DOCX of this body; further parts by their names ("styles", "numbering", "footnotes") or paths."""
    roots = {"styles": "styles", "numbering": "numbering", "footnotes": "footnotes", "endnotes": "endnotes"}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        if "word/document.xml" not in parts:
            archive.writestr("word/document.xml", f"<w:document {NAMES}><w:body>{body}</w:body></w:document>")
        for name, content in parts.items():
            root = roots.get(name)
            whole = f"<w:{root} {NAMES}>{content}</w:{root}>" if root else content
            archive.writestr(f"word/{name}.xml" if root else name, whole)
    return stream.getvalue()


def source_of(body: str, limits: Limits | None = None, **parts: str) -> SourceFile:
    return read_docx("paper.docx", "0" * 64, packed(body, **parts), limits=limits or Limits())


def lines_of(body: str, **parts: str) -> list[Line]:
    return [line for line in source_of(body, None, **parts).pages[0].lines if line.text]


def texts_of(body: str, **parts: str) -> list[str]:
    return [line.text for line in lines_of(body, **parts)]


@pytest.mark.parametrize("target", ["word/document2.xml", "/word/document2.xml", "Word\\Document2.xml"])
def test_the_main_part_is_the_one_that_the_package_names(target: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("_rels/.rels", relations(("rId1", "officeDocument", target)))
        for name, words in (("document", "Not this"), ("document2", "The paper")):
            archive.writestr(
                f"word/{name}.xml",
                f"<w:document {NAMES}><w:body>{paragraph(words, 'Top')}</w:body></w:document>",
            )
        archive.writestr("word/_rels/document2.xml.rels", relations(("rId1", "styles", "looks.xml")))
        looks = style("Top", '<w:outlineLvl w:val="0"/>')
        archive.writestr("word/looks.xml", f"<w:styles {NAMES}>{looks}</w:styles>")
    lines = read_docx("a.docx", "", stream.getvalue(), limits=Limits()).pages[0].lines
    assert [(line.text, line.style) for line in lines if line.text] == [("The paper", "h1")]


def test_rows_cells_and_paragraphs_in_content_controls_are_read_in_their_place() -> None:
    body = paragraph("Before") + control(control(paragraph("Inside")))
    body += table(
        row("1", "Train"), control(control(row("2", control(cell("Audit")))) + row("3", "Fill")), row("4", cell(control(paragraph("Check"))))
    )  # fmt: skip
    lines = lines_of(body)
    assert [line.text for line in lines[:2]] == ["Before", "Inside"]
    assert [line.cells for line in lines[2:]] == [
        ("1", "Train"),
        ("2", "Audit"),
        ("3", "Fill"),
        ("4", "Check"),
    ]


def test_a_placeholder_that_asks_for_words_is_none_of_the_text() -> None:
    asked = control(paragraph("Click here to enter text."), "<w:showingPlcHdr/>")
    kept = control(paragraph("Kept"), '<w:showingPlcHdr w:val="0"/>')
    assert texts_of(asked + kept) == ["Kept"]


def test_numbers_come_through_the_style_that_a_style_is_based_on() -> None:
    styles = style("Base", numbers(1)) + style("Middle", "", "Base") + style("Derived", "", "Middle")
    styles += style("Plain", numbers(0), "Base")
    body = "".join(paragraph(text, name) for text, name in (("a", "Derived"), ("b", "Plain"), ("c", "Base")))
    numbering = definition(0, level(0, "%1.")) + instance(1, 0)
    assert texts_of(body, styles=styles, numbering=numbering) == ["1. a", "b", "2. c"]


def test_a_style_that_gives_a_level_alone_takes_the_list_of_its_base() -> None:
    styles = style("One", numbers(7, 0)) + style("Two", numbers(None, 1), "One")
    numbering = definition(3, level(0, "%1"), level(1, "%1.%2")) + instance(7, 3)
    body = paragraph("a", "One") + paragraph("b", "Two") + paragraph("c", "Two") + paragraph("d", "One")
    assert texts_of(body, styles=styles, numbering=numbering) == ["1 a", "1.1 b", "1.2 c", "2 d"]


@pytest.mark.parametrize("given", [numbers(1), numbers(1, 0), numbers(None, 1)])
def test_a_level_that_names_a_style_numbers_it(given: str) -> None:
    styles = style("Sec", numbers(1)) + style("Par", given) + style("Tight", "", "Par")
    numbering = definition(
        0, level(0, "%1.", more='<w:pStyle w:val="Sec"/>'), level(1, "%1.%2", more='<w:pStyle w:val="Par"/>')
    ) + instance(1, 0)
    body = paragraph("a", "Sec") + paragraph("b", "Par") + paragraph("c", "Tight") + paragraph("d", "Sec")
    body += paragraph("e", "Par")
    assert texts_of(body, styles=styles, numbering=numbering) == ["1. a", "1.1 b", "1.2 c", "2. d", "2.1 e"]


def test_a_definition_that_stands_for_a_list_style_has_its_levels() -> None:
    numbering = (
        definition(1, link='<w:numStyleLink w:val="House"/>')
        + definition(2, level(0, "%1)"), link='<w:styleLink w:val="House"/>')
        + instance(5, 1)
        + instance(6, 2)
    )
    styles = style("House", numbers(6), kind="numbering")
    body = listed("a", 5) + listed("b", 5)
    assert texts_of(body, numbering=numbering, styles=styles) == ["1) a", "2) b"]


def test_a_legal_level_writes_every_number_in_figures() -> None:
    levels = (
        level(0, "Part %1", "upperRoman"),
        level(1, "%1.%2", more="<w:isLgl/>"),
        level(2, "%1.%2(%3)", "lowerLetter"),
    )
    numbering = definition(0, *levels) + instance(1, 0)
    body = listed("a", 1) + listed("b", 1, 1) + listed("c", 1, 2)
    assert texts_of(body, numbering=numbering) == ["Part I a", "1.1 b", "I.1(a) c"]


def test_a_start_that_is_overridden_begins_anew_once_and_lists_of_one_definition_count_on() -> None:
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{}"/></w:lvlOverride>'
    numbering = (
        definition(0, level(0, "%1."))
        + instance(1, 0)
        + instance(2, 0)
        + instance(3, 0, override.format(1))
        + instance(4, 0, override.format(14))
    )
    body = "".join(listed("x", list_id) for list_id in (1, 1, 2, 3, 3, 4, 4))
    assert texts_of(body, numbering=numbering) == [
        "1. x", "2. x", "3. x", "1. x", "2. x", "14. x", "15. x",
    ]  # fmt: skip


def test_a_level_restarts_where_its_list_says_so() -> None:
    numbering = definition(
        0, level(0, "%1"), level(1, "%2)", more='<w:lvlRestart w:val="0"/>'), level(2, "%3")
    ) + instance(1, 0)
    body = "".join(listed("x", 1, at) for at in (0, 1, 1, 0, 1))
    assert texts_of(body, numbering=numbering) == ["1 x", "1) x", "2) x", "2 x", "3) x"]


def test_an_empty_numbered_paragraph_counts_and_a_hidden_or_deleted_one_does_not() -> None:
    numbering = definition(0, level(0, "%1.")) + instance(1, 0)
    hidden = paragraph(run("no", "<w:vanish/>"), "", numbers(1) + "<w:rPr><w:vanish/></w:rPr>")
    deleted = paragraph(f"<w:del>{run('no')}</w:del>", "", numbers(1) + "<w:rPr><w:del/></w:rPr>")
    body = listed("a", 1) + listed("", 1) + hidden + deleted + listed("b", 1)
    assert texts_of(body, numbering=numbering) == ["1. a", "3. b"]


def test_numbers_that_a_style_gives_are_read_inside_cells() -> None:
    styles = style("Numbered", numbers(1))
    numbering = definition(0, level(0, "%1.")) + instance(1, 0)
    body = table(*(row(cell(paragraph("", "Numbered")), text) for text in ("Train", "Audit")))
    assert [line.cells for line in lines_of(body, styles=styles, numbering=numbering)] == [
        ("1.", "Train"),
        ("2.", "Audit"),
    ]


def test_a_long_numbered_sentence_in_a_headings_style_is_a_paragraph() -> None:
    styles = style("H", '<w:outlineLvl w:val="1"/>' + numbers(1))
    numbering = definition(0, level(0, "%1.")) + instance(1, 0)
    long = "Social workers visit children within two working days of a referral that the team has accepted, as a rule."
    lines = lines_of(paragraph("Purpose", "H") + paragraph(long, "H"), styles=styles, numbering=numbering)
    assert [(line.text, line.style) for line in lines] == [("1. Purpose", "h2"), (f"2. {long}", "li")]


def test_a_number_of_several_levels_is_said_to_be_one() -> None:
    numbering = definition(
        0, level(0, "%1."), level(1, "%1.%2."), level(2, "(%3)", "lowerLetter")
    ) + instance(1, 0)
    lines = lines_of("".join(listed("x", 1, at) for at in (0, 1, 2)), numbering=numbering)
    assert [(line.text, line.label) for line in lines] == [("1. x", ""), ("1.1. x", "1.1"), ("(a) x", "")]


def test_columns_stay_in_line_where_a_row_begins_later_or_cells_are_merged() -> None:
    down, goes_on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = table(
        row("Ref", "Action", "Lead"),
        row(cell("1", down), "Train", "Ann"),
        row(cell("left over", goes_on), "Audit", cell("Bob", '<w:hMerge w:val="restart"/>')),
        row("Fill", "Cy", properties='<w:gridBefore w:val="1"/>'),
        row(cell("Wide", '<w:gridSpan w:val="2"/>'), "Di"),
    )
    assert [line.cells for line in lines_of(body)] == [
        ("Ref", "Action", "Lead"), ("1", "Train", "Ann"), ("", "Audit", "Bob"), ("", "Fill", "Cy"), ("Wide", "", "Di"),
    ]  # fmt: skip


def test_a_table_in_a_cell_is_read_and_one_that_only_lays_out_gives_way_to_it() -> None:
    plan = table(row("Ref", "Action"), row("1", "Train"))
    laid_out = table(row(cell(paragraph("Menu")), cell(paragraph("Plan") + plan + paragraph("End"))))
    lines = lines_of(laid_out)
    assert [line.text for line in lines if not line.cells] == ["Menu", "Plan", "End"]
    assert [line.cells for line in lines if line.cells] == [("Ref", "Action"), ("1", "Train")]
    small = cell(paragraph("Train every manager in supervision") + table(row("by", "May")) + paragraph(""))
    kept = table(row("Ref", "Action", "Lead"), row("1", small, "Ann"), row("2", "Audit", "Bob"))
    assert [line.cells for line in lines_of(kept)][1] == (
        "1",
        "Train every manager in supervision\nby May",
        "Ann",
    )


RAISED = '<w:vertAlign w:val="superscript"/>'


@pytest.mark.parametrize(
    ("pieces", "read"),
    [
        (("24", "^3", " in 2019", "^4", ", and"), "24 in 2019, and"),
        (("the 1", "^st", " quarter"), "the 1st quarter"),
        (("90%", "^1,2", " of"), "90% of"),
        (("children", "^3 ", "in care"), "children in care"),
        (("24", "^a", " of 30"), "24 of 30"),
        (("a room of 10 m", "^2", " for"), "a room of 10 m² for"),
        (("", "^3", " Source: the council"), "³ Source: the council"),
        (("the ", "^whole", " word"), "the whole word"),
        (("31", "^[2]", "."), "31."),
    ],
)
def test_a_raised_mark_is_no_part_of_the_figure_before_it(pieces: tuple[str, ...], read: str) -> None:
    runs = "".join(run(p[1:], RAISED) if p.startswith("^") else run(p) for p in pieces)
    assert texts_of(paragraph(runs)) == [read]


def test_a_mark_raised_by_its_style_is_a_mark_too() -> None:
    styles = style("Mark", kind="character", run=RAISED) + style("Own", kind="character", based_on="Mark")
    assert texts_of(paragraph(run("24") + run("3", '<w:rStyle w:val="Own"/>')), styles=styles) == ["24"]


@pytest.mark.parametrize(
    ("properties", "paragraph_style", "read"),
    [
        ("<w:vanish/>", "", ["Seen."]),
        ('<w:vanish w:val="0"/>', "", ["Seen. Secret."]),
        ('<w:rStyle w:val="Ghost"/>', "", ["Seen. Secret."]),
        ('<w:rStyle w:val="Hidden"/>', "", ["Seen."]),
        ('<w:rStyle w:val="Derived"/>', "", ["Seen."]),
        ("", "Guidance", []),
        ('<w:vanish w:val="0"/>', "Guidance", ["Secret."]),
    ],
)
def test_hidden_text_is_not_read(properties: str, paragraph_style: str, read: list[str]) -> None:
    styles = style("Hidden", kind="character", run="<w:vanish/>") + style(
        "Derived", "", "Hidden", "character"
    )
    styles += style("Guidance", run="<w:vanish/>")
    body = paragraph(run("Seen. ") + run("Secret.", properties), paragraph_style)
    assert texts_of(body + paragraph("End"), styles=styles) == [*read, "End"]


def test_an_embedded_page_is_read_in_its_place() -> None:
    rels = relations(("rIdA", "aFChunk", "chunk.htm"))
    body = paragraph("Before") + '<w:altChunk r:id="rIdA"/>' + paragraph("After")
    page = "<html><body><h2>Plans</h2><p>Publish the audit.</p></body></html>"
    lines = lines_of(body, **{"word/_rels/document.xml.rels": rels, "word/chunk.htm": page})
    assert [(line.text, line.style) for line in lines] == [
        ("Before", ""), ("Plans", "h2"), ("Publish the audit.", ""), ("After", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("part", ["chunk.rtf", "missing.htm"])
def test_an_embedded_part_that_is_not_read_is_named(part: str) -> None:
    rels = relations(("rIdA", "aFChunk", part))
    parts = {"word/_rels/document.xml.rels": rels, "word/chunk.rtf": "{\\rtf1 words}"}
    source = source_of(paragraph("Before") + '<w:altChunk r:id="rIdA"/>', None, **parts)
    assert any("embedded part" in warning for warning in source.warnings)


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>', "✓"),
        ('<w:r><w:sym w:font="Wingdings" w:char="00FB"/></w:r>', "✗"),
        ('<w:r><w:sym w:font="Wingdings 2" w:char="F050"/></w:r>', "✓"),
        ('<w:r><w:sym w:font="Wingdings 2" w:char="F04F"/></w:r>', "✗"),
        ('<w:r><w:sym w:font="Symbol" w:char="F0B3"/></w:r>', "≥"),
        ('<w:r><w:sym w:font="Symbol" w:char="F0A3"/></w:r>', "≤"),
        ('<w:r><w:sym w:font="Webdings" w:char="F061"/></w:r>', "✓"),
        ('<w:r><w:sym w:font="Wingdings" w:char="zz"/><w:t>x</w:t></w:r>', "x"),
        (run("ü", '<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>'), "✓"),
        (run("\uf0fc"), "✓"),
        (
            '<w:r><w:fldChar><w:ffData><w:checkBox><w:default w:val="1"/></w:checkBox></w:ffData></w:fldChar></w:r>',
            "☒",
        ),
        ("<w:r><w:fldChar><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData></w:fldChar></w:r>", "☒"),
        ("<w:r><w:fldChar><w:ffData><w:checkBox/></w:ffData></w:fldChar></w:r>", "☐"),
    ],
)
def test_signs_of_symbol_fonts_and_ticked_boxes_keep_their_meaning(content: str, read: str) -> None:
    assert texts_of(paragraph(content)) == [read]


def box(text: str) -> str:
    return f"<w:txbxContent>{paragraph(text)}</w:txbxContent>"


def either(choice: str, fallback: str) -> str:
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps">{choice}</mc:Choice>'
        f"<mc:Fallback><w:pict><v:textbox>{fallback}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


@pytest.mark.parametrize("choice", [f"<wps:txbx>{box('Key message.')}</wps:txbx>", "<wps:wsp/>"])
def test_a_text_box_is_read_once_after_the_paragraph_that_holds_it(choice: str) -> None:
    body = paragraph(run("Visits are") + either(choice, box("Key message.")) + run(" prompt."))
    assert texts_of(body) == ["Visits are prompt.", "Key message."]


def test_a_text_box_in_a_cell_stands_in_the_cell() -> None:
    body = table(row("1", cell(paragraph(run("Train") + either("", box("Now."))))))
    assert [line.cells for line in lines_of(body)] == [("1", "Train\nNow.")]


def note(kind: str, number: int, text: str) -> str:
    return f'<w:{kind} w:id="{number}">{paragraph(text)}</w:{kind}>'


def call(kind: str, number: int, more: str = "") -> str:
    return f'<w:r><w:{kind}Reference w:id="{number}" {more}/></w:r>'


def test_notes_follow_the_paragraph_list_or_table_that_calls_them() -> None:
    notes = "".join(note("footnote", at, f"Note {at}.") for at in range(2, 7)) + note("footnote", 9, "Never.")
    numbering = definition(0, level(0, "%1.")) + instance(1, 0)
    item = '<w:p><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>{}</w:p>'
    body = (
        paragraph(run("31 had a plan") + call("footnote", 2) + run(".") + call("endnote", 1))
        + paragraph(run("The council should:") + call("footnote", 3))
        + item.format(run("train") + call("footnote", 4))
        + item.format(run("audit"))
        + table(row(cell(paragraph(run("Amber") + call("footnote", 5))), "x"))
        + paragraph(run("Last") + call("footnote", 6, 'w:customMarkFollows="1"') + call("footnote", 2))
    )
    lines = lines_of(body, footnotes=notes, endnotes=note("endnote", 1, "At the end."), numbering=numbering)
    assert [line.text for line in lines] == [
        "31 had a plan.",
        "Footnote 1: Note 2.",
        "Endnote i: At the end.",
        "The council should:",
        "1. train",
        "2. audit",
        "Footnote 2: Note 3.",
        "Footnote 3: Note 4.",
        "Amber x",
        "Footnote 4: Note 5.",
        "Last",
        "Footnote: Note 6.",
    ]
    assert {line.style for line in lines if line.text.startswith(("Footnote", "Endnote"))} == {"note"}


def test_comments_are_never_read() -> None:
    comments = (
        f'<w:comments {NAMES}><w:comment w:id="0">{paragraph("Is this true?")}</w:comment></w:comments>'
    )
    commented = '<w:commentRangeStart w:id="0"/>' + run("Words.") + '<w:commentRangeEnd w:id="0"/>'
    body = f'<w:p>{commented}<w:r><w:commentReference w:id="0"/></w:r></w:p>'
    rels = relations(("rId1", "comments", "comments.xml"))
    assert texts_of(body, **{"word/comments.xml": comments, "word/_rels/document.xml.rels": rels}) == [
        "Words."
    ]


def test_what_was_deleted_or_moved_away_is_gone_and_what_was_inserted_is_read() -> None:
    joined = (
        '<w:p><w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr>'
        + run("One ")
        + "</w:p>"
        + paragraph("sentence.")
    )
    moved = f"<w:p><w:moveFrom>{run('Gone.')}</w:moveFrom><w:moveTo>{run('Here.')}</w:moveTo></w:p>"
    rows = table(
        row("1", "Kept"),
        row("2", "Struck", properties="<w:del/>"),
        row("3", "New", properties="<w:ins/>"),
        row("4", cell("struck", "<w:cellDel/>"), "Moved"),
    )
    lines = lines_of(joined + moved + rows)
    assert [line.text for line in lines[:2]] == ["One sentence.", "Here."]
    assert [line.cells for line in lines[2:]] == [("1", "Kept"), ("3", "New"), ("4", "Moved")]


def test_words_struck_through_beside_others_were_replaced_by_them() -> None:
    struck = paragraph(run("by ") + run("June 2021", "<w:strike/>") + run("March 2022", "<w:b/>"))
    assert texts_of(struck + paragraph(run("Done.", "<w:strike/>"))) == ["by March 2022", "Done."]


def test_a_label_of_millions_of_characters_is_not_repeated() -> None:
    letters = [f"{number:x}" for number in range(600_000)]
    body = "".join(listed(f"Paragraph {number}.", 1) for number in range(2000))
    for text, form in (
        ("%1" + "".join(letters), "decimal"),
        ("%1" * 5000, "lowerLetter"),
        ("%1" * 5000, "upperRoman"),
    ):
        numbering = definition(0, level(0, text, form)) + instance(1, 0)
        assert sum(len(line) for line in texts_of(body, numbering=numbering)) < 2000 * 100


def test_reading_stops_at_the_limit_of_characters_however_they_come_about() -> None:
    rels = relations(("rIdA", "aFChunk", "chunk.htm"))
    page = f"<html><body><p>{'words and ' * 5000}</p></body></html>"
    body = '<w:altChunk r:id="rIdA"/>' * 400
    with pytest.raises(UnreadableDocument, match="characters"):
        source_of(
            body,
            Limits(max_chars=1_000_000),
            **{"word/_rels/document.xml.rels": rels, "word/chunk.htm": page},
        )


def test_a_note_that_is_called_without_end_is_printed_once() -> None:
    body = "".join(paragraph(run(f"Words {at}.") + call("footnote", 2)) for at in range(5000))
    texts = texts_of(body, footnotes=note("footnote", 2, "A note. " * 500))
    assert len(texts) == 5001


def test_tables_and_boxes_nested_as_deep_as_xml_may_be_are_read() -> None:
    deep = paragraph("Deep words.")
    for _ in range(60):
        deep = table(row(cell(deep + paragraph("")), cell("x")))
    boxes = paragraph("Inner.")
    for _ in range(40):
        boxes = f"<w:p><w:r><w:pict><w:txbxContent>{boxes}</w:txbxContent></w:pict></w:r></w:p>"
    assert any("Deep words." in text for text in texts_of(deep))
    assert texts_of(boxes) == ["Inner."]


def test_styles_that_are_based_on_each_other_end() -> None:
    styles = style("A", "", "B") + style("B", "", "A")
    assert texts_of(paragraph("Words.", "A"), styles=styles) == ["Words."]
