"""A truth about an invented plan, a reading that agrees with it, and readings that go wrong in one thing."""

from dataclasses import replace
from typing import Any

from eval.reading.council_truth import check_council_document
from indexer.document import Action, Document, Indicator, Passage, Progress, Recommendation

TRUTH: dict[str, Any] = {
    "file": "plan.txt",
    "council": "Marlow Vale",
    "kind": "improvement plan",
    "title": "Plan for better kettles",
    "date": "2017-12",
    "numbered_paragraphs": {"first": 1, "last": 2, "missing": [], "split_over_blank_line": [2]},
    "recommendations": [
        {"number": 1, "first_words": "Mend the kettles", "progress_first_words": "GREEN Most now boil",
         "progress_first_words_after_status": "Most now boil", "status": "Green", "status_printed": "G",
         "lead": "Ada Quill"},
        {"number": 2, "first_words": "Count the spoons", "progress_first_words": None, "status": None,
         "lead": None},
    ],
    "recommendation_count": 2,
    "other_recommendation_lists": [
        {"heading": "Recommendation(s)", "count": 1, "items": [{"number": "(a)", "first_words": "Note"}]},
    ],
    "actions": {
        "count": 2, "by_recommendation": {"1": 2}, "status_counts": {"Complete": 1, "Green": 1},
        "complete": ["1 a."],
        "sample": [{"recommendation": 1, "ref": "a.", "first_words": "Buy wire", "lead": "Bo Reed",
                    "start": "May 16", "finish": "TBC", "status": "Complete", "status_printed": "C"}],
    },
    "indicators": {
        "count": 1, "distinct_codes": 1, "by_recommendation": {"1": 1, "2": 0},
        "sample": [{"code": "K 1", "recommendation": 1, "first_words": "% of kettles", "lead": "Bo Reed",
                    "target": "90%", "value": "-"}],
    },
    "judgements": [],
}  # fmt: skip


def right_reading() -> Document:
    def paragraph(label: str, text: str) -> Passage:
        return Passage(f"plan-0.p{label}", "plan-0", "paragraph", label, (), None, None, text)

    return Document(
        id="plan-0", file="plan.txt", title="Plan for better kettles", council="Marlow Vale",
        kind="improvement plan", extra={"date": "2017-12"},
        passages=(paragraph("1", "We drink tea."), paragraph("2", "It is hot, and stays so.")),
        recommendations=(
            Recommendation("1", "Mend the kettles.", None, "Recommendation", None, "plan-0.r1"),
            Recommendation("2", "Count the spoons.", None, "Recommendation", None, "plan-0.r2"),
            Recommendation("a", "Note this paper.", None, "Recommendation(s)", None, "plan-0.ra"),
        ),
        progress=(Progress("1", "Most now boil in time.", "Green", "ADA QUILL"),),
        actions=(
            Action("a", "Buy wire for all.", "1", "Bo Reed", "May 16", "TBC", "Complete"),
            Action("b", "Test them.", "1", "Bo Reed", "May 16", "June 16", "Green"),
        ),
        indicators=(Indicator("K 1", "% of kettles that boil", "1", "Bo Reed", "90%", None),),
    )  # fmt: skip


def wrong_fields(document: Document) -> set[str]:
    return {check.field for check in check_council_document(TRUTH, document) if not check.correct}


def test_a_right_reading_has_every_check_right() -> None:
    assert wrong_fields(right_reading()) == set()


def test_progress_on_the_wrong_recommendation_is_a_miss() -> None:
    reading = right_reading()
    moved = replace(reading.progress[0], recommendation="2")
    assert "progress" in wrong_fields(replace(reading, progress=(moved,)))


def test_a_status_or_a_lead_that_is_not_printed_is_a_miss() -> None:
    reading = right_reading()
    amber = replace(reading.progress[0], status="Amber")
    assert wrong_fields(replace(reading, progress=(amber,))) == {"progress: status"}
    other = replace(reading.progress[0], lead="Bo Reed")
    assert wrong_fields(replace(reading, progress=(other,))) == {"progress: lead"}


def test_an_action_in_the_wrong_column_is_a_miss_in_each_field_it_spoils() -> None:
    reading = right_reading()
    shifted = replace(reading.actions[0], lead="May 16", start="TBC", finish=None)
    wrong = wrong_fields(replace(reading, actions=(shifted, reading.actions[1])))
    assert wrong == {"actions: lead", "actions: start", "actions: finish"}


def test_a_row_taken_for_a_recommendation_is_a_miss() -> None:
    reading = right_reading()
    extra = Recommendation("3", "Progress", None, "Recommendation", None, "plan-0.r3")
    wrong = wrong_fields(replace(reading, recommendations=(*reading.recommendations, extra)))
    assert wrong == {"recommendations: none invented"}


def test_a_paragraph_cut_at_a_blank_line_is_a_miss() -> None:
    reading = right_reading()
    cut = replace(reading.passages[1], text="It is hot, and")
    wrong = wrong_fields(replace(reading, passages=(reading.passages[0], cut)))
    assert wrong == {"paragraphs whole across a break"}
