"""Dates, statuses, names and values as people type them into tables."""

from __future__ import annotations

import pytest

from indexer.structure.papers.cell_content import (
    is_code,
    is_date,
    is_person,
    is_ref,
    is_value,
    person,
    split_lead,
    status,
    status_in,
)


@pytest.mark.parametrize(
    "text",
    ["May 16", "June 2030", "31/03/2030", "2nd quarter 2030", "End of March 2030", "Started", "TBC", "Ongoing", "By Dec 2030",
     "Q3 2029/30", "April – June 2030", "1st September 2030", "Autumn term 2030", "2030-04-01"],
)  # fmt: skip
def test_rough_dates_are_dates(text: str) -> None:
    assert is_date(text)


@pytest.mark.parametrize(
    "text", ["12", "Head of Service", "May do better", "Marching band", "G", "CSC 176", "March on time"]
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert not is_date(text)


@pytest.mark.parametrize(
    ("printed", "said"),
    [("G", "Green"), ("amber", "Amber"), ("C", "Complete"), ("COMPLETED", "Complete"), ("BAU", "Business as usual"), ("-", None),
     ("BUSINESS AS USUAL ACTIVITY", "Business as usual"), ("KEY PRIORITY (Board)", "Key priority"), ("On track", "On track"),
     ("NOT STARTED", "Not started"), ("", None)],
)  # fmt: skip
def test_a_status_is_said_as_a_person_says_it(printed: str, said: str | None) -> None:
    assert status(printed) == said


def test_a_progress_text_states_its_status_at_its_start_or_by_name() -> None:
    assert status_in("BUSINESS AS USUAL All of it is done.") == "Business as usual"
    assert status_in("It goes well. The RAG rating is GREEN.") == "Green"
    assert status_in("Status: on track. More to come.") == "on track"
    assert status_in("Red tape was cut and green spaces were opened.") is None


def test_names_in_capitals_become_ordinary_ones_and_short_forms_stay() -> None:
    assert person("ANNE O'NEILL & BO KIT-LEE") == "Anne O'Neill & Bo Kit-Lee"
    assert person("LSCB BUSINESS UNIT") == "LSCB Business Unit"
    assert person("Head of HR") == "Head of HR"
    assert person("-") is None


def test_who_leads_is_parted_from_what_is_told() -> None:
    assert split_lead("Recommendation Lead: ADA QUILL\nTwo tools are tried.") == (
        "Ada Quill",
        "Two tools are tried.",
    )
    assert split_lead("Lead officer: ADA QUILL Two tools are tried.") == ("Ada Quill", "Two tools are tried.")
    assert split_lead("Leaders met twice.") == (None, "Leaders met twice.")


def test_references_codes_values_and_people_are_told_apart() -> None:
    assert all(is_ref(text) for text in ("T1", "b.", "3.2a", "(iv)", "12"))
    assert all(is_code(text) for text in ("CSC 176", "NI 59", "KPI4", "NEW"))
    assert all(is_value(text) for text in ("96%", "590 days", "Qtr 2 41%", "-", "n/a"))
    assert is_person("Strategic Manager, First Contact")
    assert not is_person("Write to every school about it.")
