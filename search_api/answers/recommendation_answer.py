"""The answer to a question that names a recommendation by its number: the recommendation, and what was reported on it.

"What became of Darlington's recommendation 11?" is answered by following links, never by likeness: ten paragraphs
that sound like it would be wrong. This module must not know how links are found.
"""

from __future__ import annotations

from indexer.text.sentences import sentences_of
from search_api.answers.answer import Statement
from search_api.citing.citation import cite
from search_api.comparing.recommendation import NO_EVIDENCE, follow
from search_api.question.query import Query
from search_api.search.shortcuts import NumberedRecommendation, recommendations_named
from search_api.snapshot import Snapshot

_LONGEST = 600
"""Characters of a passage that are quoted at most, in whole sentences but for a first one that is longer."""


def recommendation_statements(
    snapshot: Snapshot, query: Query
) -> tuple[list[Statement], tuple[str, ...]] | None:
    """Give statements and notes on the recommendations that a question names by council and number; None for none.

    Each recommendation stands before what later documents report on it, in the order of time, and what led to
    it; those on which something is reported come first.
    """
    councils = query.filters.council or query.councils
    named = recommendations_named(query.question, councils, snapshot.index.documents())
    each = sorted((_statements(snapshot, one) for one in named), key=lambda statements: len(statements) < 2)
    statements = [statement for one in each for statement in one]
    if not statements:
        return None
    return statements, (NO_EVIDENCE,) if all(len(one) < 2 for one in each) else ()


def _statements(snapshot: Snapshot, named: NumberedRecommendation) -> list[Statement]:
    document = snapshot.index.document(named.document.id)
    if document is None:
        return []
    followed = follow(snapshot, document, named.recommendation.passage_id)
    passages = [
        named.recommendation.passage_id,
        *(report.passage_id for report in followed.reports),
        *(passage.id for passage in followed.led_to_it),
    ]
    made = (_statement(snapshot, passage_id) for passage_id in dict.fromkeys(passages))
    return [statement for statement in made if statement is not None]


def _statement(snapshot: Snapshot, passage_id: str) -> Statement | None:
    passage = snapshot.index.passage(passage_id)
    document = snapshot.index.document(passage.document_id) if passage else None
    if passage is None or document is None or not passage.text:
        return None
    ends = [sentence.end for sentence in sentences_of(passage.text) if sentence.end <= _LONGEST]
    citation = cite(passage, document, 0, max(ends, default=min(len(passage.text), _LONGEST)))
    return Statement(citation.quote, (citation,), document.council, None)
