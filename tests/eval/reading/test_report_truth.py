"""A truth about an invented report, a reading that agrees with it, and readings wrong in one thing."""

from dataclasses import replace
from typing import Any

import pytest

from eval.checks import Check
from eval.reading.report_truth import check_report
from indexer.document import Document, Judgement, Passage, PassageKind, Recommendation

TRUTH: dict[str, Any] = {
    "file": "one.pdf",
    "council": "Marlow Vale",
    "framework": "SIF",
    "inspection_start": "2015-03-02",
    "inspection_end": "2015-03-25",
    "published": "2015-05-18",
    "lead_inspector": "Ada Quill",
    "judgements": [
        {"area": "Children who need help and protection", "grade": "Good"},
        {"area": "Local Safeguarding Children Board", "grade": "Requires improvement"},
    ],
    "overall_statement": {"printed": "…are good", "grade": "Good"},
    "recommendations": {
        "heading": "Recommendations", "numbered": True, "count": 2, "numbers": [1, 2],
        "first_words": ["Mend every kettle", "Write down each"],
    },
    "more_recommendations": [
        {"heading": "Recommendations", "numbered": False, "count": 1, "first_words": ["Meet more often than"],
         "parent_heading": "The Local Safeguarding Children Board (LSCB)"},
    ],
    "numbered_paragraphs": {"first": 1, "last": 4, "gaps": []},
    "sample": [
        {"paragraph": 4, "page": 3, "end_page": 4, "section": "Inspection findings – help",
         "first_words": "Children’s plans are", "last_words": "by the end of term.",
         "words_either_side_of_break": "which are reviewed"},
    ],
}  # fmt: skip


def passage(
    kind: PassageKind, label: str | None, text: str, page: int, end_page: int | None = None
) -> Passage:
    key = f"p{label}" if label else "t1"
    section = ("Inspection findings - help",)
    return Passage(f"one-00000000.{key}", "one-00000000", kind, label, section, page, end_page or page, text)


def right_reading() -> Document:
    return Document(
        id="one-00000000", file="one.pdf", title="Inspection", council="Marlow Vale",
        kind="inspection report",
        framework="SIF", published="2015-05-18", inspected_from="2015-03-02", inspected_to="2015-03-25",
        lead_inspector="Ada Quill", overall="Good",
        judgements=(
            Judgement("The children who need help and protection", "Good"),
            Judgement("Local Safeguarding Children Board (LSCB)", "Requires improvement"),
        ),
        passages=(
            passage("recommendation", "1", "Mend every kettle in time.", 1),
            passage("recommendation", "2", "Write down each wish.", 1),
            passage("paragraph", "3", "Kettles are mended on Tuesdays.", 2),
            passage("paragraph", "4", "Children's plans are letters,\nwhich are reviewed by the end of term.",
                    3, 4),
            passage("recommendation", None, "Meet more often than the moon does.", 5),
        ),
        recommendations=(
            Recommendation("1", "Mend every kettle in time.", 1, "Recommendations", "local authority", "a"),
            Recommendation("2", "Write down each wish.", 1, "Recommendations", "local authority", "b"),
            Recommendation(None, "Meet more often than the moon does.", 5, "Recommendations", "LSCB", "c"),
        ),
    )  # fmt: skip


def wrong_fields(document: Document | None) -> set[str]:
    return {check.field for check in check_report(TRUTH, document) if not check.correct}


def test_a_right_reading_has_every_check_right() -> None:
    checks: list[Check] = check_report(TRUTH, right_reading())
    assert [check for check in checks if not check.correct] == []
    assert len(checks) > 25


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"council": "Marlow"}, "council"),
        ({"framework": "ILACS"}, "framework"),
        ({"published": None}, "published"),
        ({"inspected_to": "2015-03-24"}, "inspection_end"),
        ({"lead_inspector": "Ada Quill HMI"}, "lead_inspector"),
        ({"overall": None}, "overall grade"),
    ],
)
def test_a_wrong_fact_fails_its_own_field_and_no_other(change: dict[str, Any], field: str) -> None:
    assert wrong_fields(replace(right_reading(), **change)) == {field}


def test_an_invented_judgement_counts_against_judgements() -> None:
    reading = right_reading()
    more = (*reading.judgements, Judgement("Fire drills", "Good"))
    assert wrong_fields(replace(reading, judgements=more)) == {"judgements"}


def test_a_board_recommendation_given_to_the_council_is_a_miss() -> None:
    reading = right_reading()
    moved = (
        *reading.recommendations[:2],
        replace(reading.recommendations[2], addressed_to="local authority"),
    )
    wrong = wrong_fields(replace(reading, recommendations=moved))
    assert "recommendations: addressed to" in wrong
    assert "recommendations: count" in wrong


def test_a_paragraph_that_is_missing_or_read_twice_is_a_miss() -> None:
    reading = right_reading()
    without = tuple(p for p in reading.passages if p.label != "3")
    assert wrong_fields(replace(reading, passages=without)) == {"numbered paragraphs"}
    twice = (*reading.passages, reading.passages[2])
    assert wrong_fields(replace(reading, passages=twice)) == {"numbered paragraphs"}


def test_a_header_in_the_middle_of_a_paragraph_is_a_miss_at_the_break() -> None:
    reading = right_reading()
    torn = replace(
        reading.passages[3],
        text="Children's plans are letters, which Report 4 are reviewed by the end of term.",
    )
    passages = (*reading.passages[:3], torn, reading.passages[4])
    assert wrong_fields(replace(reading, passages=passages)) == {"sample: words at the break"}


def test_a_document_that_could_not_be_read_fails_its_checks_and_does_not_vanish() -> None:
    checks = check_report(TRUTH, None)
    right = [check for check in checks if check.correct]
    assert {check.field for check in right} == {"recommendations: none invented"}
    assert len(checks) == len(check_report(TRUTH, right_reading()))
