"""Sentences' vectors: as near as plain arithmetic on the encoder's own, whole after being taken over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.encode.cache import text_key
from indexer.store.sentence_vectors import (
    SentencedRows,
    SentenceStore,
    joined,
    quantised,
    sentence_spans,
)
from indexer.text.sentences import sentences_of
from tests.indexer.store.sentence_arrays import encoded_sentences

DIMENSION = 24


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """A vector of length 1 for each text, which depends on the text alone."""
    seeds = [np.frombuffer(text_key(text), dtype=np.uint32) for text in texts]
    drawn = np.array([np.random.default_rng(seed).standard_normal(DIMENSION) for seed in seeds])
    drawn = drawn.reshape(-1, DIMENSION).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


QUESTION = encode(["a question"])[0]
texts = st.lists(
    st.lists(st.sampled_from(["Plans are late.", "Visits happen weekly.", "Staff stay. ", "One more"]), max_size=4)
    .map(" ".join),
    min_size=1, max_size=6,
)  # fmt: skip


@given(texts)
def test_a_row_scores_its_nearest_sentence_or_nothing(drawn: list[str]) -> None:
    store = SentenceStore(encoded_sentences(drawn, encode))
    expected = []
    for text in drawn:
        sentences = [sentence.text for sentence in sentences_of(text)]
        expected.append(float((encode(sentences) @ QUESTION).max()) if sentences else 0.0)
    assert store.scores(QUESTION) == pytest.approx(expected, abs=0.005)
    rows = list(range(len(drawn)))[::-2]
    assert store.scores(QUESTION, rows) == pytest.approx([expected[row] for row in rows], abs=0.005)


@given(texts)
def test_sentences_come_with_where_they_stand_and_their_vectors(drawn: list[str]) -> None:
    store = SentenceStore(encoded_sentences(drawn, encode))
    rows = list(range(len(drawn)))[::-1]
    found = store.take(rows)
    assert found.offsets[0] == 0 and found.offsets[-1] == len(found.spans) == len(found.vectors)
    for place, row in enumerate(rows):
        part = slice(*found.offsets[place : place + 2].tolist())
        sentences = sentences_of(drawn[row])
        assert [(s.start, s.end) for s in sentences] == [tuple(span) for span in found.spans[part].tolist()]
        np.testing.assert_allclose(found.vectors[part], encode([s.text for s in sentences]), atol=0.005)


@given(texts, texts)
def test_sentences_taken_over_are_those_encoded_at_once(before: list[str], added: list[str]) -> None:
    now = [*added, *before[::-1]]
    old = SentenceStore(encoded_sentences(before, encode))
    pairs = np.array(
        [(row, before.index(text)) for row, text in enumerate(now) if text in before], dtype=np.int64
    ).reshape(-1, 2)
    made = []
    for text in dict.fromkeys(text for text in now if text not in before):
        rows = [row for row, other in enumerate(now) if other == text]
        vectors = encode([sentence.text for sentence in sentences_of(text)])
        made.append(SentencedRows(rows, sentence_spans(text), vectors))
    together = joined(old, pairs, made, len(now), DIMENSION)
    at_once = encoded_sentences(now, encode)
    assert together.keys() == at_once.keys()
    for name, array in at_once.items():
        np.testing.assert_array_equal(together[name], array)


def test_a_vector_in_bytes_is_the_same_in_any_company() -> None:
    vectors = encode(["one", "two", "three"])
    alone, together = quantised(vectors[:1]), quantised(vectors)
    np.testing.assert_array_equal(alone.codes[0], together.codes[0])
    assert alone.scales[0] == together.scales[0]
    np.testing.assert_allclose(together.codes * together.scales[:, None], vectors, atol=0.003)
