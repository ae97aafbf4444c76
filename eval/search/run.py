"""`-m eval run`: scores an index on benchmark files, beside the baselines computed in the same run.

Every query goes through the function that the pages call. Qrels and runs are written as TREC files, measured by
ir-measures, and reported in Markdown (`run.md.jinja`) with what a reader needs to have the figures again.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

import numpy as np

from eval.reports import machine, markdown, table, write_json
from eval.search.cases import Case, Resolved, load_cases, resolve
from eval.search.collection import Collection, open_collection
from eval.search.compare import compare
from eval.search.measures import OF_BENCHMARK, Run, mean, measure, write_qrels, write_run
from eval.search.other_tools import Haystack, Txtai
from eval.search.retrievers import (
    INT8_ENCODER,
    PLAIN_ENCODER,
    Bm25,
    Dense,
    OurRanking,
    ReciprocalRank,
    Retriever,
    baseline_encoder,
    passage_vectors,
)
from indexer.errors import UsageError
from indexer.store.location import add_index_option, index_location
from indexer.store.opening import open_index

Values = Mapping[str, Mapping[str, float]]
"""Measure -> query -> value."""


@dataclass(frozen=True, slots=True)
class BenchmarkOutcome:
    """One benchmark's values by system; `seconds` are the times of the searches that were timed.

    `councils` is how many councils each system's first ten span, on average; `of_every_kind` the deciding
    measure where passages of every kind keep their place in the ranking.
    """

    benchmark: str
    cases: Sequence[Case]
    resolved: Resolved
    values: Mapping[str, Values]
    seconds: Mapping[str, Sequence[float]]
    councils: Mapping[str, float] = field(default_factory=dict)
    of_every_kind: Mapping[str, float] = field(default_factory=dict)

    @property
    def measures(self) -> Sequence[str]:
        """The benchmark's measures, the deciding one first."""
        return OF_BENCHMARK[self.benchmark]

    def subsets(self) -> dict[str, list[str]]:
        """All the queries, then those of each subset, by name."""
        found: dict[str, list[str]] = {"all": [case.id for case in self.cases]}
        for case in self.cases:
            for name in case.subsets:
                found.setdefault(name, []).append(case.id)
        return {"all": found.pop("all"), **dict(sorted(found.items()))}

    def means(self) -> dict[str, dict[str, dict[str, float]]]:
        """System -> subset -> measure -> mean."""
        return {
            system: {
                subset: {name: round(mean(values[name], queries), 4) for name in self.measures}
                for subset, queries in self.subsets().items()
            }
            for system, values in self.values.items()
        }

    def rows(self) -> list[list[object]]:
        """Each subset's means, a row a system."""
        means = self.means()
        return [
            [subset, len(queries), system, *(means[system][subset][name] for name in self.measures)]
            for subset, queries in self.subsets().items()
            for system in self.values
        ]

    def against(self) -> list[list[object]]:
        """Our run, the first, against each of the others, by the deciding measure."""
        first, *others = self.values
        name = self.measures[0]
        rows: list[list[object]] = []
        for other in others:
            found = compare(self.values[other][name], self.values[first][name])
            moved = (f"{found.difference:+.4f}", found.p, len(found.gains), len(found.losses))
            rows.append([f"{first} against {other}", *moved])
        return rows

    def notes(self) -> list[str]:
        """What a reader should know beside the tables: times, councils, passages that are missing."""
        notes = []
        for system, seconds in self.seconds.items():
            if seconds:
                half, slowest = np.percentile(np.array(seconds) * 1000, (50, 95))
                notes.append(f"{system}: median {half:.1f} ms a search, 95th percentile {slowest:.1f} ms")
        if self.benchmark == "topics" and self.councils:
            spans = ", ".join(f"{system} {span:.1f}" for system, span in self.councils.items())
            notes.append(f"councils in the first ten, on average: {spans}")
        if self.of_every_kind:
            shown = ", ".join(f"{system} {value:.4f}" for system, value in self.of_every_kind.items())
            notes.append(f"{self.measures[0]} with passages of every kind in the ranking: {shown}")
        for what, names in (
            ("passages that the index does not hold", self.resolved.not_in_index),
            ("paragraphs that do not hold the answer's exact words", self.resolved.answer_elsewhere),
        ):
            if names:
                notes.append(f"{what}: {len(names)}: {', '.join(names)}")
        return notes

    def printed(self) -> str:
        """Lay out the outcome as plain text."""
        parts = [
            f"\n{self.benchmark}: {len(self.cases)} queries\n",
            table(("subset", "queries", "system", *self.measures), self.rows()),
        ]
        if len(self.values) > 1:
            headings = (f"by {self.measures[0]}", "difference", "p", "gains", "losses")
            parts += ["", table(headings, self.against())]
        return "\n".join([*parts, "", *self.notes()])


TEMPLATE = Path(__file__).with_name("run.md.jinja")
DEPTH = 100
CACHE = Path("var/eval/cache")
OURS = "findings"
BESIDE = "beside"
SYSTEMS = (OURS, "bm25", "minilm", "rrf")
OTHERS: Mapping[str, type[Txtai] | type[Haystack]] = {"txtai": Txtai, "haystack": Haystack}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    add = parser.add_argument
    add("--bench", type=Path, nargs="+", required=True, metavar="FILE")
    add("--out", type=Path, default=Path("var/eval"), metavar="DIR", help="for qrels, runs and report.md")
    usual = f"{', '.join(SYSTEMS)} unless given"
    add("--systems", nargs="+", choices=(*SYSTEMS, *OTHERS), default=list(SYSTEMS), help=usual)
    add(
        "--baseline-encoder",
        default=PLAIN_ENCODER,
        metavar="NAME",
        help=f"the baselines' encoder, {PLAIN_ENCODER} unless given; {INT8_ENCODER} is exported from it first; "
        "the index's own costs no encoding",
    )
    add(
        "--beside",
        type=index_location,
        metavar="DIR",
        help="another copy of the index, such as the one in a database, searched beside it",
    )
    add("--name", default=OURS, help="what our run is called, to compare it with another")


