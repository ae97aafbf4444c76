"""The register's tables: what each may be asked, which every face reads (HTTP, command line, tools, CSV).

A table is a function from a snapshot, the filters of search and some words of its own to rows. To add one, write the
function and put a line in TABLES. This module must not know of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.errors import QueryError
from indexer.json_value import JsonValue, json_of
from search_api.fields import ROWS, Filters, checked, no_such
from search_api.packs.exports import to_csv
from search_api.register.changes import CHANGES_ASKED, changes
from search_api.register.common import COMMON_ASKED, common
from search_api.register.findings import FINDINGS_ASKED, findings
from search_api.register.judgements import JUDGEMENTS_ASKED, judgements
from search_api.register.parameter import Given, Parameter
from search_api.register.promises import PROMISES_ASKED, promises
from search_api.register.recommendations import RECOMMENDATIONS_ASKED, recommendations
from search_api.register.trend import TREND_ASKED, trend
from search_api.register.turned import TURNED_ASKED, turned
from search_api.snapshot import Snapshot

DEFAULT_LIMIT, MAX_LIMIT = 1_000, 10_000
"""Rows of a page: a set is mostly wanted whole."""

_CITED = ("passage_id", "label", "page", "quote", "url", "reference")
"""What of its first citation a row of CSV has, under these names with "cited_" before them."""


@dataclass(frozen=True, slots=True)
class RegisterTable:
    """A table of the register; `find` gives all its rows for checked filters and given parameters, in order."""

    name: str
    help: str
    parameters: tuple[Parameter, ...]
    find: Callable[[Snapshot, Filters, Given], Sequence[JsonValue]]


@dataclass(frozen=True, slots=True)
class RegisterPage(JsonValue):
    """Some rows of a table: those from `offset` on; `total` counts all."""

    query: str
    filters: dict[str, Any]
    total: int
    rows: list[dict[str, Any]]


TABLES = {
    table.name: table
    for table in (
        RegisterTable("judgements", "grades by area, with the grade before", JUDGEMENTS_ASKED, judgements),
        RegisterTable(
            "recommendations",
            "what inspections told authorities to do",
            RECOMMENDATIONS_ASKED,
            recommendations,
        ),
        RegisterTable("findings", "what statements say of a subject", FINDINGS_ASKED, findings),
        RegisterTable("changes", "what changed on a subject between two inspections", CHANGES_ASKED, changes),
        RegisterTable("trend", "findings on a subject by year, framework or region", TREND_ASKED, trend),
        RegisterTable("common", "what a group of inspections shares that others don't", COMMON_ASKED, common),
        RegisterTable("turned", "who turned a subject round, or got worse on it", TURNED_ASKED, turned),
        RegisterTable(
            "promises",
            "the last status that a council reported on a recommendation, and what the next inspection says",
            PROMISES_ASKED,
            promises,
        ),
    )
}


def ask(
    table: RegisterTable,
    snapshot: Snapshot,
    filters: Filters,
    given: Mapping[str, str | None],
    *,
    limit: int = DEFAULT_LIMIT,
    offset: int = 0,
) -> RegisterPage:
    """Ask a table; QueryError, in a line, for a filter or a parameter that can't be."""
    filters = checked(filters, snapshot.holdings.known)
    words = {name: " ".join(value.split()) for name, value in given.items() if value and value.strip()}
    for parameter in table.parameters:
        if parameter.values and words.get(parameter.name, parameter.values[0]) not in parameter.values:
            raise QueryError(
                f"{parameter.name} can't be {words[parameter.name][:60]!r}; it is one of: {', '.join(parameter.values)}"
            )
    rows = table.find(snapshot, filters, words)
    shown = [json_of(row) for row in rows[offset : offset + limit]]
    query = words.pop("q", "")
    return RegisterPage(query, {**filters.to_json(), **words}, len(rows), shown)


def page_to_csv(page: RegisterPage, base: str = "") -> bytes:
    """Write a page of rows as CSV: lists joined by blanks, and of the citations the first.

    `base`, the service's address, opens each link.
    """
    records = [flat_record(row, base) for row in page.rows]
    names = list(dict.fromkeys(name for record in records for name in record))
    return to_csv(names, ([record.get(name) for name in names] for record in records))


def table_named(name: str) -> RegisterTable:
    """Find a table by its name; QueryError, with what was meant, for one that there isn't."""
    if name not in TABLES:
        raise QueryError(f"there is no table {name[:60]!r}; {no_such(name, tuple(TABLES))}")
    return TABLES[name]


def option_names() -> tuple[str, ...]:
    """Name everything that some table may be asked."""
    own = (parameter.name for table in TABLES.values() for parameter in table.parameters)
    return tuple(dict.fromkeys((*own, *ROWS)))


def flat_record(row: Mapping[str, Any], base: str = "") -> dict[str, Any]:
    """Give a row's JSON as one level of names: lists joined by blanks, and of the citations the first.

    `base` is put before its link.
    """
    record: dict[str, Any] = {}
    for name, value in row.items():
        if name == "citations":
            first = value[0] | {"url": f"{base}{value[0]['url']}"} if value else {}
            record |= {f"cited_{part}": first[part] for part in _CITED if part in first}
        elif isinstance(value, Mapping):
            record |= {f"{name}_{part}": inner for part, inner in flat_record(value, base).items()}
        else:
            record[name] = " ".join(map(_in_a_cell, value)) if isinstance(value, list) else value
    return record


def _in_a_cell(value: object) -> str:
    """Write one of several values of a cell; what has parts of its own gives them on a line."""
    if not isinstance(value, Mapping):
        return str(value)
    return f"{'; '.join(_in_a_cell(part) for part in value.values() if part and part is not True)}\n"
