"""The command line: exit statuses, one line for a person's mistake, JSON that scripts can take."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.encode.encoder import MODEL_SETTING
from indexer.store.folder.index import FolderIndex

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "corpus" / "sample"
COMMAND = [sys.executable, "-m", "indexer"]


@pytest.fixture(autouse=True)
def _small_encoder(monkeypatch: pytest.MonkeyPatch, small_encoder: Path) -> None:
    monkeypatch.setenv(MODEL_SETTING, str(small_encoder))


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=300)


@pytest.fixture
def source(tmp_path: Path, write_document: Callable[..., Path]) -> Path:
    write_document(tmp_path / "source" / "one.txt", ["Interviews happen in time."])
    return tmp_path / "source"


def test_build_prints_a_summary_and_its_stages(source: Path, tmp_path: Path) -> None:
    (source / "nothing.pdf").touch()
    done = run("build", source, "--index", tmp_path / "index")
    assert done.returncode == 0
    assert done.stdout.startswith("1 documents, ")
    assert "1 skipped:\n  nothing.pdf: is empty" in done.stdout
    assert "reading: 1 files in " in done.stderr
    assert "\x1b" not in done.stderr


def test_build_takes_several_sources_and_a_model(source: Path, tmp_path: Path, another_encoder: Path) -> None:
    plan = SAMPLE / "kelderbridge-progress-2016.txt"
    done = run("build", source, plan, "--index", tmp_path / "index", "--model", another_encoder)
    assert done.returncode == 0
    with FolderIndex.open(tmp_path / "index") as index:
        assert {document.file for document in index.documents()} == {"one.txt", plan.name}
        assert index.manifest.encoder == str(another_encoder)


def test_inspect_prints_the_contracts_document(tmp_path: Path) -> None:
    done = run("inspect", SAMPLE / "kelderbridge-2015-inspection.pdf")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert list(document)[:16] == [
        "id", "file", "title", "council", "kind", "framework", "published", "inspected_from", "inspected_to",
        "lead_inspector", "judgements", "pages", "passages", "recommendations", "actions", "indicators",
    ]  # fmt: skip
    assert (document["file"], document["council"]) == ("kelderbridge-2015-inspection.pdf", "Kelderbridge")
    assert set(document["passages"][0]) == {
        "id", "document_id", "kind", "label", "section", "page", "end_page", "text", "page_label",
    }  # fmt: skip


def test_inspect_gives_the_passages_that_the_index_holds(source: Path, tmp_path: Path) -> None:
    assert run("build", source, "--index", tmp_path / "index").returncode == 0
    document = json.loads(run("inspect", source / "one.txt").stdout)
    with FolderIndex.open(tmp_path / "index") as index:
        held = index.document(document["id"])
        assert held is not None
        assert held.to_json() == document


@pytest.mark.parametrize(
    "arguments",
    [
        ["build", "nowhere", "--index", "{tmp}/index"],
        ["build", "{tmp}", "--index", "/proc/index"],
        ["build", "corpus/sample", "--index", "{tmp}/index", "--model", "nobody/nothing"],
        ["inspect", "nowhere.pdf"],
        ["inspect", "corpus"],
    ],
)
def test_a_mistake_ends_in_one_line_and_status_2(tmp_path: Path, arguments: list[str]) -> None:
    done = run(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [[], ["build"], ["build", "x"], ["inspect"], ["nothing"]])
def test_missing_arguments_are_status_2_and_one_line(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "--help" in done.stderr


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "a while"])
def test_a_time_limit_that_is_none_is_refused(limit: str) -> None:
    done = run("build", "corpus/sample", "--index", "never", "--time-limit", limit)
    assert done.returncode == 2
    assert "--time-limit" in done.stderr


def test_a_closed_pipe_ends_inspect_quietly() -> None:
    command = (
        f"{sys.executable} -m indexer inspect {SAMPLE / 'kelderbridge-2015-inspection.pdf'} | head -c 20"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("number", "status", "line"),
    [(signal.SIGINT, 130, "stopped; the index is as it was"), (signal.SIGTERM, 143, "ended by a signal")],
)
def test_a_signal_ends_a_build_in_one_line_and_leaves_no_process(
    tmp_path: Path, write_document: Callable[..., Path], number: int, status: int, line: str
) -> None:
    # On a busy machine a build may be over before we look: then a longer one is tried.
    for documents in (60, 240, 960):
        for place in range(documents):
            write_document(
                tmp_path / "source" / f"{place}.txt", [f"Finding {n} of text {place}." for n in range(9)]
            )
        index = tmp_path / f"index-{documents}"
        with subprocess.Popen(
            [*COMMAND, "build", str(tmp_path / "source"), "--index", str(index)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True,
        ) as process:  # fmt: skip
            deadline = time.monotonic() + 120
            while not list(index.glob("generation-*")):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            # Stopped, it can't finish between our look and the signal.
            process.send_signal(signal.SIGSTOP)
            over = (index / "manifest.json").exists()
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)
            output, errors = process.communicate(timeout=120)
        if not over:
            break
    assert (process.returncode, output) == (status, "")
    assert errors.strip().splitlines()[-1].startswith(line)
    assert "Traceback" not in errors
    assert not (index / "manifest.json").exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_build_that_computes_ends_some_seconds_after_the_signal() -> None:
    # A statement that never ends, in a library that lets other threads run, as an encoder's does.
    never = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    code = f"""
import sqlite3
from indexer import __main__ as program
def computing(options):
    print("computing", flush=True)
    sqlite3.connect(":memory:").execute({never!r}).fetchall()
program._build = computing
program.end_in_time()
raise SystemExit(program.main(["build", "nothing", "--index", "nowhere"]))
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "computing\n"
        started = time.monotonic()
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert time.monotonic() - started < 8
    assert (process.returncode, errors.strip()) == (143, "ended by a signal; the index is as it was")


def test_a_terminal_sees_bars_with_rate_and_time_left(source: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [*COMMAND, "build", str(source), "--index", str(tmp_path / "index")]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=theirs, cwd=ROOT, env=environment
    ) as process:
        os.close(theirs)
        seen = b""
        try:
            while chunk := os.read(ours, 4096):
                seen += chunk
        except OSError:
            pass  # the other end has closed: the process has ended
    os.close(ours)
    assert process.returncode == 0
    text = seen.decode()
    assert "reading" in text
    assert "encoding" in text
    assert "1/1" in text
    assert "━" in text


def test_build_refuses_a_broken_profile_in_one_line(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "pools.toml").write_text('id = "pools"\n[grades]\nlayouts = ["circle"]\n', encoding="utf-8")
    monkeypatch.setenv("FINDINGS_PROFILES", str(profiles))
    ran = run("build", source, "--index", tmp_path / "index")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.count("\n") == 1
    assert "pools.toml:3: grades.layouts" in ran.stderr
