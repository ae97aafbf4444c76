"""A worksheet: rows are marked, the count changes with them, and the saved file is read by `eval`."""

from __future__ import annotations

import argparse
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from eval.answers import worksheets
from search_api.answers.answering import answer_question
from search_api.answers.worksheet import key_of
from search_api.engine import Engine
from tests.web.checked_client import CheckedClient, check_page
from web.pages.worksheet import views
from web.pages.worksheet.views import ROWS_ON_A_PAGE

QUESTION = "Which councils were criticised for supervision?"


def test_marks_change_the_count_and_are_saved_with_the_readers_name(
    app: FastAPI, client: CheckedClient, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sender = TestClient(app, base_url="https://testserver")
    statements = answer_question(engine.snapshot(), QUESTION).statements
    council = statements[0].council
    of_council = [one for one in statements if one.council == council]
    councils = len({one.council for one in statements})
    address = f"/worksheet?{urlencode({'q': QUESTION})}"
    shown = client.page(address)
    assert len(shown.findall(".//tbody/tr")) == min(len(statements), ROWS_ON_A_PAGE)

    fields = [(f"mark.{key_of(one)}", "wrong") for one in of_council]
    fields += [(f"reason.{key_of(of_council[0])}", "=of another subject"), ("reader", "A. Reader")]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    corrected = sender.post(address, content=urlencode(fields), headers=headers)
    check_page(corrected.text, address)
    left = "is" if councils == 2 else "are"
    assert f"{councils - 1} council{'s' if councils != 2 else ''} of {councils} {left} left" in corrected.text
    assert "=of another subject" in corrected.text

    saved = sender.post(
        address.replace("/worksheet?", "/worksheet.csv?"), content=urlencode(fields), headers=headers
    )
    assert "attachment" in saved.headers["content-disposition"]
    file = tmp_path / "worksheet.csv"
    file.write_bytes(saved.content)
    rows = worksheets.read_worksheet(file)
    assert [row["mark"] for row in rows[: len(of_council)]] == ["wrong"] * len(of_council)
    assert {row["reader"] for row in rows} == {"A. Reader"}
    assert rows[0]["reason"].lstrip("'") == "=of another subject"

    assert worksheets.main(argparse.Namespace(files=[file])) == 0
    assert f"{len(of_council)} of {len(rows)} rows are marked" in capsys.readouterr().out


def test_a_question_without_rows_has_no_form(client: CheckedClient) -> None:
    assert not client.page("/worksheet?" + urlencode({"q": "best slow cooker lamb curry"})).findall(
        ".//table"
    )


def test_marks_on_other_parts_are_kept(app: FastAPI, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "ROWS_ON_A_PAGE", 1)
    first, second = answer_question(engine.snapshot(), QUESTION).statements[:2]
    fields = [(f"mark.{key_of(first)}", "right"), ("page", "2")]
    page = TestClient(app, base_url="https://testserver").post(
        f"/worksheet?{urlencode({'q': QUESTION})}", content=urlencode(fields),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    ).text  # fmt: skip
    assert f'name="mark.{key_of(first)}" value="right"' in page
    assert f'name="mark.{key_of(second)}"' in page
