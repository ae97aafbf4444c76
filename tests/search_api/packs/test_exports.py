"""Files that leave here: a spreadsheet computes nothing in them, and every word arrives."""

from __future__ import annotations

import csv
import io
import time
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_api.packs import exports

CELLS = st.text("ab=+-@,\"\t\n' %|;é9", max_size=12)
SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", '=HYPERLINK("x")', "＝1+1", "\ttab"])
def test_formula_becomes_text(text: str) -> None:
    assert exports.safe_cell(text) == "'" + text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (" =1+1", " '=1+1"),
        ("\ufeff=1", "\ufeff'=1"),
        ("\t=1", "'\t'=1"),
        (";=1+1", ";'=1+1"),
        (",=1+1", ",'=1+1"),
        ('"=1+1', "\"'=1+1"),
        ("visits; =cmd|' /C calc'!A0;", "visits; '=cmd|' /C calc'!A0;"),
        ('visits;"@SUM(A1)', "visits;\"'@SUM(A1)"),
        ("visits\n-2+3", "visits\n'-2+3"),
    ],
)
def test_formula_that_another_separator_would_free_becomes_text(text: str, written: str) -> None:
    assert exports.safe_cell(text) == written
    assert exports.safe_cell(written) == written


@pytest.mark.parametrize(
    "text",
    [
        "-12.5", "+3", "42", "paragraph 42", "", "a=b", "% of visits in time", "well-kept; up 3-4%, or 5 - 6", "'=x",
        'said "yes"; then "no"\nand more',
    ],
)  # fmt: skip
def test_number_and_plain_text_stay_as_they_are(text: str) -> None:
    assert exports.safe_cell(text) == text


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_every_cell_arrives(rows: list[list[str]]) -> None:
    body = exports.to_csv(["a", "b"], rows)
    read = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert read[0] == ["a", "b"]
    assert read[1:] == [[exports.safe_cell(cell) for cell in row] for row in rows]


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=5))
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_NONE])
def test_no_cell_is_a_formula_whatever_parts_the_cells(
    separator: str, quoting: Literal[0, 3], rows: list[list[str]]
) -> None:
    # A text that is a number and no more stays one; beside another separator it begins a cell with what follows.
    texts = [[f"a{cell}" if is_number(cell) else cell for cell in row] for row in rows]
    body = io.StringIO(exports.to_csv(["a", "b"], texts).decode("utf-8-sig"), newline="")
    for row in csv.reader(body, delimiter=separator, quoting=quoting):
        for cell in row:
            assert not cell.lstrip(' "\t\r\n').startswith(SIGNS), cell


def test_long_runs_of_what_parts_cells_cost_no_time() -> None:
    started = time.process_time()
    exports.safe_cell(";" * 100_000 + "\n" * 100_000 + "= " * 50_000)
    assert time.process_time() - started < 2


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
