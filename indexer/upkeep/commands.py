"""The commands that look after an index, `doctor`, `backup`, `restore` and `copy`: they ask and print, and no more."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from indexer.errors import UsageError
from indexer.store.location import DatabaseLocation, add_index_option, index_location
from indexer.store.opening import need_driver
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
    doctor.set_defaults(run=_doctor)
    backup = commands.add_parser(
        "backup",
        help="write an index to one file",
        description="Write an index, its documents included, to one tar file, checking every sum on the way. "
        "Searches and builds may go on meanwhile: the file holds the index of one moment.",
    )
    _takes_index(backup)
    backup.add_argument("file", metavar="FILE", type=Path, help="the tar file to write")
    backup.set_defaults(run=_backup)
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
    restore.set_defaults(run=_restore)
    copy = commands.add_parser(
        "copy",
        help="copy an index from a folder into PostgreSQL",
        description="Make the index in a folder the index in a database: nothing is read or encoded again.",
    )
    copy.add_argument("folder", metavar="DIR", type=Path, help="the index's folder")
    add_index_option(copy, "the database")
    copy.set_defaults(run=_copy)


def _takes_index(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--index", required=True, metavar="DIR", type=_folder, help="the index's folder")


def _folder(text: str) -> Path:
    location = index_location(text)
    if isinstance(location, DatabaseLocation):
        raise argparse.ArgumentTypeError(
            "an index in PostgreSQL is looked after by PostgreSQL's own tools (pg_dump)"
        )
    return location


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


def _copy(options: argparse.Namespace) -> int:
    if not isinstance(options.index, DatabaseLocation):
        raise UsageError("an index is copied into a database: give its address, --index postgresql://…")
    need_driver()
    from indexer.store.postgres.copy import copy_index  # noqa: PLC0415 (the driver is an extra)

    manifest = copy_index(options.folder, options.index)
    print(f"{manifest.documents} documents, {manifest.passages} passages copied to {options.index}")
    return 0


def _print(report: BackupReport, what: str) -> None:
    print(
        f"{what}: {report.documents:,} documents, {report.passages:,} passages, {report.bytes / 1e6:.1f} MB, "
        f"digest {report.digest[:12]}"
    )
    for file in report.without_original:
        print(f"without its file, which the index does not hold: {file}")
