"""Vectors of questions: the same however they are made, and made ahead only where that takes nobody's time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from indexer.encode.word_vectors import EncodedQuestion
from indexer.errors import QueryError
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.question.query import likely_sentences, understand
from search_api.snapshot import Snapshot

WORDINGS = ("findings on IROs in Kelderbridge", "findings on independent reviewing officers")


@pytest.fixture
def snapshot(sample_index: Path) -> Iterator[Snapshot]:
    with Engine(sample_index) as engine:
        yield engine.snapshot()


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})


@pytest.fixture
def made(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that have been encoded, in order."""
    texts: list[str] = []
    encode = snapshot.encoder.encode_question

    def recorded(text: str) -> EncodedQuestion:
        texts.append(text)
        return encode(text)

    monkeypatch.setattr(snapshot.encoder, "encode_question", recorded)
    return texts


def test_a_vector_made_beside_other_work_is_the_one_made_alone(snapshot: Snapshot, made: list[str]) -> None:
    alone = snapshot.vector_of(WORDINGS)
    assert np.linalg.norm(alone) == pytest.approx(1.0, abs=1e-6)
    snapshot.vectors.clear()
    with snapshot.encoding_ahead(WORDINGS[0]):
        snapshot.encode_ahead(WORDINGS[:1])
        snapshot.encode_ahead(WORDINGS)
        assert np.array_equal(snapshot.vector_of(WORDINGS), alone)
    # Once each way: what has been begun is waited for, not made again.
    assert sorted(made) == sorted(2 * WORDINGS)
    assert snapshot.pending == {}


def test_what_cannot_be_encoded_is_said_to_who_needs_it_and_tried_again(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = snapshot.encoder.encode_question

    def fail(text: str) -> np.ndarray:
        raise ValueError(text)

    with snapshot.encoding_ahead(WORDINGS[0]):
        monkeypatch.setattr(snapshot.encoder, "encode_question", fail)
        snapshot.encode_ahead(WORDINGS)
        with pytest.raises(ValueError, match="IROs"):
            snapshot.vector_of(WORDINGS)
        monkeypatch.setattr(snapshot.encoder, "encode_question", encode)
    until = time.monotonic() + 20
    while snapshot.pending and time.monotonic() < until:
        time.sleep(0.001)
    assert snapshot.vector_of(WORDINGS).shape == (snapshot.encoder.dimension,)


@pytest.mark.parametrize(("processors", "others"), [({0}, 0), ({0, 1}, 1)])
def test_nothing_is_made_ahead_where_it_would_take_the_time_of_what_is_done_meanwhile(
    snapshot: Snapshot, made: list[str], monkeypatch: pytest.MonkeyPatch, processors: set[int], others: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: processors)
    with ExitStack() as stack:
        for _ in range(others):
            stack.enter_context(snapshot.encoding_ahead(WORDINGS[0]))
        stack.enter_context(snapshot.encoding_ahead(WORDINGS[0]))
        snapshot.encode_ahead(WORDINGS)
        assert (made, snapshot.pending) == ([], {})
        snapshot.vector_of(WORDINGS)
    assert made == list(WORDINGS)


@pytest.mark.parametrize(
    "question",
    ['"return interviews" for children', "children -kettles", "what about IROs who challenge plans?"],
)
def test_the_first_wording_is_known_before_the_question_is_understood(
    snapshot: Snapshot, question: str
) -> None:
    understood = understand(question, Filters(), snapshot.holdings)
    assert likely_sentences(question) == understood.sentences[:1]


@pytest.mark.parametrize(
    "question",
    ["visits in Kelderbridge", "visits since 2014", "findings on visits", "How long did Ashmere wait?"],
)
def test_a_question_that_seems_to_name_a_filter_is_understood_first(
    snapshot: Snapshot, question: str
) -> None:
    assert likely_sentences(question) == ()
    assert understand(question, Filters(), snapshot.holdings).sentences


@pytest.mark.parametrize("question", ["", "  ", "?!", "-kettles", "x" * 2_000])
def test_what_is_no_question_is_none_before_it_is_understood_either(question: str) -> None:
    with pytest.raises(QueryError):
        likely_sentences(question)
