"""`python -m eval worksheets FILE…`: how often rows of answers are right, by what readers marked in saved worksheets.

A worksheet is the file that the page of the same name saves (search_api/answers/worksheet.py); rows without a mark don't
count. Where readers differ on a row, each counts.
"""

from __future__ import annotations

import argparse
import collections
import csv
from pathlib import Path

from eval.answers.proportions import share_of
from indexer.errors import UsageError
from search_api.answers.worksheet import COLUMNS, MARKS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="worksheets saved as CSV")


def main(options: argparse.Namespace) -> int:
    """Print the share of marked rows that are right: of all, by verdict, by question and by reader."""
    rows = [row for path in options.files for row in read_worksheet(path)]
    marked = [row for row in rows if row["mark"] in MARKS]
    print(f"{len(marked):,} of {len(rows):,} rows are marked")
    _print("all", [row["mark"] == "right" for row in marked])
    for column in ("verdict", "question", "reader"):
        groups: dict[str, list[bool]] = collections.defaultdict(list)
        for row in marked:
            groups[row[column]].append(row["mark"] == "right")
        for name, right in sorted(groups.items()):
            _print(f"{column}: {name[:60] or 'none'}", right)
    return 0


def read_worksheet(path: Path) -> list[dict[str, str]]:
    """Read a saved worksheet's rows, by their columns; UsageError for another file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            named = tuple(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} can't be read as a worksheet ({error})") from error
    if missing := [name for name in COLUMNS if name not in named]:
        raise UsageError(
            f"{path} is no worksheet: it has no column {missing[0]}; save it from the page again"
        )
    return rows


def _print(name: str, right: list[bool]) -> None:
    if right:
        print(f"{name:72} right {share_of(right)}")
