"""The figures of `-m eval speed` as a report for people, ratios first.

This module must not measure anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_WEIGHTS = (
    "Their weights: all-MiniLM-L6-v2 in float32, as these tools are used by default. Ours: an int8 encoder of the "
    "same shape, run by ONNX Runtime. "
)

_STAGES = ("reading", "structuring", "encoding", "indexing", "other")


def markdown(figures: dict[str, Any]) -> str:
    """Lay out the machine, the ratios, then the tables behind them."""
    searched, built = "engine" in figures, "build" in figures
    lines = [
        "# How fast searching and building are",
        "",
        f"{figures['measured'][:10]}, {figures['machine']}.",
        "",
    ]
    if searched:
        lines += _search_ratios(figures)
    if built:
        lines += _build_ratios(figures["build"])
    if searched:
        lines += _search_tables(figures)
    if built:
        lines += _build_tables(figures["build"])
    if "changed" in figures:
        changed = figures["changed"]
        lines += _changes(changed)
        lines += [
            f"Before these {changed['documents']} documents were built in {changed['first_seconds']} s, "
            f"{changed['first_unchanged']} of them taken over from an index that was there.",
            "",
        ]
    return "\n".join(lines)


def _search_ratios(figures: dict[str, Any]) -> list[str]:
    index = figures["index"]
    lines = [f"## Searching, {index['passages']:,} passages of {index['documents']:,} documents", ""]
    if "race" not in figures:
        return lines
    race = figures["race"]
    ours = race["ours"]
    rows: list[tuple[object, ...]] = []
    for name, weights in race["tools"].items():
        ratio = race["times_as_fast"][name]
        theirs, same = weights["their_weights"], weights["our_weights"]
        rows.append(
            (
                name,
                theirs["how"],
                f"**{ratio['their_weights']}**",
                f"**{ratio['our_weights']}**",
                ratio["their_weights_cpu"],
                ratio["our_weights_cpu"],
                theirs["median_ms"],
                theirs["p95_ms"],
                theirs["cpu_median_ms"],
                same["median_ms"],
                same["cpu_median_ms"],
                f"{theirs['threads']}",
                f"{theirs['answered']} of {theirs['calls']}",
            )
        )
    rows.append(
        (
            "ours",
            ours["how"],
            1,
            1,
            1,
            1,
            ours["median_ms"],
            ours["p95_ms"],
            ours["cpu_median_ms"],
            ours["median_ms"],
            ours["cpu_median_ms"],
            f"{ours['threads']}",
            f"{ours['answered']} of {ours['calls']}",
        )
    )
    headings = (
        "tool",
        "looks through",
        "times as fast",
        "our weights in its hands",
        "the same of processor time",
        "our weights",
        "median ms",
        "p95 ms",
        "processor ms",
        "our weights: median ms",
        "processor ms",
        "threads",
        "ten found",
    )
    return [
        *lines,
        "How many times as fast one search by our engine is, by medians over the same questions:",
        "",
        *_table(headings, rows),
        f"{race['questions']} questions, each asked of everybody once, {race['turn']} at a turn, the turns going round; "
        f"each in a process of its own, warmed with the same {race['warmed_with']} others. A tool whose searches take "
        "seconds is asked fewer. Threads are those of the process; each has what its tool takes by itself, ours the one "
        "for each search that the service sets, and processor time counts them all.",
        "",
        f"{_WEIGHTS}Passages' vectors are the index's own for every tool: a scan costs the same whatever is in them.",
        "",
    ]


def _build_ratios(build: dict[str, Any]) -> list[str]:
    lines = [
        f"## Building, {build['files']} files, {build['documents']} documents, {build['passages']:,} passages",
        "",
    ]
    rows = [
        (
            name,
            f"**{ratio['encoding_and_indexing']}**",
            f"**{ratio['in_all']}**",
            ratio["in_all_cpu"],
            build["peers"][name]["encoding_and_indexing_seconds"],
            build["peers"][name].get("encoding_seconds", "–"),
            build["peers"][name].get("indexing_seconds", "–"),
            build["peers"][name]["passages"],
            build["peers"][name]["weights"],
        )
        for name, ratio in build["times_as_fast"].items()
    ]
    ours = build["seconds"]
    if rows:
        lines += [
            "How many times as fast our build is, over encoding and indexing and in all:",
            "",
            *_table(
                (
                    "tool",
                    "encoding and indexing",
                    "in all",
                    "in all, processor time",
                    "its s",
                    "encoding",
                    "indexing",
                    "passages",
                    "weights",
                ),
                [
                    *rows,
                    (
                        "ours",
                        1,
                        1,
                        1,
                        round(ours["encoding"] + ours["indexing"], 3),
                        ours["encoding"],
                        ours["indexing"],
                        build["passages"],
                        build["weights"],
                    ),
                ],
            ),
            "The tools are given our passages, as they read no structure; in all, a tool's build is pypdfium2's "
            "plain reading of the same files, loading its model, encoding and indexing. Ours encodes each passage's "
            "sentences too and keeps the originals; a text that stands twice is encoded once. Tools have the threads that "
            "they take by themselves"
            + (
                f", but no more than OMP_NUM_THREADS={build['threads_set']} lets them"
                if build["threads_set"]
                else ""
            )
            + "; our build has one a core.",
            "",
        ]
    return lines


def _build_tables(build: dict[str, Any]) -> list[str]:
    seconds, floors = build["seconds"], build["floors"]
    total = seconds["total"]
    rows = []
    for stage, taken in seconds.items():
        floor = floors.get(stage)
        rows.append(
            (
                stage,
                taken,
                f"{100 * taken / total:.1f}%" if total else "–",
                floor["seconds"] if floor else "–",
                f"**{taken / floor['seconds']:.2f}**" if floor and floor["seconds"] else "–",
            )
        )
    rest = total - seconds["encoding"]
    rows.append(("all else than encoding", round(rest, 3), f"**{100 * rest / total:.1f}%**", "–", "–"))
    encoding = floors["encoding"]
    lines = ["### A build's stages and their floors", ""]
    lines += _table(("stage", "s", "share", "floor s", "times the floor"), rows)
    lines += [
        f"Floors: pypdfium2 alone over the same {floors['reading']['files']} PDFs, {floors['reading']['pages']} pages, "
        f"in {floors['reading']['processes']} processes; "
        + (
            f"the encoder's graph on random ids of the same lengths ({encoding['texts']} distinct texts, "
            f"{encoding['texts_per_second']} a second on {encoding['threads']} threads); "
            if encoding
            else ""
        )
        + f"the index's {floors['indexing']['megabytes']} MB written once. “Other” is mostly loading the model; the "
        f"whole command, Python's start with it, took {build['process_seconds']} s and {build['cpu_seconds']} s of "
        "processor. The seconds are the mean of a build before the tools' "
        f"({build['seconds_before_peers']['total']} s, {build['seconds_before_peers']['encoding']} s of it encoding) and "
        f"one after them ({build['seconds_after_peers']['total']} and {build['seconds_after_peers']['encoding']} s): where "
        "the two differ much, the machine had other work, and the ratios are as uncertain.",
        "",
    ]
    return lines + _changes(build)


def _changes(figures: dict[str, Any]) -> list[str]:
    return [
        f"### One changed file among {figures['files']}",
        "",
        *_table(
            (
                "what changed",
                "build s",
                *(name for name in _STAGES),
                "whole command s",
                "processor s",
                "files taken over",
            ),
            [
                (
                    name,
                    change["seconds"],
                    *(change["stages"][name] for name in _STAGES),
                    change["process_seconds"],
                    change["cpu_seconds"],
                    change["unchanged"],
                )
                for name, change in figures["changes"].items()
            ],
        ),
    ]


def _search_tables(figures: dict[str, Any]) -> list[str]:
    service, engine, scan = figures["service"], figures["engine"], figures["scan"]
    many, again = service["many"], service["again"]
    lines = ["### Searches and answers", ""]
    lines += _timings(
        "in one process",
        [
            ("search", engine["search"]),
            ("answer", engine["answer"]),
            *((f"search: {name}", timing) for name, timing in engine["stages"].items()),
        ],
    )
    lines += [
        f"One scan of every vector takes {scan['scan_ms']} ms, {scan['times_the_floor']} times one pass over the same "
        f"{scan['megabytes']} MB ({scan['one_pass_ms']} ms, one thread each).",
        "",
    ]
    lines += _timings(
        "over HTTP",
        [
            ("search, one client", service["search"]),
            ("answer, one client", service["answer"]),
            ("search page, one client", service["page"]),
            (f"search, {many['clients']} clients, new questions", many),
            (f"search, {many['clients']} clients, the same again and again", again),
        ],
    )
    return [
        *lines,
        f"{many['clients']} clients: {many['per_second']} searches a second, {many['errors']} errors, "
        f"{many['cpu_ms_each']} ms of processor each; {many['as_asked']} questions as they stand, {many['pairs']} pairs "
        f"of short ones, {many['repeats']} asked before. Asking all of these questions again and again: "
        f"{again['per_second']} a second, {again['errors']} errors, {again['cpu_ms_each']} ms. The clients share the machine with the service. "
        f"It listens {service['starting_seconds']} s after it is started and has answered its first search after "
        f"{service['first_search_seconds']} s, with {service['memory_started_mb']} MB, and holds "
        f"{service['memory_mb']} MB after all this, {service['memory_quiet_mb']} MB once nobody has asked for a while.",
        "",
    ]


def _timings(heading: str, rows: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    return _table(
        (heading, "calls", "median ms", "p95 ms"),
        [
            (name, timing.get("calls", 0), timing.get("median_ms", "–"), timing.get("p95_ms", "–"))
            for name, timing in rows
        ],
    )


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return [*lines, ""]
