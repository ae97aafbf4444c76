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

SUBJECTS = ("supervision", "return home interviews", "early help", "neglect", "pathway plans", "caseloads")


@pytest.fixture
def question(engine: Engine) -> str:
    """A question that has rows, whatever the sample's findings are."""
    asked = (f"Which councils were criticised for {subject}?" for subject in SUBJECTS)
    return next(one for one in asked if len(answer_question(engine.snapshot(), one).statements) > 1)


def test_marks_change_the_count_and_are_saved_with_the_readers_name(
    app: FastAPI, client: CheckedClient, engine: Engine, question: str, tmp_path: Path
) -> None:
    sender = TestClient(app, base_url="https://testserver")
    statements = answer_question(engine.snapshot(), question).statements
    council = statements[0].council
    of_council = [one for one in statements if one.council == council]
    councils = len({one.council for one in statements})
    address = f"/worksheet?{urlencode({'q': question})}"
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


def test_a_question_without_rows_has_no_form(client: CheckedClient) -> None:
    assert not client.page("/worksheet?" + urlencode({"q": "best slow cooker lamb curry"})).findall(
        ".//table"
    )


def test_marks_on_other_parts_are_kept(
    app: FastAPI, engine: Engine, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ROWS_ON_A_PAGE", 1)
    first, second = answer_question(engine.snapshot(), question).statements[:2]
    fields = [(f"mark.{key_of(first)}", "right"), ("page", "2")]
    page = TestClient(app, base_url="https://testserver").post(
        f"/worksheet?{urlencode({'q': question})}", content=urlencode(fields),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    ).text  # fmt: skip
    assert f'name="mark.{key_of(first)}" value="right"' in page
    assert f'name="mark.{key_of(second)}"' in page
