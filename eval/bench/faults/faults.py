"""`-m eval faults`: breaks builds, files and services on purpose, many times, and counts what is lost.

Every fault is made by real processes on a small index of documents that say which edition they are. The table has
a row for each, with every loss in words; the command ends with 1 where there is any. `tests/eval/bench/faults/test_faults.py`
runs the same with few tries.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from eval.bench.faults import builds, damage, serving
from eval.bench.faults.documents import FaultCounts
from eval.reports import machine, markdown, write_both
from indexer.encode.encoder import MODEL_SETTING, load_encoder
from indexer.errors import UsageError

TEMPLATE = Path(__file__).with_name("faults.md.jinja")
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
    groups: dict[str, Sequence[Callable[[Path], FaultCounts]]] = {
        "kills": [lambda folder: builds.killed(folder, encoder, kills, seed)],
        "builds": [
            lambda folder: builds.two_at_once(folder, encoder, rounds, seed),
            lambda folder: builds.source_gone(folder, encoder, 2 * rounds, seed),
        ],
        "disk": [
            lambda folder: builds.disk_full(folder, encoder.name, SPARE[::share]),
            lambda folder: builds.no_file_may_grow(folder, encoder, SIZES[::share]),
        ],
        "clock": [lambda folder: builds.wrong_clock(folder, encoder)],
        "read-only": [lambda folder: builds.read_only(folder, encoder)],
        "serving": [
            lambda folder: serving.replaced_under_load(folder, rounds, seed, clients),
            lambda folder: serving.clock_set_under_load(folder, seed, max(2, clients // 2)),
        ],
    }
    for name in names:
        with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
            if name == "damage":
                yield from damage.damaged(Path(scratch), encoder, rounds, seed)
            for number, fault in enumerate(groups.get(name, ())):
                folder = Path(scratch, str(number))
                folder.mkdir()
                yield fault(folder)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add = parser.add_argument
    add("--kills", type=int, default=100, help="builds to kill; other tries are in proportion")
    add("--seed", type=int, default=20)
    add("--only", nargs="+", choices=NAMES, default=list(NAMES), metavar="GROUP", help=", ".join(NAMES))
    add("--model", help="the encoder to build with; the default one unless given")
    add("--out", type=Path, metavar="FILE.md", help="the report; FILE.json is written beside it")


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
    facts = {"machine": machine(), "took": f"{(time.monotonic() - started) / 60:.1f} minutes"}
    if options.out:
        day = datetime.now(UTC).date().isoformat()
        command = f"python -m eval faults --kills {options.kills} --seed {options.seed}"
        text = markdown(TEMPLATE, rows=rows, facts=facts, command=command, day=day)
        write_both(options.out, text, {"day": day, "command": command, **facts, "faults": rows})
    return 1 if any(row.losses for row in rows) else 0
