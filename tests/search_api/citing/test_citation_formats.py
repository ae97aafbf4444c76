"""Each form says where the words stand, and obeys nothing that a document says: other people's parsers read it."""

from __future__ import annotations

import datetime
from dataclasses import replace

import bibtexparser
import pytest
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from indexer.document import Document, Passage, Provenance
from search_api.citing.citation import cite, spoken_date
from search_api.citing.formats import (
    FORMATS,
    Cited,
    as_bibtex,
    as_harvard,
    as_list,
    as_markdown,
    as_oscola,
    as_ris,
    as_text,
    cited,
)

DOCUMENT = Document(
    id="d", file="d.pdf", title="Inspection of Kelderbridge", council="Kelderbridge", kind="inspection report",
    framework="SIF", published="2015-09-01",
)  # fmt: skip
TEXT = "Plans are clear.\nVisits are late in 50% of cases & costly."
ANYTHING = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60).filter(str.strip)


def passage(text: str = TEXT, **changes: object) -> Passage:
    fields: dict[str, object] = {
        "id": "d.p42", "document_id": "d", "kind": "paragraph", "label": "42", "section": ("Care",), "page": 14,
        "end_page": 15, "text": text,
    }  # fmt: skip
    return Passage(**{**fields, **changes})  # type: ignore[arg-type]


WHAT = Cited(passage(), DOCUMENT, TEXT, "https://findings.example")


def words(text: str) -> str:
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def test_text_is_one_line_with_the_reference_and_the_permalink() -> None:
    assert as_text(WHAT) == (
        "“Plans are clear. Visits are late in 50% of cases & costly.” "
        "(Kelderbridge, 1 September 2015, paragraph 42, pages 14 to 15) https://findings.example/documents/d/p42#p42"
    )


def test_a_citation_of_a_part_quotes_that_part() -> None:
    assert as_text(cited(cite(passage(), DOCUMENT, 0, 16))).startswith("“Plans are clear.” (Kelderbridge")


def test_ris_is_read_back_by_another_program() -> None:
    (entry,) = rispy.loads(as_ris(WHAT))
    assert entry["type_of_reference"] == "RPRT"
    assert entry["title"] == "Inspection of Kelderbridge"
    assert (entry["year"], entry["date"]) == ("2015", "2015/09/01/")
    assert (entry["start_page"], entry["end_page"]) == ("14", "15")
    assert entry["urls"] == ["https://findings.example/documents/d/p42#p42"]
    assert words(TEXT) in entry["notes"][0]
    assert (entry["authors"], entry["publisher"]) == (["Ofsted"], "Ofsted"), "SIF is Ofsted's framework"


def test_of_a_report_of_no_known_kind_no_author_is_made_up() -> None:
    (entry,) = rispy.loads(as_ris(Cited(passage(), replace(DOCUMENT, framework=None), TEXT)))
    assert "authors" not in entry
    assert "publisher" not in entry


def test_an_inspections_end_isnt_given_for_the_day_of_publication() -> None:
    what = Cited(passage(), replace(DOCUMENT, published=None, inspected_to="2015-07-16"), TEXT)
    assert "inspection ended 16 July 2015" in rispy.loads(as_ris(what))[0]["notes"]
    assert "inspection ended 16 July 2015" in as_bibtex(what)
    assert "(inspection ended 16 July 2015)" in as_oscola(what)


def test_harvard_and_oscola_say_who_what_when_and_where() -> None:
    today = spoken_date(datetime.datetime.now(datetime.UTC).date().isoformat())
    link = "https://findings.example/documents/d/p42#p42"
    assert as_harvard(WHAT) == (
        "Ofsted (2015) Inspection of Kelderbridge. 1 September 2015. Paragraph 42, pages 14 to 15. "
        f"Available at: {link} (Accessed: {today})."
    )
    assert as_oscola(WHAT) == (
        f"Ofsted, ‘Inspection of Kelderbridge’ (1 September 2015) paragraph 42, pages 14 to 15 <{link}> accessed {today}"
    )


def test_the_publishers_own_address_stands_beside_the_permalink() -> None:
    fetched = replace(
        DOCUMENT, provenance=Provenance(address="https://reports.example/7", publisher="The inspectorate")
    )
    entry = rispy.loads(as_ris(Cited(passage(), fetched, TEXT, "https://findings.example")))[0]
    assert entry["urls"] == ["https://findings.example/documents/d/p42#p42", "https://reports.example/7"]
    assert entry["publisher"] == "The inspectorate"


def test_a_councils_own_document_has_the_council_as_its_author() -> None:
    plan = Document(id="d", file="d.docx", title="Plan", council="Kelderbridge", kind="improvement plan")
    what = Cited(passage(), plan, TEXT)
    assert rispy.loads(as_ris(what))[0]["authors"] == ["Kelderbridge"]
    entry = bibtexparser.parse_string(as_bibtex(what)).entries[0]
    assert entry["author"] == "{Kelderbridge}"
    assert "year" not in entry.fields_dict


def test_bibtex_is_read_back_by_another_program() -> None:
    library = bibtexparser.parse_string(as_bibtex(WHAT))
    assert not library.failed_blocks
    (entry,) = library.entries
    assert (entry.entry_type, entry.key) == ("misc", "d-p42")
    assert (entry["year"], entry["pages"], entry["month"]) == ("2015", "14--15", "sep")
    assert r"50\% of cases \& costly" in entry["annote"]


@settings(deadline=None)
@given(title=ANYTHING, text=ANYTHING, council=ANYTHING)
def test_nothing_that_a_document_says_breaks_out_of_ris_or_bibtex(
    title: str, text: str, council: str
) -> None:
    document = Document(id="d", file="d.pdf", title=title, council=council, kind="committee report")
    what = Cited(passage(text), document, text)
    entries = rispy.loads(as_ris(what))
    assert [entry["id"] for entry in entries] == ["d.p42"]
    assert set(entries[0]) <= {
        "type_of_reference", "id", "title", "authors", "start_page", "end_page", "type_of_work", "notes",
        "keywords", "urls", "publisher",
    }  # fmt: skip
    library = bibtexparser.parse_string(as_bibtex(what))
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == ["d-p42"]
    assert set(library.entries[0].fields_dict) == {
        "title",
        "author",
        "publisher",
        "type",
        "pages",
        "note",
        "annote",
        "url",
    }


@settings(deadline=None)
@given(text=ANYTHING)
def test_markdown_is_a_quote_of_the_same_words_and_one_link(text: str) -> None:
    html = MarkdownIt("commonmark").render(as_markdown(Cited(passage(text), DOCUMENT, text)))
    assert html.count("<a ") == 1
    assert html.startswith("<blockquote>") and html.count("<blockquote>") == 1
    assert not any(
        tag in html for tag in ("<h1", "<h2", "<ul", "<ol", "<code", "<em", "<strong", "<hr", "<img")
    )


def test_several_citations_make_one_file_that_other_programs_read() -> None:
    second = Cited(passage(id="d.p43", label="43"), DOCUMENT, TEXT)
    assert [e["id"] for e in rispy.loads(as_list([WHAT, second], "ris"))] == ["d.p42", "d.p43"]
    assert len(bibtexparser.parse_string(as_list([WHAT, second], "bibtex")).entries) == 2


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_holds_the_permalink(form: str) -> None:
    assert "https://findings.example/documents/d/p42#p42" in as_list([WHAT], form)  # type: ignore[arg-type]
