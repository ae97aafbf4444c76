"""Answers of a real service over the sample, judged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.answers.answers import AskedQuestion, figures_of, load_questions, served
from eval.gate import TRUTH
from indexer.errors import FindingsError, UsageError
from search_api.engine import Engine

GOOD = AskedQuestion(
    question="How many?", kind="fact", answerable=True, names_council=True, answer="39", refused=False,
    reason=None, confidence=0.9, words=True, paragraph=True, marked=True, quotes=2, exact=2, statements=2,
    supported=2, seconds=0.1, statement_words=(20, 30),
)  # fmt: skip
REFUSED = replace(
    GOOD, refused=True, words=False, paragraph=False, marked=False, quotes=0, exact=0, statements=0,
    supported=0,
)  # fmt: skip


@pytest.mark.slow
def test_answers_of_the_sample_are_scored_with_intervals_and_every_quote_is_exact(
    sample_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(TRUTH / "questions.jsonl"), str(TRUTH / "unanswerable.jsonl")]
    assert main(["answers", "--index", str(sample_index), "--bench", *files, "--out", str(tmp_path)]) == 0
    data = json.loads((tmp_path / "answers.json").read_text())
    shares = data["figures"]["shares"]
    assert shares["exact"]["share"] == 1.0
    assert shares["exact"]["total"] > 50
    assert shares["supported"]["share"] == 1.0
    assert shares["words"]["share"] >= 0.6
    assert shares["refused"]["share"] >= 0.6
    assert shares["words"]["interval"][0] < shares["words"]["share"] < shares["words"]["interval"][1]
    assert len(data["cases"]) == shares["words"]["total"] + shares["refused"]["total"]
    report = (tmp_path / "answers.md").read_text()
    assert f"`{data['digest']}`" in report
    assert "goal" in capsys.readouterr().out


def test_a_refusal_counts_against_questions_that_have_an_answer() -> None:
    figures = figures_of([GOOD, REFUSED, replace(REFUSED, answerable=False, kind="off-topic")])
    assert (figures.shares["words"].count, figures.shares["words"].total) == (1, 2)
    assert (figures.shares["false refusals"].count, figures.shares["false refusals"].total) == (1, 2)
    assert (figures.shares["refused"].count, figures.shares["refused"].total) == (1, 1)
    assert figures.subsets["unanswerable: off-topic"]["refused"].share == 1.0


def test_what_went_wrong_is_named() -> None:
    assert GOOD.wrong() == ""
    assert REFUSED.wrong() == "refused, should answer"
    assert replace(GOOD, words=False).wrong() == "paragraph, not words"
    assert replace(GOOD, paragraph=False).wrong() == "words elsewhere"
    assert replace(GOOD, exact=1).wrong() == "QUOTE NOT EXACT"
    assert replace(GOOD, answerable=False).wrong() == "answered, should refuse"


def test_a_file_without_questions_is_a_users_mistake(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"topic": "supervision"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="no file of questions"):
        load_questions(wrong)


def test_a_service_answers_over_http_and_says_what_it_refuses(sample_index: Path) -> None:
    with Engine(sample_index) as engine, served(engine) as service:
        assert service.get("/healthz")["documents"] == len(engine.snapshot().index.documents())
        found = service.get("/api/search", q="supervision", limit="1")["hits"][0]["passage"]
        assert service.get(f"/api/passages/{found['id']}") == found
        with pytest.raises(FindingsError, match="404"):
            service.get("/api/passages/nowhere.p1")
