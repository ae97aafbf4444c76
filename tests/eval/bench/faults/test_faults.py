"""The fault programme with few tries: every kind of fault by real processes, and nothing lost."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.bench.faults import faults
from eval.bench.faults import serving as fault_serving
from eval.bench.faults.documents import (
    DOCUMENTS,
    Documents,
    FaultCounts,
    editions_in,
    must_build,
    one_line,
    said_plainly,
)
from eval.reports import markdown
from indexer.encode.encoder import MODEL_SETTING, load_encoder
from indexer.errors import FindingsError
from indexer.store.folder.writer import TABLES
from indexer.store.manifest import read_manifest
from tests.conftest import ROOT
from tests.indexer.conftest import write_encoder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_encoder(tmp_path_factory.mktemp("encoder") / "small", seed=1))


def lost(rows: list[FaultCounts]) -> list[str]:
    return [f"{row.fault}: {loss}" for row in rows for loss in row.losses]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in faults.NAMES if name != "damage"])
def test_nothing_is_lost_by_a_fault(name: str, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODEL_SETTING, model)
    rows = list(faults.run((name,), 6, 20, model))
    assert lost(rows) == []
    for row in rows:
        assert row.tried or "NOT TRIED" in row.how


@pytest.mark.slow
def test_damage_to_any_file_is_found(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODEL_SETTING, model)
    rows = list(faults.run(("damage",), 6, 20, model))
    assert lost(rows) == []
    damaged = {row.fault for row in rows}
    assert {"damage to manifest.json", f"damage to {TABLES}", "damage to an original"} <= damaged


STUCK = """
import os
from search_api.engine import Engine

resume = Engine.resume

def resume_for_good(self):
    resume(self)
    try:
        os.close(os.open({path!r}, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    held = self.snapshot()
    self.snapshot = lambda: held

Engine.resume = resume_for_good
"""


@pytest.mark.slow
def test_one_process_that_does_not_follow_a_build_is_a_loss(
    tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Python itself reads this file at each start: the first of the service's processes keeps what it has open.
    (tmp_path / "sitecustomize.py").write_text(STUCK.format(path=str(tmp_path / "stuck")), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    monkeypatch.setenv(MODEL_SETTING, model)
    # The one that can't follow is waited for until our patience ends: little will do, unless the machine is so busy
    # that the other one needs more.
    for patience in (3.0, 15.0, 60.0):
        monkeypatch.setattr(fault_serving, "PATIENCE", patience)
        (tmp_path / "stuck").unlink(missing_ok=True)
        row = fault_serving.replaced_under_load(tmp_path / f"{patience:.0f}", 1, 20, clients=4)
        holding = [loss for loss in row.losses if loss.endswith("still holds an index that was replaced")]
        if len(holding) < fault_serving.PROCESSES:
            break
    assert "edition 2 was published, and not every process came to answer from it" in row.losses
    assert len(holding) == 1
    assert all(row.outcomes[f"by process {number}"] for number in (1, 2))


def test_a_connection_is_held_by_the_process_that_took_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client, listening.accept()[0]:
            own = client.getsockname()[1]
            assert fault_serving.holder(own, port, [os.getppid(), os.getpid()]) == os.getpid()
            assert fault_serving.holder(own, port, [os.getppid()]) == 0


def test_an_index_of_no_edition_and_one_of_two_are_told_from_a_whole_one(
    tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MODEL_SETTING, model)
    encoder = load_encoder(model)
    source, folder = tmp_path / "source", tmp_path / "index"
    DOCUMENTS.write(source, 3)
    must_build(source, folder)
    assert DOCUMENTS.edition_of(folder, encoder, (2, 3)) == 3
    with pytest.raises(FindingsError, match="none of the editions"):
        DOCUMENTS.edition_of(folder, encoder, (4,))
    DOCUMENTS.write(tmp_path / "other", 4)
    shutil.copy(tmp_path / "other" / "text-0.txt", source / "text-0.txt")
    must_build(source, folder)
    with pytest.raises(FindingsError, match="none of the editions"):
        DOCUMENTS.edition_of(folder, encoder, (3, 4))
    # What isn't as it was written is refused before it is compared.
    path = folder / read_manifest(folder).generation / TABLES
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(FindingsError, match="damaged"):
        DOCUMENTS.edition_of(folder, encoder, (3, 4))


def test_every_paragraph_says_its_edition() -> None:
    texts = Documents(changing=1).texts(7)
    assert all(editions_in([paragraph]) == {7} for paragraphs in texts.values() for paragraph in paragraphs)
    assert editions_in([p for part in Documents(changing=3).texts(7).values() for p in part]) == {0, 7}


def test_the_report_has_a_row_for_each_fault_and_every_loss_in_words() -> None:
    good, bad = FaultCounts("kill", "it is killed"), FaultCounts("cut", "it is cut")
    good.count("the old index stood")
    good.count("the old index stood")
    bad.lose("a paragraph\nwas gone")
    facts = {"machine": "2 processors"}
    text = markdown(
        faults.TEMPLATE, rows=[good, bad], facts=facts, command="python -m eval faults", day="2026-11-21"
    )
    assert "3 tries, **1 losses**" in text
    assert "| kill | 2 | 0 | the old index stood 2 |" in text
    assert "- cut: a paragraph was gone" in text


def test_one_line_is_one_line() -> None:
    assert said_plainly("reading: 2 files in 12.3 s\nthere is no room\n")
    assert not said_plainly("Traceback (most recent call last):\nOSError\n")
    assert one_line("the disk is full\n")
    assert not one_line("the disk\nis full\n")
    assert not one_line("")


@pytest.mark.slow
def test_the_command_writes_its_report(tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODEL_SETTING, model)
    out = tmp_path / "reports" / "faults.md"
    assert main(["faults", "--only", "read-only", "--kills", "1", "--model", model, "--out", str(out)]) == 0
    figures = json.loads(out.with_suffix(".json").read_text("utf-8"))
    assert figures["faults"][0]["losses"] == []
    assert "**0 losses**" in out.read_text("utf-8")
    assert main(["faults", "--kills", "0"]) == 2
