"""Findings, changes, trends and what groups share: rows whose every word is a document's."""

from __future__ import annotations

from typing import Any

import pytest

from indexer.errors import QueryError
from indexer.register.subjects import load_subjects
from search_api.fields import Filters
from search_api.register.changes import CHANGES_OF_STANDING
from search_api.register.common import _chance
from search_api.register.subject_asked import findings_on, subject_asked
from search_api.register.tables import TABLES, ask
from search_api.snapshot import Snapshot


def rows(
    snapshot: Snapshot, table: str, filters: Filters | None = None, **given: str
) -> list[dict[str, Any]]:
    return ask(TABLES[table], snapshot, filters or Filters(), given).rows


def test_a_subject_is_meant_in_anybodys_words(snapshot: Snapshot) -> None:
    for words, subject in (
        ("neglect", "neglect"),
        ("Reflective supervision", "supervision-quality"),
        ("keeping brothers and sisters together", "siblings"),
        ("lose touch with young people once they've left care", "keeping-in-touch"),
        ("initial-health", "initial-health"),
    ):
        assert subject_asked(snapshot, words).subjects[0] == subject


def test_a_broad_word_means_several_subjects(snapshot: Snapshot) -> None:
    meant = set(subject_asked(snapshot, "supervision").subjects)
    assert {"supervision-frequency", "supervision-quality", "supervision-recording"} <= meant
    assert {"adoption-timeliness", "adoption-matching", "adoption-support"} <= set(
        subject_asked(snapshot, "adoption").subjects
    )


def test_a_subject_that_is_none_of_ours_is_looked_for_by_its_words(snapshot: Snapshot) -> None:
    asked = subject_asked(snapshot, "a converted library van")
    assert asked.subjects == ()
    assert asked.name == "a converted library van"
    found = rows(snapshot, "findings", q="a converted library van")
    assert any("library van" in row["text"] for row in found)
    assert {row["subject"] for row in found} == {"a converted library van"}


def test_rows_of_findings_quote_their_statements(snapshot: Snapshot) -> None:
    found = rows(snapshot, "findings", q="neglect")
    assert found
    for row in found:
        cited = row["citations"][0]
        assert row["text"] == cited["quote"]
        assert row["subject"] == "neglect"
        assert row["change"] in (None, "improved", "worsened", "still")
    weak = rows(snapshot, "findings", q="neglect", verdict="weakness")
    assert weak == [row for row in found if row["verdict"] == "weakness"]
    council = found[0]["council"]
    assert {
        row["council"] for row in rows(snapshot, "findings", Filters(council=(council,)), q="neglect")
    } == {council}


def test_a_statement_counts_once_where_subjects_are_asked_together(snapshot: Snapshot) -> None:
    asked = subject_asked(snapshot, "supervision")
    found = findings_on(snapshot, asked, snapshot.index.select(Filters().selection()))
    places = list(zip(found["row"].tolist(), found["start"].tolist(), strict=True))
    assert len(places) == len(set(places))


def test_changes_are_between_inspections_of_one_council(snapshot: Snapshot) -> None:
    found = [row for subject in load_subjects() for row in rows(snapshot, "changes", q=subject.id)]
    assert found
    for row in found:
        assert row["change"] in CHANGES_OF_STANDING
        assert row["before"]["council"] == row["after"]["council"] == row["council"]
        assert row["before"]["inspected_to"] < row["after"]["inspected_to"]


def test_a_trend_counts_documents(snapshot: Snapshot) -> None:
    found = rows(snapshot, "trend", q="neglect")
    assert [row["year"] for row in found] == sorted(row["year"] for row in found)
    for row in found:
        assert row["strength"] + row["weakness"] + row["mixed"] == row["with_findings"] <= row["inspected"]
    assert all(
        row["region"] is None and row["framework"]
        for row in rows(snapshot, "trend", q="neglect", by="framework")
    )


def test_what_a_group_shares_is_compared_with_the_rest(snapshot: Snapshot) -> None:
    frameworks = {d.framework for d in snapshot.index.documents() if d.is_inspection and d.framework}
    found = rows(snapshot, "common", Filters(framework=sorted(frameworks)[0]))
    for row in found:
        assert 2 <= row["weak_in_group"] <= row["group"]
        assert row["weak_in_rest"] <= row["rest"]
        assert row["citations"]
        assert 0 < row["chance"] <= 1


def test_what_is_common_by_lot_is_no_surprise() -> None:
    # Fisher's own tea: of eight cups the four that had milk first.
    assert _chance(4, 4, 4, 8) == pytest.approx(1 / 70)
    assert _chance(0, 4, 4, 8) == 1


@pytest.mark.parametrize("table", ["changes", "trend"])
def test_what_needs_a_subject_says_so(snapshot: Snapshot, table: str) -> None:
    with pytest.raises(QueryError, match="subject"):
        rows(snapshot, table)


def test_a_group_of_everything_is_compared_with_nothing(snapshot: Snapshot) -> None:
    with pytest.raises(QueryError, match="group"):
        rows(snapshot, "common")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("care leavers accommodation", {"care-leaver-housing"}),
        ("late health assessments", {"initial-health", "review-health"}),
        ("timely assessments", {"assessment-timeliness"}),
        ("supervision", {"supervision-frequency", "supervision-quality", "supervision-recording"}),
    ],
)
def test_words_mean_the_subjects_that_all_of_their_matter_is_spoken_of_in(
    snapshot: Snapshot, words: str, meant: set[str]
) -> None:
    assert set(subject_asked(snapshot, words).subjects) == meant
