"""Questions that name a recommendation by its number are answered by its links."""

from __future__ import annotations

import pytest

from search_api.answers.answering import answer_question
from search_api.comparing.recommendation import NO_EVIDENCE, follow
from search_api.snapshot import Snapshot


def test_a_recommendation_named_by_number_is_answered_with_it_and_what_was_reported(
    snapshot: Snapshot,
) -> None:
    reported = 0
    for header in snapshot.index.documents():
        for recommendation in header.recommendations if header.kind == "inspection report" else ():
            document = snapshot.index.document(header.id)
            assert document is not None
            reports = follow(snapshot, document, recommendation.passage_id).reports
            if not reports or not recommendation.label:
                continue
            reported += 1
            question = f"What became of {header.council}'s recommendation {recommendation.label}?"
            answer = answer_question(snapshot, question)
            cited = [
                citation.passage.id for statement in answer.statements for citation in statement.citations
            ]
            assert answer.status == "answered"
            assert recommendation.passage_id in cited
            assert {report.passage_id for report in reports} <= set(cited)
            assert {statement.council for statement in answer.statements} == {header.council}
    assert reported


def test_where_nothing_was_reported_the_answer_says_so_and_not_that_nothing_was_done(
    snapshot: Snapshot,
) -> None:
    for header in snapshot.index.documents():
        for recommendation in header.recommendations if header.kind == "inspection report" else ():
            document = snapshot.index.document(header.id)
            assert document is not None
            if not recommendation.label:
                continue
            answer = answer_question(
                snapshot, f"What became of {header.council}'s recommendation {recommendation.label}?"
            )
            alone = len(answer.statements) == 1
            assert alone == (NO_EVIDENCE in answer.notes)


@pytest.mark.parametrize("question", ["a", "the of and", "x"])
def test_a_question_without_a_subject_is_refused(snapshot: Snapshot, question: str) -> None:
    answer = answer_question(snapshot, question)
    assert answer.status == "not_found"
    assert answer.reason
