"""`-m eval structure`: scores reading against truth files, and prints a table per field with every miss.

It reads documents exactly as a build does, and nothing in it knows how. With `--invariants` it asks, of every
file in the folder, what must hold with no truth at hand; with `--peer` it stands beside another
tool's extract.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from eval.checks import Check, as_json, misses, score_table, scores
from eval.reading.council_truth import check_council_document
from eval.reading.documents import DocumentReading, Violation, files_under, read_documents, violations
from eval.reading.links_truth import read_links, score_links
from eval.reading.peer import Values, check_against_truth, differences, read_peer
from eval.reading.report_truth import check_report
from eval.reports import table, write_json
from eval.search.cases import read_json
from indexer.document import Document
from indexer.errors import SourceError
from indexer.structure.links import find_links


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add = partial(parser.add_argument, type=Path)
    known = "what a person read: reports, council documents or links"
    add("--truth", nargs="+", default=[], metavar="FILE", help=known)
    add("--documents", nargs="+", required=True, metavar="DIR", help="the folders that hold the documents")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these files only, for a quick look")
    add("--peer", metavar="CSV", help="another tool's extract, to stand beside ours")
    parser.add_argument("--invariants", action="store_true", help="ask what must hold of every file")
    add("--json", metavar="OUT", help="write every figure and miss here as well")
    parser.add_argument("--processes", type=int, default=2)


def main(options: argparse.Namespace) -> int:
    """Run the command; 0 when it has scored, whatever the score."""
    truths = [read_json(path) for path in options.truth]
    reports = [case for truth in truths if isinstance(truth, list) for case in truth if not _is_council(case)]
    papers = [case for truth in truths if isinstance(truth, list) for case in truth if _is_council(case)]
    links = [truth for truth in truths if isinstance(truth, dict) and "links" in truth]
    peer = read_peer(options.peer) if options.peer else {}
    files = files_under(options.documents)

    wanted = [str(case["file"]) for case in (*reports, *papers)]
    wanted += sorted({str(link[end]["file"]) for t in links for link in t["links"] for end in ("from", "to")})
    if options.invariants or peer or not truths:
        wanted += list(files)
    if options.only:
        wanted = list(options.only)
        reports = [case for case in reports if case["file"] in wanted]
        papers = [case for case in papers if case["file"] in wanted]
    lost = sorted({name for name in wanted if name not in files})
    if lost:
        raise SourceError(f"{lost[0]} (and {len(lost) - 1} more) is not under the folders of --documents")

    started = time.perf_counter()
    readings = read_documents([files[name] for name in dict.fromkeys(wanted)], options.processes)
    seconds = time.perf_counter() - started
    documents = {r.path.name: r.document for r in readings if r.document is not None}

    report: dict[str, Any] = {"documents": len(readings), "seconds": round(seconds, 2)}
    if reports:
        checks = [c for case in reports for c in check_report(case, documents.get(case["file"]))]
        report["reports"] = _show(f"{len(reports)} reports", checks)
    if papers:
        checks = [c for case in papers for c in check_council_document(case, documents.get(case["file"]))]
        report["council documents"] = _show(f"{len(papers)} council documents", checks)
    for truth in links:
        report["links"] = _show_links(truth, documents)
    if peer:
        report["peer"] = _show_peer(reports, documents, peer)
    if options.invariants:
        report["invariants"] = _show_invariants(readings)
    _show_timing(readings, seconds)
    if options.json:
        write_json(options.json, report)
    return 0


def _is_council(case: Mapping[str, Any]) -> bool:
    return "kind" in case and "recommendation_count" in case


def _show(title: str, checks: Sequence[Check]) -> dict[str, Any]:
    right = sum(check.correct for check in checks)
    print(f"\n{title}: {right} of {len(checks)} checks right\n")
    print(score_table(checks))
    wrong = misses(checks)
    if wrong:
        print(f"\nmisses\n{wrong}")
    return as_json(checks)


def _show_links(truth: Mapping[str, Any], documents: Mapping[str, Document]) -> list[dict[str, Any]]:
    named = {str(link[end]["file"]) for link in truth["links"] for end in ("from", "to")}
    mine = [documents[name] for name in sorted(named) if name in documents]
    results = score_links(truth, read_links(find_links(mine), mine))
    print("\nlinks\n")
    rows = [(r.relation, r.expected, r.found, r.right, r.precision, r.recall) for r in results]
    print(table(("relation", "true", "found", "right", "precision", "recall"), rows))
    for result in results:
        for word, keys in (("missed", result.missed), ("invented", result.invented)):
            for _, one, other in keys:
                print(f"  {word}  {result.relation}: {one[0]} {one[1]} -> {other[0]} {other[1]}")
    return [{**asdict(r), "precision": r.precision, "recall": r.recall} for r in results]


def _show_peer(
    reports: Sequence[Mapping[str, Any]], documents: Mapping[str, Document], peer: Mapping[str, Values]
) -> dict[str, Any]:
    rows = check_against_truth(reports, documents, peer)
    agreement = list(differences(documents, peer))
    agreed = {score.field.removeprefix("as the peer: "): score for score in scores(agreement)}
    print("\nbeside the other tool: right on the truths, and agreement on every file that both read\n")
    shown = [
        (
            field,
            known,
            theirs,
            mine,
            f"{agreed[field].correct} of {agreed[field].total}" if field in agreed else "-",
        )
        for field, known, theirs, mine in rows
    ]
    print(table(("field", "truths", "peer right", "ours right", "agree"), shown))
    wrong = misses(check for check in agreement if not check.field.endswith(": published"))
    print(f"\nwhere the two differ (the other tool's value stands as expected)\n{wrong}" if wrong else "")
    return {
        "fields": [
            dict(zip(("field", "truths", "peer", "ours", "agree"), row, strict=True)) for row in shown
        ],
        "differences": [asdict(check) for check in agreement if not check.correct],
    }


def _show_invariants(readings: Iterable[DocumentReading]) -> dict[str, Any]:
    read = [reading for reading in readings if reading.document is not None]
    found: list[Violation] = []
    for reading in read:
        if reading.document is not None and reading.document.kind == "inspection report":
            found += violations(reading.document, reading.edges)
    silent = [v for v in found if v.warning is None]
    files = {v.file for v in silent}
    inspected = [r for r in read if r.document is not None and r.document.kind == "inspection report"]
    print(
        f"\ninvariants over {len(inspected)} inspection reports: {len(found)} violations, "
        f"{len(silent)} unexplained, in {len(files)} reports\n"
    )
    kinds = Counter(v.kind for v in found)
    unexplained = Counter(v.kind for v in silent)
    rows = [
        (kind, count, unexplained[kind], len({v.file for v in silent if v.kind == kind}))
        for kind, count in kinds.most_common()
    ]
    print(table(("invariant", "violations", "unexplained", "reports with unexplained"), rows))
    for v in found:
        said = f"  [{v.warning}]" if v.warning else ""
        word = "explained" if v.warning else "SILENT   "
        print(f"  {word}  {v.file}  {v.kind} {v.label}: {v.detail}{said:.120}")
    return {
        "reports": len(inspected),
        "files_unexplained": sorted(files),
        "violations": [asdict(v) for v in found],
    }


def _show_timing(readings: Sequence[DocumentReading], seconds: float) -> None:
    slowest = sorted(readings, key=lambda reading: -reading.seconds)[:3]
    print(f"\nread {len(readings)} files in {seconds:.1f} s; slowest: "
          + ", ".join(f"{r.path.name} {r.seconds:.2f} s" for r in slowest))  # fmt: skip
    for reading in readings:
        if reading.reason is not None:
            print(f"  not read: {reading.path.name}: {reading.reason}")
