from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from indexer.build.build import build
from indexer.errors import IndexUnusable, QueryError
from search_api.answers.answering import answer_question
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.search.results import search_passages
from search_api.snapshot import Snapshot

AWKWARD = [
    'text:plans OR (about', '"unclosed', "NEAR(plans, 3)", "plans AND NOT", "a* ^b", "col:umn", "{}[]()<>",
    "<script>alert(1)</script> plans", "plans; DROP TABLE passages", "'' OR 1=1 --", "plans\x00\x01\x02",
    "‘curly’ “plans”", "п л а н ы", "计划", "%s %d {0}", "\\", "NOT", "OR", "🙂 plans",
]  # fmt: skip


def test_return_interviews_are_found_in_different_words_and_documents(snapshot: Snapshot) -> None:
    found = search_passages(snapshot, "findings on return interviews")
    texts = " ".join(hit.passage.text for hit in found.hits)
    assert "return home interview" in texts
    assert "return interview" in texts
    assert len({hit.document.council for hit in found.hits}) >= 2
    assert len({hit.document.id for hit in found.hits}) >= 3


def test_hits_are_ranked_without_gaps_and_best_first(snapshot: Snapshot) -> None:
    found = search_passages(snapshot, "initial health assessments", limit=20)
    assert [hit.rank for hit in found.hits] == list(range(1, 21))
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert found.total >= 20


def test_the_same_question_gives_the_same_hits(snapshot: Snapshot) -> None:
    first, second = (search_passages(snapshot, "supervision of social workers", limit=30) for _ in range(2))
    assert first == second


def test_pages_of_results_follow_on(snapshot: Snapshot) -> None:
    whole = search_passages(snapshot, "care leavers", limit=8)
    parts = [
        *search_passages(snapshot, "care leavers", limit=4).hits,
        *search_passages(snapshot, "care leavers", limit=4, offset=4).hits,
    ]
    assert [hit.passage.id for hit in parts] == [hit.passage.id for hit in whole.hits]
    assert search_passages(snapshot, "care leavers", offset=1_000).hits == ()


def test_no_page_of_results_repeats_another_and_all_tell_the_same_total(snapshot: Snapshot) -> None:
    first = search_passages(snapshot, "supervision of social workers", limit=10)
    pages = [
        search_passages(snapshot, "supervision of social workers", limit=10, offset=offset)
        for offset in range(0, first.total, 10)
    ]
    shown = [hit.passage.id for page in pages for hit in page.hits]
    assert {page.total for page in pages} == {first.total} == {len(shown)} == {len(set(shown))}
    scores = [hit.score for page in pages for hit in page.hits]
    assert scores == sorted(scores, reverse=True)


def test_highlights_mark_the_words_that_matched(snapshot: Snapshot) -> None:
    for hit in search_passages(snapshot, "late return interviews of missing children").hits:
        end = 0
        for start, stop in hit.highlights:
            assert end <= start < stop <= len(hit.passage.text)
            end = stop
    best = search_passages(snapshot, "RHI").hits[0]
    marked = [best.passage.text[start:stop].lower() for start, stop in best.highlights]
    assert any("interview" in words for words in marked)


def test_a_council_and_a_year_in_the_question_are_filters(snapshot: Snapshot) -> None:
    found = search_passages(snapshot, "health assessments in Kelderbridge in 2019")
    assert found.filters == {"council": ["Kelderbridge"], "year": [2019]}
    assert {hit.document.file for hit in found.hits} == {"kelderbridge-2019-inspection.pdf"}


def test_what_was_understood_can_be_undone(snapshot: Snapshot) -> None:
    found = search_passages(snapshot, "health assessments in Kelderbridge", without=["council"], limit=30)
    assert found.filters == {}
    assert len({hit.document.council for hit in found.hits}) > 1


def test_the_latest_inspection_is_the_newest_of_the_council(snapshot: Snapshot) -> None:
    found = search_passages(snapshot, "care leavers in Kelderbridge latest inspection")
    assert {hit.document.file for hit in found.hits} == {"kelderbridge-2026-inspection.pdf"}


def test_a_filter_that_would_leave_nothing_gives_way_and_says_so(snapshot: Snapshot) -> None:
    found = search_passages(snapshot, "care leavers in Kelderbridge in 2021")
    assert found.hits
    assert found.filters == {"council": ["Kelderbridge"]}
    assert any("2021" in note for note in found.notes)
    assert not any(tag.kind == "year" for tag in found.understood)
    elsewhere = search_passages(snapshot, "care leavers in Darlington")
    assert elsewhere.hits
    assert any("Darlington" in note for note in elsewhere.notes)


