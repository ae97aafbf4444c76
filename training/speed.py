"""How fast encoders turn the same texts into vectors, as ratios to the first, measured by turns in one run.

    python -m training.speed var/pairs --model plain=all-MiniLM-L6-v2 --model int8=FOLDER

Every round gives each encoder the same texts, so that what else the machine does falls on all alike; the
ratio is the median over the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path

from training.evaluate import encoder_of
from training.train import read_lines

ROUNDS = 5


def main() -> int:
    """Print passages a second, the ratio to the first encoder, and a query's milliseconds; return 0."""
    parser = argparse.ArgumentParser(prog="training.speed")
    parser.add_argument("pairs", type=Path, help="folder that training.pairs wrote")
    parser.add_argument("--model", action="append", required=True, help="NAME=FOLDER or a bundled name")
    parser.add_argument("--texts", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(given.threads)
    passages = read_lines(given.pairs / "passages.jsonl")
    drawn = random.Random(0).sample(passages, given.texts)  # noqa: S311 - a seeded draw, not a secret
    texts = [f"{passage['context']}\n{passage['text']}" for passage in drawn]
    encoders = {}
    for spec in given.model:
        name, _, where = spec.partition("=")
        encoders[name] = encoder_of(where, given.threads)
        encoders[name].encode_passages(texts[:2])
    seconds: dict[str, list[float]] = {name: [] for name in encoders}
    queries: dict[str, list[float]] = {name: [] for name in encoders}
    for _ in range(ROUNDS):
        for name, encoder in encoders.items():
            began = time.perf_counter()
            encoder.encode_passages(texts)
            seconds[name].append(time.perf_counter() - began)
            began = time.perf_counter()
            encoder.encode_query("How many care leavers were in work or at college when inspectors came?")
            queries[name].append(time.perf_counter() - began)
    first = next(iter(encoders))
    for name in encoders:
        ratio = statistics.median(a / b for a, b in zip(seconds[first], seconds[name], strict=True))
        line = {
            "encoder": name,
            "threads": given.threads,
            "passages a second": round(len(texts) / statistics.median(seconds[name]), 1),
            "times the first": round(ratio, 2),
            "query ms": round(1000 * statistics.median(queries[name]), 1),
        }
        print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
