"""The commands that look after an index: `doctor`, `backup` and `restore`; they ask and print, and no more."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from indexer.upkeep.backup import BackupReport, backup_index, restore_index
from indexer.upkeep.doctor import examine


def add_upkeep_commands(commands: Any) -> None:  # noqa: ANN401 (argparse's own type is private)
    """Declare the commands beside `build` and `inspect`; each sets `run`, which gives the exit status."""
    doctor = commands.add_parser(
        "doctor",
        help="check an index and say what is wrong with it",
        description="Read every byte of an index, check that its parts fit together, and say what is wrong and "
        "what to do. Changes nothing. Exit status 0: sound; 1: something is wrong; 2: there is no index.",
    )
    _takes_index(doctor)
    doctor.add_argument("--json", action="store_true", help="say it as JSON")
    _runs(doctor, _doctor)
    backup = commands.add_parser(
        "backup",
        help="write an index to one file",
        description="Write an index, its documents included, to one tar file, checking every sum on the way. "
        "Searches and builds may go on meanwhile: the file holds the index of one moment.",
    )
    _takes_index(backup)
    backup.add_argument("file", metavar="FILE", type=Path, help="the tar file to write")
    _runs(backup, _backup)
    restore = commands.add_parser(
        "restore",
        help="make an index of a backup",
        description="Check a backup and make it the index in a folder, in one step. A service that serves the "
        "folder goes on with it.",
    )
    restore.add_argument("file", metavar="FILE", type=Path, help="a file that `backup` has written")
    _takes_index(restore)
    restore.add_argument(
        "--replace", action="store_true", help="put it in the place of another index that is there"
    )
    _runs(restore, _restore)


def _takes_index(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--index", required=True, metavar="DIR", type=_folder, help="the index's folder")


def _folder(text: str) -> Path:
    if text.startswith(("postgresql://", "postgres://")):
        raise argparse.ArgumentTypeError(
            "an index in PostgreSQL is looked after by PostgreSQL's own tools (pg_dump)"
        )
    return Path(text)


def _runs(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    parser.set_defaults(run=run)


def _doctor(options: argparse.Namespace) -> int:
    diagnosis = examine(options.index)
    if options.json:
        print(json.dumps(diagnosis.to_json(), ensure_ascii=False, indent=2))
    else:
        for line in diagnosis.lines():
            print(line)
    return 0 if diagnosis.sound else 1


def _backup(options: argparse.Namespace) -> int:
    _print(backup_index(options.index, options.file), f"{options.index} is in {options.file}")
    return 0


def _restore(options: argparse.Namespace) -> int:
    done = restore_index(options.file, options.index, overwrite=options.replace)
    _print(done, f"{options.file} is the index in {options.index}")
    return 0


def _print(report: BackupReport, what: str) -> None:
    print(
        f"{what}: {report.documents:,} documents, {report.passages:,} passages, {report.bytes / 1e6:.1f} MB, "
        f"digest {report.digest[:12]}"
    )
    for file in report.without_original:
        print(f"without its file, which the index does not hold: {file}")
