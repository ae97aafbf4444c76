"""Grades, and tables of them whose cells are broken over lines."""

from __future__ import annotations

import pytest

from indexer.reading.layout import FlowLine
from indexer.reading.source import Line
from indexer.structure.profile_files import base_profile
from indexer.structure.reports.grades import grade_table, known_grade, one_spelling

LEFT, RIGHT = 0.12, 0.62


def laid(*rows: tuple[str, float, float]) -> list[FlowLine]:
    """Lines of (text, left edge, top edge); cells parted by " | "."""
    found = []
    for text, left, top in rows:
        cells = tuple(text.split(" | "))
        right = 0.8 if left == RIGHT or len(cells) > 1 else left + 0.35
        if len(text) > 60:
            right = 0.88
        line = Line(
            " ".join(cells), left, top, right, top + 0.014, 12.0, cells=cells if len(cells) > 1 else ()
        )
        found.append(FlowLine(line, 1, line.text, True, False))
    return found


def areas(*rows: tuple[str, float, float]) -> list[tuple[str, str]]:
    return [(row.area, row.grade) for row in grade_table(laid(*rows), 0, frozenset(), base_profile()).rows]


def test_a_row_of_one_line_is_area_and_grade_without_its_number() -> None:
    assert areas(
        ("1. Children who need help and protection | Good", LEFT, 0.5),
        ("2.1 Adoption performance | Outstanding", LEFT, 0.53),
    ) == [("Children who need help and protection", "Good"), ("Adoption performance", "Outstanding")]


def test_an_area_and_a_grade_broken_over_lines_are_put_together() -> None:
    assert areas(
        ("The experiences and progress of", LEFT, 0.5),
        ("children who need help and protection", LEFT, 0.517),
        ("Requires improvement to", RIGHT, 0.5),
        ("be good", RIGHT, 0.517),
        ("Overall effectiveness", LEFT, 0.55),
        ("Good", RIGHT, 0.55),
    ) == [
        (
            "The experiences and progress of children who need help and protection",
            "Requires improvement to be good",
        ),
        ("Overall effectiveness", "Good"),
    ]


def test_a_grade_set_between_two_lines_of_its_area_belongs_to_it() -> None:
    assert areas(
        ("2. Children looked after and achieving", LEFT, 0.5),
        ("permanence", LEFT, 0.517),
        ("Inadequate", RIGHT, 0.508),
        ("3. Leadership, management and governance", LEFT, 0.55),
        ("Good", RIGHT, 0.55),
    ) == [
        ("Children looked after and achieving permanence", "Inadequate"),
        ("Leadership, management and governance", "Good"),
    ]


def test_prose_after_the_table_is_no_row() -> None:
    table = grade_table(
        laid(
            ("Overall effectiveness | Good", LEFT, 0.5),
            ("Services in Larkmoor have become good since the inspection of four years ago.", LEFT, 0.55),
        ),
        0,
        frozenset(),
        base_profile(),
    )
    assert len(table.rows) == 1
    assert table.places == frozenset({0})


def test_an_area_that_was_not_judged_keeps_what_is_printed() -> None:
    assert areas(
        ("1. Children who need help and protection | Good", LEFT, 0.5),
        ("2.1 Adoption performance | Not judged", LEFT, 0.53),
    )[1] == ("Adoption performance", "Not judged")


@pytest.mark.parametrize(
    ("printed", "grade"),
    [
        ("requires improvement to be good", "Requires improvement"),
        ("Requires Improvement", "Requires improvement"),
        ("OUTSTANDING", "Outstanding"),
        ("inadequate", "Inadequate"),
        ("Grade 3 (adequate)", "Adequate"),
        ("not judged", None),
        ("outſtanding", None),
        ("ınadequate", None),
        ("requıres improvement", None),
    ],
)
def test_a_grade_is_known_however_it_is_printed(printed: str, grade: str | None) -> None:
    assert known_grade(printed) == grade


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("Not Judged", "Not judged"),
        ("not  judged", "Not judged"),
        ("NOT YET GRADED", "Not yet graded"),
        ("GOOD", "Good"),
        ("Grade pending (JTAI)", "Grade pending (JTAI)"),
    ],
)
def test_a_grade_has_one_spelling_among_filters(printed: str, name: str) -> None:
    assert one_spelling(printed) == name
