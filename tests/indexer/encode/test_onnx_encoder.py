"""The ONNX encoder: the same vector in any company, and one line for whatever is wrong."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.encode.onnx_encoder import THREADS_SETTING, OnnxEncoder, is_onnx_encoder
from indexer.encode.word_vectors import unpacked
from indexer.errors import UsageError

SHIPPED = Path(__file__).parents[3] / "models" / "findings-minilm-v1"

TEXTS = [
    "Children who come back after going missing are offered a talk with somebody independent.",
    "Short.",
    "Plans for young people who are leaving care are " + "long and seldom read, " * 60 + "as they say.",
    "The number of empty posts in the Kelderbridge assessment team fell from nine to two.",
]


@pytest.fixture(scope="module")
def shipped() -> OnnxEncoder:
    return OnnxEncoder(SHIPPED, threads=2)


def test_a_text_has_the_same_vector_alone_and_in_a_batch(shipped: OnnxEncoder) -> None:
    together = shipped.encode_passages(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert np.array_equal(shipped.encode_passages([text])[0], vector)
        assert np.array_equal(shipped.encode_query(text), vector)


def test_the_number_of_threads_changes_no_vector(shipped: OnnxEncoder) -> None:
    single = OnnxEncoder(SHIPPED, threads=1).encode_passages(TEXTS * 3)
    assert np.array_equal(single, shipped.encode_passages(TEXTS * 3))


def test_vectors_come_in_the_texts_order_and_have_length_one(small_encoder: Path) -> None:
    encoder = OnnxEncoder(small_encoder, threads=2)
    texts = [f"paragraph {number} about plans" for number in range(1500)]
    vectors = encoder.encode_passages(texts)
    assert vectors.shape == (1500, encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.array_equal(vectors[1400], encoder.encode_query(texts[1400]))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def spans_of(text: str, *parts: str) -> np.ndarray:
    starts = [text.index(part) for part in parts]
    return np.array([(start, start + len(part)) for start, part in zip(starts, parts, strict=True)], np.int32)


def test_a_sentence_is_known_by_what_stands_before_it(shipped: OnnxEncoder) -> None:
    second = "They are seldom offered in time."
    about = [
        "Children who go missing have a right to return home interviews.",
        "Young people who leave care have a right to pathway plans.",
    ]
    texts = [f"{first} {second}" for first in about]
    wholes, parts, _ = shipped.encode_with_spans(
        texts, [spans_of(text, first, second) for text, first in zip(texts, about, strict=True)]
    )
    assert np.array_equal(wholes, shipped.encode_passages(texts))
    assert np.allclose(np.linalg.norm(np.vstack(parts), axis=1), 1.0, atol=1e-5)
    question = shipped.encode_query("are return home interviews late?")
    assert parts[0][1] @ question > parts[1][1] @ question + 0.2


def test_a_sentence_beyond_the_tokens_that_count_is_encoded_by_itself(shipped: OnnxEncoder) -> None:
    last = "Visits to children are weekly."
    text = "Plans are long. " * 200 + last
    _, parts, _ = shipped.encode_with_spans([text], [spans_of(text, last)])
    assert np.array_equal(parts[0][0], shipped.encode_query(last))


def test_a_graph_without_tokens_encodes_spans_by_themselves(small_encoder: Path) -> None:
    encoder = OnnxEncoder(small_encoder)
    text, part = "Plans are late. Visits are weekly.", "Visits are weekly."
    wholes, parts, words = encoder.encode_with_spans(
        [text, part], [spans_of(text, part), spans_of(part)[:0].reshape(0, 2)]
    )
    assert np.array_equal(wholes[0], encoder.encode_query(text))
    assert np.array_equal(parts[0][0], encoder.encode_query(part))
    assert parts[1].shape == (0, encoder.dimension)
    assert [own.size for own in words] == [encoder.encode_question(text).words.size, 0] == [0, 0]


def test_a_passages_words_are_its_own_but_those_that_say_nothing(shipped: OnnxEncoder) -> None:
    context, own = "Kelderbridge, inspection. Care leavers", "The advisers, who are few, visit too seldom."
    text = f"{context}\n{own}"
    _, _, (words, none) = shipped.encode_with_spans(
        [text, text], [spans_of(text, own), spans_of(text)[:0].reshape(0, 2)]
    )
    assert words.shape == (4, shipped.word_dimension // 2)  # advisers, few, visit, seldom
    assert np.linalg.norm(unpacked(words), axis=1) == pytest.approx(1, abs=0.1)
    assert none.shape == (0, shipped.word_dimension // 2)


def test_a_question_is_encoded_once_for_its_vector_and_its_words(shipped: OnnxEncoder) -> None:
    found = shipped.encode_question("how often do helpers come round?")
    assert np.array_equal(found.vector, shipped.encode_query("how often do helpers come round?"))
    assert np.linalg.norm(found.words, axis=1).sum() == pytest.approx(1.0, abs=1e-4)


def test_the_shipped_encoder_puts_like_near_like(shipped: OnnxEncoder) -> None:
    found = shipped.encode_passages(
        [
            "Return home interviews are not carried out quickly enough.",
            "The council's buildings are heated by gas.",
        ]
    )
    near, far = found @ shipped.encode_query("interviews when a missing child returns home")
    assert near > far + 0.2


def test_no_texts_give_no_vectors(shipped: OnnxEncoder) -> None:
    assert shipped.encode_passages([]).shape == (0, shipped.dimension)


def test_text_beyond_the_models_length_is_left_out(shipped: OnnxEncoder) -> None:
    long = "caseloads are high " * 400
    assert np.array_equal(shipped.encode_query(long), shipped.encode_query(long + "and adoption is good"))


def test_every_file_of_the_shipped_encoder_is_small_enough_for_a_repository() -> None:
    sizes = {path.name: path.stat().st_size for path in SHIPPED.iterdir()}
    assert {"model.onnx", "tokenizer.json", "config.json"} <= set(sizes)
    assert max(sizes.values()) < 25_000_000
    assert sum(sizes.values()) < 50_000_000


def test_a_folder_without_weights_is_no_onnx_encoder(tmp_path: Path) -> None:
    assert is_onnx_encoder(SHIPPED)
    assert not is_onnx_encoder(tmp_path)


@pytest.mark.parametrize(
    ("damaged", "content"),
    [
        ("config.json", "{"),
        ("config.json", '{"dimension": "wide"}'),
        ("tokenizer.json", "{}"),
        ("model.onnx", "not a graph"),
    ],
)
def test_a_damaged_file_is_named_in_one_line(
    small_encoder: Path, tmp_path: Path, damaged: str, content: str
) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(small_encoder, folder)
    (folder / damaged).write_text(content, "utf-8")
    with pytest.raises(UsageError) as caught:
        OnnxEncoder(folder)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("setting", ["none", "0", "-1", "1.5"])
def test_a_number_of_threads_that_is_none_is_refused(
    small_encoder: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv(THREADS_SETTING, setting)
    with pytest.raises(UsageError, match=THREADS_SETTING):
        OnnxEncoder(small_encoder)


def test_encoding_imports_no_torch(small_encoder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from indexer.encode.onnx_encoder import OnnxEncoder; "
        f"OnnxEncoder(Path({str(small_encoder)!r})).encode_query('plans'); "
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
