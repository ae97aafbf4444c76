"""What a benchmark run came to, as a table for a terminal and as a dated report in Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

import numpy as np

from eval.checks import table
from eval.search.cases import Case, Resolved
from eval.search.collection import Collection
from eval.search.measures import OF_BENCHMARK, mean
from eval.search.significance import compare

Values = Mapping[str, Mapping[str, float]]
"""Measure -> query -> value."""


@dataclass(frozen=True, slots=True)
class Outcome:
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


def _rows(outcome: Outcome) -> list[list[object]]:
    subsets, means = outcome.subsets(), outcome.means()
    return [
        [subset, len(queries), system, *(means[system][subset][name] for name in outcome.measures)]
        for subset, queries in subsets.items()
        for system in outcome.values
    ]


def _against(outcome: Outcome) -> list[list[object]]:
    """Our run, the first, against each of the others, by the deciding measure."""
    first, *others = outcome.values
    name = outcome.measures[0]
    rows: list[list[object]] = []
    for other in others:
        found = compare(outcome.values[other][name], outcome.values[first][name])
        difference = f"{found.difference:+.4f}"
        rows.append([f"{first} against {other}", difference, found.p, len(found.gains), len(found.losses)])
    return rows


def printed(outcome: Outcome) -> str:
    """Lay out the outcome as plain text."""
    parts = [
        f"\n{outcome.benchmark}: {len(outcome.cases)} queries\n",
        table(("subset", "queries", "system", *outcome.measures), _rows(outcome)),
    ]
    if len(outcome.values) > 1:
        headings = (f"by {outcome.measures[0]}", "difference", "p", "gains", "losses")
        parts += ["", table(headings, _against(outcome))]
    parts += ["", *_notes(outcome)]
    return "\n".join(parts)


def _notes(outcome: Outcome) -> list[str]:
    notes = []
    for system, seconds in outcome.seconds.items():
        if seconds:
            ms = np.array(seconds) * 1000
            slowest = np.percentile(ms, 95)
            notes.append(f"{system}: median {median(ms):.1f} ms a search, 95th percentile {slowest:.1f} ms")
    if outcome.benchmark == "topics" and outcome.councils:
        spans = ", ".join(f"{system} {span:.1f}" for system, span in outcome.councils.items())
        notes.append(f"councils in the first ten, on average: {spans}")
    if outcome.of_every_kind:
        shown = ", ".join(f"{system} {value:.4f}" for system, value in outcome.of_every_kind.items())
        notes.append(f"{outcome.measures[0]} with passages of every kind in the ranking: {shown}")
    for what, names in (
        ("passages that the index does not hold", outcome.resolved.not_in_index),
        ("paragraphs that do not hold the answer's exact words", outcome.resolved.answer_elsewhere),
    ):
        if names:
            notes.append(f"{what}: {len(names)}: {', '.join(names)}")
    return notes


def markdown(outcomes: Sequence[Outcome], collection: Collection, command: str) -> str:
    """Write the dated report: figures, significance, latency, and what they were measured on."""
    lines = [
        f"# Benchmark run, {datetime.now(UTC):%d %B %Y}",
        "",
        f"Command: `{command}`",
        "",
        f"Index: {len(collection.documents)} documents, {len(collection.passages)} passages, "
        f"encoder {collection.encoder}, digest `{collection.digest[:16]}`.",
        f"Machine: {machine()}.",
        "",
    ]
    for outcome in outcomes:
        lines += [f"## {outcome.benchmark}: {len(outcome.cases)} queries", ""]
        lines += _markdown_table(("subset", "queries", "system", *outcome.measures), _rows(outcome))
        if len(outcome.values) > 1:
            lines += ["", f"By {outcome.measures[0]}, paired randomisation test, two-sided:", ""]
            lines += _markdown_table(("", "difference", "p", "gains", "losses"), _against(outcome))
        lines += ["", *(f"- {note}" for note in _notes(outcome)), ""]
    return "\n".join(lines)


def _markdown_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    def line(cells: Sequence[object]) -> str:
        return "| " + " | ".join(f"{c:.4f}" if isinstance(c, float) else str(c) for c in cells) + " |"

    return [line(headings), line(["---"] * len(headings)), *(line(row) for row in rows)]


def machine() -> str:
    """Describe the machine in words: processors in use, their kind, Python."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:  # noqa: PTH123 - a kernel's file, not a path of ours
            names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
        model = names[0] if names else model
    except OSError:
        model = platform.machine()
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({model}), {platform.system()}, Python {platform.python_version()}"
