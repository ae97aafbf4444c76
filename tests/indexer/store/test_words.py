"""Words' vectors: half a byte a number keeps what they say, and what hasn't changed is taken over as it was."""

import numpy as np
import pytest

from indexer.encode.word_vectors import Tokens, packed, telling_words, unpacked
from indexer.store.words import WordedRows, WordStore, joined_words

NO_PAIRS = np.empty((0, 2), dtype=np.int64)


def unit(count: int, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).standard_normal((count, 48)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_half_a_byte_a_number_keeps_a_cosine() -> None:
    vectors = unit(200)
    kept = unpacked(packed(vectors))
    assert packed(vectors).shape == (200, 24)
    assert np.std((kept - vectors) @ unit(50, seed=1).T) < 0.025
    assert (kept * vectors).sum(axis=1) == pytest.approx(1, abs=0.2)
    assert unpacked(packed(vectors[:0])).shape == (0, 48)


def test_words_of_unchanged_rows_are_taken_over() -> None:
    of_row = [packed(unit(count, seed=count)) for count in (3, 0, 5, 2)]
    old = WordStore(joined_words(None, NO_PAIRS, [WordedRows((n,), w) for n, w in enumerate(of_row)], 4, 24))
    assert [old.take(row).tolist() for row in range(4)] == [words.tolist() for words in of_row]
    fresh = packed(unit(4, seed=9))
    # Rows 0 and 3 hold a new text, 1 and 2 the old index's 2 and 0.
    made = joined_words(old, np.array([(1, 2), (2, 0)]), [WordedRows((0, 3), fresh)], 4, 24)
    new = WordStore(made)
    expected = [fresh, of_row[2], of_row[0], fresh]
    assert [new.take(row).tolist() for row in range(4)] == [words.tolist() for words in expected]
    asked = unit(6, seed=5) / 6
    best = [(unpacked(words) @ asked.T).max(axis=0).sum() for words in expected]
    assert new.scores(asked, [3, 1, 2]) == pytest.approx([best[3], best[1], best[2]], abs=1e-5)


def test_an_encoder_without_words_leaves_every_row_without() -> None:
    made = [WordedRows((0, 1), np.empty((0, 0), dtype=np.uint8))]
    store = WordStore(joined_words(None, NO_PAIRS, made, 2, 0))
    assert store.scores(unit(2), [0, 1]).tolist() == [0, 0]


def test_pieces_of_a_word_are_joined_and_what_says_nothing_is_left_out() -> None:
    states = np.arange(12, dtype=np.float32).reshape(6, 2)
    tokens = Tokens(states, ids=[101, 7, 8, 9, 7, 102], words=[None, 0, 1, 1, 2, None])
    own = np.array([True, True, True, True, False, True])
    assert telling_words(tokens, own, {7}).tolist() == [[4 + 6, 5 + 7]]
    assert telling_words(tokens, own, {8}).tolist() == [[2, 3], [10, 12]]
    assert telling_words(tokens, own, {7, 8, 9}).shape == (0, 2)
