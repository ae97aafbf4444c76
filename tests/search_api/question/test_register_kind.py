from __future__ import annotations

import pytest

from search_api.question.register_kind import QueryKind, features, kind_of, spelled_right


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("councils rated inadequate now", "judgements"),
        ("Which councils went from inadequate to good?", "judgements"),
        ("wich counsils are rated inadequete at the moment", "judgements"),
        ("What was Darlington told to improve in 2015?", "recommendations"),
        ("recomendations Tower Hamlets 2017", "recommendations"),
        ("Why was Leeds judged outstanding in 2015?", "reasons"),
        ("Compare Leeds and Bradford on supervision", "comparison"),
        ("What became of the 2015 recommendations at Darlington?", "became"),
        ("Has Leeds got any better at pathway plans?", "changes"),
        ("got worse: early help", "changes"),
        ("Where are visits to children not frequent enough?", "findings"),
        ("Were any boroughs downgraded in 2019?", "judgements"),
        ("actions for Leeds 2022", "recommendations"),
        ("By region, how often is early help a weakness?", "trend"),
        ("How do social workers in Leeds use chronologies?", "passages"),
        ("Why had the school exclusions of children in care gone up?", "passages"),
    ],
)
def test_the_kind_of_a_question(question: str, kind: QueryKind) -> None:
    assert kind_of(question).kind == kind


@pytest.mark.parametrize(
    "kind_of_wording", ["{}", "I have been wondering for weeks and nobody can tell me: {} Thank you."]
)
def test_wordiness_does_not_change_the_kind(kind_of_wording: str) -> None:
    asked = kind_of_wording.format("which councils are rated inadequate for leadership now?")
    assert kind_of(asked).kind == "judgements"


def test_names_grades_and_years_are_written_alike() -> None:
    assert features("Was Leeds inadequate in 2015?") == features("Was Kent good in 2019?")


def test_invented_councils_count_where_an_index_has_them() -> None:
    question = "Compare the grades of Kelderbridge and Thornmere"
    assert kind_of(question).kind != "comparison"
    assert kind_of(question, ("Kelderbridge", "Thornmere")).kind == "comparison"


def test_slips_of_cue_words_are_put_right_and_inflections_left() -> None:
    assert spelled_right("these counsils got inadequete recomendations") == (
        "these councils got inadequate recommendations"
    )
    assert spelled_right("reported improves Weakened") == "reported improves Weakened"


def test_a_kind_asks_for_words_that_say_it() -> None:
    # "Reasons" without a grade, or a council that failed, is asked of passages.
    assert kind_of("Why did social workers in Leeds leave?").kind == "passages"
