"""The quantised encoder: texts to vectors by ONNX Runtime, without torch.

Dynamic quantisation measures one range over everything in a batch, so that a text's vector would depend on
its neighbours and on padding. Here every text goes through alone and unpadded, and several at once on as
many threads: the same text has the same vector, bit for bit, in any company, and nothing is spent on
padding. This module is the only importer of onnxruntime and tokenizers, and must not know what a passage or
an index is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.encode.word_vectors import NO_WORDS, EncodedQuestion, Tokens, Words, head_of
from indexer.errors import UsageError

Vectors = NDArray[np.float32]

Spans = NDArray[np.int32]

WEIGHTS = "model.onnx"
EMBEDDING = "embedding"
TOKENS = "tokens"
THREADS_SETTING = "FINDINGS_THREADS"

_TOKENISED_AT_ONCE = 1024
"""Texts whose tokens are held at a time: a build's memory mustn't grow with its number of passages."""


def is_onnx_encoder(folder: Path) -> bool:
    """Say whether the folder holds an encoder of this kind."""
    return (folder / WEIGHTS).is_file()


class OnnxEncoder:
    """A sentence encoder in one folder: model.onnx, tokenizer.json and config.json.

    The graph takes `input_ids` of shape (1, tokens) and gives `embedding` of shape (1, dimension), pooled
    and of length 1; where it gives `tokens` of shape (1, tokens, dimension) too, the states that were pooled,
    sentences cost nothing beside their passage. `threads` is how many texts are encoded at a time: 0 means the setting
    FINDINGS_THREADS, else the processors that this process may use. Raises UsageError where the folder
    holds no such encoder.
    """

    def __init__(self, folder: Path, name: str | None = None, digest: str = "", threads: int = 0) -> None:
        self.name = name or folder.name
        self.digest = digest
        config = _config_of(folder)
        self.dimension: int = config["dimension"]
        self._threads = threads or _threads_set() or len(os.sched_getaffinity(0))
        self._tokenizer = tokenizer_of(folder)
        self._tokenizer.enable_truncation(config["max_tokens"])
        self._session = _session_of(folder)
        self._gives_tokens = TOKENS in {output.name for output in self._session.get_outputs()}
        self._head = head_of(folder) if self._gives_tokens else None
        self.word_dimension: int = self._head.dimension if self._head else 0

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Encode passages: vectors, float32 (number of texts, dimension), length 1, in the texts' order."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        with _pool(self._threads) as pool:
            for start in range(0, len(texts), _TOKENISED_AT_ONCE):
                encodings = self._tokenizer.encode_batch(list(texts[start : start + _TOKENISED_AT_ONCE]))
                rows = pool.map(self._vector_of, (encoding.ids for encoding in encodings))
                for row, vector in enumerate(rows, start):
                    vectors[row] = vector
        return vectors

    def encode_with_spans(
        self, texts: Sequence[str], spans: Sequence[Spans]
    ) -> tuple[Vectors, list[Vectors], list[Words]]:
        """Encode passages, and for each the (start, end) characters of its `spans`, shape (n, 2), and its words.

        A span's vector is the mean of its tokens as they stand in the passage (late chunking, Günther et
        al. 2024), so that a sentence knows what "this" is and costs no encoding of its own. A span beyond the
        tokens that count, and every span where the graph gives none, is encoded by itself.
        Gives vectors as `encode_passages` does, and for each text float32 (n, dimension), length 1, and the words
        within its spans, as `word_vectors` packs them.
        """
        if not self._gives_tokens:
            return (
                self.encode_passages(texts),
                [
                    self.encode_passages([text[start:end] for start, end in some.tolist()])
                    for text, some in zip(texts, spans, strict=True)
                ],
                [np.empty((0, 0), dtype=np.uint8) for _ in texts],
            )
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        parts: list[Vectors] = []
        words: list[Words] = []
        with _pool(self._threads) as pool:
            encodings = self._tokenizer.encode_batch(list(texts))
            made = pool.map(self._whole_and_parts, texts, encodings, spans)
            for row, (vector, part, own) in enumerate(made):
                vectors[row] = vector
                parts.append(part)
                words.append(own)
        return vectors, parts, words

    def encode_query(self, text: str) -> Vectors:
        """Encode a question: float32 (dimension,), length 1."""
        return self._vector_of(self._tokenizer.encode(text).ids)

    def encode_question(self, text: str) -> EncodedQuestion:
        """Encode a question: its vector as `encode_query` gives it, and its words out of the same pass."""
        if self._head is None:
            vector = self.encode_query(text)
            return EncodedQuestion(vector, vector, NO_WORDS)
        vector, tokens = self._states_of(self._tokenizer.encode(text))
        return EncodedQuestion(vector, self._head.reach_of(vector), self._head.of_question(tokens))

    def tokens_with_starts(self, text: str) -> tuple[Tokens, NDArray[np.int64]]:
        """A text's tokens and the characters that they start at, -1 for those that stand for none."""
        encoding = self._tokenizer.encode(text)
        return self._states_of(encoding)[1], _starts_of(encoding)[0]

    def vocabulary(self) -> dict[str, int]:
        """The tokens' numbers."""
        found: dict[str, int] = self._tokenizer.get_vocab()
        return found

    def _states_of(self, encoding: Any) -> tuple[Vectors, Tokens]:  # noqa: ANN401
        inputs = {"input_ids": np.array([encoding.ids], dtype=np.int64)}
        whole, states = self._session.run([EMBEDDING, TOKENS], inputs)
        return whole[0], Tokens(states[0], encoding.ids, encoding.word_ids)

    def _vector_of(self, ids: list[int]) -> Vectors:
        inputs = {"input_ids": np.array([ids], dtype=np.int64)}
        found: Vectors = self._session.run([EMBEDDING], inputs)[0][0]
        return found

    def _whole_and_parts(self, text: str, encoding: Any, spans: Spans) -> tuple[Vectors, Vectors, Words]:  # noqa: ANN401
        whole, tokens = self._states_of(encoding)
        starts, read = _starts_of(encoding)
        parts = np.empty((len(spans), self.dimension), dtype=np.float32)
        # A token belongs to the span that it starts in.
        for place, (start, end) in enumerate(spans.tolist()):
            inside = (starts >= start) & (starts < end)
            if inside.any() and end <= read:
                mean = tokens.states[inside].mean(axis=0)
                parts[place] = mean / np.linalg.norm(mean)
            else:
                parts[place] = self._vector_of(self._tokenizer.encode(text[start:end]).ids)
        if self._head is None:
            return whole, parts, np.empty((0, 0), dtype=np.uint8)
        own = starts >= (int(spans[0][0]) if len(spans) else len(text))
        return whole, parts, self._head.of_passage(tokens, own)


