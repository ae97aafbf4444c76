"""`-m eval ablate`: each part of the ranking off in turn, on the same index and benchmark files.

A part that gains nothing has no reason to stay. Every variation goes through `Engine.search`, by other
settings or with what was understood from the question undone.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from eval.cases import load_cases, resolve
from eval.checks import table
from eval.collection import Collection, open_collection
from eval.measures import OF_BENCHMARK, mean, measure
from eval.run import runs_of
from eval.significance import compare
from eval.systems import Findings
from indexer.location import add_index_option
from search_api.ranking import RankingSettings

VARIATIONS: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "lexical alone": {"dense": 0.0},
    "dense alone": {"dense": 1.0},
    "equal weights": {"dense": 0.5},
    "no other words for the same": {"same": 0.0},
    "no other words for near things": {"near": 0.0},
    "no headings, no document's words": {"columns": (1.0, 0.0, 0.0)},
    "all kinds of passage alike": {"kinds": {}},
    "no weight for the period": {"period": 0.0},
    "near-duplicates kept": {"duplicates": False},
}
UNDONE = "nothing understood from the question"


@dataclass(frozen=True, slots=True)
class Variation:
    """The ranking in one state; `undo` names what of the question's understanding is left out."""

    name: str
    settings: RankingSettings
    undo: tuple[str, ...] = ()


def variations() -> list[Variation]:
    """List the ranking as it is, then each part of it off; parts that it hasn't got are left out."""
    parts = {part.name for part in fields(RankingSettings)}
    made = [
        Variation(name, replace(RankingSettings(), **change))
        for name, change in VARIATIONS.items()
        if set(change) <= parts
    ]
    return [*made, Variation(UNDONE, RankingSettings(), ("all",))]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    parser.add_argument("--bench", type=Path, nargs="+", required=True, metavar="FILE")


def main(options: argparse.Namespace) -> int:
    """Run the command; 0 when it has measured."""
    cases = load_cases(options.bench)
    collection = open_collection(options.index)
    system = Findings(options.index, collection)
    for benchmark in dict.fromkeys(case.benchmark for case in cases):
        chosen = [case for case in cases if case.benchmark == benchmark]
        print(f"\n{benchmark}: {len(chosen)} queries\n")
        print(_table(chosen, system, collection))
    return 0


def _table(cases: list[Any], system: Findings, collection: Collection) -> str:
    benchmark = cases[0].benchmark
    names = OF_BENCHMARK[benchmark]
    qrels = resolve(cases, collection.pairs()).qrels
    whole: Mapping[str, Mapping[str, float]] = {}
    rows = []
    for variation in variations():
        system.vary(variation.settings, variation.undo)
        run = runs_of(cases, system, collection, findings_only=benchmark == "evidence")
        values = measure(qrels, run, names, benchmark)
        whole = whole or values
        against = compare(whole[names[0]], values[names[0]])
        rows.append(
            (variation.name, *(mean(values[name]) for name in names), f"{against.difference:+.4f}", against.p)
        )
    return table(("variation", *names, f"change in {names[0]}", "p"), rows)
