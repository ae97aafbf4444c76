"""The command that moves an index from a folder into PostgreSQL, `copy`; it asks and prints, and no more."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from indexer.errors import UsageError
from indexer.store.location import DatabaseLocation, add_index_option
from indexer.store.opening import need_driver


def add_database_commands(commands: Any) -> None:  # noqa: ANN401 (argparse's own type is private)
    """Declare the commands beside `build` and `inspect`; each sets `run`, which gives the exit status."""
    copy = commands.add_parser(
        "copy",
        help="copy an index from a folder into PostgreSQL",
        description="Make the index in a folder the index in a database: nothing is read or encoded again.",
    )
    copy.add_argument("folder", metavar="DIR", type=Path, help="the index's folder")
    add_index_option(copy, "the database")
    copy.set_defaults(run=_copy)


def _copy(options: argparse.Namespace) -> int:
    if not isinstance(options.index, DatabaseLocation):
        raise UsageError("an index is copied into a database: give its address, --index postgresql://…")
    need_driver()
    from indexer.store.postgres.copy import copy_index  # noqa: PLC0415 (the driver is an extra)

    manifest = copy_index(options.folder, options.index)
    print(f"{manifest.documents} documents, {manifest.passages} passages copied to {options.index}")
    return 0
