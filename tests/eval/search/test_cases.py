"""Benchmark files, and the passages that they ask for."""

import json
from pathlib import Path

import pytest

from eval.search.cases import load_cases, resolve
from indexer.document import Passage, PassageKind
from indexer.errors import SourceError, UsageError

EVIDENCE = {"file": "a.pdf", "recommendation": "1", "query": "Mend the kettles", "relevant": ["7", "9"]}
QUESTION = {
    "question": "Which kettles boil?", "kind": "fact", "names_council": True, "file": "a.pdf",
    "paragraph": "7", "page": 3, "answer": "the tall “one”",
}  # fmt: skip


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def passage(name: str, kind: PassageKind, label: str, text: str) -> tuple[str, Passage]:
    return "a.pdf", Passage(f"a-0.{name}", "a-0", kind, label, (), 1, 1, text)


def test_each_shape_is_known_by_its_fields(tmp_path: Path) -> None:
    evidence, question = load_cases([write(tmp_path / "mixed.jsonl", EVIDENCE, QUESTION)])
    assert (evidence.benchmark, evidence.file) == ("evidence", "a.pdf")
    assert evidence.wanted == (("a.pdf", "7"), ("a.pdf", "9"))
    assert (question.benchmark, question.file, question.subsets) == (
        "questions", None, ("names a council", "kind: fact"),
    )  # fmt: skip


def test_a_written_question_names_its_passage_and_only_the_test_split_is_taken(tmp_path: Path) -> None:
    row = {
        "question": "Who mends kettles?",
        "passage": "a-0.p7",
        "names_council": False,
        "misspelt": True,
        "middle": False,
    }
    path = write(tmp_path / "w.jsonl", {**row, "split": "train"}, {**row, "split": "test"})
    (case,) = load_cases([path])
    assert (case.benchmark, case.subsets, case.judged) == (
        "written", ("names no council", "misspelt"), {"a-0.p7": 1},
    )  # fmt: skip
    assert resolve([case], [passage("p7", "paragraph", "7", "We do.")]).qrels == {case.id: {"a-0.p7": 1}}


def test_a_paragraph_comes_before_a_recommendation_of_the_same_number(tmp_path: Path) -> None:
    cases = load_cases([write(tmp_path / "q.jsonl", QUESTION)])
    rows = [
        passage("r7", "recommendation", "7", "Mend."),
        passage("p7", "paragraph", "7", 'It is the tall "one".'),
    ]
    for order in (rows, rows[::-1]):
        found = resolve(cases, order)
        assert found.qrels == {"q-001": {"a-0.p7": 1}}
        assert (found.not_in_index, found.answer_elsewhere) == ((), ())


def test_a_paragraph_that_is_not_in_the_index_stays_in_the_qrels(tmp_path: Path) -> None:
    cases = load_cases([write(tmp_path / "e.jsonl", EVIDENCE)])
    found = resolve(cases, [passage("p7", "paragraph", "7", "Boils.")])
    assert found.qrels["e-001"] == {"a-0.p7": 1, "not-in-index:a.pdf:9": 1}
    assert len(found.not_in_index) == 1


def test_a_passage_without_the_answer_is_named(tmp_path: Path) -> None:
    cases = load_cases([write(tmp_path / "q.jsonl", QUESTION)])
    found = resolve(cases, [passage("p7", "paragraph", "7", "Another matter.")])
    assert found.answer_elsewhere == ("q-001 (a.pdf, paragraph 7)",)


@pytest.mark.parametrize("text", ["", "not json", '{"what": 1}'])
def test_a_file_of_another_shape_is_a_users_mistake(tmp_path: Path, text: str) -> None:
    (tmp_path / "f.jsonl").write_text(text)
    with pytest.raises(UsageError, match=r"f\.jsonl"):
        load_cases([tmp_path / "f.jsonl"])


def test_a_missing_file_is_a_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.jsonl"):
        load_cases([tmp_path / "none.jsonl"])


def test_of_passages_with_one_number_the_one_with_the_answer_is_meant(tmp_path: Path) -> None:
    cases = load_cases([write(tmp_path / "q.jsonl", QUESTION)])
    rows = [
        passage("p7", "paragraph", "7", "None boil."),
        passage("g7", "progress", "7", 'Boils: the tall "one".'),
    ]
    assert resolve(cases, rows).qrels == {"q-001": {"a-0.g7": 1}}


def test_topics_bring_their_own_judgements_and_name_those_of_passages_that_are_gone(tmp_path: Path) -> None:
    (tmp_path / "qrels.txt").write_text("topic-01 0 a-0.p7 3\ntopic-01 0 gone.p1 2\ntopic-02 0 a-0.p7 0\n")
    cases = load_cases([write(tmp_path / "topics.jsonl", {"id": "topic-01", "topic": "kettles that boil"})])
    found = resolve(cases, [passage("p7", "paragraph", "7", "Boils.")])
    assert cases[0].benchmark == "topics"
    assert found.qrels == {"topic-01": {"a-0.p7": 3, "gone.p1": 2}}
    assert found.not_in_index == ("topic-01 (gone.p1)",)
