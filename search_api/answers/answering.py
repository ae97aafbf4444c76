"""From a question understood to an answer: the stages in order, and what ends them early.

    links -> premises -> rows of the register, or relevance -> refuse, or choose evidence -> cite -> arrange

What became of a recommendation that is named by its number is answered by following links, never by likeness: ten paragraphs
that sound like it would be wrong. This module holds the order; each other stage is a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from indexer.document import Passage
from indexer.encode.context import embedded_text
from indexer.text.polarity import Polarity, labelled, polarity_of_text
from indexer.text.sentences import sentences_of
from search_api.answers.absent import absent_kind
from search_api.answers.advice_facts import advice_facts, became_facts
from search_api.answers.answer import Answer, Coverage, Statement, by_council, grouped, merged
from search_api.answers.comparison_facts import comparison_facts
from search_api.answers.evidence import Evidence, EvidenceSettings, choose_evidence, quote_round
from search_api.answers.facts import Facts, subject_in
from search_api.answers.finding_facts import change_facts, common_facts, finding_facts, trend_facts
from search_api.answers.grade_facts import grade_facts
from search_api.answers.reason_facts import reason_facts
from search_api.answers.spans import answer_span
from search_api.answers.survey import Surveyed, survey
from search_api.answers.topic import side_of, topic_of
from search_api.citing.citation import cite
from search_api.comparing.published import published_here
from search_api.comparing.recommendation import (
    NO_EVIDENCE,
    NumberedRecommendation,
    follow,
    recommendations_named,
)
from search_api.fields import Filters
from search_api.fits import RefusalModel, SurveyModel
from search_api.question.premises import false_premises
from search_api.question.query import AS_WRITTEN, EVERYTHING, READING, Query
from search_api.question.question_kind import QuestionKind, kind_of_question
from search_api.question.register_kind import AskedFor, asking_words, kind_of, why_unknowable
from search_api.question.slots import slots_of, without_names
from search_api.question.words import STOPWORDS, content_stems, words_of
from search_api.search.inquiry import Inquiry, inquire
from search_api.search.ranking import Ranked, is_topic
from search_api.search.relevance import Relevance, rarity, relevance
from search_api.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How many statements an answer has, how many passages decide a refusal, and the stages' own settings.

    A statement scores at least `nearly` of what the best one does: what only fills a list is left out.
    """

    statements: int = 8
    nearly: float = 0.6
    judged: int = 10
    sure: float = 0.5
    """The least chance of a kind of question at which the register's rows answer it."""
    sure_unknowable: float = 0.8
    """The least chance that a question asks what no inspection document knows, at which it is refused."""
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)


SETTINGS = AnswerSettings()
_BEHIND, _FEW = 5, 3
"""The place in the ranking over which the best one leads, and words of a topic however asked: a topic's lead says nothing."""
_LONGEST = 600
"""Characters of a passage on a recommendation that are quoted at most, in whole sentences unless the first is longer."""
_NOTHING_SELECTED = "No passage fits these filters; loosen one."
_NO_SUBJECT = "The question names no subject: ask with a word or two of what should be found."


def answer_question(
    snapshot: Snapshot, question: str, filters: Filters | None = None, *, without: Sequence[str] = ()
) -> Answer:
    """Answer a question in documents' own words, each cited, or say why it can't be answered.

    Raises QueryError for a question or a filter that can't be used.
    """
    with inquire(snapshot, question, filters, without) as inquiry:
        return answer_to(inquiry)


def answer_to(inquiry: Inquiry) -> Answer:
    """Answer a question that is being worked on; QueryError never, "not found" with its reason instead."""
    given = _answer_to(inquiry)
    inquiry.snapshot.on_answer(given.status)
    return given


