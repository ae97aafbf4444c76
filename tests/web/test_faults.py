"""A full disk, a wrong clock and a database that is away are said, and are no 5xx."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from indexer.__main__ import main
from indexer.errors import UsageError
from indexer.store.location import DatabaseLocation
from search_api.engine import Engine
from search_api.http.request_body import SentFile
from search_api.http.routes import add_api
from search_api.search.results import search_passages
from tests.web.checked_client import CheckedClient
from web.app import create_app
from web.pages.programs import views
from web.pages.uploads.uploads import store
from web.settings import UPLOADS, UPLOADS_BYTES, UploadSettings, upload_settings

TEXT = (
    b"Progress report\n\nKelderbridge council reviewed its plans in May. Visits are on time in most cases.\n"
)


def no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_temporary_folder_is_said(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    # An application of its own: one that has made the archive before gives it again.
    client = TestClient(create_app(engine), raise_server_exceptions=False)
    monkeypatch.setattr(views.tempfile, "TemporaryDirectory", no_room)
    response = client.get("/download.zip")
    assert response.status_code == 429 and "no room" in response.text
    assert response.headers["retry-after"] == "60"


def test_a_full_folder_of_documents_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = UploadSettings(tmp_path, (tmp_path,), most_bytes=len(TEXT) + 10)
    monkeypatch.setattr(os, "link", no_room)
    assert "no space left" in store(settings, SentFile("a.txt", TEXT)).reason
    monkeypatch.undo()
    assert store(settings, SentFile("a.txt", TEXT)).name == "a.txt"
    refused = store(settings, SentFile("b.txt", TEXT + b"Once more.\n"))
    assert refused.name is None and UPLOADS_BYTES in refused.reason
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    with pytest.raises(UsageError, match=UPLOADS_BYTES):
        upload_settings({UPLOADS: str(tmp_path), UPLOADS_BYTES: "plenty"})


@pytest.mark.parametrize("year", [1972, 2109])
def test_a_clock_far_off_is_said(
    client: CheckedClient, engine: Engine, monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    passage = search_passages(engine.snapshot(), "visits").hits[0].passage.id
    then = time.struct_time((year, 1, 1, 0, 0, 0, 0, 1, 0))
    monkeypatch.setattr(time, "localtime", lambda *_: then)
    assert str(year) in client.get(f"/pack.docx?p={passage}", expect=400).text


def test_health_says_that_a_database_is_away() -> None:
    app = FastAPI()
    with Engine(DatabaseLocation("postgresql://127.0.0.1:9/findings")) as engine:
        add_api(app, engine)
        response = TestClient(app).get("/healthz")
    assert response.status_code == 409
    assert "does not answer" in response.json()["error"]["message"]


@pytest.mark.parametrize("address", ["postgresql://reader:secret@[::1", "postgresql://reader:secret@%zz/x"])
def test_what_is_no_address_is_said_in_one_line(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    assert main(["build", str(tmp_path), "--index", address]) == 2
    said = capsys.readouterr().err.strip()
    assert "no address of a database" in said and "\n" not in said and "secret" not in said
