"""Plain text, Markdown and HTML, as they come out of word processors and web pages."""

from __future__ import annotations

import pytest

from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.html import read_html
from indexer.reading.source import Line
from indexer.reading.text import decode, read_text

SHA = "0" * 64


def lines_of(text: str | bytes, **options: bool) -> list[Line]:
    data = text.encode() if isinstance(text, str) else text
    return [
        line for line in read_text("a.txt", SHA, data, limits=Limits(), **options).pages[0].lines if line.text
    ]


def html_of(text: str | bytes) -> list[Line]:
    data = text.encode() if isinstance(text, str) else text
    return [line for line in read_html("a.html", SHA, data, limits=Limits()).pages[0].lines if line.text]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"]
)
def test_every_usual_encoding_gives_the_same_words(encoding: str) -> None:
    text = "The children’s home – café – is a “good” home.\nIt opened in 2014 and has grown since then.\n"
    decoded, warning = decode(text.encode(encoding))
    assert (decoded, warning) == (text, None)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UnreadableDocument, match="not text"):
        decode(bytes(range(256)) * 40)


def test_headings_items_and_blank_lines_are_told_apart() -> None:
    source = read_text("a.txt", SHA, b"## Purpose\n\n- 1 First thing\n2 Second\n\n---\n", limits=Limits())
    assert [(line.text, line.style) for line in source.pages[0].lines] == [
        ("Purpose", "h2"), ("", ""), ("1 First thing", "li"), ("2 Second", ""), ("", ""), ("", ""), ("", ""),
    ]  # fmt: skip


def test_a_tab_separated_row_has_cells_and_keeps_its_empty_ones() -> None:
    (line,) = lines_of("1\t\tWork has begun\t\n")
    assert line.cells == ("1", "", "Work has begun", "")


def test_paragraphs_and_breaks_inside_a_cell_become_lines_without_tags() -> None:
    (line,) = lines_of("4\t<p>One &amp; all.</p> <p>Two<br/>three.</p>\t<ul><li>• a</li> <li>• b</li></ul>\n")
    assert line.cells == ("4", "One & all.\nTwo\nthree.", "a\nb")


def test_an_ordinal_set_as_superscript_joins_its_number() -> None:
    (line,) = lines_of("T5\t3 <sup>rd</sup> quarter 2031\tTBC\n")
    assert line.cells[1] == "3rd quarter 2031"


def test_a_less_than_sign_in_a_sentence_is_no_tag() -> None:
    (line,) = lines_of("Numbers of <5 are hidden, and a > b is left alone.")
    assert line.text == "Numbers of <5 are hidden, and a > b is left alone."


def test_a_row_of_dashes_and_tabs_is_not_a_row() -> None:
    assert [line.cells for line in lines_of("A\tB\n----\t-----\n1\t2\n")] == [("A", "B"), ("1", "2")]


def test_a_markdown_table_has_cells_and_loses_its_rule() -> None:
    rows = lines_of("| Action | Owner |\n|:--|--:|\n| Train **all** staff | Ms A \\| Mr B |\n", markdown=True)
    assert [row.cells for row in rows] == [("Action", "Owner"), ("Train all staff", "Ms A | Mr B")]


def test_a_pipe_in_running_text_makes_no_table() -> None:
    assert lines_of("Either | or\nis said here")[0].cells == ()


def test_marks_for_bold_and_links_leave_only_the_words() -> None:
    (line,) = lines_of("See **the *whole* plan** at [the council's site](https://example.org/a) for 2*3*4.")
    assert line.text == "See the whole plan at the council's site for 2*3*4."


def test_a_line_all_in_bold_says_so() -> None:
    assert [line.bold for line in lines_of("**7. Programme one**\n**Finance** – none\n")] == [True, False]


def test_text_over_the_limit_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="characters"):
        read_text("a.txt", SHA, b"word " * 100, limits=Limits(max_chars=99))


def test_html_gives_headings_items_and_rows_and_drops_what_is_not_the_document() -> None:
    lines = html_of(
        "<!doctype html><title>Plan</title><body><nav>Home</nav><h1>Our <b>plan</b></h1>"
        "<p>First.<br>Second.</p>"
        "<script>alert(1)</script><style>p{}</style><ul><li>One<li>Two</ul><table><tr><th>Action<th>Lead"
        "<tr><td>Do <p>it</p> now</td><td>Ann</td></table><p>Last &amp; least</p></body>"
    )
    assert [(line.text, line.style, line.cells) for line in lines] == [
        ("Our plan", "h1", ()),
        ("First.", "", ()),
        ("Second.", "", ()),
        ("One", "li", ()),
        ("Two", "li", ()),
        ("Action Lead", "", ("Action", "Lead")),
        ("Do\nit\nnow Ann", "", ("Do\nit\nnow", "Ann")),
        ("Last & least", "", ()),
    ]


def test_html_cells_that_span_keep_the_columns_in_line() -> None:
    rows = html_of(
        "<table><tr><td rowspan=2>1</td><td colspan=2>wide</td><td>end</td></tr>"
        "<tr><td>a</td><td>b</td><td>c</td></tr></table>"
    )
    assert [row.cells for row in rows] == [("1", "wide", "", "end"), ("", "a", "b", "c")]


def test_html_in_windows_1252_without_a_declaration_keeps_its_dashes() -> None:
    assert html_of("<html><p>2014–15</p></html>".encode("cp1252"))[0].text == "2014–15"


def test_html_nested_too_deeply_is_refused_and_not_cut_short() -> None:
    with pytest.raises(UnreadableDocument, match="nested too deeply"):
        html_of("<html><body><p>Above</p>" + "<div>" * 100_000 + "deep")


def test_html_without_words_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="without words"):
        html_of("<html><body><script>var a</script></body></html>")


def test_front_matter_names_the_title_and_is_no_text() -> None:
    source = read_text(
        "a.md", SHA, b"---\ntitle: Report\ncouncil: Leeds\n---\n\nWords.", limits=Limits(), markdown=True
    )
    assert (source.title, [line.text for line in source.pages[0].lines if line.text]) == (
        "Report",
        ["Words."],
    )


def test_markdown_is_read_as_it_is_shown() -> None:
    text = b"Leeds\n=====\n\nFindings\n--------\n\n1. One\n1. Two\n\n```\ncode\n```\n\n`old` [audit](https://x.example/a(b)c), ~~not~~ now.[^1]\n\n[^1]: Excludes four.\n"
    source = read_text("a.md", SHA, text, limits=Limits(), markdown=True)
    found = [(line.style, line.text) for line in source.pages[0].lines if line.text]
    assert found == [
        ("h1", "Leeds"), ("h2", "Findings"), ("", "1. One"), ("", "2. Two"), ("", "code"), ("", "old audit, now."),
        ("", "Excludes four."),
    ]  # fmt: skip


def test_note_marks_and_struck_words_in_tags_are_gone() -> None:
    source = read_text(
        "a.txt", SHA, b"24<sup>3</sup> in 2019<sup>[4]</sup>, <del>not</del> now", limits=Limits()
    )
    assert source.pages[0].lines[0].text == "24 in 2019, now"
