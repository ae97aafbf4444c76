"""Files that leave here: a spreadsheet computes nothing in them, and every word arrives."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_api import exports

CELLS = st.text("ab=+-@,\"\t' %|;é9", max_size=12)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")', "＝1+1", " =1+1", "\ufeff=1"],
)
def test_formula_becomes_text(text: str) -> None:
    assert exports.safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["-12.5", "+3", "42", "paragraph 42", "", "a=b", "% of visits in time"])
def test_number_and_plain_text_stay_as_they_are(text: str) -> None:
    assert exports.safe_cell(text) == text


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_every_cell_arrives(rows: list[list[str]]) -> None:
    body = exports.to_csv(["a", "b"], rows)
    read = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert read[0] == ["a", "b"]
    assert read[1:] == [[exports.safe_cell(cell) for cell in row] for row in rows]
    assert not any(cell.lstrip().startswith(("=", "@")) for row in read for cell in row)
