"""Columns of an index are what its filters and facets count in."""

from __future__ import annotations

import numpy as np

from indexer.document import Document
from indexer.store.columns import NONE, ROW_TYPE, Selection, make_columns


def test_spellings_of_a_grade_are_one_grade() -> None:
    document = Document(
        id="plan-1", file="plan.txt", title="Plan", council=None, kind="inspection report", pages=1
    )
    rows = np.array([(0, 0, 0, 0), (0, 0, 1, 0), (0, 0, 2, 0), (0, 0, NONE, 0)], dtype=ROW_TYPE)
    columns = make_columns(rows, [document], [()], ["Not Judged", "Good", "Not judged"], np.zeros(len(rows)))
    assert columns.grades == ("Not judged", "Good")
    assert columns.grade.tolist() == [0, 1, 0, NONE]
    assert columns.select(Selection(grades=("Not judged",))).tolist() == [True, False, True, False]


def test_an_index_without_a_grade_has_none() -> None:
    document = Document(id="plan-1", file="plan.txt", title="Plan", council=None, kind="other", pages=1)
    columns = make_columns(np.array([(0, 0, NONE, 0)], dtype=ROW_TYPE), [document], [()], [], np.zeros(1))
    assert columns.grade.tolist() == [NONE]


def test_organisations_are_selected_by_name_and_kind_and_a_councils_papers_are_about_it() -> None:
    documents = [
        Document(id="a", file="a.pdf", title="A", council=None, kind="inspection report", pages=1,
                 organisation="Wexmoor Police", organisation_type="police force"),
        Document(id="b", file="b.pdf", title="B", council="Thornmere", kind="improvement plan", pages=1),
        Document(id="c", file="c.pdf", title="C", council=None, kind="other", pages=1),
    ]  # fmt: skip
    rows = np.array([(0, 0, NONE, 0), (1, 0, NONE, 0), (2, 0, NONE, 0)], dtype=ROW_TYPE)
    columns = make_columns(rows, documents, [()], [], np.zeros(3))
    assert columns.select(Selection(organisations=("wexmoor police",))).tolist() == [True, False, False]
    assert columns.select(Selection(organisation_types=("council",))).tolist() == [False, True, False]
