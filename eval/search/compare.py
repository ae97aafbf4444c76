"""`-m eval compare RUN_A RUN_B --qrels FILE`: whether B is better than A, and on which queries."""

from __future__ import annotations

import argparse
from pathlib import Path

from eval.checks import table
from eval.search.measures import measure
from eval.search.significance import compare
from eval.search.trec import read_qrels, read_run
from indexer.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("run_a", type=Path, metavar="RUN_A")
    parser.add_argument("run_b", type=Path, metavar="RUN_B")
    parser.add_argument("--qrels", type=Path, required=True, metavar="FILE")
    parser.add_argument("--measures", nargs="+", default=["nDCG@10", "RR@10", "R@10"], metavar="NAME")
    parser.add_argument("--show", type=int, default=10, help="how many gains and losses to name")


def main(options: argparse.Namespace) -> int:
    """Run the command; 0 when it has compared, whoever wins."""
    qrels = read_qrels(options.qrels)
    if not qrels:
        raise UsageError(f"{options.qrels} holds no judgement; name the qrels of these runs")
    a = measure(qrels, read_run(options.run_a), options.measures)
    b = measure(qrels, read_run(options.run_b), options.measures)
    rows = []
    for name in options.measures:
        found = compare(a[name], b[name])
        difference = f"{found.difference:+.4f}"
        rows.append(
            (name, found.mean_a, found.mean_b, difference, found.p, len(found.gains), len(found.losses))
        )
    print(f"A {options.run_a.name}, B {options.run_b.name}, {len(qrels)} queries\n")
    print(table(("measure", "A", "B", "B - A", "p", "gains", "losses"), rows))
    found = compare(a[options.measures[0]], b[options.measures[0]])
    for word, moved in (("gains", found.gains), ("losses", found.losses)):
        print(f"\n{word} in {options.measures[0]}")
        for query, delta in moved[: options.show]:
            print(f"  {delta:+.4f}  {query}")
    return 0
