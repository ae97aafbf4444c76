"""`python -m search_api judgements|recommendations|…`: a table of the register in a terminal, as JSON or as CSV."""

from __future__ import annotations

import argparse
from typing import Any

from indexer.arguments import OneLineParser
from indexer.errors import UsageError
from indexer.store.location import add_index_option
from search_api.engine import Engine
from search_api.fields import ROWS, filters_from
from search_api.register.tables import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    TABLES,
    RegisterPage,
    RegisterTable,
    ask,
    page_to_csv,
)

_LEFT_OUT = ("citations", "document_id", "printed_area")


def add_commands(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    """Add a command for each table to those of `python -m search_api`."""
    for table in TABLES.values():
        command = commands.add_parser(table.name, help=table.help, description=f"{table.help.capitalize()}.")
        command.add_argument(
            "words", nargs="*", metavar="WORDS", help="the same as --q, where a table has it"
        )
        add_index_option(command, "the index to ask")
        for parameter in table.parameters:
            _add_option(command, parameter.name, parameter.help, parameter.example)
        for row in ROWS.values():
            _add_option(
                command, row.name, f"{row.help}{'; repeatable' if row.repeatable else ''}", row.example
            )
        command.add_argument(
            "--limit", type=int, default=DEFAULT_LIMIT, metavar="N", help=f"rows ({DEFAULT_LIMIT:,})"
        )
        command.add_argument("--offset", type=int, default=0, metavar="N", help="rows to pass over (0)")
        form = command.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="print the contract's JSON")
        form.add_argument("--csv", action="store_true", help="print CSV")
        command.set_defaults(run=run)


def run(options: argparse.Namespace) -> dict[str, Any] | list[str]:
    """Run a table's command and give what it prints; UsageError for what can't be asked."""
    table, values = TABLES[options.command], vars(options)
    if not 1 <= options.limit <= MAX_LIMIT or options.offset < 0:
        raise UsageError(f"--limit is 1 to {MAX_LIMIT}, and --offset 0 or more")
    given = {parameter.name: (values[parameter.name] or [""])[-1] for parameter in table.parameters}
    if options.words and "q" not in given:
        raise UsageError(f"{table.name} takes no words; see --help for its options")
    if options.words:
        given["q"] = " ".join(options.words)
    filters = filters_from({name: values[name] or () for name in ROWS})
    with Engine(options.index) as engine:
        page = ask(table, engine.snapshot(), filters, given, limit=options.limit, offset=options.offset)
    if options.json:
        return page.to_json()
    if options.csv:
        return page_to_csv(page).decode("utf-8-sig").splitlines()
    return _lines(table, page)


def _add_option(command: OneLineParser, name: str, said: str, example: str) -> None:
    command.add_argument(
        f"--{name.replace('_', '-')}", dest=name, action="append", help=said.replace("%", "%%"),
        metavar=f"'{example}'" if " " in example else example,
    )  # fmt: skip


def _lines(table: RegisterTable, page: RegisterPage) -> list[str]:
    lines = []
    for row in page.rows:
        facts = (
            f"{name.replace('_', ' ')}: {value}"
            for name, value in row.items()
            if name not in _LEFT_OUT and value and not isinstance(value, dict | list | bool)
        )
        lines += ["; ".join(" ".join(fact.split()) for fact in facts)]
        lines += [
            f"   “{' '.join(one['quote'].split())}” — {one['reference']}"
            for one in row.get("citations", ())[:1]
        ]
    return [*lines, "", f"{len(page.rows):,} of {page.total:,} {table.name}."]
