"""What `-m eval speed --build` reports: stages that sum up, floors that were met, peers that built the same passages."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.__main__ import main
from eval.bench.speed.build import (
    STAGES,
    by_stage,
    encoding_floor,
    ratios,
    read_pages,
    reading_floor,
    scan_figures,
    take_sample,
    writing_floor,
)
from eval.bench.speed.peers import FOUND, TOOLS, peer_builds
from eval.bench.speed.race import race
from eval.gate import SAMPLE
from eval.search.collection import open_collection
from eval.search.retrievers import PLAIN_ENCODER
from indexer.build.build import build
from indexer.encode.encoder import load_encoder
from indexer.errors import FindingsError, UsageError

PARTS = [part for parts in STAGES.values() for part in parts]


@pytest.fixture(scope="module")
def small_documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the sample's four smallest documents."""
    folder = tmp_path_factory.mktemp("small-documents")
    found = sorted(
        (path for path in SAMPLE.iterdir() if path.is_file()), key=lambda path: path.stat().st_size
    )
    for path in found[:4]:
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="module")
def small_index(tmp_path_factory: pytest.TempPathFactory, small_documents: Path) -> Path:
    """An index of them, for reading only."""
    folder = tmp_path_factory.mktemp("small-index")
    build([small_documents], folder)
    return folder


@given(st.dictionaries(st.sampled_from([*PARTS, "loading the model"]), st.floats(0, 1000)))
def test_the_stages_and_the_rest_sum_up_to_the_builds_own_total(seconds: dict[str, float]) -> None:
    total = sum(seconds.values())
    stages = by_stage({**seconds, "total": total})
    assert stages["total"] == total
    assert sum(taken for name, taken in stages.items() if name != "total") == pytest.approx(total, abs=0.01)
    assert stages["other"] == pytest.approx(seconds.get("loading the model", 0.0), abs=0.01)


def test_a_peers_ratio_is_its_time_over_ours_and_its_reading_counts_in_all() -> None:
    figures = {
        "seconds": {"encoding": 8.0, "indexing": 2.0, "total": 20.0},
        "cpu_seconds": 15.0,
        "floors": {"reading": {"seconds": 4.0, "cpu_seconds": 5.0}},
        "peers": {
            "slow": {"loading_seconds": 6.0, "encoding_and_indexing_seconds": 30.0, "cpu_seconds": 40.0}
        },
    }
    assert ratios(figures) == {"slow": {"encoding_and_indexing": 3.0, "in_all": 2.0, "in_all_cpu": 3.0}}


def test_the_same_sample_is_drawn_each_time_and_the_spare_is_none_of_it(tmp_path: Path) -> None:
    one, other = (take_sample([SAMPLE], 2, tmp_path / name) for name in ("one", "other"))
    assert [path.name for path in one.files] == [path.name for path in other.files]
    assert len(one.files) == 2
    assert one.spare is None or one.spare.name not in {path.name for path in one.files}


def test_sources_without_a_document_are_a_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no document"):
        take_sample([tmp_path / "empty"], None, tmp_path / "sample")


def test_the_reading_floor_reads_every_page_of_the_pdfs_alone(tmp_path: Path) -> None:
    sample = take_sample([SAMPLE], None, tmp_path / "sample")
    pdfs = [path for path in sample.files if path.suffix == ".pdf"]
    floor = reading_floor(sample.files)
    assert floor["files"] == len(pdfs) > 0
    assert floor["pages"] == sum(read_pages(path) for path in pdfs) >= len(pdfs)


def test_the_other_floors_cover_the_whole_index(small_index: Path, tmp_path: Path) -> None:
    collection = open_collection(small_index)
    floor = encoding_floor(collection)
    assert floor is not None
    assert floor["texts"] == len(set(collection.texts))
    assert floor["tokens_per_text"] > 1
    generation = next(small_index.glob("generation-*"))
    written = writing_floor(generation, tmp_path / "written")
    stored = sum(path.stat().st_size for path in generation.rglob("*") if path.is_file())
    assert written["megabytes"] == round(stored / 1e6, 1)
    scan = scan_figures(small_index)
    assert collection.vectors is not None
    assert scan["megabytes"] == round(collection.vectors.nbytes / 1e6, 1)