def test_a_filter_given_as_a_parameter_is_obeyed_even_where_it_leaves_nothing(snapshot: Snapshot) -> None:
    assert search_passages(snapshot, "care leavers", Filters(council=("Darlington",))).hits == ()


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        (Filters(council=("Thornmere",)), lambda hit: hit.document.council == "Thornmere"),
        (Filters(kind="improvement plan"), lambda hit: hit.document.kind == "improvement plan"),
        (Filters(framework="SIF"), lambda hit: hit.document.framework == "SIF"),
        (Filters(published_from="2019"), lambda hit: (hit.document.published or hit.document.inspected_to) >= "2019"),
        (Filters(published_to="2016"), lambda hit: (hit.document.published or hit.document.extra["date"]) < "2017"),
        (Filters(grade="Inadequate"), lambda hit: hit.grade == "Inadequate"),
        (Filters(section="care leavers"), lambda hit: "care leavers" in " ".join(hit.passage.section).lower()),
        (Filters(document="thornmere-2016-inspection.pdf"), lambda hit: hit.document.file.startswith("thornmere-2016")),
        (Filters(passage_kind="recommendation"), lambda hit: hit.passage.kind == "recommendation"),
    ],
)  # fmt: skip
def test_every_filter_holds_for_every_hit(snapshot: Snapshot, filters: Filters, holds: object) -> None:
    hits = search_passages(snapshot, "care and plans", filters, limit=50).hits
    assert hits
    assert all(holds(hit) for hit in hits)  # type: ignore[operator]


def test_a_quoted_phrase_must_stand_in_every_hit_and_a_left_out_word_in_none(snapshot: Snapshot) -> None:
    hits = search_passages(snapshot, '"return home interview"', limit=50).hits
    assert hits
    assert all("return home interview" in " ".join(hit.passage.text.lower().split()) for hit in hits)
    without = search_passages(snapshot, "return interviews -hours", limit=50).hits
    assert without
    assert not any(" hours" in hit.passage.text.lower() for hit in without)
    assert search_passages(snapshot, '"no such phrase anywhere"').hits == ()


@pytest.mark.parametrize("question", AWKWARD)
def test_no_text_is_syntax(snapshot: Snapshot, question: str) -> None:
    try:
        found = search_passages(snapshot, question)
    except QueryError as refused:
        assert "\n" not in str(refused)
    else:
        assert all(hit.passage.text for hit in found.hits)


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_limit_out_of_bounds_is_refused(snapshot: Snapshot, limit: int) -> None:
    with pytest.raises(QueryError, match="1 to 100"):
        search_passages(snapshot, "plans", limit=limit)


def test_documents_passages_and_councils_can_be_looked_up(snapshot: Snapshot) -> None:
    documents = snapshot.index.documents()
    assert len(documents) == 10
    whole = snapshot.index.document(documents[0].id)
    assert whole is not None
    assert snapshot.index.passage(whole.passages[0].id) == whole.passages[0]
    assert snapshot.index.document("nothing") is None
    assert snapshot.index.passage("nothing.p1") is None
    held = {council.name: council for council in snapshot.holdings.by_council()}
    assert sum(council.documents for council in held.values()) == 10
    assert held["Kelderbridge"].region is None


def test_a_missing_index_is_refused_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match="indexer build"):
        Engine(tmp_path).snapshot()


@pytest.mark.slow
def test_an_index_rebuilt_under_a_running_engine_is_taken_up_whole(
    tmp_path: Path, sample_index: Path, sample_folder: Path
) -> None:
    folder = tmp_path / "index"
    shutil.copytree(sample_index, folder)
    fewer = tmp_path / "sources"
    fewer.mkdir()
    for file in sorted(sample_folder.glob("thornmere*")):
        shutil.copy(file, fewer)
    with Engine(folder) as engine:
        seen: set[tuple[int, frozenset[str | None]]] = set()
        stop = threading.Event()
        failed: list[Exception] = []

        def ask() -> None:
            while not stop.is_set():
                try:
                    found = search_passages(engine.snapshot(), "return interviews", limit=50)
                    seen.add((len(found.hits), frozenset(hit.document.council for hit in found.hits)))
                except Exception as error:  # whatever fails under the swap is what this test is about
                    failed.append(error)
                    return

        asking = [threading.Thread(target=ask) for _ in range(3)]
        search_passages(engine.snapshot(), "return interviews")
        for thread in asking:
            thread.start()
        build([fewer], folder)
        assert {
            hit.document.council for hit in search_passages(engine.snapshot(), "care", limit=50).hits
        } == {"Thornmere"}
        stop.set()
        for thread in asking:
            thread.join()
        assert not failed
        assert {councils for _, councils in seen} <= {
            frozenset({"Thornmere"}), frozenset({"Kelderbridge", "Thornmere", "Fenwold and Marle"}),
        }  # fmt: skip
        assert len(engine.snapshot().index.documents()) == len(list(fewer.iterdir()))
        (folder / "manifest.json").write_text("{}", encoding="utf-8")
        assert search_passages(engine.snapshot(), "care").hits


def test_what_is_asked_of_one_snapshot_is_answered_from_one_index(
    sample_index: Path, sample_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    shutil.copytree(sample_index, folder)
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    shutil.copy(next(path for path in sorted(sample_folder.iterdir()) if path.suffix == ".pdf"), fewer)
    with Engine(folder) as engine:
        snapshot = engine.snapshot()
        before = snapshot.health().digest
        build([fewer], folder)
        newer = engine.snapshot()
        assert snapshot.health().digest == before
        answer = answer_question(snapshot, "findings on return interviews")
        assert answer.coverage.documents_searched > 1
        assert search_passages(snapshot, "return interviews").hits
        assert newer.health().digest != before
        assert len(newer.index.documents()) == 1
