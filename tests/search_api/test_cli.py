from __future__ import annotations

import json
from pathlib import Path

import pytest

from search_api.__main__ import main


def test_search_prints_what_a_person_reads(sample_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["search", "return interviews in Kelderbridge", "--index", str(sample_index), "--limit", "2"])
        == 0
    )
    said = capsys.readouterr().out
    assert "council: Kelderbridge" in said
    assert "\n1. Kelderbridge, " in said
    assert "\n2. " in said
    assert "\n3. " not in said


def test_search_prints_the_contracts_json(sample_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filters = ["--council", "Thornmere", "--published-from", "2016", "--published-to", "2016-12-31"]
    assert main(["search", "care", "leavers", "--index", str(sample_index), *filters, "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["query"] == "care leavers"
    assert body["filters"]["council"] == ["Thornmere"]
    assert len(body["hits"]) == 10


def test_an_answer_is_printed_with_its_sources(
    sample_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "How many care leavers is Thornmere in touch with?"
    assert main(["answer", question, "--index", str(sample_index)]) == 0
    said = capsys.readouterr().out
    assert "paragraph 40, page 11" in said
    assert "22 March 2016" in said
    assert main(["answer", question, "--index", str(sample_index), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "answered"


def test_how_the_words_were_read_is_said_with_a_way_back(
    sample_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = ["supervison", "records", "NOT", "adoption"]
    assert main(["search", "--index", str(sample_index), *question]) == 0
    said = capsys.readouterr().out
    assert "Searched for “supervision” instead of “supervison”. As typed: --without spelling" in said
    assert "Read as: without “adoption”. As plain words: --without operators" in said


def test_a_refusal_is_an_answer(sample_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answer", "sourdough bread recipe", "--index", str(sample_index)]) == 0
    assert capsys.readouterr().out.startswith("Not found. ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "?!"],
        ["search", ""],
        ["search", "care", "--limit", "0"],
        ["search", "care", "--council", "Borchester"],
        ["search", "care", "--grade", "Platinum"],
        ["answer", "x" * 10_000],
    ],
)
def test_what_cannot_be_asked_is_one_line_and_status_2(
    arguments: list[str], sample_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--index", str(sample_index)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.strip().splitlines()) == 1


def test_no_index_is_one_line_and_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "care", "--index", str(tmp_path)]) == 2
    assert "indexer build" in capsys.readouterr().err


def test_unknown_arguments_are_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["dance"])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
