"""The judged topics: forty queries, every judgement with its reason, and none of the documents' words."""

from collections import Counter
from pathlib import Path

from eval.search.cases import load_cases
from eval.search.measures import read_qrels

TOPICS = Path(__file__).resolve().parents[3] / "eval" / "search" / "topics"


def judgements() -> list[list[str]]:
    lines = (TOPICS / "judgements.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines[1:]]


def test_every_topic_is_judged_on_the_whole_scale_of_its_pool() -> None:
    cases = load_cases([TOPICS / "topics.jsonl"])
    assert len(cases) == 40
    for case in cases:
        grades = Counter(case.judged.values())
        assert set(grades) <= {0, 1, 2, 3}
        assert sum(grades.values()) >= 15
        assert grades[3] >= 2, case.text


def test_every_judgement_has_a_short_reason_and_is_the_one_in_the_qrels() -> None:
    qrels = read_qrels(TOPICS / "qrels.txt")
    rows = judgements()
    assert sum(map(len, qrels.values())) == len(rows)
    for topic, passage, grade, reason in rows:
        assert qrels[topic][passage] == int(grade)
        assert 1 <= len(reason.split()) < 10
