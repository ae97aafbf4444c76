"""The usual retrievers over a handful of invented passages."""

from pathlib import Path

import numpy as np
import pytest

from eval.search.collection import Collection
from eval.search.retrievers import (
    INT8_ENCODER,
    Bm25,
    Dense,
    ReciprocalRank,
    baseline_encoder,
    fuse,
    passage_vectors,
)
from indexer.document import Document, Passage
from indexer.encode.encoder import load_encoder

TEXTS = {
    "a.pdf": (
        "Kettles are mended by the caretaker.",
        "Every child has a bedtime story.",
        "Spoons are counted.",
    ),
    "b.pdf": ("The caretaker mends no kettles here.", "Bicycles are lent to young people."),
}


def collection() -> Collection:
    documents = []
    for file, texts in TEXTS.items():
        name = file[0]
        passages = tuple(
            Passage(f"{name}-0.p{n}", f"{name}-0", "paragraph", str(n), ("Findings",), 1, 1, text)
            for n, text in enumerate(texts, start=1)
        )
        council = "Marlow Vale" if name == "a" else "Hexley"
        documents.append(Document(f"{name}-0", file, "t", council, "inspection report", passages=passages))
    return Collection(tuple(documents))


def test_bm25_ranks_what_shares_words_and_leaves_out_what_shares_none() -> None:
    ranked = Bm25(collection()).rank("who mends kettles", None, 10)
    assert ranked[0] == "b-0.p1"
    assert "a-0.p2" not in ranked


def test_bm25_sees_the_context_that_the_index_embeds() -> None:
    assert set(Bm25(collection()).rank("Hexley", None, 10)) == {"b-0.p1", "b-0.p2"}


def test_a_query_that_matches_nothing_has_no_results() -> None:
    assert Bm25(collection()).rank("zeppelin", None, 10) == []
    assert Bm25(collection()).rank("?!", None, 10) == []


def test_a_case_within_a_report_is_ranked_within_it() -> None:
    assert Bm25(collection()).rank("caretaker kettles", "a.pdf", 10) == ["a-0.p1"]
    assert Bm25(collection()).rank("caretaker kettles", "none.pdf", 10) == []


def test_fusion_adds_reciprocal_ranks_and_settles_ties_by_id() -> None:
    assert fuse([["x", "y"], ["y", "z"]], 10) == ["y", "x", "z"]
    assert fuse([["b"], ["a"]], 10) == ["a", "b"]
    assert fuse([["x", "y"], ["y", "z"]], 1) == ["y"]


@pytest.mark.slow
def test_the_plain_encoder_finds_other_words_and_its_vectors_are_kept(tmp_path: Path) -> None:
    passages, encoder = collection(), load_encoder("all-MiniLM-L6-v2")
    dense = Dense(passages, encoder, tmp_path)
    assert dense.rank("reading to children at night", None, 1) == ["a-0.p2"]
    assert ReciprocalRank((Bm25(passages), dense)).rank("bikes for teenagers", "b.pdf", 1) == ["b-0.p2"]
    (kept,) = tmp_path.rglob("*.sqlite")
    before = kept.stat().st_mtime_ns
    again = passage_vectors(passages, encoder, tmp_path)
    assert kept.stat().st_mtime_ns == before
    assert np.allclose(np.linalg.norm(again, axis=1), 1, atol=1e-5)


@pytest.mark.slow
def test_the_plain_encoder_in_int8_is_exported_once_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encoder = baseline_encoder(INT8_ENCODER, tmp_path)
    assert f"exporting all-MiniLM-L6-v2 as int8 to {tmp_path}" in capsys.readouterr().out
    texts = ["Kettles are mended by the caretaker.", "Every child has a bedtime story."]
    plain = baseline_encoder("all-MiniLM-L6-v2").encode_passages(texts)
    assert (encoder.encode_passages(texts) * plain).sum(axis=1).min() > 0.97
    assert baseline_encoder(INT8_ENCODER, tmp_path).digest == encoder.digest
    assert not capsys.readouterr().out
