"""`-m eval speed`: how long searches, answers, pages and builds take, as ratios to other tools on the same passages.

Everything is timed in one run on one machine: over HTTP by one client and by many at once, and in processes that are
asked in turn, ours among the other tools'. The figures are written as JSON and as tables (`speed_report.py`). This module holds the order; each measurement is
a file.
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

from eval.bench.speed.build import build_figures, changed_figures
from eval.bench.speed.floors import scan_figures
from eval.bench.speed.peers import TOOLS
from eval.bench.speed.race import race
from eval.bench.speed.report import markdown
from eval.bench.speed.service import service_figures
from eval.bench.speed.stages import engine_figures
from eval.search.cases import load_cases
from eval.search.report import machine
from indexer.errors import FindingsError, UsageError
from indexer.store.location import add_index_option, setting_for
from indexer.store.opening import open_index
from search_api.engine import Engine

_WARM = 6
_TOPICS = Path(__file__).parents[2] / "search" / "topics" / "topics.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    parser.add_argument("--bench", type=Path, nargs="+", default=[], metavar="FILE", help="for questions")
    parser.add_argument(
        "--build", type=Path, nargs="+", default=[], metavar="SOURCE", help="time builds of these documents"
    )
    parser.add_argument(
        "--changed",
        type=Path,
        nargs="+",
        default=[],
        metavar="SOURCE",
        help="time a build of all these documents after one has changed; the index, if it is a folder, is begun from",
    )
    parser.add_argument("--files", type=int, metavar="N", help="of them; all unless told")
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
        "--quiet",
        type=float,
        default=25,
        metavar="S",
        help="that nobody asks before its memory; 25 unless told",
    )
    parser.add_argument(
        "--peers", nargs="*", choices=list(TOOLS), default=list(TOOLS), help="all unless told"
    )


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
    (options.out / "speed.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    report = markdown(figures)
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
    told = subprocess.run(  # noqa: S603 (our own module by our own interpreter)
        command, env=environment, capture_output=True, text=True, check=False
    )
    if told.returncode:
        raise FindingsError(f"the engine could not be timed: {told.stderr.strip()[-300:]}")
    figures: dict[str, Any] = json.loads(told.stdout)
    return figures
