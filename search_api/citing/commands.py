"""`python -m search_api check-citations FILE`: says in a terminal what became of a draft's quotations."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from indexer.arguments import OneLineParser
from indexer.errors import UnreadableDocument, UsageError
from indexer.store.location import add_index_option
from search_api.citing.check_citations import CheckedQuotation, CheckedText, check_citations
from search_api.citing.references import Status
from search_api.citing.sent_text import MOST_BYTES, text_of
from search_api.engine import Engine

NAME = "check-citations"
_SAID: dict[Status, str] = {"exact": "exact", "altered": "ALTERED", "not_found": "NOT FOUND"}
_SHOWN = 300


def add_command(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    """Add the command to those of `python -m search_api`."""
    said = "check a text's quotations and references against an index"
    command = commands.add_parser(NAME, help=said, description=said.capitalize() + ".")
    command.add_argument("file", type=Path, metavar="FILE", help="a DOCX or text file; - reads from the pipe")
    add_index_option(command, "the index to check against")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> dict[str, Any] | list[str]:
    """Run the command and give what it prints; UsageError for a file that can't be used."""
    text = _read(options.file)
    with Engine(options.index) as engine:
        checked = check_citations(engine.snapshot(), text)
    if options.json:
        return checked.to_json()
    return lines_of(checked)


def lines_of(checked: CheckedText) -> list[str]:
    """Put the result of a check into lines for a terminal."""
    lines: list[str] = []
    for quotation in checked.quotations:
        lines += [f"{_SAID[quotation.status]}: “{_short(quotation.quotation.text)}”", *_about(quotation), ""]
    for resolved in checked.references:
        lines.append(f"{_SAID[resolved.status]}: {_short(resolved.reference.text)}")
        lines += [f"   {resolved.note}"] if resolved.note else []
    counts = ", ".join(f"{checked.count(status)} {said.lower()}" for status, said in _SAID.items())
    lines += [
        "",
        f"{len(checked.quotations)} quotations in {checked.documents_searched} documents: {counts}.",
    ]
    lines.append(f"{len(checked.references)} references; {checked.short} quotations too short to look up.")
    if checked.unchecked:
        lines.append(f"{checked.unchecked} were not checked: the text has too many; check it in parts.")
    return [_printable(line) for line in lines]


def _about(quotation: CheckedQuotation) -> list[str]:
    lines = [f"   {quotation.citation.reference}"] if quotation.citation else []
    for change in quotation.difference:
        if change.kind == "changed":
            lines.append(f"   “{change.quoted}” is printed “{change.printed}”")
        elif change.kind == "added":
            lines.append(f"   “{change.quoted}” is not printed there")
        elif change.kind == "left out":
            lines.append(f"   “{change.printed}” is left out")
    return lines + ([f"   {quotation.note}"] if quotation.note else [])


def _read(path: Path) -> str:
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with path.open("rb") as stream:
                data = stream.read(MOST_BYTES + 1)
        return text_of(data)
    except OSError as error:
        raise UsageError(
            f"{path} can't be read ({error.strerror or 'input error'}); check its name"
        ) from error
    except UnreadableDocument as error:
        raise UsageError(f"{path} {error}") from error


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1].rsplit(" ", 1)[0] + "…"


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else " " for character in line)
