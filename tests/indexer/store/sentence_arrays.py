"""Sentences of texts encoded by themselves, as an index stores them: what a build's own way is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from indexer.store.arrays import Arrays
from indexer.store.sentence_vectors import SentencePlaces, quantised, sentence_arrays, sentence_spans
from indexer.store.vectors import Vectors


def split_into_sentences(texts: Iterable[str]) -> SentencePlaces:
    """Split each row's text into sentences."""
    spans = [sentence_spans(text) for text in texts]
    return SentencePlaces(
        np.cumsum([0, *map(len, spans)], dtype=np.int64),
        np.concatenate([np.empty((0, 2), dtype=np.int32), *spans]),
    )


def encoded_sentences(texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Arrays:
    """Split each row's text and encode its sentences by themselves: for an index that holds none."""
    sentences = split_into_sentences(texts)
    lengths = np.diff(sentences.offsets)
    of_each = np.repeat(np.arange(len(texts)), lengths)
    found = [
        texts[row][start:end]
        for row, (start, end) in zip(of_each.tolist(), sentences.spans.tolist(), strict=True)
    ]
    return sentence_arrays(sentences, quantised(encode(found)))
