"""Added documents: hostile names stay in the folder, bombs and pretenders are refused, a real build indexes the rest."""

from __future__ import annotations

import io
import os
import sys
import threading
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from indexer.build.build import build
from indexer.errors import UsageError
from indexer.store.location import SETTING, DatabaseLocation
from search_api.engine import Engine
from search_api.http.request_body import SentFile
from tests.web.checked_client import CheckedClient, check_headers, check_page
from web.app import create_app
from web.pages.uploads.uploads import (
    MOST_BYTES,
    Builds,
    UploadProgress,
    safe_name,
    store,
)
from web.settings import UPLOADS as FOLDER
from web.settings import UPLOADS_SOURCES as SOURCES
from web.settings import UploadSettings, upload_settings

TEXT = (
    b"Progress report\n\nKelderbridge council reviewed its plans in May. Visits are on time in most cases.\n"
)
OWN = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "corpus"
    made.mkdir()
    (made / "first.txt").write_text("Improvement plan\n\nThornmere council will review its plans by June.\n")
    return made


@pytest.fixture
def place(folder: Path) -> UploadSettings:
    return UploadSettings(folder, (folder,))


def word_file(text: str) -> bytes:
    made = docx.Document()
    made.add_paragraph(text)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<w:document>" + b" " * 50_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("sent", "suffix", "name"),
    [
        ("report.pdf", ".pdf", "report.pdf"),
        ("../../etc/passwd", ".txt", "passwd.txt"),
        ("..\\..\\windows\\system.ini", ".txt", "system.ini.txt"),
        ("/absolute/path/report.PDF", ".pdf", "report.pdf"),
        (".htaccess", ".txt", "htaccess.txt"),
        ("....", ".pdf", "document.pdf"),
        ("", ".pdf", "document.pdf"),
        ("a\x00b\r\nc.pdf", ".pdf", "a-b-c.pdf"),
        ("plan\u202efdp.exe", ".docx", "planfdp.exe.docx"),
        ("<script>alert(1)</script>.pdf", ".pdf", "script.pdf"),
        ("naïve plan.pdf", ".pdf", "naive plan.pdf"),
        ("x" * 500 + ".pdf", ".pdf", "x" * 100 + ".pdf"),
        ("-rf.pdf", ".pdf", "rf.pdf"),
    ],
)
def test_a_sent_name_becomes_a_plain_one(sent: str, suffix: str, name: str) -> None:
    assert safe_name(sent, suffix) == name


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=80))
def test_no_name_leaves_the_folder_or_hides_in_it(sent: str) -> None:
    name = safe_name(sent, ".pdf")
    assert name == Path(name).name
    assert not name.startswith((".", "-", "~", " "))
    assert name.isascii() and name.isprintable() and name.endswith(".pdf") and len(name) <= 104


@pytest.mark.slow
def test_a_document_is_kept_under_a_name_of_its_own(place: UploadSettings) -> None:
    assert store(place, SentFile("../plan.pdf", TEXT)).name == "plan.txt"
    assert (place.folder / "plan.txt").read_bytes() == TEXT
    again = store(place, SentFile("other.txt", TEXT))
    assert (again.name, again.reason) == ("plan.txt", "is in the folder already")
    second = store(place, SentFile("plan.docx", word_file("Kelderbridge council reviewed its plans.")))
    assert second.name == "plan.docx"
    assert store(place, SentFile("plan.txt", TEXT + b"More.\n")).name == "plan-2.txt"
    assert (place.folder / "plan.txt").read_bytes() == TEXT
    assert not [path for path in place.folder.iterdir() if path.name.startswith(".")]


@pytest.mark.slow
def test_a_link_that_waits_under_the_name_is_not_followed(place: UploadSettings, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    (place.folder / "plan.txt").symlink_to(outside)
    assert store(place, SentFile("plan.txt", TEXT)).name == "plan-2.txt"
    assert outside.read_text() == "mine"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (bomb(), "more than is safe"),
        (b"PK\x03\x04 not a zip at all", "damaged"),
        (b"%PDF-1.7\nnothing of a PDF", "damaged"),
        (b"<!doctype html><html><body>Sign in</body></html>", "HTML"),
        (b"\x7fELF\x02\x01\x01" + bytes(500), "not text"),
        (b"  \n\t ", "empty"),
        (b"x" * (MOST_BYTES + 1), "over the limit"),
    ],
)
def test_what_is_no_readable_document_is_refused_and_not_kept(
    place: UploadSettings, data: bytes, why: str
) -> None:
    stored = store(place, SentFile("report.pdf", data))
    assert stored.name is None
    assert why in stored.reason, stored.reason
    assert [path.name for path in place.folder.iterdir()] == ["first.txt"]


