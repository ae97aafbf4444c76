"""Files of an index that are cut while it is served: said in the log, and the edition before answers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from eval.bench.web_process import ROOT, web_process
from indexer.build.build import build
from indexer.store.manifest import read_manifest
from tests.web.watching import logged

pytestmark = pytest.mark.slow

TEXT = "Progress report\n\nKelderbridge council reviewed its plans in {}. Visits to children are on time.\n"


def test_a_file_cut_in_place_costs_the_newest_edition_and_no_more(tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "index"
    source.mkdir()
    (source / "first.txt").write_text(TEXT.format("May"))
    build([source], folder)
    (source / "second.txt").write_text(TEXT.format("June"))
    build([source], folder)
    with web_process(folder, environment={"FINDINGS_PROCESSES": "2"}) as service:
        client = httpx.Client(base_url=service.address, timeout=60)
        assert client.get("/healthz").json()["documents"] == 2
        manifest = read_manifest(folder)
        for name in manifest.files:
            with (folder / manifest.generation / name).open("r+b") as file:
                file.truncate(0)
        until = time.monotonic() + 60
        documents = 0
        while documents != 1 and time.monotonic() < until:
            try:
                found = client.get("/api/search", params={"q": f"visits {time.monotonic()}"})
                assert found.status_code in (200, 409)
                documents = client.get("/healthz").json().get("documents", 0)
            except httpx.TransportError:
                continue  # the process that had the file open
        assert client.get("/api/search", params={"q": "visits to children"}).json()["total"] >= 1
        assert documents == 1
        assert logged(service, "files changed") or logged(service, "server")
        (source / "third.txt").write_text(TEXT.format("July"))
        build([source], folder)
        assert client.get("/healthz").json()["documents"] == 3
    assert all(isinstance(json.loads(line), dict) for line in service.lines)


def test_what_libraries_and_threads_say_is_json_too() -> None:
    code = """
import logging, threading, warnings
from web.service.logs import take_messages, write_event
take_messages(write_event)
logging.getLogger("anything").warning("of two\\nlines")
warnings.warn("old")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["server"] * 3
    assert lines[2]["error"] == "ZeroDivisionError"
