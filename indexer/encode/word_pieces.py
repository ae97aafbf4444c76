"""Pieces of words, as the encoder that comes with the program cuts them: what the reader of verdicts sees.

This module must not know what is read from them.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from indexer.encode.encoder import DEFAULT_ENCODER, SHIPPED
from indexer.encode.onnx_encoder import tokenizer_of


class WordPieces:
    """A vocabulary; `start` and `end` are the numbers of what begins a text and ends its parts."""

    def __init__(self) -> None:
        self._tokenizer = tokenizer_of(SHIPPED / DEFAULT_ENCODER)
        self.start: int = self._tokenizer.token_to_id("[CLS]")
        self.end: int = self._tokenizer.token_to_id("[SEP]")

    def of(self, texts: Sequence[str]) -> list[list[int]]:
        """The pieces of each text, by number, in order."""
        encodings: list[Any] = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]


@functools.cache
def load_word_pieces() -> WordPieces:
    """Read the vocabulary of the encoder that comes with the program."""
    return WordPieces()
