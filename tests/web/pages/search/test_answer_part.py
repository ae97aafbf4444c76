"""The answer on the page: strengths and weaknesses apart, grouped by council, each sentence with its sources."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_api.answers.answer import Answer, Statement
from search_api.answers.answering import answer_question
from search_api.engine import Engine
from tests.web.checked_client import CheckedClient
from web.pages.search import answer_part


@pytest.fixture(scope="module")
def answered(engine: Engine) -> Answer:
    found = answer_question(engine.snapshot(), "What did inspectors find about return interviews?")
    assert found.status == "answered"
    return found


def all_of(sides: list[answer_part.Side]) -> list[str]:
    return sorted(s.text for side in sides for council in side.councils for s in council.statements)


def test_every_statement_is_shown_once_whatever_its_side(answered: Answer) -> None:
    assert all_of(answer_part.sides(answered)) == sorted(s.text for s in answered.statements)


def test_sides_stand_apart_and_weaknesses_first(answered: Answer) -> None:
    first, *rest = answered.statements
    mixed = replace(
        answered,
        statements=(
            replace(first, polarity="strength"),
            *(replace(statement, polarity="weakness") for statement in rest),
        ),
    )
    shown = answer_part.sides(mixed)
    assert [side.heading for side in shown] == ["Weaknesses", "Strengths"]
    assert [s.text for c in shown[1].councils for s in c.statements] == [first.text]


def test_answer_of_one_side_needs_no_headings(answered: Answer) -> None:
    one = replace(answered, statements=tuple(replace(s, polarity="neutral") for s in answered.statements))
    assert [side.heading for side in answer_part.sides(one)] == [""]


def test_each_statement_has_its_date_grade_and_sources(answered: Answer) -> None:
    by_text: dict[str, Statement] = {statement.text: statement for statement in answered.statements}
    for side in answer_part.sides(answered):
        for council in side.councils:
            for shown in council.statements:
                statement = by_text[shown.text]
                assert [s.url for s in shown.sources] == [c.passage.url for c in statement.citations]
                assert shown.grade == statement.grade
                assert council.council == (statement.citations[0].document.council or "No council named")


def test_page_answers_a_question_for_a_recommendation_with_its_page_alone(client: CheckedClient) -> None:
    page = client.page("/search?q=what+became+of+Kelderbridge%27s+recommendation+5%3F")
    assert page.xpath("//nav[@class='app-shortcuts']//a")
    assert not page.xpath("//section[@class='app-answer']")


@pytest.mark.parametrize(
    ("found", "beside", "note", "said"),
    [
        ("Found in 2 of 3 councils searched", (), "Found in 2 of 3 councils searched.", ""),
        (
            "Found in 2 of 3", ("2 files could not be read", "on 9 subjects, most were right"),
            "Found in 2 of 3; 2 files could not be read; on 9 subjects, most were right.",
            "2 files could not be read; on 9 subjects, most were right.",
        ),
        ("", (), "", ""),
    ],
)  # fmt: skip
def test_reach_is_said_once(
    answered: Answer, found: str, beside: tuple[str, ...], note: str, said: str
) -> None:
    coverage = replace(answered.coverage, found=found, beside=beside)
    assert coverage.note == note
    assert answer_part.note(replace(answered, coverage=coverage)) == said


def test_answer_that_quotes_a_few_says_at_how_many_councils_there_is_more(answered: Answer) -> None:
    coverage = replace(
        answered.coverage, councils_with_findings=2, councils_searched=9, documents_searched=30
    )
    few = replace(answered, coverage=coverage, kind="finding")
    said = answer_part.reach(few, 7)
    assert said.bold == "7 of 9 councils searched, in 30 documents"
    assert "of 2 councils" in said.after
    assert (
        answer_part.reach(few, None).bold
        == answer_part.reach(few, 2).bold
        == "2 of 9 councils searched, in 30 documents"
    )
    assert answer_part.reach(few, None).before == "Quoted from "


def test_count_across_councils_names_all_that_it_found(answered: Answer) -> None:
    counted = replace(answered, kind="survey")
    found = answered.coverage.councils_with_findings
    assert answer_part.reach(counted, 100).bold.startswith(f"{found} of ")


@given(st.lists(st.integers(1, 90), min_size=1, max_size=4))
def test_every_council_of_an_answer_stands_on_one_page(sizes: list[int]) -> None:
    sides = [
        answer_part.Side(
            f"side {at}",
            tuple(
                answer_part.CouncilAnswer(f"council {place}", f"council-{place}", ()) for place in range(size)
            ),
            size,
        )
        for at, size in enumerate(sizes)
    ]
    pages = [answer_part.on_page(sides, page) for page in range(1, answer_part.pages_of(sides) + 1)]
    shown = [(side.heading, one.council) for page in pages for side in page for one in side.councils]
    assert shown == [(side.heading, one.council) for side in sides for one in side.councils]
    for page in pages:
        assert 0 < sum(len(side.councils) for side in page) <= answer_part.COUNCILS_ON_A_PAGE
        assert all(side.total == sizes[int(side.heading.split()[1])] for side in page)


def test_a_page_beyond_the_last_shows_the_last() -> None:
    councils = tuple(
        answer_part.CouncilAnswer(f"council {place}", f"council-{place}", ()) for place in range(31)
    )
    sides = [answer_part.Side("", councils, 31)]
    assert [one.council for side in answer_part.on_page(sides, 99) for one in side.councils] == ["council 30"]


def test_rows_of_the_register_stand_in_a_table_under_what_the_question_was_taken_for(
    client: CheckedClient,
) -> None:
    page = client.get("/search", params={"q": "What was Kelderbridge told to improve in 2015?"})
    assert "Recommendations and areas for improvement for Kelderbridge" in page.text
    assert "was not measured" in page.text
    assert page.text.count('<tr class="govuk-table__row">') > 3
    assert "without=reading" in page.text
    undone = client.get(
        "/search", params={"q": "What was Kelderbridge told to improve in 2015?", "without": "reading"}
    )
    assert "Your question was taken for" not in undone.text
