"""Operators: what is read as one, what is chosen by it, and what is only a word."""

from __future__ import annotations

import re

import numpy as np
import pytest

from search_api.answers.answering import answer_question
from search_api.fields import Filters
from search_api.question.operators import Sought, exactly, operators_of
from search_api.question.query import Query, understand
from search_api.search.result_set import find
from search_api.search.results import search_passages
from search_api.snapshot import Snapshot


def asked(snapshot: Snapshot, question: str, *without: str) -> Query:
    return understand(question, Filters(), snapshot.holdings, without)


@pytest.mark.parametrize(
    ("question", "required", "excluded"),
    [
        ('plans "step down" -adoption front-door', [[("step down", "exact")]], [("adoption", "stems")]),
        ('audits -"early help"', [], [("early help", "exact")]),
        ("supervision NOT training", [], [("training", "stems")]),
        ("supervision AND NOT train*", [], [("train", "beginning")]),
        ('"step down" OR "step up"', [[("step down", "exact"), ("step up", "exact")]], []),
        ('drift AND "step down"', [[("drift", "stems")], [("step down", "exact")]], []),
        ("drift OR delay", [], []),
        ("Which councils had NOT improved supervision?", [], []),
        ("it was NOT improved", [], []),
        ("SUPERVISION NOT TRAINING", [], []),
        ("well-being - and 2015 -2018 plans", [], []),
        ('"NOT improved" since', [[("NOT improved", "exact")]], []),
        ('an unclosed " mark', [], []),
    ],
)
def test_operators_are_read_as_people_type_them(
    question: str, required: list[list[tuple[str, str]]], excluded: list[tuple[str, str]]
) -> None:
    found = operators_of(question)
    assert found.required == tuple(tuple(Sought(*one) for one in group) for group in required)  # type: ignore[arg-type]
    assert found.excluded == tuple(Sought(*one) for one in excluded)  # type: ignore[arg-type]
    assert all(0 <= one.start < one.end <= len(question) for one in found.found)
    assert len(found.plain) == len(question)


@pytest.mark.parametrize(
    ("words", "text", "stands"),
    [
        ("good local authorities", "Good local authorities do this", True),
        ("good local authorities", "a good local authority", False),
        ("good local authorities", "All is good. Local authorities", False),
        ("return home interview", "a return-home\ninterview", True),
        ("return home interview", "return home interviews", False),
        ("children's plans", "the children’s plans", True),
        ("1200", "there were 1,200 of them", True),
        ("1,200", "there were 1200 of them", True),
        ("1200", "there were 1,200.5 or 11,200", False),
        ("200", "there were 1,200", False),
    ],
)
def test_quoted_words_are_found_as_they_stand(words: str, text: str, *, stands: bool) -> None:
    assert bool(exactly(words).search(text)) is stands


def test_results_hold_the_quoted_words_and_not_their_stems(snapshot: Snapshot) -> None:
    texts = snapshot.index.texts(range(len(snapshot.index)))
    for words, pattern in (("supervision", r"\bsupervision\b"), ("48600", r"\b48,600\b")):
        found = find(snapshot, f'"{words}"', without=("spelling",))
        held = {row for row, text in enumerate(texts) if re.search(pattern, text, re.IGNORECASE)}
        assert held
        assert set(found.rows.tolist()) <= held


def test_quoted_words_are_no_filters(snapshot: Snapshot) -> None:
    for question in ('"Kelderbridge in 2015"', 'plans "last inspection"', '"inadequate councils" plans'):
        assert asked(snapshot, question).understood == ()
    assert [tag.kind for tag in asked(snapshot, '"plans" in Kelderbridge').understood] == ["council"]


def test_a_council_left_out_is_left_out_whole(snapshot: Snapshot) -> None:
    found = search_passages(snapshot, "supervision -Kelderbridge", limit=50)
    assert found.hits
    assert "Kelderbridge" not in {hit.document.council for hit in found.hits}
    assert [one.value for one in found.operators] == ["without “Kelderbridge”"]


def test_one_of_two_words_is_as_good_as_the_other(snapshot: Snapshot) -> None:
    terms = asked(snapshot, "supervision OR recording in teams").terms
    assert any({"supervision", "recording"} <= set(term.wordings) for term in terms)


def test_a_beginning_stands_for_every_word_that_has_it(snapshot: Snapshot) -> None:
    (term,) = asked(snapshot, "supervis*").terms
    assert {"supervision", "supervised", "supervising"} <= set(term.wordings)
    assert search_passages(snapshot, "supervis*").hits


def test_operators_can_be_undone(snapshot: Snapshot) -> None:
    query = asked(snapshot, '"step down" -plans NOT interviews', "operators")
    assert (query.required, query.excluded, query.operators) == ((), (), ())
    assert any("plans" in term.wordings for term in query.terms)


def test_a_refusal_for_an_operator_says_which(snapshot: Snapshot) -> None:
    found = answer_question(snapshot, 'visits "in purple sandcastles"')
    assert found.status == "not_found"
    assert "in purple sandcastles" in str(found.reason)


def test_a_stressed_negation_reaches_the_register(snapshot: Snapshot) -> None:
    plain, stressed = (
        answer_question(snapshot, f"Which councils had {word} improved supervision?")
        for word in ("not", "NOT")
    )
    assert plain.query_kind == stressed.query_kind
    assert plain.reading == stressed.reading


def test_a_numbered_regulation_is_no_other(snapshot: Snapshot) -> None:
    wordings = {term.wordings for term in asked(snapshot, "reg 44 visits").terms}
    assert any({"reg 44", "regulation 44"} <= set(one) for one in wordings)
    assert not any("regulation" in one for one in wordings)


def test_a_number_with_a_point_stays_one(snapshot: Snapshot) -> None:
    assert ("1 200 5", "1200 5") in {term.wordings for term in asked(snapshot, "1,200.5 children").terms}


def test_exact_rows_ascend(snapshot: Snapshot) -> None:
    rows = snapshot.holdings.exact("children")
    assert len(rows)
    assert (np.diff(rows) > 0).all()
