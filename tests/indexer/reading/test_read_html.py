"""Pages as councils' sites make them: what a reader sees of them is read, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.document import Document
from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.file import read_file
from indexer.reading.html import read_html
from indexer.reading.source import Line
from indexer.structure.papers.council_document import structure_council_document

HEAD = "<h1>Report to the Scrutiny Committee</h1><p>Thornmere Council</p><p>12 March 2021</p>"


def page(body: str, head: str = '<meta charset="utf-8">') -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def lines(data: bytes | str) -> list[Line]:
    data = page(data) if isinstance(data, str) else data
    return [line for line in read_html("a.html", "0" * 64, data, limits=Limits()).pages[0].lines if line.text]


def texts(data: bytes | str) -> list[str]:
    return [line.text for line in lines(data)]


def document(body: str) -> Document:
    return structure_council_document(read_html("a.html", "0" * 64, page(HEAD + body), limits=Limits()))


def labels(body: str) -> list[str | None]:
    return [p.label for p in document(body).passages if p.kind == "paragraph"]


@pytest.mark.parametrize("declared", ["iso-8859-1", "ISO8859-1", "us-ascii", "latin1", "windows-1252"])
def test_latin_1_is_read_as_browsers_read_it(declared: str) -> None:
    html = (
        f'<html><head><meta charset="{declared}"></head><body><p>The council’s “plan” – £4…</p></body></html>'
    )
    assert texts(html.encode("cp1252")) == ["The council’s “plan” – £4…"]


def test_utf_8_that_is_declared_as_something_else_is_read_as_utf_8() -> None:
    assert texts(page("<p>The council’s plan</p>", '<meta charset="iso-8859-1">')) == ["The council’s plan"]


def test_another_encoding_that_is_declared_is_used() -> None:
    html = '<html><head><meta charset="iso-8859-2"></head><body><p>Rada w Łodzi</p></body></html>'
    assert texts(html.encode("iso-8859-2")) == ["Rada w Łodzi"]


def test_numbers_of_a_list_go_on_from_where_it_starts() -> None:
    body = '<h2>Findings</h2><ol start="14"><li>Visits are timely.</li><li>Records are clear.</li>'
    assert labels(f'{body}<li value="20">Care leavers wait.</li><li>Plans are late.</li></ol>') == [
        "14", "15", "20", "21",
    ]  # fmt: skip


def test_a_reversed_list_counts_down() -> None:
    body = "<h2>Findings</h2><ol reversed><li>Visits are timely.</li><li>Records are clear.</li><li>Plans are late.</li></ol>"
    assert labels(body) == ["3", "2", "1"]


@pytest.mark.parametrize(("form", "shown"), [("a", ["a", "b"]), ("I", ["I", "II"]), ("A", ["A", "B"])])
def test_a_list_of_letters_or_roman_numerals_has_them_as_labels(form: str, shown: list[str]) -> None:
    assert (
        labels(f'<h2>Findings</h2><ol type="{form}"><li>Visits are timely.</li><li>Plans are late.</li></ol>')
        == shown
    )


def test_lettered_items_after_their_stem_stay_with_it() -> None:
    body = '<p>The board agreed:</p><ol type="a"><li>to publish the audit</li><li>to meet monthly</li></ol>'
    assert (
        document(body).passages[-1].text == "The board agreed:\na. to publish the audit\nb. to meet monthly"
    )


def test_a_list_of_recommendations_that_starts_at_three_keeps_its_numbers() -> None:
    made = document(
        '<h2>Recommendations</h2><ol start="3"><li>Publish the audit.</li><li>Fill the posts.</li></ol>'
    )
    assert [r.label for r in made.recommendations] == ["3", "4"]


@pytest.mark.parametrize(
    "unseen",
    [
        "<p hidden>X</p>", '<p style="display: none">X</p>', '<div style="visibility:hidden"><p>X</p></div>',
        '<span class="visually-hidden">X</span>', '<a href="#c">Skip to content X</a>',
        '<div id="ccc-overlay"><h2>Cookies</h2><p>X</p></div>', '<div class="cookie-banner"><p>X</p></div>',
        '<div role="dialog"><p>X</p></div>', "<dialog><p>X</p></dialog>", '<div role="navigation">X</div>',
        '<ul class="breadcrumb"><li>X</li></ul>', "<nav>X</nav>", "<template><p>X</p></template>",
        '<ul><li><a href="/">X</a></li><li><a href="/c">Councillors</a></li></ul>', '<p class="draft">X</p>',
    ],
)  # fmt: skip
def test_what_nobody_is_shown_and_what_is_the_sites_is_left_out(unseen: str) -> None:
    sheet = "<style>@media print { p { color: red } } .draft, #old { display: none }</style>"
    assert texts(page(f"{unseen}<h1>Report</h1><p>Visits are timely.</p>", sheet)) == [
        "Report",
        "Visits are timely.",
    ]


def test_a_style_for_print_hides_nothing_on_the_screen() -> None:
    sheet = "<style>@media print { .menu-note { display: none } }</style>"
    assert texts(page('<p class="menu-note">Visits are timely.</p>', sheet)) == ["Visits are timely."]


def test_the_main_part_alone_is_read_where_a_page_marks_it() -> None:
    body = "<div><p>Pay your council tax</p></div><main><h1>Report</h1><p>Visits are timely.</p></main><div><p>Contact us</p></div>"
    assert texts(body) == ["Report", "Visits are timely."]


def test_a_main_part_that_holds_hardly_anything_hides_nothing() -> None:
    body = f"<main><p>Share</p></main><div><h1>Report</h1><p>{'Visits are timely. ' * 9}</p></div>"
    assert "Report" in texts(body)


def test_a_table_in_a_layout_tables_cell_keeps_its_rows() -> None:
    inner = "<table><tr><th>Ref</th><th>Action</th></tr><tr><td>1</td><td>Audit plans.<table><tr><td>May</td><td>41</td></tr></table></td></tr></table>"
    found = lines(f"<table><tr><td><p>Home</p></td><td><h1>Report</h1>{inner}</td></tr></table>")
    assert [line.cells for line in found if line.cells] == [("Ref", "Action"), ("1", "Audit plans.\nMay 41")]


def test_a_span_of_no_rows_reaches_to_the_end_of_its_group() -> None:
    table = "<table><tr><td rowspan=0>1</td><td>a</td></tr><tr><td>b</td></tr><tr><td>c</td></tr><tfoot><tr><td>2</td><td>d</td></tr></tfoot></table>"
    assert [line.cells for line in lines(table)] == [("1", "a"), ("", "b"), ("", "c"), ("2", "d")]


def test_numbers_hung_before_paragraphs_by_a_table_are_their_numbers() -> None:
    rows = "".join(
        f"<tr><td>{n}.</td><td>{text}</td></tr>"
        for n, text in enumerate(
            ["Members noted that visits to children are timely and well recorded."] * 3, 4
        )
    )
    assert labels(f"<table>{rows}</table>") == ["4", "5", "6"]


def test_struck_words_do_not_stand() -> None:
    body = '<p>by <del>June</del> <ins>March</ins>, <s>close</s> keep, <span style="text-decoration:line-through">not</span> now</p>'
    assert texts(body) == ["by March, keep, now"]


def test_elements_that_stand_apart_do_not_glue_their_words() -> None:
    body = "before<aside>An aside</aside><figure>Chart</figure><center>Centred</center><p><span>Return</span><span>interviews</span></p>"
    assert texts(body) == ["before", "An aside", "Chart", "Centred", "Return interviews"]


def test_a_word_that_is_marked_in_part_stays_one_word() -> None:
    body = '<p>over<wbr>see <b>T</b>he <span lang="en">plan</span><span lang="en">ning</span> re<em>view</em></p>'
    assert texts(body) == ["oversee The planning review"]


def test_a_status_given_as_a_picture_is_read_by_its_alternative_text() -> None:
    table = '<table><tr><th>Ref</th><th>RAG</th></tr><tr><td>1</td><td><img src="a.png" alt="Amber"></td></tr><tr><td>2</td><td><i title="Red"></i></td></tr></table>'
    assert [line.cells for line in lines(table)] == [("Ref", "RAG"), ("1", "Amber"), ("2", "Red")]
    assert texts('<img alt="Council logo"><p>Status: <img alt="Green"></p>') == ["Status: Green"]


def test_a_status_for_screen_readers_alone_is_a_cells_words() -> None:
    cell = '<td class="amber"><span class="sr-only">Amber</span></td>'
    assert lines(f"<table><tr><td>1</td>{cell}</tr></table>")[0].cells == ("1", "Amber")


def test_note_marks_do_not_join_the_figures_before_them() -> None:
    body = (
        '<p>24<sup>3</sup> in 2019<sup><a href="#n4">[4]</a></sup>, the 1<sup>st</sup> of 9 m<sup>2</sup></p>'
    )
    assert texts(body) == ["24 in 2019, the 1st of 9 m²"]


@pytest.mark.parametrize("kind", ["quoted-printable", "base64"])
def test_a_saved_page_is_read(tmp_path: Path, kind: str) -> None:
    from email.message import EmailMessage  # noqa: PLC0415

    message = EmailMessage()
    message["From"] = "<Saved by Blink>"
    message.set_content(
        "<html><body><h1>Report</h1><p>The council’s plan is late.</p></body></html>",
        subtype="html",
        cte=kind,
    )
    message.add_related(b"\x89PNG", maintype="image", subtype="png")
    saved = tmp_path / "page.mhtml"
    saved.write_bytes(message.as_bytes())
    assert [line.text for line in read_file(saved, limits=Limits()).pages[0].lines] == [
        "Report",
        "The council’s plan is late.",
    ]


def test_a_saved_page_without_a_page_is_refused(tmp_path: Path) -> None:
    saved = tmp_path / "page.mht"
    saved.write_bytes(
        b"From: a\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: image/png\n\nx\n--b--\n"
    )
    with pytest.raises(UnreadableDocument, match="MHTML"):
        read_file(saved, limits=Limits())


def test_a_list_numbers_the_rows_of_a_table_as_word_processors_save_it() -> None:
    rows = "".join(
        f"<tr><td><ol{start}><li><p>Plan {n}</p></li></ol></td><td><p>Visits are in time.</p></td></tr>"
        for n, start in enumerate(("", ' start="2"', ' start="3"'), 1)
    )
    html = f"<table><thead><tr><td><b>Action</b></td><td><b>Progress</b></td></tr></thead>{rows}</table>"
    assert [line.cells[0] for line in lines(html)] == ["Action", "1. Plan 1", "2. Plan 2", "3. Plan 3"]


def test_a_cells_own_list_keeps_its_numbers_and_marks_stay_marks() -> None:
    html = (
        "<table><tr><th>Theme</th><th>Steps</th></tr><tr><td>Care</td>"
        "<td><p>Then:</p><ol type='a'><li>Write</li><li><p>Send</p></li></ol><ul><li>Wait</li></ul></td></tr></table>"
    )
    assert lines(html)[1].cells[1].split() == ["Then:", "a.", "Write", "b.", "Send", "Wait"]


def test_a_headings_number_is_set_apart_from_its_words() -> None:
    html = "<h1>1.Purpose</h1><h2>1.1Detail</h2><h2>2.5m for homes</h2><p>1.Text</p>"
    assert texts(html) == ["1. Purpose", "1.1 Detail", "2.5m for homes", "1.Text"]
