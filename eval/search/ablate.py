"""`-m eval ablate`: each part of the ranking off in turn, on the same index and benchmark files.

A part that gains nothing has no reason to stay. Every variation goes through `search`, by other
settings or with what was understood from the question undone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.reports import table
from eval.search.cases import load_cases, resolve
from eval.search.collection import Collection, open_collection
from eval.search.compare import compare
from eval.search.measures import OF_BENCHMARK, mean, measure
from eval.search.retrievers import OurRanking
from eval.search.run import runs_of
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
    "no meaning of single words": _weighed(words=0.0),
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    parser.add_argument("--bench", type=Path, nargs="+", required=True, metavar="FILE")


def main(options: argparse.Namespace) -> int:
    """Run the command; 0 when it has measured."""
    cases = load_cases(options.bench)
    collection = open_collection(options.index)
    system = OurRanking(options.index, collection)
    for benchmark in dict.fromkeys(case.benchmark for case in cases):
        chosen = [case for case in cases if case.benchmark == benchmark]
        print(f"\n{benchmark}: {len(chosen)} queries\n")
        print(_table(chosen, system, collection))
    return 0


def _table(cases: list[Any], system: OurRanking, collection: Collection) -> str:
    benchmark = cases[0].benchmark
    names = OF_BENCHMARK[benchmark]
    qrels = resolve(cases, collection.pairs()).qrels
    whole: Mapping[str, Mapping[str, float]] = {}
    rows = []
    for name, change in {**VARIATIONS, UNDONE: VARIATIONS["as it is"]}.items():
        system.vary(change(RankingSettings()), ("all",) if name == UNDONE else ())
        run = runs_of(cases, system, collection, findings_only=benchmark == "evidence")
        values = measure(qrels, run, names, benchmark)
        whole = whole or values
        against = compare(whole[names[0]], values[names[0]])
        means = (mean(values[measured]) for measured in names)
        rows.append((name, *means, f"{against.difference:+.4f}", against.p))
    return table(("variation", *names, f"change in {names[0]}", "p"), rows)
