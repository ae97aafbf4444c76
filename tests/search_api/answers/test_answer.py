from __future__ import annotations

import pytest

from search_api.answers.answering import answer_question
from search_api.fields import Filters
from search_api.search.results import search_passages
from search_api.snapshot import Snapshot

ANSWERED = [
    "How many care leavers in Kelderbridge were living in bed and breakfast in 2015?",
    "What share of return interviews in Thornmere are held within three days?",
    "Why do children in Thornmere wait a shorter time for adoption?",
    "What did inspectors say about supervision in Kelderbridge?",
    "findings on return interviews",
    "Which councils had findings on private fostering?",
    "latest inspection of Kelderbridge: initial health assessments",
]
UNANSWERED = [
    ("how to bake sourdough bread", "Nothing in the 10 documents"),
    ("price of a garden waste bin in Thornmere", "Nothing in the"),
    ("What did Ofsted say about care leavers in Borchester?", "Borchester"),
    ("How good was the London Borough of Borchester's fostering?", "Borchester"),
    ("care leavers in Cornwall", "No document of Cornwall is in this index"),
    ("What did Kelderbridge get in its 1987 inspection?", "1987"),
    ("Kelderbridge fostering in 2045", "2045"),
    ("How did Thornmere do under the ZEBRA-9 framework?", "ZEBRA"),
    ("Kelderbridge fostering in the 2014 ILACS inspection", "ILACS"),
]


@pytest.mark.parametrize("question", ANSWERED)
def test_every_statement_is_cited_in_the_exact_words_of_its_passage(
    snapshot: Snapshot, question: str
) -> None:
    answer = answer_question(snapshot, question)
    assert answer.status == "answered", answer.reason
    assert answer.statements
    for statement in answer.statements:
        assert statement.citations
        assert statement.text == statement.citations[0].quote
        for citation in statement.citations:
            passage = snapshot.index.passage(citation.passage.id)
            assert passage is not None
            assert passage.text[citation.start : citation.end] == citation.quote
        if statement.span:
            start, end = statement.span
            assert 0 <= start < end <= len(statement.text)


def test_a_fact_is_found_and_its_figure_marked(snapshot: Snapshot) -> None:
    answer = answer_question(snapshot, "How many initial health assessments are on time in Thornmere, %?")
    best = answer.statements[0]
    assert "58%" in best.text
    assert best.span is not None
    assert "%" in best.text[best.span[0] : best.span[1]]


def test_statements_of_a_survey_stand_by_council_newest_first(snapshot: Snapshot) -> None:
    answer = answer_question(snapshot, "Which councils had findings on private fostering?")
    councils = [statement.council for statement in answer.statements]
    assert len(set(councils)) >= 2
    assert councils == sorted(councils, key=councils.index)
    for council in set(councils):
        dates = [statement.published or "" for statement in answer.statements if statement.council == council]
        assert dates == sorted(dates, reverse=True)
    newest = [
        max(s.published or "" for s in answer.statements if s.council == council)
        for council in dict.fromkeys(councils)
    ]
    assert newest == sorted(newest, reverse=True)


def test_coverage_counts_what_was_searched_and_found(snapshot: Snapshot) -> None:
    coverage = answer_question(snapshot, "findings on return interviews").coverage
    assert coverage.councils_searched == 3
    assert coverage.documents_searched == 10
    assert 2 <= coverage.councils_with_findings <= 3
    assert coverage.councils_with_findings <= coverage.documents_with_findings <= 10
    one = answer_question(snapshot, "findings on return interviews", Filters(council=("Thornmere",))).coverage
    assert one.councils_searched == 1


@pytest.mark.parametrize(("question", "said"), UNANSWERED)
def test_what_is_not_answered_is_refused_with_its_reason(
    snapshot: Snapshot, question: str, said: str
) -> None:
    answer = answer_question(snapshot, question)
    assert answer.status == "not_found"
    assert answer.statements == ()
    assert answer.reason is not None
    assert said in answer.reason
    assert answer.coverage.councils_with_findings == 0


def test_filters_that_leave_nothing_are_a_refusal_and_not_an_error(snapshot: Snapshot) -> None:
    answer = answer_question(
        snapshot, "supervision", Filters(council=("Thornmere",), kind="improvement plan")
    )
    assert answer.status == "not_found"
    assert "filters" in (answer.reason or "")


def test_an_answer_is_the_same_each_time(snapshot: Snapshot) -> None:
    question = "What did inspectors say about supervision?"
    assert answer_question(snapshot, question) == answer_question(snapshot, question)


def test_groups_name_every_council_once_with_its_newest_date_and_polarity(snapshot: Snapshot) -> None:
    answer = answer_question(snapshot, "Which councils had findings on supervision?")
    assert answer.groups
    assert len({group.council for group in answer.groups}) == len(answer.groups)
    for group in answer.groups:
        held = [answer.statements[place] for place in group.statements]
        assert group.published == max((s.published or "" for s in held), default=None)
        assert group.grade == held[0].grade
        sides = {s.polarity for s in held} - {"neutral"}
        assert group.polarity == ("mixed" if len(sides) > 1 else next(iter(sides), "neutral"))
    assert {place for group in answer.groups for place in group.statements} == set(
        range(len(answer.statements))
    )


def test_a_count_says_its_denominator_its_error_and_what_could_not_be_read(snapshot: Snapshot) -> None:
    coverage = answer_question(snapshot, "How many councils had findings on private fostering?").coverage
    assert coverage.note.startswith(f"Found in {coverage.councils_with_findings} of 3 councils searched")
    assert "on this subject was not measured" in coverage.note
    assert coverage.error is None
    assert coverage.documents_unread == 0
    assert coverage.to_json()["note"] == coverage.note


def test_a_question_that_asks_for_criticism_is_not_answered_with_praise(snapshot: Snapshot) -> None:
    answer = answer_question(snapshot, "Which councils were criticised for late initial health assessments?")
    assert answer.status == "answered"
    assert all(statement.polarity != "strength" for statement in answer.statements)


def test_a_filter_by_polarity_keeps_passages_of_that_polarity_only(snapshot: Snapshot) -> None:
    for polarity in ("strength", "weakness"):
        found = search_passages(snapshot, "supervision", Filters(polarity=polarity))
        assert found.hits
        assert {hit.polarity for hit in found.hits} == {polarity}
        assert found.filters["polarity"] == polarity
