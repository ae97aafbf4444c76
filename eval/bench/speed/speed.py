"""`-m eval speed`: how long searches, answers, pages and builds take, as ratios to other tools on the same passages.

Everything is timed in one run on one machine: over HTTP by one client and by many at once, whose connections stay open as
browsers' do, and in processes that are asked in turn, ours among the other tools'. The figures are written as JSON and
as tables (`speed.md.jinja`). This module holds the order and what is measured over HTTP; it must not know how a
question is answered.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from eval.bench.clients import Client, ask
from eval.bench.speed.build import build_figures, changed_figures, scan_figures
from eval.bench.speed.peers import TOOLS
from eval.bench.speed.race import race
from eval.bench.speed.stages import Timing, engine_figures, timed
from eval.bench.web_process import WebProcess, web_process
from eval.reports import machine, markdown, write_json
from eval.search.cases import load_cases
from indexer.errors import FindingsError, UsageError
from indexer.store.location import IndexLocation, add_index_option, setting_for
from indexer.store.opening import open_index
from search_api.engine import Engine

_WARM = 6
TEMPLATE = Path(__file__).with_name("speed.md.jinja")
_TOPICS = Path(__file__).parents[2] / "search" / "topics" / "topics.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    add = parser.add_argument
    add("--bench", type=Path, nargs="+", default=[], metavar="FILE", help="for questions")
    add("--build", type=Path, nargs="+", default=[], metavar="SOURCE", help="time builds of these documents")
    add(
        "--changed",
        type=Path,
        nargs="+",
        default=[],
        metavar="SOURCE",
        help="time a build of all these documents after one has changed; the index, if it is a folder, is begun from",
    )
    add("--files", type=int, metavar="N", help="of them; all unless given")
    add("--out", type=Path, default=Path("var/eval/speed"), metavar="DIR")
    add("--questions", type=int, default=150, metavar="N", help="150 unless given")
    add("--engine-only", action="store_true", help="print the engine's figures as JSON, no more")
    add("--clients", type=int, default=16, metavar="N", help="at once; 16 unless given")
    add("--seconds", type=float, default=10, metavar="S", help="that they ask for; 10 unless given")
    add(
        "--quiet",
        type=float,
        default=25,
        metavar="S",
        help="that nobody asks before its memory; 25 unless given",
    )
    add("--peers", nargs="*", choices=list(TOOLS), default=list(TOOLS), help="all unless given")


def main(options: argparse.Namespace) -> int:
    """Run the command; 0 when it has measured, whatever the figures."""
    if not options.bench and not options.build and not options.changed:
        raise UsageError(
            "nothing to time: give --bench FILE for searches, --build or --changed SOURCE for builds"
        )
    figures: dict[str, Any] = {
        "machine": machine(),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if options.bench:
        asked, warm, others = _questions(options)
        if options.engine_only:
            with Engine(options.index) as engine:
                print(json.dumps(engine_figures(engine, asked, warm)))
            return 0
        figures |= _search_figures(options, asked, warm, others)
    if options.build:
        figures["build"] = build_figures(options.build, options.files, options.peers)
    if options.changed:
        begun = options.index if isinstance(options.index, Path) else None
        figures["changed"] = changed_figures(options.changed, begun)
    options.out.mkdir(parents=True, exist_ok=True)
    write_json(options.out / "speed.json", figures)
    report = markdown(TEMPLATE, **{**dict.fromkeys(("engine", "race", "build", "changed")), **figures})
    (options.out / "speed.md").write_text(report, encoding="utf-8")
    print(report)
    print(f"written to {options.out}: speed.json, speed.md")
    return 0


def _questions(options: argparse.Namespace) -> tuple[list[str], list[str], list[str]]:
    """The questions that are timed one by one, those to warm up with, and those left, with the topics, for many."""
    questions = list(dict.fromkeys(case.text for case in load_cases(options.bench)))
    random.Random(1).shuffle(questions)  # noqa: S311 (an order, not a secret)
    warm, asked = questions[:_WARM], questions[_WARM : _WARM + options.questions]
    if len(asked) < 3:
        raise UsageError(f"{len(questions)} questions are too few to time; give a file of more")
    seen = {*warm, *asked}
    left = [*questions, *(case.text for case in load_cases([_TOPICS]))]
    return asked, warm, [text for text in dict.fromkeys(left) if text not in seen]


def _search_figures(
    options: argparse.Namespace, asked: Sequence[str], warm: Sequence[str], others: Sequence[str]
) -> dict[str, Any]:
    """The index's size, the service, the engine's stages, one scan beside its floor, and the race with the peers."""
    figures: dict[str, Any] = {}
    with open_index(options.index) as index:
        figures["index"] = {
            "documents": len(index.documents()),
            "passages": len(index),
            "digest": index.digest,
        }
    figures["service"] = service_figures(
        options.index,
        asked,
        warm,
        others,
        clients=options.clients,
        seconds=options.seconds,
        quiet_seconds=options.quiet,
    )
    figures["engine"] = _engine_apart(options)
    figures["scan"] = scan_figures(options.index)
    if options.peers:
        figures["race"] = race(options.index, options.peers, asked[: max(3, len(asked) // 3)], warm)
    return figures


def _engine_apart(options: argparse.Namespace) -> dict[str, Any]:
    """The engine's figures from a process of its own, whose libraries have one thread each as the service's have."""
    command = [sys.executable, "-m", "eval", "speed", "--engine-only"]
    command += ["--questions", str(options.questions), "--bench", *map(str, options.bench)]
    environment = {**os.environ, **setting_for(options.index), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(  # noqa: S603 (our own module by our own interpreter)
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise FindingsError(f"the engine could not be timed: {done.stderr.strip()[-300:]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def service_figures(
    index: IndexLocation,
    questions: Sequence[str],
    warm: Sequence[str],
    others: Sequence[str],
    *,
    clients: int,
    seconds: float,
    quiet_seconds: float,
) -> dict[str, Any]:
    """Start a service and time it: searches, answers and pages of one client, then searches of many.

    `questions` are divided among the first three. `clients` ask for `seconds`, no question twice while there are
    `others`, which nobody has asked before, or pairs of them (`distinct`); then as long all of these questions again and
    again, as people do who share a council's few subjects. What the service then holds is measured at once and after
    `quiet_seconds` in which nobody asks.
    """
    started = time.perf_counter()
    # One address asks more than any person would: that is not what is measured here.
    with web_process(index, environment={"FINDINGS_RATE_PER_SECOND": "0"}) as service:
        starting = time.perf_counter() - started
        one = Client(service)
        one.get(_path("/api/search", warm[0]))
        first = time.perf_counter() - started
        memory = _megabytes(service)
        for question in warm:
            for route in ("/api/search", "/api/answer", "/search"):
                one.get(_path(route, question))
        third = max(1, len(questions) // 3)
        figures = {
            "starting_seconds": round(starting, 3),
            "first_search_seconds": round(first, 3),
            "memory_started_mb": memory,
            "search": _timed(one, "/api/search", questions[:third]),
            "answer": _timed(one, "/api/answer", questions[third : 2 * third] or questions),
            "page": _timed(one, "/search", questions[2 * third :] or questions),
        }
        figures["many"] = _many(service, distinct(others, questions), clients, seconds)
        every = list(dict.fromkeys((*others, *questions)))
        figures["again"] = _many(service, Supply(every, 0), clients, seconds)
        figures["memory_mb"] = _megabytes(service)
        time.sleep(quiet_seconds)
        figures["memory_quiet_mb"] = _megabytes(service)
        return figures


def _timed(client: Client, route: str, questions: Sequence[str]) -> dict[str, float | int]:
    return timed(lambda question: client.get(_path(route, question)), questions).to_json()


@dataclass(frozen=True, slots=True)
class Supply:
    """Questions for many clients, in the order in which they are asked; after the last it begins again.

    The first `whole` are as a person put them; those after are two of the shorter ones together, which takes more to
    encode than either.
    """

    texts: Sequence[str]
    whole: int


def distinct(fresh: Sequence[str], asked: Sequence[str]) -> Supply:
    """The fresh questions, then pairs of all of them that nobody asked: thousands for some dozens."""
    every = sorted(dict.fromkeys((*fresh, *asked)), key=lambda text: (len(text), text))
    short = every[: max(2, len(every) // 2)]
    pairs = [
        f"{one} {short[(at + step) % len(short)]}"
        for step in range(1, len(short))
        for at, one in enumerate(short)
    ]
    texts = list(dict.fromkeys(chain(fresh, pairs)))
    return Supply(texts or list(asked), len(dict.fromkeys(fresh)))


def _many(service: WebProcess, supply: Supply, clients: int, seconds: float) -> dict[str, Any]:
    used = service.processor_seconds()
    asked = ask(service, "many", [_path("/api/search", text) for text in supply.texts], clients, seconds)
    used = service.processor_seconds() - used
    return {
        "clients": clients,
        "errors": len(asked.errors),
        "first_error": asked.errors[0] if asked.errors else None,
        "per_second": round(len(asked.times) / asked.seconds, 1),
        "cpu_ms_each": round(used / max(1, len(asked.times)) * 1000, 2),
        "as_asked": min(asked.requests, supply.whole),
        "pairs": max(0, min(asked.requests, len(supply.texts)) - supply.whole),
        "repeats": max(0, asked.requests - len(supply.texts)),
        **(Timing(asked.times).to_json() if asked.times else {}),
    }


def _path(route: str, question: str) -> str:
    return f"{route}?{urlencode({'q': question})}"


def _megabytes(service: WebProcess) -> int:
    return round(service.memory() / 1e6)