def _starts_of(encoding: Any) -> tuple[NDArray[np.int64], int]:  # noqa: ANN401 (the library ships no types)
    """The character that each token starts at, -1 for those that stand for none; where the tokens that count end."""
    starts, ends = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2).T
    return np.where(ends > starts, starts, -1), int(ends.max(initial=0))


@contextmanager
def _pool(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that leave what they haven't begun when the block is left early: a build that is stopped ends at once."""
    pool = ThreadPoolExecutor(threads)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _config_of(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return {"dimension": int(config["dimension"]), "max_tokens": int(config["max_tokens"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{folder} holds no ONNX encoder ({error}); give the folder of one") from error


def _threads_set() -> int:
    setting = os.environ.get(THREADS_SETTING, "")
    if not setting:
        return 0
    if not setting.isdecimal() or int(setting) < 1:
        raise UsageError(f"{THREADS_SETTING} is {setting!r}; set it to a number of threads, 1 or more")
    return int(setting)


def tokenizer_of(folder: Path) -> Any:  # noqa: ANN401 (the library ships no types)
    """Read the tokenizer of a folder, which neither cuts nor pads; UsageError where there is none."""
    from tokenizers import Tokenizer  # noqa: PLC0415 (only where an encoder is loaded)

    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises a bare Exception
        raise UsageError(f"{folder}/tokenizer.json can't be read ({error}); restore it") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _session_of(folder: Path) -> Any:  # noqa: ANN401 (the library ships no types)
    # Its official builds send events to Microsoft and keep an identifier in the user's home, unless this is set
    # before they are loaded. Nothing leaves this machine.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415 (only where an encoder is loaded)

    options = onnxruntime.SessionOptions()
    # Texts run beside each other; threads within one text would only get in each other's way.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(folder / WEIGHTS), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the runtime raises a dozen types of its own for a damaged file
        reason = str(error).strip().splitlines()[0]
        raise UsageError(f"{folder / WEIGHTS} can't be loaded ({reason}); restore it") from error
