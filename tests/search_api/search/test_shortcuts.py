"""A recommendation asked for by its number is found, and only where a council and a number are named."""

from __future__ import annotations

from dataclasses import replace

from indexer.document import Document, Recommendation
from search_api.comparing.recommendation import recommendations_named

REPORT = Document(
    "a-1", "a.pdf", "Report", "Kelderbridge", "inspection report", published="2015-03-05",
    recommendations=(
        Recommendation("1", "Hold interviews in time.", 4, "Recommendations", None, "a-1.r1"),
        Recommendation("11", "Keep records.", 4, "Recommendations", None, "a-1.r11"),
    ),
)  # fmt: skip
LETTER = replace(REPORT, id="a-2", file="a2.pdf")
LATER = replace(
    REPORT, id="b-1", file="b.pdf", published="2019-01-02", recommendations=REPORT.recommendations[1:]
)
PLAN = replace(REPORT, id="c-1", kind="improvement plan")
DOCUMENTS = (REPORT, LETTER, LATER, PLAN)


def found(question: str, councils: tuple[str, ...] = ("Kelderbridge",)) -> list[tuple[str, str | None]]:
    return [
        (n.document.id, n.recommendation.label) for n in recommendations_named(question, councils, DOCUMENTS)
    ]


def test_recommendation_of_a_council_is_found_in_each_of_its_reports_newest_first() -> None:
    assert found("what became of Kelderbridge's recommendation 11?") == [("b-1", "11"), ("a-1", "11")]


def test_number_is_read_as_people_write_it() -> None:
    for said in ("Recommendation 1", "recommendations 1", "recommendation no. 1", "recommendation number 1"):
        assert found(said) == [("a-1", "1")]


def test_without_a_number_or_a_council_nothing_is_offered() -> None:
    assert found("recommendations on records") == []
    assert found("recommendation 11", ()) == []
    assert found("recommendation 12") == []
