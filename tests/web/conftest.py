"""Real pages from a real engine, a real service in its own process, and a real browser to look at it with."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, sync_playwright

from search_api.engine import Engine
from tests.web.checked_client import CheckedClient
from web.app import create_app

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def engine(sample_index: Path) -> Iterator[Engine]:
    with Engine(sample_index) as opened:
        yield opened


@pytest.fixture(scope="session")
def app(engine: Engine) -> FastAPI:
    return create_app(engine)


@pytest.fixture
def client(app: FastAPI) -> CheckedClient:
    return CheckedClient(app)


@pytest.fixture(scope="session")
def server(sample_index: Path) -> Iterator[str]:
    """The address of a service in its own process, on a port of its own choosing."""
    command = [sys.executable, "-m", "web", "--index", str(sample_index), "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.readline()
    if "http://" not in said:
        process.kill()
        pytest.fail(f"the service did not start: {said}{process.communicate()[1]}")
    yield "http://" + said.split("http://")[1].split()[0]
    process.terminate()
    process.communicate(timeout=30)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    executable = next((path for path in map(shutil.which, names) if path), None)
    if executable is None:
        pytest.fail(
            "the browser tests need Chromium, which is missing here; get it with: apt-get install chromium"
        )
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield launched
        launched.close()
