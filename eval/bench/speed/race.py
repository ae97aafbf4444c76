"""Our engine and other tools answer the same questions in turn, each in a process of its own that stays.

Turns are short and go round, so that whatever else the machine does slows all alike; none is given a question
twice, and all are warmed with the same ones. A process has the threads that its tool takes by itself: ours has the
one for each search that `python -m web` sets. Processor time counts every thread of a process. This module must not
know how anybody searches.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from eval.bench.speed.peers import FOUND, HOW, TOOLS
from eval.bench.speed.stages import Timing
from eval.search.collection import open_collection
from eval.search.retrievers import PLAIN_ENCODER
from indexer.encode.encoder import load_encoder
from indexer.errors import FindingsError, UsageError
from indexer.store.location import IndexLocation
from search_api.engine import Engine
from search_api.search.results import search_passages

OURS = "findings"
THEIR_WEIGHTS, OUR_WEIGHTS = "their_weights", "our_weights"

_TURN = 10
"""Questions in a turn."""

_REST = 0.02
"""Seconds between turns, in which threads that wait busily go to sleep."""

_LEAST = 6
_AT_MOST_SECONDS = 20.0
"""A tool that has searched for so long in all gets no more than `_LEAST` questions."""


class _RacedQuestion(NamedTuple):
    """One search: its seconds, those of processor, whether it found ten known passages, the process's threads."""

    wall: float
    cpu: float
    whole: bool
    threads: int


@dataclass(slots=True)
class _Racer:
    """One process: what it took for each question, in the questions' order."""

    tool: str
    weights: str
    process: ProcessPoolExecutor
    setting_up: Future[dict[str, Any]]
    asked: list[_RacedQuestion] = field(default_factory=list)

    def result(self, future: Future[Any]) -> Any:  # noqa: ANN401 (what was asked for)
        """Wait for the process's answer; FindingsError where it failed or has ended."""
        try:
            return future.result()
        except UsageError:
            raise
        except BrokenProcessPool as error:
            raise FindingsError(f"{self.tool} ended by itself") from error
        except Exception as error:
            raise FindingsError(f"{self.tool}: {error}") from error

    def ask(self, question: str) -> _RacedQuestion:
        found: _RacedQuestion = self.result(self.process.submit(_ask, question))
        return found

    @property
    def out(self) -> bool:
        """Whether it has taken so long that it gets no more questions."""
        return len(self.asked) >= _LEAST and sum(one.wall for one in self.asked) > _AT_MOST_SECONDS

    def medians(self, count: int) -> tuple[float, float]:
        """The median seconds of its first so many searches, and those of processor."""
        first = self.asked[:count]
        return median(one.wall for one in first), median(one.cpu for one in first)

    def to_json(self) -> dict[str, Any]:
        set_up = self.setting_up.result()
        return {
            "weights": set_up["weights"],
            "how": HOW.get(self.tool, "words, vectors, sentences, filters"),
            "threads": self.asked[-1].threads,
            "setting_up_cpu_seconds": round(set_up["cpu_seconds"], 2),
            "answered": sum(one.whole for one in self.asked),
            "cpu_median_ms": round(self.medians(len(self.asked))[1] * 1000, 2),
            **Timing([one.wall for one in self.asked]).to_json(),
        }


def race(
    location: IndexLocation, names: Sequence[str], questions: Sequence[str], warm: Sequence[str]
) -> dict[str, Any]:
    """Ask our engine and each tool, with both weights, every question once; their times and the ratios.

    They are set up beside each other, and begin once all of them are ready. A slow tool gets fewer questions, and compared over those
    alone. `answered` counts the questions that it found ten known passages for. FindingsError where one can't be set up.
    """
    entries = [(OURS, ""), *((name, weights) for name in names for weights in (THEIR_WEIGHTS, OUR_WEIGHTS))]
    with ExitStack() as running:
        racers = [running.enter_context(_started(location, *entry)) for entry in entries]
        for racer in racers:
            racer.result(racer.setting_up)
        for racer in racers:
            for question in warm:
                racer.ask(question)
        for number, start in enumerate(range(0, len(questions), _TURN)):
            turned = number % len(racers)
            for racer in (*racers[turned:], *racers[:turned]):
                if not racer.out:
                    time.sleep(_REST)
                    racer.asked += [racer.ask(question) for question in questions[start : start + _TURN]]
        ours, *others = racers
        tools: dict[str, dict[str, Any]] = {}
        for racer in others:
            tools.setdefault(racer.tool, {})[racer.weights] = racer.to_json()
        return {
            "questions": len(questions),
            "warmed_with": len(warm),
            "turn": _TURN,
            "ours": ours.to_json(),
            "tools": tools,
            "times_as_fast": _times_as_fast(ours, others),
        }


def _times_as_fast(ours: _Racer, others: Sequence[_Racer]) -> dict[str, dict[str, float]]:
    """What each took as a multiple of ours, by the medians over the questions that both answered.

    tool -> weights -> ratio; with `_cpu` behind the weights the same of processor time.
    """
    found: dict[str, dict[str, float]] = {}
    for other in others:
        count = len(other.asked)
        (wall, cpu), (our_wall, our_cpu) = other.medians(count), ours.medians(count)
        row = found.setdefault(other.tool, {})
        row |= {other.weights: round(wall / our_wall, 2), f"{other.weights}_cpu": round(cpu / our_cpu, 2)}
    return found


@contextmanager
def _started(location: IndexLocation, tool: str, weights: str) -> Iterator[_Racer]:
    """A process that sets the tool up and then waits for questions; it has ended when the block has."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        with _environment(tool):
            setting_up = process.submit(_set_up, location, tool, weights)
        yield _Racer(tool, weights, process, setting_up)


@contextmanager
def _environment(tool: str) -> Iterator[None]:
    """What a process finds in its environment when it starts: threads are decided on import."""
    # The tokeniser warns of forks that nobody makes here.
    wanted = {"OMP_NUM_THREADS": "1" if tool == OURS else None, "TOKENIZERS_PARALLELISM": "false"}
    before = {name: os.environ.get(name) for name in wanted}
    _set(wanted)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


_search: Callable[[str], list[str]]
_known: frozenset[str]
"""The tool of this process and the passages that there are, once it has been set up."""


def _set_up(location: IndexLocation, tool: str, weights: str) -> dict[str, Any]:
    global _search, _known  # noqa: PLW0603 (a process has one tool)
    collection = open_collection(location)
    _known = frozenset(collection.by_id)
    encoder = PLAIN_ENCODER if weights == THEIR_WEIGHTS else collection.encoder
    used = time.process_time()
    if tool == OURS:
        _search = _ours(location)
    else:
        if collection.vectors is None:
            raise UsageError("the collection has no vectors; give the folder of an index")
        ranked = TOOLS[tool](collection, load_encoder(encoder), collection.vectors)
        _search = partial(ranked.rank, file=None, limit=FOUND)
    return {"weights": encoder, "cpu_seconds": time.process_time() - used}


def _ours(location: IndexLocation) -> Callable[[str], list[str]]:
    snapshot = Engine(location).snapshot()
    return lambda question: [
        hit["passage"]["id"] for hit in search_passages(snapshot, question).to_json()["hits"]
    ]


def _ask(question: str) -> _RacedQuestion:
    wall, cpu = time.perf_counter(), time.process_time()
    found = _search(question)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    whole = len(found) == min(FOUND, len(_known)) and _known.issuperset(found)
    return _RacedQuestion(wall, cpu, whole, len(list(Path("/proc/self/task").iterdir())))
