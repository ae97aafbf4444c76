"""A page of results and an answer works its question out once, not once for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from search_api.answers import survey as surveys
from search_api.answers.scope import Scope
from search_api.engine import Engine
from search_api.search import inquiry
from tests.web.checked_client import CheckedClient


@pytest.fixture
def calls(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each stage of a question has run."""
    counted: Counter[str] = Counter()

    def count(owner: Any, name: str) -> None:
        plain: Callable[..., Any] = getattr(owner, name)

        def counting(*given: Any, **named: Any) -> Any:
            counted[name] += 1
            return plain(*given, **named)

        monkeypatch.setattr(owner, name, counting)

    for name in ("understand", "plan", "rank"):
        count(inquiry, name)
    for name in ("wanted", "rarity"):
        count(surveys, name)
    count(Scope, "of")
    for name in ("dense", "dense_scores"):
        count(type(engine.snapshot().index), name)
    return counted


def test_results_and_an_answer_are_of_one_question_worked_out_once(
    client: CheckedClient, calls: Counter[str]
) -> None:
    client.page("/search?q=why+were+return+interviews+late")
    assert {name: calls[name] for name in ("understand", "plan", "rank", "dense")} == {
        "understand": 1, "plan": 1, "rank": 1, "dense": 1,
    }  # fmt: skip
    assert calls["of"] == 1, "the question was answered too"


def test_a_survey_weighs_its_subject_once_and_scans_for_it_once(
    client: CheckedClient, calls: Counter[str]
) -> None:
    client.page("/search?q=which+councils+had+findings+on+return+interviews")
    assert (calls["wanted"], calls["dense_scores"]) == (1, 1)
    assert calls["rarity"] == 1, "the subject is one term"
    assert (calls["understand"], calls["plan"], calls["rank"], calls["dense"]) == (1, 1, 1, 1)
