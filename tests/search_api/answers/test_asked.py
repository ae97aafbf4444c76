"""A question in parts is put into words that are taken for the same parts."""

from __future__ import annotations

import pytest

from search_api.answers.absent import absent_kind
from search_api.answers.asked import ASKS, AskedParts, asked_in, question_for
from search_api.answers.finding_facts import change_asked, subject_of
from search_api.fields import Filters
from search_api.question.query import understand
from search_api.question.register_kind import kind_of
from search_api.question.slots import slots_of
from search_api.snapshot import Snapshot


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("where", ["", "North West"])
def test_parts_put_into_words_are_the_same_parts(snapshot: Snapshot, ask: str, where: str) -> None:
    without = {"judged": "subject", "common": "subject"}.get(ask)
    given = {"ask": ask, "subject": "" if without else "pathway plans", "where": where}
    if ask in ("judged", "common"):
        given["grade"] = "Inadequate"
    if ask == "judged":
        given["area"] = "care leavers"
    question = question_for(given)
    query = understand(question, Filters(), snapshot.holdings)
    assert asked_in(query, slots_of(query), kind_of(question).kind) == AskedParts(**given)


def test_what_has_no_subject_or_is_not_asked_is_no_question() -> None:
    assert question_for({"ask": "criticised"}) == ""
    assert question_for({"ask": "something else", "subject": "supervision"}) == ""


def test_an_inspectorate_without_a_report_here_is_named(snapshot: Snapshot) -> None:
    documents = snapshot.index.documents()
    assert absent_kind("What did the CQC say of Wexmoor?", documents) == "the Care Quality Commission"
    assert absent_kind("What did inspectors say of supervision?", documents) is None


@pytest.mark.parametrize(
    "question",
    [
        "who turned round supervision?",
        "which councils have turned supervision around?",
        "Which councils improved supervision?",
    ],
)
def test_to_turn_a_subject_round_is_to_improve_it(snapshot: Snapshot, question: str) -> None:
    query = understand(question, Filters(), snapshot.holdings)
    slots = slots_of(query)
    assert change_asked(query, slots) == "improved"
    assert subject_of(query) == "supervision"
