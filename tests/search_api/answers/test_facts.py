"""Questions that the register's rows answer, on the sample corpus: what they are taken for, and that sets are whole."""

from __future__ import annotations

import pytest

from search_api.answers.answer import Answer
from search_api.answers.answering import answer_question
from search_api.fields import Filters
from search_api.register.tables import TABLES, ask
from search_api.snapshot import Snapshot


def answered(snapshot: Snapshot, question: str, **filters: object) -> Answer:
    found = answer_question(snapshot, question, Filters(**filters))  # type: ignore[arg-type]
    for statement in found.statements:
        for cited in statement.citations:
            passage = snapshot.index.passage(cited.passage.id)
            assert passage is not None
            assert passage.text[cited.start : cited.end] == cited.quote
    return found


def cited(answer: Answer) -> list[str]:
    return [statement.citations[0].passage.id for statement in answer.statements]


def test_grades_that_hold_now_are_all_there_with_their_denominator(snapshot: Snapshot) -> None:
    judged = [row for row in snapshot.register().judgements if row.area == "leadership" and row.latest]
    grade = judged[0].grade
    found = answered(snapshot, f"Which councils are rated {grade.lower()} for leadership now?")
    assert found.query_kind == "judgements"
    assert found.reading == f"Councils whose latest inspection judged leadership {grade.lower()}"
    assert cited(found) == [row.citations[0].passage.id for row in judged if row.grade == grade]
    assert f"of the {len(judged)} council" in found.counted
    assert found.coverage.error is None
    assert {statement.grade for statement in found.statements} == {grade}


def test_every_grade_of_a_council_is_its_history(snapshot: Snapshot) -> None:
    found = answered(snapshot, "Kelderbridge grade history for leadership")
    page = ask(
        TABLES["judgements"],
        snapshot,
        Filters(council=("Kelderbridge",)),
        {"area": "leadership", "when": "all"},
    )
    assert cited(found) == [row["citations"][0]["passage_id"] for row in page.rows]


def test_the_recommendations_of_an_inspection_are_whole_and_in_order(snapshot: Snapshot) -> None:
    report = next(
        d
        for d in snapshot.index.documents()
        if d.is_inspection and d.council == "Kelderbridge" and d.recommendations
    )
    year = str(report.inspected_to)[:4]
    for question in (
        f"What was Kelderbridge told to improve in {year}?",
        f"recomendations for Kelderbridge {year}",
        f"I would like a plain list of every recommendation that inspectors made to Kelderbridge in {year}",
    ):
        found = answered(snapshot, question)
        assert found.query_kind == "recommendations"
        assert cited(found) == [one.passage_id for one in report.recommendations]
        assert {statement.polarity for statement in found.statements} == {"neutral"}


def test_reasons_are_the_reports_own_words_under_the_judgement(snapshot: Snapshot) -> None:
    row = next(
        r for r in snapshot.register().judgements if r.council == "Kelderbridge" and r.area == "overall"
    )
    year = str(row.inspected_to)[:4]
    found = answered(snapshot, f"Why was Kelderbridge judged {row.grade.lower()} in {year}?")
    assert found.query_kind == "reasons"
    assert cited(found)[0] == row.citations[0].passage.id
    assert {one.citations[0].document.id for one in found.statements} == {row.document_id}
    assert any(one.citations[0].passage.kind == "summary" for one in found.statements)


def test_councils_stand_side_by_side(snapshot: Snapshot) -> None:
    found = answered(snapshot, "Compare the grades of Kelderbridge and Thornmere")
    assert found.query_kind == "comparison"
    assert {statement.council for statement in found.statements} == {"Kelderbridge", "Thornmere"}
    assert found.reading.startswith("Kelderbridge and Thornmere side by side")


def test_what_became_of_recommendations_is_told_after_each(snapshot: Snapshot) -> None:
    found = answered(snapshot, "What became of the recommendations that Kelderbridge was given in 2015?")
    assert found.query_kind == "became"
    kinds = [statement.citations[0].passage.kind for statement in found.statements]
    assert kinds[0] == "recommendation"
    assert len({statement.citations[0].document.id for statement in found.statements}) > 1


@pytest.mark.parametrize(
    "question",
    [
        "How many care leavers is Thornmere in touch with?",
        "How do social workers use chronologies in Kelderbridge?",
    ],
)
def test_what_no_kind_fits_is_searched_as_ever(snapshot: Snapshot, question: str) -> None:
    found = answered(snapshot, question)
    assert (found.query_kind, found.reading, found.counted) == ("passages", "", "")


def test_the_reading_can_be_undone(snapshot: Snapshot) -> None:
    question = "What was Kelderbridge told to improve in 2015?"
    assert answered(snapshot, question).query_kind == "recommendations"
    assert answer_question(snapshot, question, without=("reading",)).query_kind == "passages"
    assert answered(snapshot, question, section="care leavers").query_kind == "passages"


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which councils were criticised for supervision?", "findings"),
        ("Which councils were praised for supervision?", "findings"),
        ("How has supervision changed in Kelderbridge over its inspections?", "changes"),
        ("How have findings on supervision changed over the years?", "trend"),
    ],
)
def test_findings_answer_with_verdicts_and_their_denominator(
    snapshot: Snapshot, question: str, kind: str
) -> None:
    found = answered(snapshot, question)
    assert (found.query_kind, found.status) == (kind, "answered")
    assert "supervision" in found.reading
    assert found.counted
    verdicts = {statement.verdict for statement in found.statements}
    if kind == "findings":
        assert verdicts <= ({"weakness", "mixed"} if "criticised" in question else {"strength", "mixed"})


def test_a_change_is_not_shown_from_one_inspection_alone(snapshot: Snapshot) -> None:
    found = answered(snapshot, "How has supervision changed in Thornmere over its inspections?")
    assert sum(d.council == "Thornmere" and d.is_inspection for d in snapshot.index.documents()) == 1
    assert (found.query_kind, found.status) == ("passages", "answered")


def test_what_no_inspection_document_knows_is_refused_with_the_reason(snapshot: Snapshot) -> None:
    found = answered(snapshot, "What is the children's services budget of Kelderbridge this year?")
    assert found.status == "not_found"
    assert "Budgets" in str(found.reason)
