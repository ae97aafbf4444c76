"""From a question understood to an answer: the stages in order, and what ends them early.

    premises -> plan -> rank -> relevance -> refuse, or choose evidence -> cite -> arrange

This module holds the order and nothing else; each stage is a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexer.document import Passage
from indexer.encode.context import embedded_text
from indexer.text.polarity import Polarity, labelled, polarity_of_text
from search_api.answers.answer import Answer, Coverage, Statement, by_council, grouped, merged
from search_api.answers.evidence import Evidence, EvidenceSettings, choose_evidence, quote_round
from search_api.answers.refusal import load_refusal_model, reason_nothing_selected, reason_too_far
from search_api.answers.spans import answer_span
from search_api.answers.survey import Surveyed, load_survey_model, survey
from search_api.answers.topic import side_of, topic_of
from search_api.citing.citation import cite
from search_api.question.plan import Plan, kept, plan
from search_api.question.premises import false_premises
from search_api.question.query import Query
from search_api.question.question_kind import QuestionKind, kind_of_question
from search_api.question.words import STOPWORDS, content_stems
from search_api.search.ranking import Ranked, RankingSettings, rank
from search_api.search.relevance import Relevance, rarity, relevance

if TYPE_CHECKING:
    from search_api.opened import Opened


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How many statements an answer has, how many passages decide a refusal, and the stages' own settings.

    A statement scores at least `nearly` of what the best one does: what only fills a list is left out.

    `threshold` (of a refusal) and `bar` (of a survey) replace the calibrated ones where they are given.
    """

    statements: int = 8
    nearly: float = 0.7
    judged: int = 10
    threshold: float | None = None
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    bar: float | None = None


_NO_SUBJECT = "The question names no subject: ask with a word or two of what should be found."


def _is_subject(words: str) -> bool:
    return any(len(word) > 1 and word not in STOPWORDS for word in words.split())


def answer_question(now: Opened, query: Query, ranking: RankingSettings, settings: AnswerSettings) -> Answer:
    """Answer a question from one open index; QueryError never, "not found" with its reason instead."""
    kind = kind_of_question(query.question)
    chosen = plan(query, now.index, now.holdings)
    searched = _searched(now, chosen)
    false = false_premises(query, now.holdings)
    if false:
        return _refused(
            query, kind, chosen, searched, reason=" ".join(dict.fromkeys(p.reason for p in false))
        )
    if not query.understood and not any(_is_subject(term.wordings[0]) for term in query.terms):
        return _refused(query, kind, chosen, searched, reason=_NO_SUBJECT)
    if not chosen.mask.any():
        return _refused(query, kind, chosen, searched, reason=reason_nothing_selected(chosen.notes))
    vector = partial(now.vector_of, query.sentences)
    ranked = rank(
        now.index,
        query,
        chosen,
        vector,
        limit=max(settings.judged, settings.evidence.passages),
        settings=ranking,
    )
    ranked = ranked[: max(settings.judged, settings.evidence.passages)]
    weights = _rarities(now, query)
    near = relevance_of(now, query, ranked[: settings.judged])
    model = load_refusal_model()
    confidence = model.confidence(near)
    threshold = model.threshold if settings.threshold is None else settings.threshold
    if not ranked or confidence < threshold:
        reason = reason_too_far(searched.documents_searched, searched.councils_searched)
        return _refused(query, kind, chosen, searched, reason=reason, confidence=confidence)
    if kind.kind == "survey":
        statements = _surveyed(now, query, chosen, settings)
        if statements:
            return _answered(
                query,
                kind,
                chosen,
                searched=searched,
                statements=by_council(statements),
                confidence=confidence,
            )
    statements = _chosen(now, query, kind, ranked=ranked, vector=vector(), weights=weights, settings=settings)
    return _answered(query, kind, chosen, searched=searched, statements=statements, confidence=confidence)


def _chosen(
    now: Opened,
    query: Query,
    kind: QuestionKind,
    *,
    ranked: list[Ranked],
    vector: NDArray[np.float32],
    weights: Sequence[float],
    settings: AnswerSettings,
) -> list[Statement]:
    """The statements of the best passages, best first."""
    head = ranked[: settings.evidence.passages]
    rows = [item.row for item in head]
    passages = now.index.passages(rows)
    sentences = now.index.sentence_vectors(rows)
    evidence = choose_evidence(
        query,
        kind,
        passages,
        passage_scores=[item.score for item in head],
        weights=weights,
        sentences=sentences,
        vector=vector,
        settings=settings.evidence,
        side=side_of(query.question),
    )
    near = [item for item in evidence if item.score >= settings.nearly * evidence[0].score]
    return merged([_statement(now, query, kind, head, item) for item in near])[: settings.statements]


def _surveyed(now: Opened, query: Query, chosen: Plan, settings: AnswerSettings) -> list[Statement]:
    """A statement for each document that has a finding on the question's subject, in any order."""
    topic = topic_of(query)
    found = survey(
        now.index,
        topic,
        chosen,
        vector=now.vector_of((topic.sentence,)),
        side=topic.side,
        threshold=settings.bar,
    )
    return merged([_survey_statement(now, item, settings) for item in found])


