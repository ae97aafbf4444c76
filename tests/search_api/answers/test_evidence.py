"""Which sentence is chosen out of passages that speak of both sides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from indexer.document import Passage
from indexer.store.sentence_vectors import SentenceVectors
from search_api.answers.evidence import EvidenceSettings, choose_evidence
from search_api.answers.topic import Side, side_of
from search_api.fields import Filters, Known
from search_api.question.holdings import Holdings
from search_api.question.query import understand
from search_api.question.question_kind import kind_of_question
from tests.indexer.store.sentence_arrays import split_into_sentences

HOLDINGS = Holdings((), {}, (), Known((), (), (), frozenset(), {}), None, lambda _: False, lambda _: 0)
PRAISE = "Pathway plans are strong and of consistently good quality, with clear outcomes for young people."
CRITICISM = "Pathway plans are poor, too many are late, and weaknesses in them are not addressed by managers."


def chosen(question: str, *texts: str, side: Side | None, weight: float = 0.1) -> list[str]:
    query = understand(question, Filters(), HOLDINGS)
    sentences = split_into_sentences(texts)
    count = len(sentences.spans)
    passages = [
        Passage(f"d.p{n}", "d", "paragraph", str(n), (), 1, 1, text, ()) for n, text in enumerate(texts, 1)
    ]
    evidence = choose_evidence(
        query,
        kind_of_question(question),
        passages,
        passage_scores=[1.0 - n / 100 for n in range(len(texts))],
        weights=[1.0] * len(query.terms),
        sentences=SentenceVectors(
            sentences.offsets, sentences.spans, np.full((count, 4), 0.5, dtype=np.float32)
        ),
        vector=np.full(4, 0.5, dtype=np.float32),
        settings=replace(EvidenceSettings(), side=weight, quote=80),
        side=side,
    )
    return [item.passage.text[item.start : item.end] for item in evidence]


@pytest.mark.parametrize(
    ("question", "first"),
    [("why were pathway plans weak?", CRITICISM), ("why were pathway plans strong?", PRAISE)],
)
def test_whoever_asks_for_one_side_reads_it_first(question: str, first: str) -> None:
    for texts in ((PRAISE, CRITICISM), (CRITICISM, PRAISE)):
        assert chosen(question, *texts, side=side_of(question))[0] == first


def test_whoever_asks_for_no_side_reads_the_better_passage_first() -> None:
    question = "what are pathway plans like?"
    assert side_of(question) is None
    assert chosen(question, PRAISE, CRITICISM, side=None)[0] == PRAISE
    assert chosen(question, CRITICISM, PRAISE, side=None)[0] == CRITICISM
