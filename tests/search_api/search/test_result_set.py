"""All that a search finds: counted over the whole, each number what choosing it finds, nothing lost by folding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from search_api.fields import Filters
from search_api.search.duplicates import grouped_duplicates
from search_api.search.matching import matching
from search_api.search.result_set import facets, find
from search_api.snapshot import Snapshot

QUESTIONS = ("return interviews", "supervision of social workers", "children in care in Kelderbridge", "2019")


def with_value(filters: Filters, name: str, value: str) -> Filters:
    if name == "council":
        return replace(filters, council=(value,))
    if name == "year":
        return replace(filters, published_from=value, published_to=value)
    return replace(filters, **{name: value})


@pytest.mark.parametrize("question", QUESTIONS)
def test_number_beside_a_filter_is_what_choosing_it_finds(snapshot: Snapshot, question: str) -> None:
    found = find(snapshot, question)
    assert found.close and found.facets
    for facet in found.facets:
        for value in facet.values:
            if any(tag.kind == facet.name for tag in found.understood):
                continue  # a value chosen replaces one read from the question
            narrowed = find(snapshot, question, with_value(Filters(), facet.name, value.value))
            assert narrowed.total == value.passages, (facet.name, value)


def test_filter_that_is_on_still_counts_its_other_values(snapshot: Snapshot) -> None:
    found = find(snapshot, "return interviews", Filters(council=("Thornmere",)))
    councils = next(facet for facet in found.facets if facet.name == "council")
    assert {value.value for value in councils.values} > {"Thornmere"}
    chosen = [value for value in councils.values if value.chosen]
    assert [value.value for value in chosen] == ["Thornmere"]
    assert chosen[0].passages == found.total


def test_every_result_says_a_word_of_the_question_or_is_near_in_meaning(snapshot: Snapshot) -> None:
    found = find(snapshot, "return interviews")
    scores = matching(found.snapshot, found.query)
    assert set(found.rows.tolist()) == set(np.flatnonzero(scores).tolist())


def test_sorted_by_date_the_same_passages_stand_newest_first(snapshot: Snapshot) -> None:
    nearest = find(snapshot, "return interviews")
    newest = find(snapshot, "return interviews", order="date")
    assert sorted(nearest.rows) == sorted(newest.rows)
    dates = newest.snapshot.index.columns.published[newest.rows].tolist()
    assert dates == sorted(dates, reverse=True)


def test_question_that_nothing_speaks_of_gives_the_nearest_and_says_so(snapshot: Snapshot) -> None:
    found = find(snapshot, "zebra xylophone")
    assert not found.close
    assert 0 < found.total <= 100


def test_question_that_only_names_a_council_finds_all_of_it(snapshot: Snapshot) -> None:
    found = find(snapshot, "Thornmere")
    held = [d.id for d in snapshot.index.documents() if d.council == "Thornmere"]
    rows = {row for document_id in held for row in snapshot.index.rows_of(document_id)}
    assert set(found.rows.tolist()) == rows


def test_excluded_word_stands_in_no_result(snapshot: Snapshot) -> None:
    found = find(snapshot, "interviews -return")
    assert found.total
    assert not any(
        " return " in f" {hit.passage.text.lower()} " for hit in found.hits(found.rows[:50].tolist())
    )


def test_folding_loses_no_row_and_keeps_the_first(snapshot: Snapshot) -> None:
    rows = find(snapshot, "return interviews").rows.tolist()
    doubled = [*rows, *rows]
    groups = grouped_duplicates(snapshot.index, doubled)
    assert sorted([row for group in groups for row in (group.row, *group.others)]) == sorted(doubled)
    assert all(
        group.row == row for group, row in zip(groups, dict.fromkeys(g.row for g in groups), strict=True)
    )
    assert all(group.others for group in groups)


def test_folding_nothing_gives_nothing(snapshot: Snapshot) -> None:
    assert grouped_duplicates(snapshot.index, []) == []


def test_sections_are_counted_without_the_grade_printed_after_them(snapshot: Snapshot) -> None:
    index = snapshot.index
    every = facets(index, np.ones(len(index), dtype=np.bool_), Filters())
    sections = next(facet for facet in every if facet.name == "section")
    for value in sections.values:
        assert value.passages == int(index.select(Filters(section=value.value).selection()).sum())
