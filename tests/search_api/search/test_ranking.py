"""The kind of question decides what is weighed: a topic is distinguished from a question, and brings findings before tables."""

from pathlib import Path

import numpy as np
import pytest

from search_api.engine import Engine
from search_api.fields import Filters
from search_api.question.holdings import Holdings, holdings_of
from search_api.question.query import understand
from search_api.search.ranking import is_topic, scaled
from search_api.search.results import search_passages

NOTHING_HELD: Holdings = holdings_of([], lambda _: 0)


@pytest.mark.parametrize("asked", ["findings on return interviews", "caseloads", "SGO support plans"])
def test_a_few_words_that_name_a_subject_are_a_topic(asked: str) -> None:
    assert is_topic(understand(asked, Filters(), NOTHING_HELD))


@pytest.mark.parametrize(
    "asked",
    [
        "how many children had a visit",
        "caseloads too high?",
        "visits on time %",
        "the share of care leavers who had a driving licence paid for by their council",
    ],
)
def test_what_asks_for_one_statement_is_no_topic(asked: str) -> None:
    assert not is_topic(understand(asked, Filters(), NOTHING_HELD))


def test_scores_are_scaled_to_those_that_are_sought_and_others_no_further() -> None:
    scores = np.array([2.0, 4.0, 9.0, 1.0])
    assert scaled(scores).tolist() == [0.125, 0.375, 1.0, 0.0]
    assert scaled(scores, np.array([True, True, False, False])).tolist() == [0.0, 1.0, 1.0, 0.0]
    assert scaled(np.array([3.0, 3.0])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("topic", ["return interviews", "supervision", "personal education plans"])
def test_a_topic_brings_what_inspectors_found_before_tables_and_plans(sample_index: Path, topic: str) -> None:
    with Engine(sample_index) as engine:
        kinds = [hit.passage.kind for hit in search_passages(engine.snapshot(), f"findings on {topic}").hits]
    assert kinds[0] in ("paragraph", "summary", "recommendation")
    assert kinds.index("paragraph") < min(
        [kinds.index(k) for k in ("indicator", "action") if k in kinds], default=99
    )