def _answer_to(inquiry: Inquiry) -> Answer:
    query, snapshot = inquiry.query, inquiry.snapshot
    followed = _by_number(snapshot, query)
    if followed is not None:
        statements, notes = followed
        return _answered(inquiry, QuestionKind("finding"), statements, 1.0, notes)
    kind = kind_of_question(query.question)
    false = false_premises(query, snapshot.holdings)
    if false:
        return _refused(inquiry, kind, " ".join(dict.fromkeys(p.reason for p in false)))
    asked = kind_of(query.question, snapshot.holdings.councils)
    facts = _facts(inquiry, asked)
    if facts is not None and (facts.statements or facts.kind == "judgements"):
        return _of_facts(inquiry, kind, facts)
    unknowable = _unknowable(inquiry, asked)
    if unknowable is not None:
        return _refused(inquiry, kind, unknowable)
    if not query.understood and not any(_is_subject(term.wordings[0]) for term in query.terms):
        return _refused(inquiry, kind, _NO_SUBJECT)
    if not inquiry.plan.mask.any():
        said = [f"No passage is left with {one.value}." for one in query.operators]
        return _refused(inquiry, kind, " ".join((*(said or [_NOTHING_SELECTED]), *inquiry.plan.notes)))
    model = snapshot.fits.refusal
    confidence = model.chance(relevance_of(inquiry, model))
    if not inquiry.ranked or confidence < model.threshold:
        searched = _searched(inquiry)
        reason = _too_far(searched.documents_searched, searched.councils_searched)
        absent = absent_kind(query.question, snapshot.index.documents())
        if absent:
            reason = (
                f"No report of {absent} is among the documents here, and nothing in the others answers this."
            )
        return _refused(inquiry, kind, reason, confidence)
    statements = by_council(_surveyed(inquiry)) if kind.kind == "survey" else []
    return _answered(inquiry, kind, statements or _chosen(inquiry, kind), confidence)


def _unknowable(inquiry: Inquiry, asked: AskedFor) -> str | None:
    """Say why no inspection document can know the answer, where a question plainly asks for such."""
    query, newest = inquiry.query, inquiry.snapshot.holdings.latest
    if asked.kind != "unknowable" or asked.chance < SETTINGS.sure_unknowable or READING in query.undone:
        return None
    why = why_unknowable(query.question)
    return f"{why}; the newest here is of {newest}." if why else None


def _facts(inquiry: Inquiry, asked: AskedFor) -> Facts | None:
    """Answer by the register's rows where the question asks for such; None where passages answer it."""
    snapshot, query = inquiry.snapshot, inquiry.query
    of_passages = ("section", "passage_kind", "polarity")
    if query.undone & {READING, EVERYTHING} or query.required or query.excluded:
        return None
    if any(query.filters.values(name) for name in of_passages):
        return None
    if asked.chance < SETTINGS.sure:
        return None
    slots = slots_of(query)
    bare = not subject_in(without_names(query), asking_words("grades"))
    match asked.kind:
        case "judgements":
            return grade_facts(snapshot, query, slots)
        case "changes" | "trend" | "findings" if bare and (slots.grades or slots.before or slots.direction):
            return grade_facts(snapshot, query, slots)
        case "recommendations":
            return advice_facts(snapshot, query, slots)
        case "became":
            return became_facts(snapshot, query, slots)
        case "reasons":
            return reason_facts(snapshot, query, slots)
        case "comparison":
            return comparison_facts(snapshot, query, slots, partial(_quoted, snapshot))
        case "findings":
            return finding_facts(snapshot, query, slots)
        case "changes":
            return change_facts(snapshot, query, slots)
        case "trend":
            return trend_facts(snapshot, query, slots)
        case "common":
            return common_facts(snapshot, query, slots)
    return None


def _quoted(snapshot: Snapshot, subject: str, filters: Filters) -> list[Statement]:
    """Give the sentences nearest to a subject under filters; empty where none is near enough."""
    with inquire(snapshot, subject, filters, AS_WRITTEN) as inquiry:
        if not inquiry.ranked:
            return []
        return _chosen(inquiry, kind_of_question(subject))


def _of_facts(inquiry: Inquiry, kind: QuestionKind, facts: Facts) -> Answer:
    if not facts.statements:
        reason = f"{facts.reading}: {facts.counted}"
        refused = _refused(inquiry, kind, reason, 1.0)
        return replace(refused, query_kind=facts.kind, reading=facts.reading, notes=facts.notes)
    answered = _answered(inquiry, kind, facts.statements, 1.0)
    coverage = replace(
        answered.coverage, councils_searched=max(facts.councils, answered.coverage.councils_with_findings),
        found=facts.counted.rstrip("."), beside=(),
    )  # fmt: skip
    return replace(
        answered, coverage=coverage, query_kind=facts.kind, reading=facts.reading, counted=facts.counted,
        filters=facts.filters, notes=facts.notes,
    )  # fmt: skip


