"""`python -m search_api`: search an index, or ask it, in a terminal.

Says things as a person would read them, or with --json as the contract's JSON. This module decides nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from typing import Any, NoReturn

from indexer.arguments import OneLineParser
from indexer.errors import FindingsError, UsageError
from indexer.store.location import add_index_option
from search_api.answers.answer import Answer
from search_api.answers.answering import answer_question
from search_api.citing import commands as citing_commands
from search_api.engine import Engine
from search_api.fields import ROWS, filters_from, meant
from search_api.http import mcp_server
from search_api.question.mistakes import SPELLING
from search_api.question.operators import OPERATORS
from search_api.question.query import EVERYTHING, UNDERSTOOD_KINDS
from search_api.register import commands as register_commands
from search_api.register.tables import TABLES, option_names
from search_api.search.results import DEFAULT_LIMIT, SearchResult, search_passages

DONE, FAILED, UNUSABLE = 0, 1, 2
_EXCERPT = 400


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 for the program's own failure, 2 for unusable arguments."""
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        _refuse(parser, unknown[0])
    try:
        if "run" in options:
            _say(options.run(options) or [])
            return DONE
        snapshot = Engine(options.index).snapshot()
        filters = filters_from({name: vars(options)[name] or () for name in ROWS})
        asked = " ".join(options.question)
        if options.command == "search":
            found = search_passages(snapshot, asked, filters, options.limit, without=options.without or ())
            _say(found.to_json() if options.json else _search_lines(found))
        else:
            answered = answer_question(snapshot, asked, filters, without=options.without or ())
            _say(answered.to_json() if options.json else _answer_lines(answered))
    except UsageError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except FindingsError as error:
        print(error, file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE


def _refuse(parser: OneLineParser, unknown: str) -> NoReturn:
    """Refuse an option that there isn't, and name what was meant."""
    typed = unknown.removeprefix("--").partition("=")[0].replace("-", "_")
    near = (
        meant(typed, (*option_names(), "without", "limit", "json", "csv", "index"))
        if unknown.startswith("--")
        else None
    )
    hint = f"; did you mean --{near.replace('_', '-')}?" if near else ""
    parser.error(f"unrecognized arguments: {unknown}{hint}")


def _parser() -> OneLineParser:
    parser = OneLineParser(prog="python -m search_api", description="Search an index, or ask it.")
    commands = parser.add_subparsers(
        dest="command",
        required=True,
        metavar="|".join(("search", "answer", *TABLES, "check-citations", "mcp")),
    )
    for name, what, said in (
        ("search", "QUERY", "rank passages"),
        ("answer", "QUESTION", "answer in documents' own words, cited"),
    ):
        command = commands.add_parser(name, help=said, description=said.capitalize() + ".")
        command.add_argument("question", nargs="+", metavar=what)
        add_index_option(command, "the index to search")
        for row in ROWS.values():
            command.add_argument(
                f"--{row.name.replace('_', '-')}",
                action="append",
                metavar=f"'{row.example}'" if " " in row.example else row.example,
                help=f"{row.help}{'; repeatable' if row.repeatable else ''}",
            )
        command.add_argument(
            "--without", action="append", metavar="KIND",
            help=f"don't read this from the question: {', '.join((*UNDERSTOOD_KINDS, EVERYTHING))}",
        )  # fmt: skip
        command.add_argument("--json", action="store_true", help="print the contract's JSON")
        if name == "search":
            command.add_argument(
                "--limit", type=int, default=DEFAULT_LIMIT, metavar="N", help="1 to 100 passages (10)"
            )
    register_commands.add_commands(commands)
    citing_commands.add_command(commands)
    mcp_server.add_command(commands)
    return parser


def _say(what: dict[str, Any] | list[str]) -> None:
    if what:
        print(json.dumps(what, ensure_ascii=False, indent=2) if isinstance(what, dict) else "\n".join(what))


def _search_lines(found: SearchResult) -> list[str]:
    lines = [*_read(found), *_understood(found.filters), *found.notes]
    if not found.hits:
        return [*lines, "Nothing was found. Try other words, or fewer."]
    for hit in found.hits:
        excerpt = " ".join(hit.passage.text.split())
        short = excerpt if len(excerpt) <= _EXCERPT else excerpt[: _EXCERPT - 1].rsplit(" ", 1)[0] + "…"
        lines += ["", f"{hit.rank}. {hit.reference}", *_wrapped(short, "   ")]
        lines.append(f"   {hit.document.file} · {hit.passage.id}")
    return lines


def _answer_lines(answered: Answer) -> list[str]:
    lines = [*_read(answered), *_understood(answered.filters), *answered.notes]
    coverage = answered.coverage
    if answered.status == "not_found":
        return [*lines, f"Not found. {answered.reason}"]
    shown: str | None = ""
    sides = {group.council: group for group in answered.groups} if answered.kind == "survey" else {}
    for statement in answered.statements:
        group = sides.get(statement.council)
        if group is not None and statement.council != shown:
            shown = statement.council
            lines += ["", f"{shown or 'No council named'}: {group.polarity}"]
        lines += ["", *_wrapped(f"“{statement.text}”", "")]
        lines += [f"   — {citation.reference} ({citation.document.file})" for citation in statement.citations]
    lines += ["", coverage.note]
    return lines


def _read(found: SearchResult | Answer) -> list[str]:
    """Say how the words were read, where not as typed, and how to have them read so."""
    said = []
    if found.mended:
        words = "; ".join(f"“{one.value}” instead of “{one.text}”" for one in found.mended)
        said.append(f"Searched for {words}. As typed: --without {SPELLING}")
    if found.operators:
        words = "; ".join(one.value for one in found.operators)
        said.append(f"Read as: {words}. As plain words: --without {OPERATORS}")
    return said


def _understood(filters: dict[str, Any]) -> list[str]:
    if not filters:
        return []
    said = []
    for name, value in filters.items():
        shown = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
        said.append(f"{name.replace('_', ' ')}: {'yes' if value is True else shown}")
    return [f"Searched with {'; '.join(said)}."]


def _wrapped(text: str, indent: str) -> list[str]:
    width = min(110, max(40, shutil.get_terminal_size().columns))
    text = "".join(character if character.isprintable() or character == "\n" else " " for character in text)
    return [
        line
        for part in text.split("\n")
        for line in textwrap.wrap(part, width, initial_indent=indent, subsequent_indent=indent) or [""]
    ]


if __name__ == "__main__":
    sys.exit(main())
