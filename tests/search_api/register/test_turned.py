"""Who turned a subject round, and what was promised beside what was found: rows whose every word is a document's."""

from __future__ import annotations

from typing import Any

import pytest

from indexer.errors import QueryError
from search_api.fields import Filters
from search_api.register.promises import one_status, promises_of
from search_api.register.subject_asked import subject_asked
from search_api.register.tables import TABLES, ask, page_to_csv
from search_api.snapshot import Snapshot


def rows(
    snapshot: Snapshot, table: str, filters: Filters | None = None, **given: str
) -> list[dict[str, Any]]:
    return ask(TABLES[table], snapshot, filters or Filters(), given).rows


def test_who_turned_round_was_criticised_first_and_praised_later(snapshot: Snapshot) -> None:
    found = rows(snapshot, "turned", q="theme:workforce")
    found += rows(snapshot, "turned", q="caseloads")
    assert found
    for row in found:
        before, after = row["before"], row["after"]
        assert (before["verdict"], after["verdict"]) == ("weakness", "strength")
        assert before["inspected_to"] < after["inspected_to"] and row["years"] > 0
        assert before["council"] == after["council"] == row["council"]
        for side in (before, after):
            cited = side["citations"][0]
            passage = snapshot.index.passage(cited["passage_id"])
            assert passage and passage.text[cited["start"] : cited["end"]] == side["text"]


def test_who_got_worse_is_the_reverse_and_any_are_all(snapshot: Snapshot) -> None:
    worse = rows(snapshot, "turned", q="performance-data", turn="got-worse")
    assert worse and {(r["before"]["verdict"], r["after"]["verdict"]) for r in worse} == {
        ("strength", "weakness")
    }
    every = rows(snapshot, "turned", q="performance-data", turn="any")
    assert all(row in every for row in worse)


def test_what_the_councils_papers_say_it_did_lies_between_the_two(snapshot: Snapshot) -> None:
    row = rows(snapshot, "turned", q="caseloads")[0]
    assert {one["kind"] for one in row["reported"]} >= {"Action planned", "Progress reported"}
    assert any(one["status"] == "Green" for one in row["reported"])
    dates = [one["date"] for one in row["reported"]]
    assert dates == sorted(dates)
    assert row["before"]["inspected_to"] <= dates[0] <= dates[-1] <= row["inspected_to"]
    assert row["since"] == "mixed"


def test_neighbours_and_the_region_of_a_council_come_first(snapshot: Snapshot) -> None:
    found = rows(snapshot, "turned", q="caseloads", near="Kelderbridge")
    assert found[0]["near"] == "own"
    assert {row["near"] for row in rows(snapshot, "turned", q="caseloads")} == {None}
    with pytest.raises(QueryError, match="no council called"):
        rows(snapshot, "turned", q="caseloads", near="Nowhereshire")


def test_turned_needs_a_subject(snapshot: Snapshot) -> None:
    with pytest.raises(QueryError, match="subject"):
        rows(snapshot, "turned")


def test_a_theme_is_all_of_its_subjects(snapshot: Snapshot) -> None:
    asked = subject_asked(snapshot, "theme:care-leavers")
    assert asked.name == "Care leavers" and {"pathway-plans", "keeping-in-touch"} <= set(asked.subjects)
    with pytest.raises(QueryError, match="no theme"):
        subject_asked(snapshot, "theme:weather")


def test_a_promise_stands_beside_the_next_inspection(snapshot: Snapshot) -> None:
    found = rows(snapshot, "promises")
    assert {row["council"] for row in found} >= {"Kelderbridge", "Thornmere"}
    for row in found:
        assert row["status"] and row["text"] == row["citations"][0]["quote"]
        if row["found"] == "no later inspection":
            assert row["next_inspected_to"] is None and row["after"] is None
        else:
            assert row["inspected_to"] <= row["status_date"] < row["next_inspected_to"]
        if row["after"]:
            assert row["found"] in (row["after"]["verdict"], "mixed")
            assert row["after"]["inspected_to"] == row["next_inspected_to"]


def test_promises_are_chosen_by_status_by_what_was_found_and_by_subject(snapshot: Snapshot) -> None:
    weak = rows(snapshot, "promises", status="green", found="weakness")
    assert weak and {(row["status"], row["found"]) for row in weak} == {("Green", "weakness")}
    assert {tuple(row["subjects"]) for row in rows(snapshot, "promises", q="pathway-plans")} == {
        ("pathway-plans",)
    }
    assert {row.council for row in promises_of(snapshot, "Kelderbridge")} == {"Kelderbridge"}


def test_one_status_has_one_spelling() -> None:
    assert [one_status(printed) for printed in ("G", "GREEN", "green.", "Business As Usual")] == [
        "Green",
        "Green",
        "Green",
        "Business as usual",
    ]


def test_rows_with_parts_are_read_in_a_cell(snapshot: Snapshot) -> None:
    page = ask(TABLES["turned"], snapshot, Filters(), {"q": "caseloads"})
    said = page_to_csv(page).decode("utf-8-sig")
    assert "after_cited_quote" in said.splitlines()[0]
    assert "Action planned; 2017-02-20" in said and "{'kind'" not in said
