from __future__ import annotations

import time

import pytest

from search_api.answers.spans import answer_span, has_expected
from search_api.question.question_kind import kind_of_question
from search_api.question.words import content_stems


@pytest.mark.parametrize(
    ("question", "kind", "expected"),
    [
        ("How many care leavers are at university?", "fact", "number"),
        ("What share of posts is vacant?", "fact", "percentage"),
        ("RHI done in 3 days %", "fact", "percentage"),
        ("How long do children wait for therapy?", "fact", "duration"),
        ("When did the hub open?", "fact", "date"),
        ("How much money was invested?", "fact", "money"),
        ("At what age do they meet their adviser?", "fact", "age"),
        ("What is the edge of care service called?", "fact", "name"),
        ("Why did staff leave?", "reason", None),
        ("What was behind the delay?", "reason", None),
        ("What did inspectors say about plans?", "finding", None),
        ("Which councils were criticised for late plans?", "survey", None),
        ("How many authorities had findings on neglect?", "survey", None),
        ("findings on return interviews", "survey", None),
    ],
)
def test_the_kind_of_a_question_is_told_by_its_wording(
    question: str, kind: str, expected: str | None
) -> None:
    found = kind_of_question(question)
    assert (found.kind, found.expected) == (kind, expected)


@pytest.mark.parametrize(
    ("question", "sentence", "answer"),
    [
        ("How many advisers are there?", "There are 12 advisers and nine managers.", "12"),
        ("What percentage of plans was timely?", "Of 40 plans, 82% were timely.", "82%"),
        ("How long do they wait?", "They wait up to 30 weeks for help.", "up to 30 weeks"),
        ("When did the hub open?", "The hub opened in November 2016 and has grown.", "November 2016"),
        ("How much money was invested?", "The council invested £4.1 million in it.", "£4.1 million"),
        ("What is the group called?", "Young people meet in a group, ‘Loud and Clear’, each week.", "Loud and Clear"),
        ("How many hosts are there?", "There are over 1,200 hosts.", "over 1,200"),
    ],
)  # fmt: skip
def test_the_shortest_answer_is_marked(question: str, sentence: str, answer: str) -> None:
    kind = kind_of_question(question)
    span = answer_span(sentence, kind, frozenset(content_stems(question)))
    assert span is not None
    assert sentence[span[0] : span[1]] == answer
    assert has_expected(sentence, kind)


@pytest.mark.parametrize("unit", ["1", "1,", "1.", "T-", "A’", "£1 "])
@pytest.mark.parametrize(
    "question", ["What percentage?", "How long?", "How many?", "What is it called?", "How old?"]
)
def test_a_hostile_sentence_takes_time_in_proportion(question: str, unit: str) -> None:
    started = time.process_time()
    answer_span(unit * (60_000 // len(unit)), kind_of_question(question), frozenset())
    assert time.process_time() - started < 5


def test_a_figure_of_the_question_itself_is_no_answer() -> None:
    kind = kind_of_question("How many of the 138 care leavers work?")
    sentence = "Of 138 care leavers, 75 work."
    span = answer_span(sentence, kind, frozenset(), frozenset({"138"}))
    assert span is not None
    assert sentence[span[0] : span[1]] == "75"


def test_nothing_is_marked_where_nothing_looks_like_an_answer() -> None:
    assert answer_span("Plans are clear.", kind_of_question("How many plans?"), frozenset()) is None
    assert answer_span("There are 12.", kind_of_question("Why?"), frozenset()) is None
