from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.document import Document
from indexer.errors import QueryError
from search_api.fields import Filters
from search_api.question.holdings import Holdings, holdings_of
from search_api.question.numbers import large_numbers, phrase_forms
from search_api.question.phrases import frameworks
from search_api.question.query import MAX_CHARACTERS, Query, understand


def report(name: str, council: str, framework: str, published: str, inspected: str) -> Document:
    return Document(
        id=name, file=f"{name}.pdf", title="Inspection", council=council, kind="inspection report",
        framework=framework, published=published, inspected_from=inspected, inspected_to=inspected,
    )  # fmt: skip


HELD: Holdings = holdings_of(
    [
        report("a", "Darlington", "SIF", "2015-09-01", "2015-07-16"),
        report("b", "Darlington", "ILACS", "2022-12-05", "2022-10-21"),
        report("c", "Durham", "ILACS", "2020-01-09", "2019-10-20"),
        report("d", "Kelderbridge", "ILACS", "2023-01-09", "2022-11-20"),
    ],
    lambda phrases: 0,
)


def asked(question: str, *without: str, filters: Filters | None = None) -> Query:
    return understand(question, filters or Filters(), HELD, without)


def tags(query: Query) -> list[tuple[str, str]]:
    return [(tag.kind, tag.value) for tag in query.understood]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("care leavers in Darlngton", [("council", "Darlington")]),
        ("Kelderbridge IROs", [("council", "Kelderbridge")]),
        ("Durham in 2019", [("council", "Durham"), ("year", "2019")]),
        ("neglect since 2018", [("period", "2018-01-01..")]),
        ("Durham latest inspection", [("council", "Durham"), ("latest", "latest")]),
        ("audits under ILACS", [("framework", "ILACS")]),
        ("return interviews in inadequate councils", [("grade", "Inadequate")]),
        ("authorities judged outstanding", [("grade", "Outstanding")]),
        ("councils that require improvement", []),
        ("inadequate supervision", []),
        ("good practice in plans", []),
        ("plans that are not judged good", [("grade", "Good")]),
        ("councils which were not good", []),
        ("actions in the improvement plan", [("kind", "improvement plan")]),
        ("recommendations on return interviews", [("passage_kind", "recommendation")]),
        ("care leavers in London boroughs", [("area", "London")]),
        ("section on leadership", [("section", "Leadership")]),
        ("what is going well?", []),
    ],
)
def test_filters_are_understood_only_where_the_words_say_them(
    question: str, expected: list[tuple[str, str]]
) -> None:
    assert tags(asked(question)) == expected


@pytest.mark.parametrize(
    ("question", "framework"),
    [
        ("health assessments in SEND inspections", "Area SEND"),
        ("what a special educational needs  inspection said of waits", "Area SEND"),
        ("girls in youth justice", "Youth justice"),
        ("youth offending inspections and girls", "Youth justice"),
        ("staffing in children’s home inspections", "Social care provider"),
        ("staffing in childrens home inspections", "Social care provider"),
        ("caseloads at monitoring visits", "ILACS monitoring visit"),
        ("inspections of local authority children's services on neglect", "ILACS"),
        ("CQC assessments of carers", "CQC local authority assessment"),
        ("SEND support in schools", None),
        ("visits to children", None),
    ],
)
def test_a_question_names_a_kind_of_report_as_its_profile_says(question: str, framework: str | None) -> None:
    names = ("Area SEND", "CQC local authority assessment", "ILACS", "ILACS monitoring visit",
             "Social care provider", "Youth justice")  # fmt: skip
    assert [one.value for one in frameworks(question, names)] == ([framework] if framework else [])


def test_a_tag_shows_the_words_that_it_was_read_from() -> None:
    question = "what of Darlington's plans since 2018?"
    for tag in asked(question).understood:
        assert question[tag.start : tag.end] == tag.text
        assert tag.text in {"Darlington", "since 2018"}


def test_what_became_a_filter_is_no_longer_searched_for() -> None:
    query = asked("care planning in Darlington in 2015")
    words = [wording for term in query.terms for wording in term.wordings]
    assert "planning" in words
    assert not {"darlington", "2015"} & set(words)


