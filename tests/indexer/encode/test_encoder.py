"""Encoders: the bundled one, one from a folder, one that isn't there."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.encode.encoder import (
    MODEL_SETTING,
    SHIPPED,
    Encoder,
    SentenceTransformerEncoder,
    load_encoder,
    locate_encoder,
)
from indexer.errors import UsageError

pytestmark = pytest.mark.slow

MINILM = "all-MiniLM-L6-v2"

TEXTS = [
    "Children who go missing are offered a conversation when they come back.",
    "After each absence from home, somebody independent talks with the young person.",
    "The council's buildings are heated by gas.",
    "",
]


@pytest.fixture(scope="module")
def bundled() -> Encoder:
    return load_encoder(MINILM)


def test_passages_near_in_meaning_are_near_as_vectors(bundled: Encoder) -> None:
    vectors = bundled.encode_passages(TEXTS)
    assert vectors.shape == (4, bundled.dimension)
    assert vectors.dtype == np.float32
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_vectors_have_length_one(bundled: Encoder) -> None:
    vectors = np.vstack([bundled.encode_passages(TEXTS), bundled.encode_query("return interviews")])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_a_vector_does_not_depend_on_its_company(bundled: Encoder) -> None:
    alone = bundled.encode_passages([TEXTS[0]])[0]
    among_others = bundled.encode_passages([TEXTS[0] * 5, *TEXTS])[1]
    assert np.allclose(alone, among_others, atol=1e-5)


def test_no_texts_give_no_vectors(bundled: Encoder) -> None:
    assert bundled.encode_passages([]).shape == (0, bundled.dimension)


def test_a_models_folder_is_loaded_by_its_path(bundled: Encoder, tmp_path: Path) -> None:
    assert isinstance(bundled, SentenceTransformerEncoder)
    folder = locate_encoder(MINILM).folder
    again = load_encoder(str(folder))
    assert again.digest == bundled.digest
    assert np.allclose(again.encode_query("care leavers"), bundled.encode_query("care leavers"), atol=1e-6)


def test_an_onnx_folder_is_loaded_without_torch(small_encoder: Path) -> None:
    program = (
        "import sys; from indexer.encode.encoder import load_encoder; "
        f"v = load_encoder({str(small_encoder)!r}).encode_query('care'); "
        "print(v.shape, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "(16,) False"


def test_locating_an_encoder_loads_nothing() -> None:
    program = "import sys; from indexer.encode.encoder import locate_encoder as l; l(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_setting_names_the_encoder(monkeypatch: pytest.MonkeyPatch, small_encoder: Path) -> None:
    monkeypatch.setenv(MODEL_SETTING, str(small_encoder))
    assert locate_encoder().folder == small_encoder.resolve()
    assert locate_encoder(MINILM).folder != small_encoder.resolve()


def test_the_digest_changes_with_the_weights(small_encoder: Path, another_encoder: Path) -> None:
    assert locate_encoder(str(small_encoder)).digest == locate_encoder(str(small_encoder)).digest
    assert locate_encoder(str(small_encoder)).digest != locate_encoder(str(another_encoder)).digest


@pytest.mark.parametrize(
    "folder", sorted(path.name for path in SHIPPED.iterdir()) if SHIPPED.is_dir() else []
)
def test_an_encoder_that_comes_with_the_program_is_called_by_its_name_wherever_it_stands(folder: str) -> None:
    by_name, by_path = locate_encoder(folder), locate_encoder(str(SHIPPED / folder))
    assert by_name == by_path
    assert by_name.name == folder


def test_a_model_that_is_not_here_is_refused_and_not_fetched() -> None:
    with pytest.raises(UsageError, match=r"no model 'nobody/nothing' on this machine"):
        load_encoder("nobody/nothing")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no model"):
        load_encoder(str(tmp_path))


def test_a_damaged_model_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"can't be loaded") as caught:
        load_encoder(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_the_spans_of_a_text_are_encoded_by_themselves(bundled: Encoder) -> None:
    text, part = "Plans are late. Visits are weekly.", "Visits are weekly."
    span = np.array([[text.index(part), len(text)]], dtype=np.int32)
    wholes, parts, words = bundled.encode_with_spans([part, text], [span[:0], span])
    assert parts[0].shape == (0, bundled.dimension)
    assert [own.size for own in words] == [0, 0] and not bundled.encode_question(text).words.size
    np.testing.assert_allclose(parts[1][0], bundled.encode_passages([part])[0], atol=1e-5)
    np.testing.assert_allclose(wholes, bundled.encode_passages([part, text]), atol=1e-5)
