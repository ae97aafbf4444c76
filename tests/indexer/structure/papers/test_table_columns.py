"""What councils write over their columns, and what stands below when they write nothing."""

from __future__ import annotations

import pytest

from indexer.structure.papers.table_columns import column_roles, is_header, role_of


@pytest.mark.parametrize(
    ("role", "headers"),
    [
        (
            "action",
            "Action|Key actions|What will we do?|Milestone (M) / Tasks (T)|Actions required|How we will do it",
        ),
        (
            "lead",
            "Owner|Responsible officer|By whom|Lead Officer|Accountable lead|Lead / Responsible Officer|Task Lead",
        ),
        (
            "finish",
            "Deadline|By when|Timescale|Completion Date|Target date|Due date|Timescales for completion",
        ),
        ("start", "Start|Start Date|Planned start date"),
        ("status", "RAG|BRAG|RAG rating|Status|Current RAG status|B.R.A.G."),
        ("progress", "Progress|Progress update|Update|Comments|Progress to date|Position|What we have done"),
        (
            "recommendation",
            "Recommendation|Ofsted recommendation|Area for improvement|What needs to improve|Finding",
        ),
        (
            "indicator",
            "Measure|Performance indicator|KPI|Success measures|Related Performance Indicators (see report)",
        ),
        ("target", "Target|Year End Target|Target 2030/31"),
        ("value", "Actual|Current performance|Outturn|Q2 2030|Progress RAG Qtr 2"),
        ("baseline", "Baseline|Previous year|Statistical neighbours"),
        ("number", "Rec no|Rec. no.|Recommendation number"),
        ("ref", "Ref|No.|Ref no|Action ref"),
        (None, "Zebra|The council will do its best to improve"),
    ],
)
def test_the_words_over_a_column_tell_what_it_holds(role: str | None, headers: str) -> None:
    wrong = {header: role_of(header) for header in headers.split("|") if role_of(header) != role}
    assert wrong == {}


def test_a_row_of_data_is_no_header() -> None:
    assert is_header(("Action", "Owner", "When"))
    assert is_header(("", "Actions arising from the inspection", "Lead", "Timescale"))
    assert is_header(("Recommendations", ""))
    assert not is_header(("1", "Review the action plan", "Head of Service", "May 2030"))
    assert not is_header(("M1", "Resources required identified", "", ""), bold=True)
    assert not is_header(("Green", "Actions on time", "Sure"))


def test_a_header_that_spans_columns_is_shared_out_by_what_stands_below() -> None:
    rows = [
        ("1", "Visit every child on time.", "Visits are up.", "G"),
        ("2", "Hear the views of fathers.", "Begun.", "A"),
    ]
    assert column_roles(("Recommendation", "", "Progress", ""), rows) == (
        "ref", "recommendation", "progress", "status",
    )  # fmt: skip


def test_one_word_for_two_things_is_settled_by_the_content() -> None:
    assert column_roles(("Area", "Judgement"), [("Leaders", "Good"), ("Care leavers", "Inadequate")]) == (
        "area",
        "grade",
    )
    told = [("1", "A long account of all that has been done since the last time that this was read")]
    assert column_roles(("Ref", "Status"), told)[1] == "progress"


def test_a_recommendation_column_of_numbers_alone_names_them() -> None:
    assert column_roles(("Theme", "Recommendations"), [("Staff", "2, 3 and 9"), ("Plans", "4")]) == (
        "theme",
        "number",
    )