def _too_far(documents: int, councils: int) -> str:
    return (
        f"Nothing in the {documents} document{'s' if documents != 1 else ''} searched"
        f"{f', of {councils} councils,' if councils > 1 else ''} answers this. "
        "Inspection documents tell of children's services; try other words, or fewer."
    )


def _by_number(snapshot: Snapshot, query: Query) -> tuple[list[Statement], tuple[str, ...]] | None:
    """Give statements and notes on the recommendations that a question names by council and number; None for none.

    Each recommendation stands before what later documents report on it, in the order of time, and what led to
    it; those on which something is reported come first.
    """
    councils = query.filters.council or query.councils
    named = recommendations_named(query.readable, councils, snapshot.index.documents())
    each = sorted((_followed(snapshot, one) for one in named), key=lambda statements: len(statements) < 2)
    statements = [statement for one in each for statement in one]
    if not statements:
        return None
    return statements, (NO_EVIDENCE,) if all(len(one) < 2 for one in each) else ()


def _followed(snapshot: Snapshot, named: NumberedRecommendation) -> list[Statement]:
    document = snapshot.index.document(named.document.id)
    if document is None:
        return []
    followed = follow(snapshot, document, named.recommendation.passage_id)
    passages = [
        named.recommendation.passage_id,
        *(report.passage_id for report in followed.reports),
        *(passage.id for passage in followed.led_to_it),
    ]
    made = (_whole(snapshot, passage_id) for passage_id in dict.fromkeys(passages))
    return [statement for statement in made if statement is not None]


def _whole(snapshot: Snapshot, passage_id: str) -> Statement | None:
    passage = snapshot.index.passage(passage_id)
    document = snapshot.index.document(passage.document_id) if passage else None
    if passage is None or document is None or not passage.text:
        return None
    ends = [sentence.end for sentence in sentences_of(passage.text) if sentence.end <= _LONGEST]
    citation = cite(passage, document, 0, max(ends, default=min(len(passage.text), _LONGEST)))
    return Statement(citation.quote, (citation,), document.council, None)


def _is_subject(words: str) -> bool:
    return any(len(word) > 1 and word not in STOPWORDS for word in words.split())


def _chosen(inquiry: Inquiry, kind: QuestionKind) -> list[Statement]:
    """The statements of the best passages, best first."""
    snapshot, query = inquiry.snapshot, inquiry.query
    head = inquiry.ranked[: SETTINGS.evidence.passages]
    rows = [item.row for item in head]
    evidence = choose_evidence(
        query,
        kind,
        snapshot.index.passages(rows),
        passage_scores=[item.score for item in head],
        weights=[rarity(frequency, len(snapshot.index)) for frequency in _frequencies(snapshot, query)],
        sentences=snapshot.index.sentence_vectors(rows),
        vector=snapshot.vector_of(query.sentences),
        settings=SETTINGS.evidence,
        side=side_of(query.question),
    )
    near = [item for item in evidence if item.score >= SETTINGS.nearly * evidence[0].score]
    return merged([_statement(snapshot, query, kind, head, item) for item in near])[: SETTINGS.statements]


def _statement(
    snapshot: Snapshot, query: Query, kind: QuestionKind, head: Sequence[Ranked], item: Evidence
) -> Statement:
    row = head[item.place].row
    document = snapshot.document_at(row)
    citation = cite(item.passage, document, item.start, item.end)
    stems, named = frozenset(content_stems(query.subject)), frozenset(query.question.lower().split())
    span = answer_span(citation.quote, kind, stems, named)
    polarity = _polarity_of(item.passage, citation.quote)
    return Statement(citation.quote, (citation,), document.council, snapshot.grade_at(row), span, polarity)


def _polarity_of(passage: Passage, quote: str) -> Polarity:
    """Give a quote's polarity: as its report labels the passage, else by the quote's own words."""
    return labelled(passage.kind, passage.section) or polarity_of_text(quote)


def _surveyed(inquiry: Inquiry) -> list[Statement]:
    """A statement for each document that has a finding on the question's subject, in any order."""
    found = survey(inquiry.snapshot, topic_of(inquiry.query), inquiry.plan)
    return merged([_survey_statement(inquiry.snapshot, item) for item in found])


def _survey_statement(snapshot: Snapshot, item: Surveyed) -> Statement:
    start, end = quote_round(item.sentences, item.best, SETTINGS.evidence.quote)
    document = snapshot.document_at(item.row)
    citation = cite(item.passage, document, start, end)
    return Statement(
        citation.quote, (citation,), document.council, snapshot.grade_at(item.row), polarity=item.polarity
    )


