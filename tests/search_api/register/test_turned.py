"""Who turned a subject round, and what was promised beside what was found: rows whose every word is a document's."""

from __future__ import annotations

from typing import Any

import pytest

from indexer.errors import QueryError
from indexer.register.subjects import load_subjects
from search_api.fields import Filters
from search_api.register.promises import FOLLOWED, one_status, promises_of
from search_api.register.subject_asked import subject_asked
from search_api.register.tables import TABLES, ask, page_to_csv
from search_api.register.turned import ENDS, TURNS, Turn
from search_api.snapshot import Snapshot


def rows(
    snapshot: Snapshot, table: str, filters: Filters | None = None, **given: str
) -> list[dict[str, Any]]:
    return ask(TABLES[table], snapshot, filters or Filters(), given).rows


def turns(snapshot: Snapshot, turn: str) -> list[dict[str, Any]]:
    """Every row of a turn, on whichever subject the sample has one: what a statement is taken for may change."""
    return [row for one in load_subjects() for row in rows(snapshot, "turned", q=one.id, turn=turn)]


@pytest.mark.parametrize("turn", TURNS)
def test_each_turn_has_its_two_ends(snapshot: Snapshot, turn: Turn) -> None:
    found = turns(snapshot, turn)
    assert found or turn == "partly"
    for row in found:
        before, after = row["before"], row["after"]
        for side, standing in zip((before, after), ENDS[turn], strict=True):
            assert side["verdict"] == standing or standing == "mixed"
            cited = side["citations"][0]
            passage = snapshot.index.passage(cited["passage_id"])
            assert passage and passage.text[cited["start"] : cited["end"]] == side["text"]
        assert before["inspected_to"] < after["inspected_to"] and row["years"] > 0
        assert before["council"] == after["council"] == row["council"]
        assert row["since"] is None or row["since_inspected_to"] > row["inspected_to"]


def test_any_turn_is_all_of_them(snapshot: Snapshot) -> None:
    subject = turns(snapshot, "turned-round")[0]["after"]["subject"]
    every = rows(snapshot, "turned", q=subject, turn="any")
    assert sorted(row["turn"] for row in every) == sorted(
        row["turn"] for turn in TURNS for row in rows(snapshot, "turned", q=subject, turn=turn)
    )


def test_what_the_councils_papers_say_it_did_lies_between_the_two(snapshot: Snapshot) -> None:
    reported = [row for turn in TURNS for row in turns(snapshot, turn) if row["reported"]]
    assert reported
    for row in reported:
        dates = [one["date"] for one in row["reported"]]
        assert dates == sorted(dates)
        assert row["before"]["inspected_to"] <= dates[0] <= dates[-1] <= row["inspected_to"]
    assert {"Action planned", "Progress reported"} <= {
        one["kind"] for row in reported for one in row["reported"]
    }


def test_neighbours_and_the_region_of_a_council_come_first(snapshot: Snapshot) -> None:
    row = turns(snapshot, "turned-round")[0]
    subject = row["after"]["subject"]
    assert rows(snapshot, "turned", q=subject, near=row["council"])[0]["near"] == "own"
    assert {row["near"] for row in rows(snapshot, "turned", q=subject)} == {None}
    with pytest.raises(QueryError, match="no council called"):
        rows(snapshot, "turned", q=subject, near="Nowhereshire")


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
    every = rows(snapshot, "promises")
    green = rows(snapshot, "promises", status="green")
    assert green == [row for row in every if row["status"] == "Green"] != []
    for found in FOLLOWED:
        chosen = rows(snapshot, "promises", found=found)
        assert chosen == [row for row in every if row["found"] == found]
    subject = every[0]["subjects"][0]
    assert rows(snapshot, "promises", q=subject) == [row for row in every if subject in row["subjects"]]
    assert {row.council for row in promises_of(snapshot, "Kelderbridge")} == {"Kelderbridge"}


def test_one_status_has_one_spelling() -> None:
    assert [one_status(printed) for printed in ("G", "GREEN", "green.", "Business As Usual")] == [
        "Green",
        "Green",
        "Green",
        "Business as usual",
    ]


def test_rows_with_parts_are_read_in_a_cell(snapshot: Snapshot) -> None:
    row = next(row for turn in TURNS for row in turns(snapshot, turn) if row["reported"])
    given = {"q": row["after"]["subject"], "turn": row["turn"]}
    said = page_to_csv(ask(TABLES["turned"], snapshot, Filters(), given)).decode("utf-8-sig")
    one = row["reported"][0]
    assert "after_cited_quote" in said.splitlines()[0]
    assert f"{one['kind']}; {one['date']}" in said and "{'kind'" not in said
