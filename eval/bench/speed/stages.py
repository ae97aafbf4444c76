"""Where the time of one search goes: the engine's own stages in its own order, each timed by itself.

What `search` and `answer` take as a whole is timed beside it, so that a stage that is missing here shows. This module
must not know of HTTP or of other tools.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean, median
from typing import Any, TypeVar

from search_api.answers.answering import answer_question
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.question.plan import plan
from search_api.question.query import understand
from search_api.search.highlights import highlights
from search_api.search.ranking import rank
from search_api.search.results import DEFAULT_LIMIT, MAX_LIMIT, search_passages
from search_api.snapshot import Snapshot

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Timing:
    """The seconds of each call, in order; at least one."""

    seconds: Sequence[float]

    @property
    def median(self) -> float:
        """The seconds that half of the calls took at most."""
        return median(self.seconds)

    @property
    def p95(self) -> float:
        """The seconds that 95 of 100 calls took at most (nearest rank)."""
        ordered = sorted(self.seconds)
        return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]

    def to_json(self) -> dict[str, float | int]:
        """Give the figures in milliseconds."""
        return {
            "calls": len(self.seconds),
            "median_ms": round(self.median * 1000, 2),
            "p95_ms": round(self.p95 * 1000, 2),
            "mean_ms": round(fmean(self.seconds) * 1000, 2),
        }


def timed(call: Callable[[_T], object], inputs: Sequence[_T]) -> Timing:
    """Time a call for each input, one after another."""
    seconds = []
    for given in inputs:
        started = time.perf_counter()
        call(given)
        seconds.append(time.perf_counter() - started)
    return Timing(seconds)


STAGES = ("understanding", "choosing rows", "encoding", "ranking", "reading", "marking")


def engine_figures(engine: Engine, questions: Sequence[str], warm: Sequence[str]) -> dict[str, Any]:
    """Time searches, answers and a search's stages over the questions, after searching the `warm` ones.

    A vector is remembered for a while, so each of the three has questions of its own.
    """
    started = time.perf_counter()
    snapshot = engine.snapshot()
    opening = time.perf_counter() - started
    for question in warm:
        search_passages(snapshot, question)
        answer_question(snapshot, question)
    third = max(1, len(questions) // 3)
    parts = [
        questions[:third],
        questions[third : 2 * third] or questions,
        questions[2 * third :] or questions,
    ]
    return {
        "opening_seconds": round(opening, 3),
        "search": timed(lambda question: search_passages(snapshot, question).to_json(), parts[0]).to_json(),
        "answer": timed(lambda question: answer_question(snapshot, question).to_json(), parts[1]).to_json(),
        "stages": {name: timing.to_json() for name, timing in _stages(snapshot, parts[2]).items()},
    }


def _stages(snapshot: Snapshot, questions: Sequence[str]) -> dict[str, Timing]:
    seconds: dict[str, list[float]] = {name: [] for name in STAGES}
    for question in questions:
        clock = [time.perf_counter()]
        query = understand(question, Filters(), snapshot.holdings)
        clock.append(time.perf_counter())
        chosen = plan(query, snapshot.index, snapshot.holdings)
        clock.append(time.perf_counter())
        encoded = partial(snapshot.encoded, query.sentences)
        encoded()
        clock.append(time.perf_counter())
        ranked = rank(snapshot.index, query, chosen, encoded, limit=MAX_LIMIT, settings=snapshot.fits.ranking)
        clock.append(time.perf_counter())
        passages = snapshot.index.passages([item.row for item in ranked[:DEFAULT_LIMIT]])
        clock.append(time.perf_counter())
        for passage in passages:
            highlights(passage.text, query)
        clock.append(time.perf_counter())
        for name, begin, end in zip(STAGES, clock, clock[1:], strict=False):
            seconds[name].append(end - begin)
    return {name: Timing(times) for name, times in seconds.items()}