def relevance_of(inquiry: Inquiry, model: RefusalModel) -> Relevance:
    """Measure how near the best passages come to a question as it is worded."""
    snapshot, query, ranked = inquiry.snapshot, inquiry.query, inquiry.ranked[: SETTINGS.judged]
    behind = inquiry.ranked[:_BEHIND][-1:]
    few = is_topic(query) or len(words_of(query.subject)) <= _FEW
    margin = model.typical_margin if few or not behind else ranked[0].score - behind[0].score
    rows = [item.row for item in ranked]
    texts = [
        embedded_text(snapshot.document_at(row), passage)
        for row, passage in zip(rows, snapshot.index.passages(rows), strict=True)
    ]
    return relevance(
        query,
        cosines=(snapshot.index.vectors(rows) @ snapshot.vector_of(query.sentences)).tolist(),
        texts=texts,
        frequencies=_frequencies(snapshot, query),
        passages=len(snapshot.index),
        margin=margin,
        scope=model.scope.of(snapshot.vector_of(query.sentences[-1:])),
    )


def _frequencies(snapshot: Snapshot, query: Query) -> list[int]:
    return [snapshot.holdings.frequency(term.wordings) for term in query.terms]


def _answered(
    inquiry: Inquiry,
    kind: QuestionKind,
    statements: Sequence[Statement],
    confidence: float,
    notes: tuple[str, ...] = (),
) -> Answer:
    cited = [citation.document for statement in statements for citation in statement.citations]
    coverage = replace(
        _searched(inquiry),
        councils_with_findings=len({document.council for document in cited if document.council}),
        documents_with_findings=len({document.id for document in cited}),
    )
    return Answer(
        question=inquiry.query.typed, status="answered", statements=tuple(statements),
        coverage=_in_words(
            coverage, inquiry.snapshot.fits.survey if kind.kind == "survey" else None, _listed(inquiry)
        ),
        reason=None, kind=kind.kind, filters=inquiry.plan.filters, understood=inquiry.understood,
        notes=(*inquiry.plan.notes, *notes), confidence=confidence, groups=grouped(statements),
        operators=inquiry.operators, mended=inquiry.mended,
    )  # fmt: skip


def _refused(inquiry: Inquiry, kind: QuestionKind, reason: str, confidence: float = 0.0) -> Answer:
    return Answer(
        question=inquiry.query.typed, status="not_found", statements=(), coverage=_searched(inquiry),
        reason=reason, kind=kind.kind, filters=inquiry.plan.filters, understood=inquiry.understood,
        notes=inquiry.plan.notes, confidence=confidence, operators=inquiry.operators, mended=inquiry.mended,
    )  # fmt: skip


def _searched(inquiry: Inquiry) -> Coverage:
    index = inquiry.snapshot.index
    documents = [
        index.documents_by_number[number]
        for number in set(index.columns.document[inquiry.plan.mask].tolist())
    ]
    councils = {document.council for document in documents if document.council}
    return Coverage(0, len(councils), len(documents), 0, len(index.manifest.skipped))


def _listed(inquiry: Inquiry) -> str:
    """How many organisations there are to be counted, where that is known and none is singled out."""
    if not inquiry.snapshot.index.manifest.listed or inquiry.plan.filters.get("council"):
        return ""
    published = published_here(inquiry.snapshot)
    return (
        f"of {published.listed:,} organisations that publishers list, {published.here:,} have a document here"
    )


def _in_words(coverage: Coverage, model: SurveyModel | None, listed: str = "") -> Coverage:
    """Say in words how much was searched and found, and for a count how far it can be trusted."""

    def many(count: int, word: str) -> str:
        return f"{count:,} {word}{'' if count == 1 else 's'}"

    documents = f"{coverage.documents_with_findings:,} of {many(coverage.documents_searched, 'document')}"
    councils = f"{coverage.councils_with_findings:,} of {many(coverage.councils_searched, 'council')}"
    beside = []
    if coverage.documents_unread:
        beside.append(f"{many(coverage.documents_unread, 'file')} could not be read")
    if model:
        beside.append("how often such a count is wrong on this subject was not measured")
        if listed:
            beside.append(listed)
    found = f"Found in {councils} searched ({documents})" if model else f"Quoted from {documents} searched"
    return replace(coverage, found=found, beside=tuple(beside))