@pytest.mark.slow
def test_every_tool_indexes_the_same_passages(small_index: Path) -> None:
    texts = open_collection(small_index).texts[:20]
    built = peer_builds(list(TOOLS), texts)
    # The store in memory is built once, though it is searched in two ways.
    assert set(built) == {*TOOLS, "plain loop, our weights"} - {"haystack, dense"}
    assert {peer["passages"] for peer in built.values()} == {len(texts)}


@pytest.mark.slow
@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_finds_ten_passages_with_either_weights(small_index: Path, name: str) -> None:
    collection = open_collection(small_index)
    for weights in (PLAIN_ENCODER, collection.encoder):
        assert collection.vectors is not None
        tool = TOOLS[name](collection, load_encoder(weights), collection.vectors)
        for question in questions_of(small_index):
            found = tool.rank(question, None, FOUND)
            assert len(set(found)) == len(found) == FOUND
            assert collection.by_id.keys() >= set(found)


def questions_of(index: Path) -> list[str]:
    return [p.text[:80] for p in open_collection(index).passages if len(p.text) > 200][:8]


@pytest.mark.slow
def test_everybody_is_asked_every_question_once_in_processes_of_their_own(small_index: Path) -> None:
    # Two tools: what each of the others finds is tried above, without the seconds that their libraries take to start.
    names = ["plain loop", "haystack, FAISS"]
    questions = questions_of(small_index)
    found = race(small_index, names, questions[2:], questions[:2])
    assert set(found["tools"]) == set(found["times_as_fast"]) == set(names)
    racers = [found["ours"], *(racer for weights in found["tools"].values() for racer in weights.values())]
    assert len(racers) == 1 + 2 * len(names)
    for racer in racers:
        assert racer["answered"] == racer["calls"] == len(questions[2:])
        assert racer["cpu_median_ms"] > 0
        assert racer["threads"] >= 1
    for ratios_of_tool in found["times_as_fast"].values():
        assert min(ratios_of_tool.values()) > 0


def test_an_index_that_is_not_there_ends_the_race_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(FindingsError, match="no index"):
        race(tmp_path / "none", [], ["a question"], [])


@pytest.mark.slow
def test_the_command_builds_a_sample_and_reports_ratios_first(
    small_documents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [
        "--build",
        str(small_documents),
        "--files",
        "3",
        "--peers",
        "plain loop",
        "--out",
        str(tmp_path),
    ]
    assert main(["speed", "--index", str(tmp_path / "no-index"), *options]) == 0
    figures = json.loads((tmp_path / "speed.json").read_text("utf-8"))["build"]
    assert figures["files"] == 3
    stages = [figures["seconds"][name] for name in (*STAGES, "other")]
    assert sum(stages) == pytest.approx(figures["seconds"]["total"], abs=0.01)
    assert (
        set(figures["seconds_after_peers"]) == set(figures["seconds_before_peers"]) == set(figures["seconds"])
    )
    assert {peer["passages"] for peer in figures["peers"].values()} == {figures["passages"]}
    assert set(figures["times_as_fast"]) == {"plain loop", "plain loop, our weights"}
    assert figures["changes"]["nothing changed"]["unchanged"] == figures["documents"]
    replaced = figures["changes"]["one file replaced by a new report"]
    assert replaced["unchanged"] == figures["documents"] - 1
    report = capsys.readouterr().out
    assert report.index("times as fast") < report.index("stages and their floors")
    assert (tmp_path / "speed.md").read_text("utf-8") in report


def test_a_run_that_would_time_nothing_is_refused_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["speed", "--index", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.slow
def test_one_changed_document_is_timed_among_all_from_an_index_that_is_there(
    small_documents: Path, small_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--index", str(small_index), "--changed", str(small_documents), "--out", str(tmp_path)]
    before = {path.name: path.stat().st_mtime_ns for path in small_index.iterdir()}
    assert main(["speed", *options]) == 0
    found = json.loads((tmp_path / "speed.json").read_text("utf-8"))["changed"]
    assert found["first_unchanged"] == found["documents"] > 1
    assert found["changes"]["nothing changed"]["unchanged"] == found["documents"]
    assert found["changes"]["one file replaced by a new report"]["unchanged"] == found["documents"] - 1
    assert "One changed file among" in capsys.readouterr().out
    assert {path.name: path.stat().st_mtime_ns for path in small_index.iterdir()} == before
