"""Builds killed with SIGKILL: the old index answers, and the next build finishes as if nothing had been."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from indexer.build.build import build
from indexer.encode.encoder import MODEL_SETTING, Encoder, load_encoder
from indexer.store.folder.index import FolderIndex
from indexer.store.manifest import GENERATION_PREFIX, ORIGINALS

ROOT = Path(__file__).resolve().parents[3]
KILLS = 10


def write_edition(source: Path, edition: int, write: Callable[..., Path]) -> None:
    for number in range(12):
        changed = edition if number % 3 == 0 else 0
        paragraphs = [
            f"Finding {place} of text {number} in edition {changed} speaks of {'visits ' * (place % 40)}."
            for place in range(80)
        ]
        write(source / f"text-{number}.txt", paragraphs, ("Kelderbridge", "Thornmere")[number % 2])


def answers(folder: Path, encoder: Encoder) -> object:
    with FolderIndex.open(folder) as index:
        near = index.dense(encoder.encode_query("a finding about visits"), 10)
        words = index.lexical('"visits" AND "edition"', 10)
        documents = [index.document(document.id) for document in index.documents()]
        return index.digest, near, words, documents


@pytest.mark.slow
def test_a_build_killed_at_random_moments_loses_nothing(
    tmp_path: Path, write_document: Callable[..., Path], small_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MODEL_SETTING, str(small_encoder))
    source, folder = tmp_path / "source", tmp_path / "index"
    command = [sys.executable, "-m", "indexer", "build", str(source), "--index", str(folder)]
    write_edition(source, 0, write_document)
    build([source], folder)
    encoder = load_encoder(str(small_encoder))
    stages: set[str] = set()
    before = answers(folder, encoder)
    for edition, moment in enumerate(_all_moments(source, tmp_path / "timed", write_document, stages), 1):
        write_edition(source, edition, write_document)
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, start_new_session=True
        )
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        stages.add(_stage_reached(folder))
        after = answers(folder, encoder)
        # Killed after the last step, the new index stands; before it, the old one; never anything between.
        assert after == before or _editions(after) == {0, edition}
        before = after
    report = build([source], folder)
    fresh = build([source], tmp_path / "fresh")
    assert report.digest == fresh.digest
    assert answers(folder, encoder) == answers(tmp_path / "fresh", encoder)
    assert len(list(folder.glob(f"{GENERATION_PREFIX}*"))) <= 2
    assert not (folder / "cache").exists()
    assert len(list((folder / ORIGINALS).iterdir())) <= 2 * 12
    assert len(stages) > 1, "every kill fell into the same stage: the moments are not random"


def _all_moments(source: Path, folder: Path, write: Callable[..., Path], stages: set[str]) -> Iterator[float]:
    """The moments of KILLS kills; where those found fewer than two stages, the machine's pace has changed since builds
    were timed: they are timed anew, twice at most.
    """
    for _ in range(3):
        yield from _moments(*_times_of_builds(source, folder, write))
        if len(stages) > 1:
            return


def _moments(start: float, end: float) -> list[float]:
    """One moment drawn in each of as many equal parts of a build's time (and a tenth more), in a drawn order: no part
    goes untried.
    """
    chance = random.Random(20)  # noqa: S311 (moments, not secrets)
    first, last = start / 2, end * 1.1
    part = (last - first) / KILLS
    moments = [first + (number + chance.random()) * part for number in range(KILLS)]
    chance.shuffle(moments)
    return moments


def _times_of_builds(source: Path, folder: Path, write: Callable[..., Path]) -> tuple[float, float]:
    """The seconds of a build that finds nothing to do, most of which is Python's start, and of one that changes as
    much as those that are killed.
    """
    command = [sys.executable, "-m", "indexer", "build", str(source), "--index", str(folder)]
    write_edition(source, 0, write)
    build([source], folder)
    times = []
    for edition in (0, 999):
        write_edition(source, edition, write)
        started = time.monotonic()
        subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env={**os.environ})
        times.append(time.monotonic() - started)
    write_edition(source, 0, write)
    return times[0], times[1]


def _stage_reached(folder: Path) -> str:
    generations = len(list(folder.glob(f"{GENERATION_PREFIX}*")))
    return f"{generations} generations, cache: {(folder / 'cache').exists()}"


def _editions(answer: object) -> set[int]:
    assert isinstance(answer, tuple)
    texts = (passage.text for document in answer[3] for passage in document.passages)
    return {int(number) for text in texts for number in re.findall(r"in edition (\d+)", text)}
