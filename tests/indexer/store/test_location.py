"""Where an index is: read from one setting, and shown without its secrets."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.store.location import SETTING, DatabaseLocation, add_index_option, index_location, setting_for


def test_an_address_is_a_database_and_anything_else_a_folder() -> None:
    assert index_location("postgresql://a@b/c") == DatabaseLocation("postgresql://a@b/c")
    assert index_location("postgres://b/c") == DatabaseLocation("postgres://b/c")
    assert index_location("var/postgresql") == Path("var/postgresql")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:hush@one:5432,two:5433/findings", "postgresql://ann@one:5432,two:5433/findings"),
        (
            "postgresql://one/findings?sslmode=require&password=hush",
            "postgresql://one/findings?sslmode=require",
        ),
        ("postgresql:///findings", "postgresql:///findings"),
        ("postgresql://ann:p%40ss@one", "postgresql://ann@one"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert str(DatabaseLocation(url)) == shown


def test_the_setting_stands_in_for_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "postgresql://one/findings")
    parser = argparse.ArgumentParser()
    add_index_option(parser)
    assert parser.parse_args([]).index == DatabaseLocation("postgresql://one/findings")
    assert parser.parse_args(["--index", "here"]).index == Path("here")
    monkeypatch.delenv(SETTING)
    required = argparse.ArgumentParser()
    add_index_option(required)
    with pytest.raises(SystemExit):
        required.parse_args([])


def test_an_index_in_a_folder_needs_no_driver() -> None:
    program = "import sys, search_api.engine, web.app, indexer.build.build; print('psycopg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_commands_for_folders_refuse_an_address_without_showing_it() -> None:
    command = [sys.executable, "-m", "indexer", "doctor", "--index", "postgresql://a:hush@one/b"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "PostgreSQL's own tools" in done.stderr
    assert "hush" not in done.stderr


def test_an_index_is_copied_into_a_database_only() -> None:
    command = [sys.executable, "-m", "indexer", "copy", "nowhere", "--index", "var/index"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "postgresql://" in done.stderr


@pytest.mark.slow
def test_a_database_that_does_not_answer_is_said_in_one_line_without_its_password() -> None:
    # Nobody listens on port 1: it is refused at once, and asked again for some seconds.
    command = [
        sys.executable,
        "-m",
        "search_api",
        "search",
        "words",
        "--index",
        "postgresql://a:hush@127.0.0.1:1/b",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "postgresql://a@127.0.0.1:1/b can't be used" in done.stderr
    assert "hush" not in done.stderr


def test_another_command_opens_the_same_index_by_its_environment() -> None:
    for text in ("var/index", "postgresql://a:hush@one,two/b"):
        assert index_location(setting_for(index_location(text))[SETTING]) == index_location(text)
