"""`-m eval faults`: breaks builds, files and services on purpose, many times, and counts what is lost.

Every fault is made by real processes on a small index of documents that say which edition they are. The table has
a row for each, with every loss in words; the command ends with 1 where there is any. `tests/eval/bench/faults/test_faults.py`
runs the same with few tries.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from eval.bench.faults import builds as fault_builds
from eval.bench.faults import damage as fault_damage
from eval.bench.faults import disk as fault_disk
from eval.bench.faults import serving as fault_serving
from eval.bench.faults.counts import FaultCounts, markdown
from indexer.encode.encoder import MODEL_SETTING, load_encoder
from indexer.errors import UsageError

SIZES = (1_000, 4_000, 8_000, 16_000, 32_000, 50_000, 64_000, 100_000, 150_000, 200_000, 400_000, 10_000_000)
SPARE = (0, 16_000, 48_000, 96_000, 160_000, 240_000, 320_000, 480_000, 640_000, 900_000, 20_000_000)
NAMES = ("kills", "builds", "disk", "clock", "read-only", "damage", "serving")


def run(names: tuple[str, ...], kills: int, seed: int, model: str | None) -> Iterator[FaultCounts]:
    """Try the named groups of faults, the rows as they are done; `kills` sets the number of all tries."""
    if model:
        os.environ[MODEL_SETTING] = model
    encoder = load_encoder(model)
    rounds = max(2, kills // 10)
    # Fewer clients leave a machine of two processors more time for builds.
    clients = min(8, 2 + rounds)
    share = max(1, 4 - kills // 20)
    groups: dict[str, Callable[[Path], Iterator[FaultCounts]]] = {
        "kills": lambda folder: iter([fault_builds.killed(folder, encoder, kills, seed)]),
        "builds": lambda folder: iter(
            [
                fault_builds.two_at_once(_new(folder), encoder, rounds, seed),
                fault_builds.source_gone(_new(folder), encoder, 2 * rounds, seed),
            ]
        ),
        "disk": lambda folder: iter(
            [
                fault_disk.disk_full(_new(folder), encoder.name, SPARE[::share]),
                fault_builds.no_file_may_grow(_new(folder), encoder, SIZES[::share]),
            ]
        ),
        "clock": lambda folder: iter([fault_builds.wrong_clock(folder, encoder)]),
        "read-only": lambda folder: iter([fault_builds.read_only(folder, encoder)]),
        "damage": lambda folder: fault_damage.damaged(folder, encoder, rounds, seed),
        "serving": lambda folder: iter(
            [
                fault_serving.replaced_under_load(_new(folder), rounds, seed, clients),
                fault_serving.clock_set_under_load(_new(folder), seed, max(2, clients // 2)),
            ]
        ),
    }
    for name in names:
        with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
            yield from groups[name](Path(scratch))


def _new(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=folder))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument(
        "--kills", type=int, default=100, help="builds to kill; other tries are in proportion"
    )
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument(
        "--only", nargs="+", choices=NAMES, default=list(NAMES), metavar="GROUP", help=", ".join(NAMES)
    )
    parser.add_argument("--model", help="the encoder to build with; the default one unless told")
    parser.add_argument(
        "--out", type=Path, metavar="FILE.md", help="the report; FILE.json is written beside it"
    )


def main(options: argparse.Namespace) -> int:
    """Run the command; 1 where anything was lost."""
    if options.kills < 1:
        raise UsageError("--kills takes a number from 1 on")
    started = time.monotonic()
    rows = []
    for row in run(tuple(options.only), options.kills, options.seed, options.model):
        rows.append(row)
        came = ", ".join(f"{count} {name}" for name, count in row.outcomes.most_common())
        print(f"{row.fault}: {row.tried} tried, {len(row.losses)} lost ({came})", flush=True)
        for loss in row.losses:
            print(f"  LOST: {loss}", flush=True)
    day = datetime.now(UTC).date().isoformat()
    command = f"python -m eval faults --kills {options.kills} --seed {options.seed}"
    facts = {
        "machine": f"{os.cpu_count()} processors, {platform.machine()}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}",
        "took": f"{(time.monotonic() - started) / 60:.1f} minutes",
    }
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(markdown(rows, facts, command, day), encoding="utf-8")
        told = {"day": day, "command": command, **facts, "faults": [row.to_json() for row in rows]}
        options.out.with_suffix(".json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 1 if any(row.losses for row in rows) else 0
