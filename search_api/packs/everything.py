"""Everything that is known, as tables to take away: CSV and Parquet, with a frictionless `datapackage.json`.

Columns, their types and what they say come from `dictionary.toml` alone. Tables are written document by document, so that
memory doesn't grow with the index. This module must not know of HTTP.
"""

from __future__ import annotations

import csv
import functools
import itertools
import json
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, get_args

from indexer.json_value import json_of
from indexer.structure.links import Relation
from search_api.fields import Filters
from search_api.packs.clock import check_clock
from search_api.packs.exports import safe_cell
from search_api.register.tables import TABLES, flat_record
from search_api.snapshot import Snapshot

NAME = "findings"
_DICTIONARY = Path(__file__).with_name("dictionary.toml")
_AT_ONCE = 5_000
"""Rows of a Parquet group."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: `kind` is string, integer, number, boolean or date."""

    name: str
    kind: str
    help: str


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A table of the whole, its columns in order."""

    name: str
    title: str
    columns: tuple[Column, ...]


@functools.cache
def dictionary() -> tuple[KnownTable, ...]:
    """The data dictionary: every table with its columns."""
    tables = tomllib.loads(_DICTIONARY.read_text(encoding="utf-8"))
    return tuple(
        KnownTable(name, table["title"], tuple(Column(*field) for field in table["fields"]))
        for name, table in tables.items()
    )


def write_everything(snapshot: Snapshot, out: IO[bytes]) -> None:
    """Write every table as a ZIP archive of CSV, Parquet and `datapackage.json`."""
    check_clock()
    resources = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, tempfile.TemporaryDirectory() as folder:
        for table in dictionary():
            csv_file, parquet_file = (
                Path(folder) / f"{table.name}.{ending}" for ending in ("csv", "parquet")
            )
            rows = _write_table(table, _RECORDS[table.name](snapshot), csv_file, parquet_file)
            for path in (csv_file, parquet_file):
                archive.write(path, f"data/{path.name}")
                resources.append(_resource(table, path, rows))
        package = {
            "name": NAME,
            "title": "What inspections found",
            "created": snapshot.index.manifest.built,
            "version": snapshot.index.digest[:12],
            "description": "Made by Findings of published documents; each keeps its own licence, as printed. "
            "Verdicts are a model's: open the paragraph before you rely on one.",
            "resources": resources,
        }
        archive.writestr("datapackage.json", json.dumps(package, indent=1, ensure_ascii=False))


def _write_table(table: KnownTable, records: Iterator[Record], csv_file: Path, parquet_file: Path) -> int:
    """Write the records to both files; gives their number."""
    import pyarrow as pa  # noqa: PLC0415 (30 MB that nothing else needs)
    import pyarrow.parquet as pq  # noqa: PLC0415

    names = [column.name for column in table.columns]
    schema = pa.schema([(column.name, _ARROW[column.kind]) for column in table.columns])
    count = 0
    with (
        csv_file.open("w", encoding="utf-8-sig", newline="") as file,
        pq.ParquetWriter(parquet_file, schema, compression="zstd") as parquet,
    ):
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(names)
        while batch := list(itertools.islice(records, _AT_ONCE)):
            count += len(batch)
            writer.writerows([safe_cell(_cell(record.get(name))) for name in names] for record in batch)
            columns = {
                c.name: [_typed(c.kind, record.get(c.name)) for record in batch] for c in table.columns
            }
            parquet.write_table(pa.table(columns, schema=schema))
    return count


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _typed(kind: str, value: Any) -> Any:  # noqa: ANN401 (a value of the column's kind)
    if value is None or value == "":
        return None
    return str(value) if kind in ("string", "date") else value


# A date may be a month or a year alone: text in Parquet too.
_ARROW = {"string": "string", "date": "string", "integer": "int32", "number": "float32", "boolean": "bool"}
_FRICTIONLESS = {"date": "string"}


def _resource(table: KnownTable, path: Path, rows: int) -> dict[str, Any]:
    ending = path.suffix[1:]
    fields = [
        {"name": c.name, "type": _FRICTIONLESS.get(c.kind, c.kind), "description": c.help}
        for c in table.columns
    ]
    resource: dict[str, Any] = {
        "name": table.name if ending == "csv" else f"{table.name}-{ending}",
        "title": table.title,
        "path": f"data/{path.name}",
        "format": ending,
        "mediatype": "text/csv" if ending == "csv" else "application/vnd.apache.parquet",
        "bytes": path.stat().st_size,
        "rows": rows,
        "schema": {"fields": fields},
    }
    return resource | ({"encoding": "utf-8", "profile": "tabular-data-resource"} if ending == "csv" else {})


def _documents(snapshot: Snapshot) -> Iterator[Record]:
    for document in snapshot.index.documents():
        record = {
            name: value for name, value in document.to_json(passages=False).items() if name != "warnings"
        }
        address = document.provenance.address if document.provenance else None
        yield {**record, "warnings": len(document.warnings), "source_address": address}


def _rows(name: str) -> Callable[[Snapshot], Iterator[Record]]:
    def records(snapshot: Snapshot) -> Iterator[Record]:
        for row in TABLES[name].find(snapshot, Filters(), {}):
            yield flat_record(json_of(row))

    return records


def _findings(snapshot: Snapshot) -> Iterator[Record]:
    for document in snapshot.index.documents():
        for row in TABLES["findings"].find(snapshot, Filters(document=document.id), {}):
            yield flat_record(json_of(row))


def _links(snapshot: Snapshot) -> Iterator[Record]:
    for relation in get_args(Relation):
        for link in snapshot.index.links_of(relation):
            yield {name: getattr(link, name) for name in link.__slots__}


_RECORDS: Mapping[str, Callable[[Snapshot], Iterator[Record]]] = {
    "documents": _documents,
    "judgements": _rows("judgements"),
    "recommendations": _rows("recommendations"),
    "findings": _findings,
    "links": _links,
}
