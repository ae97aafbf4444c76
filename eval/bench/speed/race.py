"""Our engine and other tools asked the same questions in turn, each in a process of its own that stays.

Turns are short and go round, so that whatever else the machine does strikes all alike; nobody is asked a question
twice, and all are warmed with the same ones. A process has the threads that its tool takes by itself: ours has the
one for each search that `python -m web` sets. Processor time counts every thread of a process. This module must not
know how anybody searches.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from statistics import median
from typing import Any

from eval.bench.speed.peers import FOUND, HOW, TOOLS
from eval.bench.speed.timings import Timing
from eval.search.baselines import PLAIN_ENCODER
from eval.search.collection import open_collection
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
"""A tool that has searched for so long in all is asked no more than `_LEAST` questions."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """What a process says when it can't go on."""

    message: str
    usage: bool

    def error(self, tool: str) -> FindingsError:
        return UsageError(self.message) if self.usage else FindingsError(f"{tool}: {self.message}")


@dataclass(slots=True)
class _Racer:
    """One process: what it took for each question, in the questions' order."""

    tool: str
    weights: str
    pipe: Connection
    process: BaseProcess
    set_up: Mapping[str, Any] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    answered: int = 0
    threads: int = 0

    @property
    def out(self) -> bool:
        """Whether it has taken so long that it is asked no more."""
        return len(self.seconds) >= _LEAST and sum(self.seconds) > _AT_MOST_SECONDS

    def wait_until_set_up(self) -> None:
        self.set_up = self._told()

    def ask(self, question: str) -> tuple[float, float, bool]:
        self.pipe.send(question)
        wall, cpu, whole, self.threads = self._told()
        return float(wall), float(cpu), bool(whole)

    def _told(self) -> Any:  # noqa: ANN401 (a mapping, then tuples)
        try:
            told = self.pipe.recv()
        except EOFError as error:
            self.process.join(5)
            raise FindingsError(
                f"{self.tool} ended by itself with exit code {self.process.exitcode}"
            ) from error
        if isinstance(told, _Failed):
            raise told.error(self.tool)
        return told

    def turn(self, questions: Sequence[str]) -> None:
        for question in questions:
            wall, cpu, whole = self.ask(question)
            self.seconds.append(wall)
            self.cpu.append(cpu)
            self.answered += whole

    def to_json(self) -> dict[str, Any]:
        return {
            "weights": self.set_up["weights"],
            "how": HOW.get(self.tool, "words, vectors, sentences, filters"),
            "threads": self.threads,
            "setting_up_cpu_seconds": round(self.set_up["cpu_seconds"], 2),
            "answered": self.answered,
            "cpu_median_ms": round(median(self.cpu) * 1000, 2),
            **Timing(self.seconds).to_json(),
        }


def race(
    location: IndexLocation, names: Sequence[str], questions: Sequence[str], warm: Sequence[str]
) -> dict[str, Any]:
    """Ask our engine and each tool, with both weights, every question once; their times and the ratios.

    They are set up beside each other, and asked once all of them are. A slow tool is asked fewer, and compared over those alone. `answered` counts the questions that it found ten known
    passages for. FindingsError where one can't be set up.
    """
    with ExitStack() as running:
        racers = [running.enter_context(_started(location, OURS, ""))]
        for name in names:
            for weights in (THEIR_WEIGHTS, OUR_WEIGHTS):
                racers.append(running.enter_context(_started(location, name, weights)))
        for racer in racers:
            racer.wait_until_set_up()
        for racer in racers:
            for question in warm:
                racer.ask(question)
        for number, start in enumerate(range(0, len(questions), _TURN)):
            turned = number % len(racers)
            for racer in (*racers[turned:], *racers[:turned]):
                if not racer.out:
                    time.sleep(_REST)
                    racer.turn(questions[start : start + _TURN])
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
        "times_as_fast": times_as_fast(ours, others),
    }


def times_as_fast(ours: _Racer, others: Sequence[_Racer]) -> dict[str, dict[str, float]]:
    """What each took as a multiple of ours, by the medians over the questions that both were asked.

    tool -> weights -> ratio; with `_cpu` behind the weights the same of processor time.
    """
    found: dict[str, dict[str, float]] = {}
    for other in others:
        count = len(other.seconds)
        row = found.setdefault(other.tool, {})
        row[other.weights] = round(median(other.seconds) / median(ours.seconds[:count]), 2)
        row[f"{other.weights}_cpu"] = round(median(other.cpu) / median(ours.cpu[:count]), 2)
    return found


@contextmanager
def _started(location: IndexLocation, tool: str, weights: str) -> Iterator[_Racer]:
    """A process that sets the tool up and then waits for questions; it has ended when the block has."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, location, tool, weights), daemon=True)
    with _environment(tool):
        process.start()
    there.close()
    racer = _Racer(tool, weights, here, process)
    try:
        yield racer
    finally:
        here.close()
        # One that isn't set up listens to nobody.
        process.join(10 if racer.set_up else 0)
        if process.is_alive():
            process.kill()
            process.join()


@contextmanager
def _environment(tool: str) -> Iterator[None]:
    """What a process finds in its environment when it starts: threads are decided on import."""
    before = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "TOKENIZERS_PARALLELISM")}
    if tool == OURS:
        os.environ["OMP_NUM_THREADS"] = "1"
    else:
        os.environ.pop("OMP_NUM_THREADS", None)
    # The tokeniser warns of forks that nobody makes here.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _serve(pipe: Connection, location: IndexLocation, tool: str, weights: str) -> None:
    """What runs in the process: set up, say so, then a question in and its times out until the pipe closes."""
    try:
        collection = open_collection(location)
        known = frozenset(collection.by_id)
        encoder = PLAIN_ENCODER if weights == THEIR_WEIGHTS else collection.encoder
        used = time.process_time()
        search = _ours(location) if tool == OURS else TOOLS[tool](collection, load_encoder(encoder)).search
        pipe.send({"weights": encoder, "cpu_seconds": time.process_time() - used})
        del collection
        while True:
            question = pipe.recv()
            wall, cpu = time.perf_counter(), time.process_time()
            found = search(question)
            times = time.perf_counter() - wall, time.process_time() - cpu
            whole = len(found) == min(FOUND, len(known)) and known.issuperset(found)
            pipe.send((*times, whole, len(list(Path("/proc/self/task").iterdir()))))
    except EOFError:
        return
    except Exception as error:
        pipe.send(_Failed(f"{error}", isinstance(error, UsageError)))


def _ours(location: IndexLocation) -> Callable[[str], list[str]]:
    snapshot = Engine(location).snapshot()
    return lambda question: [
        hit["passage"]["id"] for hit in search_passages(snapshot, question).to_json()["hits"]
    ]
