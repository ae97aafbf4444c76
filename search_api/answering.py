"""From a question understood to an answer: the stages in order, and what ends them early.

    premises -> plan -> rank -> relevance -> refuse, or choose evidence -> cite -> arrange

This module holds the order and nothing else; each stage is a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from indexer.context import embedded_text
from indexer.sentence_vectors import SentenceStore, encoded_sentences
from search_api.answer import Answer, Coverage, Statement, grouped, merged
from search_api.citation import cite
from search_api.evidence import Evidence, EvidenceSettings, choose_evidence
from search_api.plan import Plan, kept, plan
from search_api.premises import false_premises
from search_api.query import Query
from search_api.question_kind import QuestionKind, kind_of_question
from search_api.ranking import Ranked, RankingSettings, rank
from search_api.refusal import load_refusal_model, reason_nothing_selected, reason_too_far
from search_api.relevance import Relevance, rarity, relevance
from search_api.spans import answer_span
from search_api.survey import SurveySettings, survey
from search_api.words import content_stems

if TYPE_CHECKING:
    from search_api.engine import Opened


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How many statements an answer has, how many passages decide a refusal, and the stages' own settings.

    `threshold` replaces the calibrated one where it is given.
    """

    statements: int = 8
    judged: int = 10
    threshold: float | None = None
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    survey: SurveySettings = field(default_factory=SurveySettings)


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
    if not chosen.mask.any():
        return _refused(query, kind, chosen, searched, reason=reason_nothing_selected(chosen.notes))
    vector = now.vector_of(query.sentences)
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
        found = survey(now.index, query, chosen, vector=vector, weights=weights, settings=settings.survey)
        ranked = found or ranked
    head = ranked[: settings.evidence.passages] if kind.kind != "survey" else ranked
    rows = [item.row for item in head]
    passages = now.index.passages(rows)
    sentences = now.index.sentence_vectors(rows)
    if now.index.manifest.format == 1:
        texts = [passage.text for passage in passages]
        sentences = SentenceStore(encoded_sentences(texts, now.encoder.encode_passages)).take(
            range(len(rows))
        )
    evidence = choose_evidence(
        query,
        kind,
        passages,
        passage_scores=[item.score for item in head],
        weights=weights,
        sentences=sentences,
        vector=None if kind.kind == "survey" else vector,
        settings=settings.evidence,
    )
    statements = merged([_statement(now, query, kind, head, item) for item in evidence])
    if kind.kind != "survey":
        statements = statements[: settings.statements]
    arranged = statements if kind.kind == "fact" else list(grouped(statements))
    documents = {citation.document.id for statement in arranged for citation in statement.citations}
    councils = {c.document.council for s in arranged for c in s.citations if c.document.council}
    coverage = Coverage(
        len(councils), searched.councils_searched, searched.documents_searched, len(documents)
    )
    return Answer(
        question=query.question, status="answered", statements=tuple(arranged), coverage=coverage,
        reason=None, kind=kind.kind, filters=chosen.filters, understood=kept(query, chosen),
        notes=chosen.notes, confidence=confidence,
    )  # fmt: skip


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
    return Statement(citation.quote, (citation,), document.council, now.grade_at(row), span)


def _searched(now: Opened, chosen: Plan) -> Coverage:
    numbers = set(now.index.columns.document[chosen.mask].tolist())
    documents = [now.index.documents_by_number[number] for number in numbers]
    councils = {document.council for document in documents if document.council}
    return Coverage(0, len(councils), len(documents), 0)


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
