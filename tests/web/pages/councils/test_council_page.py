"""A council's inspections side by side: one row for the same children, one column for the same report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from indexer.document import Document, Judgement
from web.pages.councils.chart import chart
from web.pages.councils.listing import council_named, council_rows
from web.pages.councils.page import families_of, timeline

FIRST = Document(
    "a-1", "a.pdf", "Report", "Thornmere", "inspection report", framework="SIF", inspected_to="2015-03-05", pages=30,
    judgements=(
        Judgement("Children who need help and protection", "Inadequate"),
        Judgement("Children looked after and achieving permanence", "Requires improvement"),
        Judgement("Careers advice", "Good"),
    ),
    overall="Inadequate",
)  # fmt: skip
SECOND = replace(
    FIRST, id="b-1", file="b.pdf", framework="ILACS", inspected_to="2019-11-22", overall="Good",
    judgements=(
        Judgement("The experiences and progress of children who need help and protection", "Good"),
        Judgement("The experiences and progress of children in care and care leavers", "Outstanding"),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("area", "families"),
    [
        ("Children who need help and protection", ["Help and protection"]),
        (
            "The experiences and progress of children in care and care leavers",
            ["Children in care", "Care leavers"],
        ),
        ("The impact of leaders on social work practice with children and families", ["Leadership"]),
        ("Leadership, management and governance", ["Leadership"]),
        ("Review of the Local Safeguarding Children Board", ["Local Safeguarding Children Board"]),
        ("Careers advice", ["Careers advice"]),
    ],
)
def test_area_joins_its_family(area: str, families: list[str]) -> None:
    assert families_of(area) == families


def test_areas_about_the_same_children_share_a_row() -> None:
    table = timeline([SECOND, FIRST])
    assert [i.document.id for i in table.inspections] == ["a-1", "b-1"]
    grades = {area: [i.grades[place] for i in table.inspections] for place, area in enumerate(table.areas)}
    assert grades == {
        "Overall effectiveness": [("Inadequate",), ("Good",)],
        "Help and protection": [("Inadequate",), ("Good",)],
        "Children in care": [("Requires improvement",), ("Outstanding",)],
        "Care leavers": [(), ("Outstanding",)],
        "Careers advice": [("Good",), ()],
    }


def test_two_files_of_one_report_are_one_inspection() -> None:
    text = replace(FIRST, id="c-1", file="c.txt", pages=0)
    assert [i.document.id for i in timeline([text, FIRST]).inspections] == ["a-1"]


def test_chart_draws_a_line_for_every_area_graded_twice() -> None:
    drawn = chart(timeline([FIRST, SECOND]))
    assert [line.name for line in drawn.lines] == [
        "Overall effectiveness",
        "Help and protection",
        "Children in care",
    ]
    for line in drawn.lines:
        assert line.dots[0].x < line.dots[1].x
        assert line.dots[0].y > line.dots[1].y
    assert chart(timeline([FIRST])).lines == ()


def test_council_is_found_by_its_address_and_listed_with_its_last_grade() -> None:
    assert council_named("thornmere", [FIRST]) == "Thornmere"
    assert council_named("kelderbridge", [FIRST]) is None
    row = council_rows([FIRST, SECOND])[0]
    assert (row.documents, row.latest, row.grade) == (2, "22 November 2019", "Good")