def _survey_statement(now: Opened, item: Surveyed, settings: AnswerSettings) -> Statement:
    start, end = quote_round(item.sentences, item.best, settings.evidence.quote)
    document = now.document_at(item.row)
    citation = cite(item.passage, document, start, end)
    return Statement(
        citation.quote, (citation,), document.council, now.grade_at(item.row), polarity=item.polarity
    )


def answered_outright(
    now: Opened, query: Query, statements: list[Statement], notes: tuple[str, ...]
) -> Answer:
    """Give an answer that was looked up rather than found by likeness: its statements, in their order."""
    chosen = plan(query, now.index, now.holdings)
    chosen = replace(chosen, notes=(*chosen.notes, *notes))
    return _answered(
        query,
        QuestionKind("finding"),
        chosen,
        searched=_searched(now, chosen),
        statements=statements,
        confidence=1.0,
    )


def _answered(
    query: Query,
    kind: QuestionKind,
    chosen: Plan,
    *,
    searched: Coverage,
    statements: list[Statement],
    confidence: float,
) -> Answer:
    cited = [citation.document for statement in statements for citation in statement.citations]
    coverage = replace(
        searched,
        councils_with_findings=len({document.council for document in cited if document.council}),
        documents_with_findings=len({document.id for document in cited}),
    )
    return Answer(
        question=query.question, status="answered", statements=tuple(statements),
        coverage=replace(coverage, note=_note(coverage, survey=kind.kind == "survey")),
        reason=None, kind=kind.kind, filters=chosen.filters, understood=kept(query, chosen),
        notes=chosen.notes, confidence=confidence, groups=grouped(statements),
    )  # fmt: skip


def _note(coverage: Coverage, *, survey: bool) -> str:
    """Say in words how much was searched and found, and for a count how far it can be trusted."""

    def many(count: int, word: str) -> str:
        return f"{count:,} {word}{'' if count == 1 else 's'}"

    searched = f"of {many(coverage.councils_searched, 'council')} searched"
    told = f"{coverage.documents_with_findings:,} of {many(coverage.documents_searched, 'document')}"
    parts = [f"Found in {coverage.councils_with_findings:,} {searched} ({told})"]
    if not survey:
        parts = [f"Quoted from {told} searched"]
    if coverage.documents_unread:
        parts.append(f"{many(coverage.documents_unread, 'file')} could not be read")
    model = load_survey_model()
    if survey and model.topics:
        parts.append(
            f"on {model.topics} subjects counted by hand, {model.precision:.0%} of the councils listed were right and "
            f"{model.recall:.0%} of those that should be were listed"
        )
    return "; ".join(parts) + "."


def relevance_of(now: Opened, query: Query, ranked: list[Ranked]) -> Relevance:
    """Measure how near the best passages come to a question, from the ranking's own numbers."""
    rows = [item.row for item in ranked]
    texts = [
        embedded_text(now.document_at(row), passage)
        for row, passage in zip(rows, now.index.passages(rows), strict=True)
    ]
    return relevance(
        query,
        cosines=[item.dense for item in ranked],
        texts=texts,
        frequencies=_frequencies(now, query),
        passages=len(now.index),
        scope=now.scope().of(now.vector_of(query.sentences[-1:])),
    )


def _frequencies(now: Opened, query: Query) -> list[int]:
    return [now.holdings.frequency(term.wordings) for term in query.terms]


def _rarities(now: Opened, query: Query) -> list[float]:
    return [rarity(frequency, len(now.index)) for frequency in _frequencies(now, query)]


def _statement(
    now: Opened, query: Query, kind: QuestionKind, head: list[Ranked], item: Evidence
) -> Statement:
    row = head[item.place].row
    document = now.document_at(row)
    citation = cite(item.passage, document, item.start, item.end)
    span = answer_span(
        citation.quote,
        kind,
        frozenset(content_stems(query.subject)),
        frozenset(query.question.lower().split()),
    )
    polarity = _told(item.passage, citation.quote)
    return Statement(citation.quote, (citation,), document.council, now.grade_at(row), span, polarity)


def _told(passage: Passage, quote: str) -> Polarity:
    """Tell a quote's polarity: as its report labels the passage, else by the quote's own words."""
    return labelled(passage.kind, passage.section) or polarity_of_text(quote)


def _searched(now: Opened, chosen: Plan) -> Coverage:
    numbers = set(now.index.columns.document[chosen.mask].tolist())
    documents = [now.index.documents_by_number[number] for number in numbers]
    councils = {document.council for document in documents if document.council}
    return Coverage(0, len(councils), len(documents), 0, len(now.index.manifest.skipped))


def _refused(
    query: Query,
    kind: QuestionKind,
    chosen: Plan,
    searched: Coverage,
    *,
    reason: str,
    confidence: float = 0.0,
) -> Answer:
    return Answer(
        question=query.question, status="not_found", statements=(), coverage=searched, reason=reason,
        kind=kind.kind, filters=chosen.filters, understood=kept(query, chosen), notes=chosen.notes,
        confidence=confidence,
    )  # fmt: skip
