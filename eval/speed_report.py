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
    return "\n".join(lines)


def _search_ratios(figures: dict[str, Any]) -> list[str]:
    index = figures["index"]
    lines = [f"## Searching, {index['passages']:,} passages of {index['documents']:,} documents", ""]
    if "times_as_fast" not in figures:
        return lines
    ours = figures["engine"]["search"]["median_ms"]
    rows = []
    for name, ratio in figures["times_as_fast"].items():
        peer = figures["peers"][name]
        rows.append(
            (
                name,
                f"**{ratio['their_weights']}**",
                f"**{ratio['our_weights']}**",
                peer["search"]["median_ms"],
                peer["search_our_weights"]["median_ms"],
                f"{peer['answered']} of {peer['search']['calls']}",
            )
        )
    return [
        *lines,
        f"How many times as fast one search by our engine is (median {ours} ms, in a process of its own with one "
        f"thread; the tools keep the threads that they take by themselves):",
        "",
        *_table(
            ("tool", "ratio", "ratio, our weights", "its median ms", "with our weights", "ten found"), rows
        ),
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
            "sentences too and keeps the originals; a text that stands twice is encoded once.",
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
        f"whole command, Python's start with it, took {build['process_seconds']} s. The same build once more after the "
        f"tools' took {build['seconds_after_peers']['total']} s ({build['seconds_after_peers']['encoding']} s of it "
        "encoding): where the two differ much, the machine had other work, and the ratios are as uncertain.",
        "",
        f"### One changed file among {build['files']}",
        "",
    ]
    return lines + _table(
        ("what changed", "build s", "whole command s", "files taken over"),
        [
            (name, change["seconds"], change["process_seconds"], change["unchanged"])
            for name, change in build["changes"].items()
        ],
    )


def _search_tables(figures: dict[str, Any]) -> list[str]:
    service, engine, scan = figures["service"], figures["engine"], figures["scan"]
    many = service["many"]
    lines = ["### Searches and answers", ""]
    lines += _timings(
        "in one process",
        [
            ("search", engine["search"]),
            ("answer", engine["answer"]),
            *((f"search: {name}", timing) for name, timing in engine["stages"].items()),
            *((f"search by {name}", peer["search"]) for name, peer in figures.get("peers", {}).items()),
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
            (f"search, {many['clients']} clients", many),
        ],
    )
    return [
        *lines,
        f"{many['clients']} clients: {many['per_second']} searches a second, {many['errors']} errors. "
        f"The service answers {service['starting_seconds']} s after it is started, with "
        f"{service['memory_started_mb']} MB, and holds {service['memory_mb']} MB after all this.",
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
