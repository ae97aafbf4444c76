"""`-m eval ablate`: each part of the ranking off in turn, on the same index and benchmark files.

A part that gains nothing has no reason to stay. Every variation goes through `search`, by other
settings or with what was understood from the question undone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.checks import table
from eval.search.cases import load_cases, resolve
from eval.search.collection import Collection, open_collection
from eval.search.measures import OF_BENCHMARK, mean, measure
from eval.search.run import runs_of
from eval.search.significance import compare
from eval.search.systems import Findings
from indexer.store.location import add_index_option
from search_api.fits import RankingSettings

Change = Callable[[RankingSettings], RankingSettings]


def _weighed(**numbers: Any) -> Change:  # noqa: ANN401 (the numbers of Weights, whatever they are)
    """Change the same weights for questions, topics and demands."""

    def change(settings: RankingSettings) -> RankingSettings:
        return replace(
            settings,
            question=replace(settings.question, **numbers),
            topic=replace(settings.topic, **numbers),
            demand=replace(settings.demand, **numbers),
        )

    return change


def _set(**values: Any) -> Change:  # noqa: ANN401 (the fields of RankingSettings, whatever they are)
    return lambda settings: replace(settings, **values)


VARIATIONS: Mapping[str, Change] = {
    "as it is": lambda settings: settings,
    "no words": _weighed(lexical=0.0),
    "no meaning of passages": _weighed(dense=0.0),
    "no meaning of sentences": _weighed(sentence=0.0),
    "topics weighed as questions": lambda settings: replace(settings, topic=settings.question),
    "questions weighed as topics": lambda settings: replace(settings, question=settings.topic),
    "demands weighed as questions": _set(demands=False),
    "no part that a demand stands in": _weighed(part=0.0),
    "no sentences that criticise": _weighed(criticism=0.0),
    "no other words for the same": _set(expansion=False),
    "no headings, no document's words": _set(columns=(1.0, 0.0, 0.0)),
    "all kinds of passage alike": _weighed(kinds={}),
    "no weight for the period": _weighed(period=0.0),
    "near-duplicates kept": _set(duplicates=False),
}
UNDONE = "nothing understood from the question"


@dataclass(frozen=True, slots=True)
class Variation:
    """The ranking in one state; `undo` names what of the question's understanding is left out."""

    name: str
    settings: RankingSettings
    undo: tuple[str, ...] = ()


def variations() -> list[Variation]:
    """List the ranking as it is, then each part of it off in turn."""
    made = [Variation(name, change(RankingSettings())) for name, change in VARIATIONS.items()]
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
