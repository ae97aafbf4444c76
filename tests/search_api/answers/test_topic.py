from __future__ import annotations

import pytest

from search_api.answers.topic import phrases_of, side_of, topic_of
from search_api.fields import Filters
from search_api.question.query import understand
from search_api.snapshot import Snapshot


@pytest.mark.parametrize(
    ("question", "subject", "side"),
    [
        (
            "Which councils had findings on return interviews, and was it praise or criticism?",
            "return interviews",
            None,
        ),
        (
            "Which councils were criticised for late health assessments?",
            "late health assessments",
            "criticism",
        ),
        ("Which councils were praised for their life-story work?", "life-story work", "praise"),
        (
            "How many councils had problems with foster carer recruitment?",
            "foster carer recruitment",
            "criticism",
        ),
        ("findings on supervision", "supervision", None),
        ("Which councils were criticised for health or health assessments?", "health", "criticism"),
    ],
)
def test_the_subject_is_left_when_the_asking_is_taken_away(
    snapshot: Snapshot, question: str, subject: str, side: str | None
) -> None:
    query = understand(question, Filters(), snapshot.holdings)
    topic = topic_of(query)
    assert subject in topic.text
    assert topic.side == side
    asking = {"praise", "criticism", "criticised", "findings", "problems"}
    assert not asking & {word for term in topic.terms for word in term.wordings}


def test_both_sides_or_neither_ask_for_no_side() -> None:
    assert side_of("strengths and weaknesses of fostering") is None
    assert side_of("fostering") is None


def test_phrases_end_where_a_word_carries_no_subject() -> None:
    assert phrases_of("support for special guardians") == (("support",), ("special", "guardians"))
    assert phrases_of("pre-birth assessments, and visits") == (("pre", "birth", "assessments"), ("visits",))
