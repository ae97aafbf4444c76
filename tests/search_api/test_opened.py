"""Vectors of questions: the same however they are made, and made ahead only where that takes nobody's time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import QueryError
from search_api.engine import Engine
from search_api.filters import Filters
from search_api.opened import Encoding, Opened
from search_api.query import as_typed, understand

WORDINGS = ("findings on IROs in Kelderbridge", "findings on independent reviewing officers")


@pytest.fixture
def opened(sample_index: Path) -> Iterator[Opened]:
    with Engine(sample_index) as engine:
        yield engine.opened()


def test_a_vector_made_beside_other_work_is_the_one_made_alone(opened: Opened) -> None:
    alone = opened.vector_of(WORDINGS)
    opened.vectors.clear()
    beside = Encoding(opened, beside=True)
    beside.begin(WORDINGS[0])
    beside.begin(*WORDINGS)
    assert np.array_equal(beside.vector(WORDINGS), alone)
    opened.vectors.clear()
    assert np.array_equal(Encoding(opened, beside=False).vector(WORDINGS), alone)
    assert np.linalg.norm(alone) == pytest.approx(1.0, abs=1e-6)


def test_a_wording_is_made_ahead_for_one_who_asks_alone(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    with opened.asked() as encoding:
        encoding.begin(WORDINGS[0])
        until = time.monotonic() + 20
        while WORDINGS[0] not in opened.vectors and time.monotonic() < until:
            time.sleep(0.001)
        assert WORDINGS[0] in opened.vectors


@pytest.mark.parametrize(("processors", "others"), [({0}, 0), ({0, 1}, 1)])
def test_nothing_is_made_ahead_where_it_would_take_the_time_of_what_is_done_meanwhile(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, processors: set[int], others: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: processors)
    made: list[str] = []
    encode = opened.encoder.encode_query
    monkeypatch.setattr(opened.encoder, "encode_query", lambda text: made.append(text) or encode(text))
    with opened.asked() as first:
        asking = first
        if others:
            with opened.asked() as second:
                asking = second
        asking.begin(*WORDINGS)
        assert made == []
        asking.vector(WORDINGS)
        assert made == list(WORDINGS)


@pytest.mark.parametrize(
    "question", ['"return interviews" for children', "children -kettles", "what about IROs in 2019?"]
)
def test_the_first_wording_is_known_before_the_question_is_understood(opened: Opened, question: str) -> None:
    understood = understand(question, Filters(), opened.holdings)
    assert as_typed(question) == understood.sentences[0]


@pytest.mark.parametrize("question", ["", "  ", "?!", "-kettles", "x" * 2_000])
def test_what_is_no_question_is_none_before_it_is_understood_either(question: str) -> None:
    with pytest.raises(QueryError):
        as_typed(question)
