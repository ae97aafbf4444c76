from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.answers.polarity import (
    JUDGED,
    JudgedPassage,
    clauses_to_learn,
    load_judged,
    measured,
    printed,
    stored,
    train,
)
from eval.search.collection import open_collection
from indexer.text.polarity import POLARITIES, load_polarity_model


def judged(name: str, polarity: str) -> JudgedPassage:
    return JudgedPassage("test", name, polarity, "word")  # type: ignore[arg-type]


def test_accuracy_counts_each_judged_passage_once() -> None:
    figures = measured(
        [judged("a", "strength"), judged("b", "weakness"), judged("c", "strength")],
        {"a": "strength", "b": "mixed", "c": "strength"},
    )
    assert (figures.accuracy.count, figures.accuracy.total) == (2, 3)
    assert figures.commonest.count == 2
    assert figures.table["weakness"] == {"strength": 0, "weakness": 0, "mixed": 1, "neutral": 0}
    assert "accuracy 0.667" in printed(figures)


def test_judgements_hold_ids_labels_and_a_word_and_never_a_text() -> None:
    rows = [json.loads(line) for line in JUDGED.read_text(encoding="utf-8").splitlines()]
    assert sum(row["set"] == "test" for row in rows) == 200
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert set(row) == {"set", "id", "polarity", "reason"}
        assert row["polarity"] in POLARITIES
        assert len(row["reason"].split()) == 1


def test_a_model_learns_from_a_reports_own_words_and_is_stored_as_it_is(sample_index: Path) -> None:
    clauses = clauses_to_learn(open_collection(sample_index).documents)
    assert {clause.praises for clause in clauses} == {True, False}
    model = train(clauses * 10)
    assert model == train(clauses * 10)
    data = json.loads(stored(model))
    assert data["weights"] == {gram: pytest.approx(weight) for gram, weight in model.weights.items()}
    assert data["bias"] == model.bias


def test_the_stored_model_has_its_bounds_in_order() -> None:
    model = load_polarity_model()
    assert 0 <= model.evaluative < 1
    assert 0 < model.strength < model.weakness < 1


def test_passages_that_an_index_does_not_hold_are_left_out_and_said(
    sample_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    collection = open_collection(sample_index)
    passage = next(p for d in collection.documents for p in d.passages if p.kind == "paragraph")
    path = tmp_path / "judged.jsonl"
    rows = [
        {"set": "test", "id": name, "polarity": "strength", "reason": "praise"}
        for name in (passage.id, "gone.p1")
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert [one.id for one in load_judged(path, collection)] == [passage.id]
    assert "1 of 2" in capsys.readouterr().out
    assert main(["polarity", "--index", str(sample_index), "--judged", str(path)]) == 0
    assert "accuracy" in capsys.readouterr().out
