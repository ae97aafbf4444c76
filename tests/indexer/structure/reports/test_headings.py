"""Which heading stands under which."""

from __future__ import annotations

from indexer.structure.profile_files import base_profile
from indexer.structure.reports.headings import Contents, Outline

PLAIN = Contents()
LISTED = Contents(
    rows=(
        ("the local authority", 0),
        ("executive summary", 1),
        ("recommendations", 1),
        ("the experiences and progress of children who need help and protection", 1),
        ("the local safeguarding children board lscb", 0),
        ("recommendations", 1),
        ("inspection findings the local safeguarding children board", 1),
    )
)


def path_after(contents: Contents, *headings: tuple[str, float]) -> tuple[str, ...]:
    outline = Outline(contents, base_profile())
    for text, level in headings:
        outline.push(text, level)
    return outline.path


def test_a_smaller_heading_stands_under_a_larger_one() -> None:
    assert path_after(PLAIN, ("Quality", 17.0), ("Visits", 13.0)) == ("Quality", "Visits")
    assert path_after(PLAIN, ("Quality", 17.0), ("Visits", 13.0), ("Leaders", 17.0)) == ("Leaders",)


def test_the_contents_page_is_believed_over_sizes() -> None:
    path = path_after(
        LISTED,
        ("The local authority", 12.0),
        ("Recommendations", 15.0),
        ("The experiences and progress of children who need help and protection", 12.0),
        ("Inspection findings", 12.0),
    )
    assert path == (
        "The local authority",
        "The experiences and progress of children who need help and protection",
        "Inspection findings",
    )


def test_the_same_heading_listed_twice_stands_in_the_part_being_read() -> None:
    path = path_after(
        LISTED,
        ("The local authority", 15.0),
        ("Recommendations", 13.0),
        ("The Local Safeguarding Children Board (LSCB)", 15.0),
        ("Recommendations", 13.0),
    )
    assert path == ("The Local Safeguarding Children Board (LSCB)", "Recommendations")


def test_a_chapter_ends_the_advice_before_it_even_where_it_is_set_smaller() -> None:
    path = path_after(
        PLAIN,
        ("What needs to improve?", 15.0),
        ("The experiences and progress of children in care: good", 13.0),
    )
    assert path == ("The experiences and progress of children in care: good",)


def test_topics_inside_advice_stand_under_it() -> None:
    outline = Outline(LISTED, base_profile())
    outline.push("What does the local authority need to improve?", 13.0)
    outline.push("Areas for improvement", 12.0)
    outline.push("Leadership, management and governance", 6.0, quiet=True)
    assert outline.path[-2:] == ("Areas for improvement", "Leadership, management and governance")


def test_a_chapter_with_its_grade_beside_it_keeps_headings_of_its_own_size() -> None:
    outline = Outline(PLAIN, base_profile())
    outline.push("Safeguarding board", 14.0, boxed=True)
    outline.push("Quality of practice", 14.0)
    assert outline.path == ("Safeguarding board", "Quality of practice")


def test_a_footnote_mark_glued_to_a_heading_is_taken_off() -> None:
    assert path_after(PLAIN, ("What needs to improve?1", 13.0)) == ("What needs to improve?",)
