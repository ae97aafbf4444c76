"""Two inspections beside each other: again, spoken of, no longer mentioned, new; "done" only where one says so."""

from __future__ import annotations

import pytest

from indexer.document import Document
from search_api.comparing.compare import Reported, compare, is_done
from search_api.comparing.compare_theme import compare_theme
from search_api.snapshot import Snapshot


def inspections(snapshot: Snapshot, council: str) -> list[Document]:
    held = [d for d in snapshot.index.documents() if d.council == council and d.kind == "inspection report"]
    held.sort(key=lambda d: d.inspected_to or d.published or "")
    return [whole for d in held for whole in [snapshot.index.document(d.id)] if whole]


def test_every_recommendation_of_both_reports_stands_in_one_place(snapshot: Snapshot) -> None:
    first, second = inspections(snapshot, "Kelderbridge")[:2]
    found = compare(snapshot.index, first, second)
    shown = [item.passage.id for item in found.items]
    repeated = {item.beside[0].id for item in found.of("repeated")}
    assert len(shown) == len(set(shown))
    asked = {r.passage_id for document in (first, second) for r in document.recommendations}
    assert set(shown) | repeated == asked
    assert not set(shown) & repeated


def test_what_stands_beside_is_of_the_other_report(snapshot: Snapshot) -> None:
    first, second = inspections(snapshot, "Kelderbridge")[:2]
    for item in compare(snapshot.index, first, second).items:
        here = first if item.outcome == "new" else second
        assert {passage.document_id for passage in item.beside} <= {here.id}
        assert item.beside_is_near or len(item.beside) == 1


def test_recommendation_on_return_interviews_is_tied_to_what_is_said_of_them_later(
    snapshot: Snapshot,
) -> None:
    first, second = inspections(snapshot, "Kelderbridge")[:2]
    items = compare(snapshot.index, first, second).items
    asked = next(i for i in items if "return interview" in i.passage.text and i.outcome != "new")
    assert asked.outcome in {"repeated", "spoken of"}
    assert any("return" in passage.text.lower() for passage in asked.beside)


def test_report_compared_with_itself_repeats_everything(snapshot: Snapshot) -> None:
    report = inspections(snapshot, "Kelderbridge")[0]
    found = compare(snapshot.index, report, report)
    assert {item.outcome for item in found.items} == {"repeated"}
    assert all(item.beside[0] == item.passage for item in found.items)


def test_nothing_is_reported_done_without_a_status_that_says_so(snapshot: Snapshot) -> None:
    first, second = inspections(snapshot, "Kelderbridge")[:2]
    without = compare(snapshot.index, first, second)
    assert without.of("reported done") == ()
    gone = without.of("no longer mentioned")
    assert gone
    said = {item.passage.id: Reported("Complete", "/x") for item in without.items}
    assert {i.passage.id for i in compare(snapshot.index, first, second, said).of("reported done")} == {
        item.passage.id for item in gone
    }
    green = {item.passage.id: Reported("Green", "/x") for item in without.items}
    assert compare(snapshot.index, first, second, green).of("reported done") == ()


@pytest.mark.parametrize(
    ("status", "done"),
    [
        ("Complete", True), ("Completed May 2017", True), ("Business as usual", True), ("BLUE", True), ("Closed", True),
        ("Green", False), ("Not complete", False), ("Amber", False), ("", False), ("On track", False),
    ],
)  # fmt: skip
def test_status_is_done_only_where_it_says_so(status: str, done: bool) -> None:
    assert is_done(status) is done


def test_theme_is_followed_from_inspection_to_inspection(snapshot: Snapshot) -> None:
    kelderbridge, thornmere = compare_theme(snapshot, "return interviews", ["Kelderbridge", "Thornmere"])
    days = [
        inspected.document.inspected_to or inspected.document.published or ""
        for inspected in kelderbridge.inspections
    ]
    assert days == sorted(days) and len(days) >= 3
    assert kelderbridge.inspections[0].change == "first"
    assert {inspected.change for inspected in kelderbridge.inspections[1:]} <= {
        "again",
        "new",
        "no longer mentioned",
        "not mentioned",
    }
    for inspected in (*kelderbridge.inspections, *thornmere.inspections):
        assert bool(inspected.hits) == bool(inspected.passages)
        assert all(hit.passage.document_id == inspected.document.id for hit in inspected.hits)


def test_theme_that_nobody_speaks_of_is_not_mentioned(snapshot: Snapshot) -> None:
    found = compare_theme(snapshot, "zebra xylophone", ["Kelderbridge"])
    assert {inspected.change for inspected in found[0].inspections} == {"not mentioned"}