def test_each_kind_of_filter_can_be_undone_and_all_at_once() -> None:
    question = "care leavers in Darlington since 2018"
    assert tags(asked(question, "council")) == [("period", "2018-01-01..")]
    assert tags(asked(question, "period")) == [("council", "Darlington")]
    assert tags(asked(question, "all")) == []
    with pytest.raises(QueryError, match="it is one of"):
        asked(question, "colour")


def test_a_parameter_wins_over_the_question() -> None:
    query = asked("care leavers in Darlington", filters=Filters(council=("Durham",)))
    assert query.councils == ()
    assert query.filters.council == ("Durham",)


def test_an_abolished_council_brings_its_successors() -> None:
    assert asked("Northamptonshire plans").councils == (
        "Northamptonshire", "North Northamptonshire", "West Northamptonshire",
    )  # fmt: skip


def test_abbreviations_are_looked_for_in_full_and_spelled_out_for_the_encoder() -> None:
    query = asked("Darlington LAC with an IRO")
    wordings = {wording for term in query.terms for wording in term.wordings}
    assert {"looked after children", "children in care", "independent reviewing officer"} <= wordings
    assert query.sentences[0] == "Darlington LAC with an IRO"
    assert "independent reviewing officer" in query.sentences[-1]


@pytest.mark.parametrize(
    ("question", "sentences"),
    [
        ("How long do children in Darlington wait?", ("How long do children in wait?",)),
        ("findings on return interviews", ("return interviews",)),
        ("children wait", ("children wait",)),
        ("what does an IRO do", ("what does an IRO do", "what does an independent reviewing officer do")),
    ],
)
def test_an_encoder_gets_the_subject_and_the_typed_words_where_they_hold_an_abbreviation(
    question: str, sentences: tuple[str, ...]
) -> None:
    assert asked(question).sentences == sentences


def test_language_that_has_changed_is_looked_for_in_both_forms() -> None:
    for typed, other in (
        ("return home interview", "return interview"),
        ("looked after children", "children in care"),
        ("designated officer", "local authority designated officer"),
        ("child sexual exploitation", "criminal exploitation"),
    ):
        wordings = {wording for term in asked(typed).terms for wording in term.wordings}
        assert other in wordings


@pytest.mark.parametrize(
    ("question", "wordings"),
    [
        ("1200 children", ("1200", "1 200")),
        ("1,200 children", ("1 200", "1200")),
        ("1234567 children", ("1234567", "1 234 567")),
        ("12 children", ("12",)),
        ("0123 children", ("0123",)),
    ],
)
def test_a_large_number_is_looked_for_with_and_without_its_commas(
    question: str, wordings: tuple[str, ...]
) -> None:
    assert [term.wordings for term in asked(question).terms] == [wordings, ("children",)]


@pytest.mark.parametrize(
    "said", ["12,5 children", "1,20,3", "1,2345", "3.1415", "A1200", "1200th", "12.1,200"]
)
def test_what_only_looks_like_a_large_number_is_left_alone(said: str) -> None:
    assert list(large_numbers(said)) == []


def test_a_phrase_holds_its_numbers_in_both_forms() -> None:
    assert phrase_forms("of 1200 children") == ("of 1200 children", "of 1 200 children")
    assert phrase_forms("of 1 200 children") == ("of 1 200 children", "of 1200 children")
    assert phrase_forms("of 12 children") == ("of 12 children",)


def test_an_opening_is_not_searched_for() -> None:
    query = asked("findings on return interviews")
    assert [term.wordings[0] for term in query.terms] == ["return interviews"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("", "empty"),
        ("  \t\n ", "empty"),
        ("?!... --- ''", "nothing to search for"),
        ("x" * 10_000, "10,000 characters long"),
        ("-adoption", "leave out"),
    ],
)
def test_a_question_that_is_none_is_refused_in_a_line(question: str, said: str) -> None:
    with pytest.raises(QueryError, match=said) as refused:
        asked(question)
    assert "\n" not in str(refused.value)


def test_a_question_of_stopwords_alone_is_still_searched() -> None:
    assert asked("what is it").terms


@given(st.text(min_size=1, max_size=300))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        query = asked(text)
    except QueryError as refused:
        assert str(refused)
    else:
        for tag in query.understood:
            assert query.question[tag.start : tag.end] == tag.text


def test_the_longest_question_is_understood() -> None:
    assert asked(("care " * MAX_CHARACTERS)[:MAX_CHARACTERS]).terms
