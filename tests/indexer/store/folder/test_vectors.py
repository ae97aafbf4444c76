"""Each kind of vector store (every vector compared, codes or cells looked through) against plain arithmetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.document import Document
from indexer.encode.encoder import Encoder, load_encoder
from indexer.errors import IndexUnusable
from indexer.store import vectors as vectors_module
from indexer.store.folder.index import FolderIndex
from indexer.store.folder.writer import FILES, ROUGH
from indexer.store.vectors import VectorStore, cells_for, load_vectors, save_vectors
from tests.indexer.store.folder.test_index import kelderbridge, thornmere, undated, write_index

COUNT, DIMENSION, QUESTIONS = 12_000, 32, 60

Vectors = NDArray[np.float32]


def unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    """Points about 200 centres, as texts about so many subjects are."""
    draw = np.random.default_rng(5)
    centres = draw.standard_normal((200, DIMENSION), dtype=np.float32)
    around = draw.standard_normal((COUNT, DIMENSION), dtype=np.float32)
    return unit(centres[draw.integers(0, 200, COUNT)] + 0.7 * around)


@pytest.fixture(scope="module")
def questions(vectors: Vectors) -> Vectors:
    draw = np.random.default_rng(6)
    move = unit(draw.standard_normal((QUESTIONS, DIMENSION), dtype=np.float32))
    return unit(vectors[draw.integers(0, COUNT, QUESTIONS)] + 0.8 * move)


@pytest.fixture(params=["codes", "cells"])
def few_are_many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Lower the sizes, so that a few thousand vectors are looked for as a hundred thousand or millions would be."""
    monkeypatch.setattr(vectors_module, "EXACT_UP_TO", 5_000)
    monkeypatch.setattr(vectors_module, "_COMPARED", 500)
    # As far from the vectors as the questions here: 32 numbers leave less room than 384.
    monkeypatch.setattr(vectors_module, "_MOVED", 0.8)
    if request.param == "cells":
        monkeypatch.setattr(vectors_module, "CODED_UP_TO", 5_000)
    return str(request.param)


@pytest.fixture
def large_store(tmp_path: Path, vectors: Vectors, few_are_many: str) -> VectorStore:
    save_vectors(tmp_path / "flat", vectors, tmp_path / "rough")
    return load_vectors(tmp_path / "flat", tmp_path / "rough")


def nearest(vectors: Vectors, question: Vectors, limit: int, mask: NDArray[np.bool_] | None) -> list[int]:
    scores = vectors.astype(np.float64) @ question
    if mask is not None:
        scores[~mask] = -2
    return [int(row) for row in np.argsort(-scores, kind="stable")[:limit]]


def recall(
    store: VectorStore, vectors: Vectors, questions: Vectors, limit: int, mask: NDArray[np.bool_] | None
) -> float:
    hits = 0
    for question in questions:
        found = [row for row, _ in store.search(question, limit, mask)]
        assert len(found) == limit
        hits += len(set(found) & set(nearest(vectors, question, limit, mask)))
    return hits / (limit * len(questions))


def test_up_to_the_threshold_every_vector_is_compared_and_nothing_else_is_written(
    tmp_path: Path, vectors: Vectors, questions: Vectors
) -> None:
    few = vectors[: vectors_module.EXACT_UP_TO]
    save_vectors(tmp_path / "flat", few, tmp_path / "rough")
    store = load_vectors(tmp_path / "flat")
    assert store.probes == 0
    assert not (tmp_path / "rough").exists()
    assert recall(store, few, questions, 10, None) == 1


@pytest.mark.parametrize("limit", [10, 200])
def test_the_nearest_are_found_without_comparing_all(
    large_store: VectorStore, vectors: Vectors, questions: Vectors, limit: int, few_are_many: str
) -> None:
    assert (0 < large_store.probes < cells_for(COUNT)) == (few_are_many == "cells")
    assert recall(large_store, vectors, questions, limit, None) >= 0.98


@pytest.mark.parametrize("share", [0.5, 0.06, 0.01])
def test_a_filter_is_kept_to_and_the_nearest_that_it_allows_are_found(
    large_store: VectorStore, vectors: Vectors, questions: Vectors, share: float
) -> None:
    mask = np.random.default_rng(7).random(COUNT) < share
    assert recall(large_store, vectors, questions, 10, mask) >= 0.98
    assert all(mask[row] for question in questions for row, _ in large_store.search(question, 50, mask))


def test_a_filter_far_from_the_question_still_gives_as_many_as_it_allows(
    large_store: VectorStore, vectors: Vectors, questions: Vectors
) -> None:
    mask = np.zeros(COUNT, dtype=np.bool_)
    mask[nearest(vectors, -questions[0], 700, None)] = True
    assert [row for row, _ in large_store.search(questions[0], 650, mask)] == pytest.approx(
        nearest(vectors, questions[0], 650, mask)
    )


def test_cosines_of_what_is_found_are_exact_and_in_order(
    large_store: VectorStore, vectors: Vectors, questions: Vectors
) -> None:
    for question in questions:
        found = large_store.search(question, 25, None)
        rows = [row for row, _ in found]
        assert [score for _, score in found] == pytest.approx(vectors[rows] @ question, abs=1e-6)
        assert found == sorted(found, key=lambda one: (-one[1], one[0]))