def main(options: argparse.Namespace) -> int:
    """Run the command; 0 when it has scored, whatever the score."""
    cases = load_cases(options.bench)
    collection = open_collection(options.index)
    options.out.mkdir(parents=True, exist_ok=True)
    systems = _systems(options, collection)
    outcomes = []
    for benchmark in dict.fromkeys(case.benchmark for case in cases):
        chosen = [case for case in cases if case.benchmark == benchmark]
        outcomes.append(_outcome(chosen, systems, collection, options.out))
        print(outcomes[-1].printed())
        if options.beside is not None and options.name in outcomes[-1].values:
            print(_beside(outcomes[-1], options.name))
    command = f"python -m eval run --index DIR --bench {' '.join(path.name for path in options.bench)}"
    if options.baseline_encoder != PLAIN_ENCODER:
        command += f" --baseline-encoder {options.baseline_encoder}"
    day = f"{datetime.now(UTC):%d %B %Y}"
    report = markdown(
        TEMPLATE, outcomes=outcomes, collection=collection, command=command, day=day, machine=machine()
    )
    (options.out / "report.md").write_text(report, encoding="utf-8")
    write_json(options.out / "figures.json", {o.benchmark: o.means() for o in outcomes})
    print(f"written to {options.out}: report.md, figures.json, qrels and runs")
    return 0


def _systems(options: argparse.Namespace, collection: Collection) -> list[Retriever]:
    made: dict[str, Retriever] = {}
    wanted = set(options.systems)
    if OURS in wanted:
        made[options.name] = OurRanking(options.index, collection, options.name)
    if options.beside is not None:
        with open_index(options.beside) as other:
            if other.digest != collection.digest:
                raise UsageError(
                    f"{options.beside} holds other documents than {options.index}; give a copy of it"
                )
        made[BESIDE] = OurRanking(options.beside, collection, BESIDE)
        wanted.add(BESIDE)
    if wanted & {"bm25", "rrf"}:
        made["bm25"] = Bm25(collection)
    if wanted & {"minilm", "rrf"}:
        made["minilm"] = Dense(collection, baseline_encoder(options.baseline_encoder), CACHE)
    if "rrf" in wanted:
        made["rrf"] = ReciprocalRank((made["bm25"], made["minilm"]))
    for name in (name for name in OTHERS if name in wanted):
        encoder = baseline_encoder(options.baseline_encoder)
        made[name] = OTHERS[name](collection, encoder, passage_vectors(collection, encoder, CACHE))
    return [system for name, system in made.items() if name in wanted | {options.name}]


def _beside(outcome: BenchmarkOutcome, ours: str) -> str:
    """How far the copy is from the index, by nDCG@10 whatever the benchmark is decided by."""
    means = outcome.means()
    here, there = (means[name]["all"]["nDCG@10"] for name in (ours, BESIDE))
    return f"nDCG@10 {here:.4f}, {there:.4f} from the copy beside it: {there - here:+.4f}"


def runs_of(
    cases: Sequence[Case], system: Retriever, collection: Collection, findings_only: bool
) -> dict[str, list[str]]:
    """Rank for each case; with `findings_only`, keep numbered paragraphs alone.

    A recommendation looked up within its own report finds itself first: what it asks for are the findings.
    """
    run = {case.id: system.rank(case.text, case.file, DEPTH) for case in cases}
    return findings_of(run, collection) if findings_only else run


def findings_of(run: Run, collection: Collection) -> dict[str, list[str]]:
    """Keep the numbered paragraphs of a run, in its order."""
    return {
        query: [name for name in ranked if collection.by_id[name][1].kind == "paragraph"]
        for query, ranked in run.items()
    }


def _outcome(
    cases: Sequence[Case], systems: Sequence[Retriever], collection: Collection, out: Path
) -> BenchmarkOutcome:
    benchmark = cases[0].benchmark
    resolved = resolve(cases, collection.pairs())
    write_qrels(out / f"{benchmark}.qrels", resolved.qrels)
    values: dict[str, Mapping[str, Mapping[str, float]]] = {}
    runs: dict[str, Run] = {}
    seconds: dict[str, list[float]] = {}
    of_every_kind: dict[str, float] = {}
    for system in systems:
        run: Run = runs_of(cases, system, collection, findings_only=False)
        if benchmark == "evidence":
            whole = measure(resolved.qrels, run, OF_BENCHMARK[benchmark][:1], benchmark)
            of_every_kind[system.name] = mean(whole[OF_BENCHMARK[benchmark][0]])
            run = findings_of(run, collection)
        write_run(out / f"{benchmark}-{system.name}.run", run, system.name)
        values[system.name] = measure(resolved.qrels, run, OF_BENCHMARK[benchmark], benchmark)
        runs[system.name] = run
        if isinstance(system, OurRanking):
            seconds[system.name] = list(system.seconds)
            system.seconds.clear()
    councils = {name: _councils_in_ten(run, collection) for name, run in runs.items()}
    return BenchmarkOutcome(benchmark, tuple(cases), resolved, values, seconds, councils, of_every_kind)


def _councils_in_ten(run: Run, collection: Collection) -> float:
    """How many councils the first ten passages span, on average."""
    spans = [
        len({collection.by_id[name][0].council for name in passages[:10]} - {None})
        for passages in run.values()
    ]
    return fmean(spans) if spans else 0.0
