"""`-m eval speed`: how long searches, answers and pages take, as ratios to a plain loop over the same passages.

Everything is timed in one run on one machine: in this process, over HTTP by one client, and by many at once.
The figures are written as JSON and as a table. This module holds the order and the report; each measurement is a
file.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.cases import load_cases
from eval.collection import open_collection
from eval.run_report import machine
from eval.speed_peers import TOOLS, peer_figures
from eval.speed_service import service_figures
from eval.speed_stages import engine_figures
from indexer.errors import FindingsError, UsageError
from indexer.location import add_index_option
from indexer.open_index import open_index
from search_api.engine import Engine

_WARM = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    parser.add_argument("--bench", type=Path, nargs="+", required=True, metavar="FILE", help="for questions")
    parser.add_argument("--out", type=Path, default=Path("var/eval/speed"), metavar="DIR")
    parser.add_argument("--questions", type=int, default=150, metavar="N", help="150 unless told")
    parser.add_argument(
        "--engine-only", action="store_true", help="print the engine's figures as JSON, no more"
    )
    parser.add_argument("--clients", type=int, default=16, metavar="N", help="at once; 16 unless told")
    parser.add_argument(
        "--seconds", type=float, default=10, metavar="S", help="that they ask for; 10 unless told"
    )
    parser.add_argument(
        "--peers", nargs="*", choices=list(TOOLS), default=list(TOOLS), help="all unless told"
    )


def main(options: argparse.Namespace) -> int:
    """Run the command; 0 when it has measured, whatever the figures."""
    questions = list(dict.fromkeys(case.text for case in load_cases(options.bench)))
    random.Random(1).shuffle(questions)  # noqa: S311 (an order, not a secret)
    warm, asked = questions[:_WARM], questions[_WARM : _WARM + options.questions]
    if len(asked) < 3:
        raise UsageError(f"{len(questions)} questions are too few to time; give a file of more")
    if options.engine_only:
        with Engine(options.index) as engine:
            print(json.dumps(engine_figures(engine, asked, warm)))
        return 0
    with open_index(options.index) as index:
        figures: dict[str, Any] = {
            "machine": machine(),
            "measured": datetime.now(UTC).isoformat(timespec="seconds"),
            "index": {"documents": len(index.documents()), "passages": len(index), "digest": index.digest},
        }
    figures["service"] = service_figures(
        options.index, asked, warm, clients=options.clients, seconds=options.seconds
    )
    figures["engine"] = _engine_apart(options)
    if options.peers:
        collection = open_collection(options.index)
        figures["peers"] = peer_figures(options.peers, collection, asked[: len(asked) // 3], warm)
        figures["times_as_fast"] = {
            name: round(peer["search"]["median_ms"] / figures["engine"]["search"]["median_ms"], 2)
            for name, peer in figures["peers"].items()
        }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "speed.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    report = markdown(figures)
    (options.out / "speed.md").write_text(report, encoding="utf-8")
    print(report)
    print(f"written to {options.out}: speed.json, speed.md")
    return 0


def _engine_apart(options: argparse.Namespace) -> dict[str, Any]:
    """The engine's figures from a process of its own, whose libraries have one thread each as the service's have.

    The tools that it is compared with keep the threads that they take by themselves.
    """
    command = [sys.executable, "-m", "eval", "speed", "--engine-only", "--index", str(options.index)]
    command += ["--questions", str(options.questions), "--bench", *map(str, options.bench)]
    told = subprocess.run(  # noqa: S603 (our own module by our own interpreter)
        command, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False
    )
    if told.returncode:
        raise FindingsError(f"the engine could not be timed: {told.stderr.strip()[-300:]}")
    figures: dict[str, Any] = json.loads(told.stdout)
    return figures


def markdown(figures: dict[str, Any]) -> str:
    """Lay the figures out as a report, ratios first."""
    service, engine = figures["service"], figures["engine"]
    many = service["many"]
    lines = [
        "# How fast searching is",
        "",
        f"{figures['measured'][:10]}, {figures['machine']}; {figures['index']['passages']:,} passages of "
        f"{figures['index']['documents']:,} documents.",
        "",
    ]
    for name, ratio in figures.get("times_as_fast", {}).items():
        peer = figures["peers"][name]["search"]
        lines += [
            f"One search is {ratio} times as fast as by a {name} (median {engine['search']['median_ms']} ms "
            f"against {peer['median_ms']} ms, each in a process of its own).",
            "",
        ]
    lines += _table(
        ("in one process", "calls", "median ms", "p95 ms"),
        [
            ("search", engine["search"]),
            ("answer", engine["answer"]),
            *((f"search: {name}", timing) for name, timing in engine["stages"].items()),
            *((f"search by {name}", peer["search"]) for name, peer in figures.get("peers", {}).items()),
        ],
    )
    lines += _table(
        ("over HTTP", "calls", "median ms", "p95 ms"),
        [
            ("search, one client", service["search"]),
            ("answer, one client", service["answer"]),
            ("search page, one client", service["page"]),
            (f"search, {many['clients']} clients", many),
        ],
    )
    lines += [
        f"{many['clients']} clients: {many['per_second']} searches a second, {many['errors']} errors. "
        f"The service answers {service['starting_seconds']} s after it is started, with "
        f"{service['memory_started_mb']} MB, and holds {service['memory_mb']} MB after all this.",
        "",
    ]
    return "\n".join(lines)


def _table(headings: Sequence[str], rows: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    lines = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    lines += [
        f"| {name} | {timing.get('calls', 0)} | {timing.get('median_ms', '–')} | {timing.get('p95_ms', '–')} |"
        for name, timing in rows
    ]
    return [*lines, ""]