def test_settings_that_cannot_be_used_are_refused_in_one_line(tmp_path: Path) -> None:
    assert upload_settings({}) is None
    assert upload_settings({FOLDER: "off"}) is None
    for environment in (
        {FOLDER: str(tmp_path / "none")},
        {FOLDER: str(tmp_path), SOURCES: str(tmp_path / "none")},
        {FOLDER: str(tmp_path), SOURCES: "/usr"},
    ):
        with pytest.raises(UsageError) as refused:
            upload_settings(environment)
        assert "\n" not in str(refused.value)
    (tmp_path / "in").mkdir()
    found = upload_settings({FOLDER: str(tmp_path / "in"), SOURCES: os.pathsep.join([str(tmp_path), "/usr"])})
    assert found is not None and found.sources == (tmp_path.resolve(), Path("/usr"))


def test_there_is_no_such_page_unless_it_is_set(client: CheckedClient) -> None:
    client.page("/upload", 404)
    client.page("/upload/progress", 404)


@pytest.mark.slow
def test_a_build_gets_the_whole_address_and_no_command_line_shows_the_password(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real build, begun by a program that notes what it was begun with.
    noted, python = tmp_path / "noted", tmp_path / "python"
    begun = f'printf "%s\\n" "$0" "$@" >> {noted}\nprintenv {SETTING} >> {noted}.environment\n'
    python.write_text(f'#!/bin/sh\n{begun}exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    address = "postgresql://reader:s3cret@127.0.0.1:1/findings"
    builds = Builds(DatabaseLocation(address), (folder,))
    assert ended(builds).state == "failed"
    assert "127.0.0.1" in " ".join(builds.progress.lines), builds.progress
    assert "s3cret" not in noted.read_text() + " ".join(builds.progress.lines)
    assert noted.with_name("noted.environment").read_text() == f"{address}\n"


@pytest.mark.slow
def test_a_build_goes_to_the_served_index_wherever_the_service_was_started(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ended(Builds(Path("index"), (folder,))).state == "done"
    with Engine(tmp_path / "index") as engine:
        assert len(engine.snapshot().index.documents()) == 1


def ended(builds: Builds) -> UploadProgress:
    builds.ask()
    for building in [thread for thread in threading.enumerate() if thread.name == "upload-build"]:
        building.join(300)
    return builds.progress


@pytest.mark.slow
def test_a_document_that_is_sent_is_indexed_and_found(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    build([folder], index)
    monkeypatch.setenv(FOLDER, str(folder))
    with Engine(index) as engine:
        client = TestClient(create_app(engine), follow_redirects=False)
        page = client.get("/upload")
        check_headers(page)
        check_page(page.text, "/upload")
        for headers in ({}, {"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}):
            refused = client.post("/upload", files={"file": ("plan.txt", TEXT)}, headers=headers)
            assert refused.status_code == 403
            check_page(refused.text, "/upload")
        assert client.post("/upload", data={"file": ""}, headers=OWN).status_code == 400
        large = client.post("/upload", files={"file": ("a.txt", b"x" * (MOST_BYTES + 9))}, headers=OWN)
        assert large.status_code == 413
        mixed = client.post(
            "/upload",
            files=[("file", ("<b>plan.txt", TEXT)), ("file", ("bad.pdf", b"%PDF-1.7 no"))],
            headers={"origin": "http://testserver"},
        )
        assert mixed.status_code == 422
        check_page(mixed.text, "/upload")
        assert "was added" in mixed.text and "was not added" in mixed.text and "<b>plan" not in mixed.text
        check_page(client.get("/upload/progress").text, "/upload/progress")
        for building in [thread for thread in threading.enumerate() if thread.name == "upload-build"]:
            building.join(300)
        shown = client.get("/upload/progress").text
        check_page(shown, "/upload/progress")
        assert "are in the index" in shown, shown
        assert len(engine.snapshot().index.documents()) == 2
        assert client.post("/upload", files={"file": ("again.txt", TEXT)}, headers=OWN).status_code == 200