def test_scores_of_all_rows_are_the_same_bits_in_every_kind(
    tmp_path: Path, large_store: VectorStore, vectors: Vectors, questions: Vectors
) -> None:
    exact = load_vectors(tmp_path / "flat")
    few = np.arange(COUNT) % 9 == 0
    for question in questions[:5]:
        assert large_store.scores(question).tobytes() == exact.scores(question).tobytes()
        assert np.array_equal(large_store.scores(question, few)[few], exact.scores(question, few)[few])
    assert np.array_equal(large_store.take([3, 3, 11_999]), vectors[[3, 3, 11_999]])


def test_more_than_is_looked_for_at_once_is_an_exact_search(
    large_store: VectorStore, vectors: Vectors, questions: Vectors
) -> None:
    assert recall(large_store, vectors, questions[:3], 2_500, None) >= 0.9999
    assert len(large_store.search(questions[0], COUNT + 5, None)) == COUNT


def test_nothing_is_found_where_nothing_is_allowed_or_asked_for(
    large_store: VectorStore, questions: Vectors
) -> None:
    assert large_store.search(questions[0], 5, np.zeros(COUNT, dtype=np.bool_)) == []
    assert large_store.search(questions[0], 0, None) == []


def test_a_vector_of_another_length_is_refused(large_store: VectorStore, questions: Vectors) -> None:
    with pytest.raises(ValueError, match="a vector of length 31"):
        large_store.search(questions[0][:-1], 5, None)


def test_opened_again_or_written_again_they_answer_the_same(
    tmp_path: Path, large_store: VectorStore, vectors: Vectors, questions: Vectors
) -> None:
    again = load_vectors(tmp_path / "flat", tmp_path / "rough")
    save_vectors(tmp_path / "flat2", vectors, tmp_path / "rough2")
    assert (tmp_path / "rough").read_bytes() == (tmp_path / "rough2").read_bytes()
    assert (tmp_path / "flat").read_bytes() == (tmp_path / "flat2").read_bytes()
    for question in questions:
        assert again.search(question, 20, None) == large_store.search(question, 20, None)


def test_an_open_store_outlives_its_files(
    tmp_path: Path, large_store: VectorStore, questions: Vectors
) -> None:
    before = large_store.search(questions[0], 20, None)
    (tmp_path / "flat").unlink()
    (tmp_path / "rough").unlink()
    assert large_store.search(questions[0], 20, None) == before


def test_a_rough_index_of_other_vectors_are_refused(
    tmp_path: Path, large_store: VectorStore, vectors: Vectors
) -> None:
    assert large_store.count == COUNT
    save_vectors(tmp_path / "fewer", vectors[:6_000], tmp_path / "rough of fewer")
    with pytest.raises(ValueError, match="a rough index of 6000 vectors for 12000"):
        load_vectors(tmp_path / "flat", tmp_path / "rough of fewer")


def test_where_codes_would_miss_too_many_every_vector_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors_module, "EXACT_UP_TO", 5_000)
    # Two points, each with a cloud so narrow that a code sees one place in it.
    draw = np.random.default_rng(8)
    ends = np.repeat(unit(draw.standard_normal((2, DIMENSION), dtype=np.float32)), 3_000, axis=0)
    narrow = unit(ends + 1e-6 * draw.standard_normal(ends.shape, dtype=np.float32))
    save_vectors(tmp_path / "flat", narrow, tmp_path / "rough")
    assert not (tmp_path / "rough").exists()
    question = unit(draw.standard_normal((1, DIMENSION), dtype=np.float32))[0]
    found = load_vectors(tmp_path / "flat").search(question, 10, None)
    assert [score for _, score in found] == pytest.approx(sorted(narrow @ question)[:-11:-1], abs=1e-6)


def documents() -> list[Document]:
    return [kelderbridge(), thornmere(), undated()]


@pytest.fixture(scope="module")
def encoder(small_encoder: Path) -> Encoder:
    return load_encoder(str(small_encoder))


@pytest.fixture
def large(tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index with cells, of three documents."""
    monkeypatch.setattr(vectors_module, "EXACT_UP_TO", 3)
    monkeypatch.setattr(vectors_module, "CODED_UP_TO", 3)
    monkeypatch.setattr(vectors_module, "_COMPARED", 1)
    write_index(tmp_path / "large", documents(), encoder)
    return tmp_path / "large"


def test_an_index_with_cells_names_them_in_its_manifest_and_answers_as_one_without(
    large: Path, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors_module, "EXACT_UP_TO", 1_000)
    monkeypatch.setattr(vectors_module, "CODED_UP_TO", 1_000)
    write_index(tmp_path / "small", documents(), encoder)
    question = encoder.encode_query("return home conversations")
    with FolderIndex.open(large) as divided, FolderIndex.open(tmp_path / "small") as exact:
        assert set(divided.manifest.files) == {*FILES, ROUGH}
        assert set(exact.manifest.files) == set(FILES)
        assert divided.digest == exact.digest
        assert divided.dense(question, 3)[0] == pytest.approx(exact.dense(question, 3)[0])
        assert np.array_equal(divided.dense_scores(question), exact.dense_scores(question))


def test_damaged_cells_are_noticed_when_an_index_is_opened(large: Path) -> None:
    (cells,) = large.glob(f"*/{ROUGH}")
    content = bytearray(cells.read_bytes())
    content[-1] ^= 1
    cells.write_bytes(content)
    with pytest.raises(IndexUnusable, match=ROUGH):
        FolderIndex.open(large)
    cells.unlink()
    with pytest.raises(IndexUnusable, match=ROUGH):
        FolderIndex.open(large)
