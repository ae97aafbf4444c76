from __future__ import annotations

import pytest

from indexer.document import Document, Passage
from search_api.answers.answer import Answer, Coverage, Statement, grouped, merged
from search_api.citing.citation import Citation, cite, reference, spoken_date

DOCUMENT = Document(
    id="d", file="d.pdf", title="Inspection of Kelderbridge", council="Kelderbridge", kind="inspection report",
    published="2015-09-01",
)  # fmt: skip
TEXT = "Plans are clear. Visits are late."


def passage(**changes: object) -> Passage:
    fields: dict[str, object] = {
        "id": "d.p42", "document_id": "d", "kind": "paragraph", "label": "42", "section": ("Care",), "page": 15,
        "end_page": 15, "text": TEXT,
    }  # fmt: skip
    return Passage(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_citation_is_the_exact_words_at_their_place() -> None:
    citation = cite(passage(), DOCUMENT, 0, 16)
    assert citation.quote == "Plans are clear."
    data = citation.to_json()
    assert TEXT[data["start"] : data["end"]] == data["quote"]
    assert data["url"] == "/documents/d/p42#p42"


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (6, 5), (0, 99), (16, 17)])
def test_a_citation_of_nothing_cannot_be_built(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="passage"):
        cite(passage(), DOCUMENT, start, end)


def test_a_citation_of_other_words_or_another_document_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="does not hold the quote"):
        Citation(passage(), DOCUMENT, "Plans are vague.", 0, 16)
    with pytest.raises(ValueError, match="not of document"):
        Citation(passage(document_id="e"), DOCUMENT, TEXT[:16], 0, 16)


def test_a_statement_is_the_words_of_its_first_citation() -> None:
    citation = cite(passage(), DOCUMENT, 0, 16)
    with pytest.raises(ValueError, match="first citation"):
        Statement("Plans are vague.", (citation,), "Kelderbridge", None)
    with pytest.raises(ValueError, match="first citation"):
        Statement("Plans are clear.", (), "Kelderbridge", None)


def test_an_answer_has_statements_or_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        Answer("q", "answered", (), Coverage(0, 0, 0, 0), None, "fact", {}, (), (), 0.0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Kelderbridge, 1 September 2015, paragraph 42, page 15"),
        ({"end_page": 16}, "Kelderbridge, 1 September 2015, paragraph 42, pages 15 to 16"),
        (
            {"kind": "recommendation", "label": None},
            "Kelderbridge, 1 September 2015, recommendation, page 15",
        ),
        ({"kind": "text", "label": None, "page": None}, "Kelderbridge, 1 September 2015, Care"),
    ],
)
def test_a_reference_is_written_as_people_write_it(changes: dict[str, object], said: str) -> None:
    assert reference(passage(**changes), DOCUMENT) == said


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("2015-09-01", "1 September 2015"),
        ("2015-09", "September 2015"),
        ("2015", "2015"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_date_is_written_as_people_say_it(date: str | None, said: str) -> None:
    assert spoken_date(date) == said


def statement(text: str, council: str, published: str, number: int) -> Statement:
    document = Document(f"d{number}", "d.pdf", "t", council, "inspection report", published=published)
    whole = passage(id=f"d{number}.p1", document_id=document.id, text=text)
    return Statement(text, (cite(whole, document, 0, len(text)),), council, None)


def test_statements_of_one_council_stand_together_newest_first() -> None:
    one = statement("a", "Thornmere", "2016-01-01", 1)
    two = statement("b", "Kelderbridge", "2019-01-01", 2)
    three = statement("c", "Thornmere", "2020-01-01", 3)
    assert [(group.council, group.statements) for group in grouped([one, two, three])] == [
        ("Thornmere", (2, 0)),
        ("Kelderbridge", (1,)),
    ]


def test_the_same_words_become_one_statement_with_every_place() -> None:
    one = statement("Plans are clear.", "Thornmere", "2016-01-01", 1)
    two = statement("Plans  are clear.", "Kelderbridge", "2019-01-01", 2)
    (both,) = merged([one, two])
    assert [citation.document.id for citation in both.citations] == ["d1", "d2"]
