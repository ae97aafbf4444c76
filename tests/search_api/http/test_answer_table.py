from __future__ import annotations

import csv
import io

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from indexer.text.polarity import POLARITIES
from search_api.answers.answering import answer_question
from search_api.engine import Engine
from search_api.http.answer_table import COLUMNS, ORDERS, answer_rows, answer_to_csv
from search_api.http.routes import add_api

QUESTION = "Which councils had findings on supervision?"


@pytest.fixture(scope="module")
def client(engine: Engine) -> TestClient:
    app = FastAPI()
    add_api(app, engine)
    return TestClient(app)


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_every_citation_of_an_answer_is_a_row_in_its_own_words(engine: Engine, client: TestClient) -> None:
    answer = answer_question(engine.snapshot(), QUESTION)
    rows = read(client.get("/api/answer.csv", params={"q": QUESTION}).content)
    citations = [citation for statement in answer.statements for citation in statement.citations]
    assert [row["passage_id"] for row in rows] == [citation.passage.id for citation in citations]
    for row, citation in zip(rows, citations, strict=True):
        assert tuple(row) == COLUMNS
        assert row["text"].lstrip("'") == citation.quote
        assert row["citation"] == citation.reference


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_loses_no_row(engine: Engine, order: str) -> None:
    answer = answer_question(engine.snapshot(), QUESTION)
    rows = answer_rows(answer, order)  # type: ignore[arg-type]
    assert sorted(row["passage_id"] for row in rows) == sorted(
        row["passage_id"] for row in answer_rows(answer)
    )
    if order == "newest":
        dates = [row["published"] or "" for row in rows]
        assert dates == sorted(dates, reverse=True)
    if order == "polarity":
        places = [POLARITIES.index(row["polarity"]) for row in rows]
        assert places == sorted(places)


def test_a_refusal_is_a_table_without_rows(engine: Engine) -> None:
    assert read(answer_to_csv(answer_question(engine.snapshot(), "how to bake sourdough bread"))) == []


def test_an_unknown_order_and_an_empty_question_are_refused(client: TestClient) -> None:
    assert client.get("/api/answer.csv", params={"q": QUESTION, "sort": "luck"}).status_code == 422
    empty = client.get("/api/answer.csv", params={"q": " "})
    assert 400 <= empty.status_code < 500
    assert set(empty.json()["error"]) == {"code", "message"}
