"""The pages for programs: what they say of routes is what is served, and the archive is read by others' libraries."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from urllib.parse import urlsplit

import pyarrow.parquet as pq

from search_api.engine import Engine
from search_api.packs.everything import dictionary
from tests.web.checked_client import CheckedClient


def test_docs_name_every_route_and_their_examples_can_be_asked(client: CheckedClient) -> None:
    page = client.page("/docs")
    said = page.text_content()
    paths = client.get("/openapi.json").json()["paths"]
    assert all(path in said for path in paths)
    examples = page.xpath("//a[starts-with(text(), 'http')]/@href")
    assert len(examples) > 8
    for example in examples:
        parts = urlsplit(example)
        assert client.get(f"{parts.path}?{parts.query}").status_code == 200, example


def test_everything_is_csv_and_parquet_of_the_columns_that_the_dictionary_names(
    client: CheckedClient, engine: Engine
) -> None:
    sent = client.get("/download.zip")
    assert sent.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(sent.content))
    package = json.loads(archive.read("datapackage.json"))
    by_path = {resource["path"]: resource for resource in package["resources"]}
    assert len(by_path) == 2 * len(dictionary())
    for table in dictionary():
        names = [column.name for column in table.columns]
        rows = list(csv.DictReader(io.StringIO(archive.read(f"data/{table.name}.csv").decode("utf-8-sig"))))
        read = pq.read_table(io.BytesIO(archive.read(f"data/{table.name}.parquet")))
        assert read.column_names == names
        assert [field["name"] for field in by_path[f"data/{table.name}.csv"]["schema"]["fields"]] == names
        assert len(rows) == read.num_rows == by_path[f"data/{table.name}.csv"]["rows"]
        assert rows
        assert list(rows[0]) == names
        for column in table.columns:
            # A name that no row has a value for would be one that nothing gives: the sample has none of these few.
            if column.name not in (
                "source_address",
                "organisation_type",
                "licence",
                "repeats",
                "change",
                "about",
            ):
                assert any(row[column.name] for row in rows), (table.name, column.name)
    documents = pq.read_table(io.BytesIO(archive.read("data/documents.parquet"))).to_pylist()
    assert {document["id"] for document in documents} == {d.id for d in engine.snapshot().index.documents()}


def test_the_archive_is_made_once_for_an_edition(client: CheckedClient) -> None:
    assert client.get("/download.zip").content == client.get("/download.zip").content
