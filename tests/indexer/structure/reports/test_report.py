"""Whole reports: the sample's, which are invented, and the real ones where they are beside the project."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from indexer.document import GRADES, Document
from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.file import read_file
from indexer.structure.structured import structure

ROOT = Path(__file__).resolve().parents[4]
SAMPLE = ROOT / "corpus" / "sample"
REAL = ROOT.parent / "shared" / "reports"
# Every ninth real report: all vintages, and a few seconds.
SOME_REAL = sorted(REAL.glob("*.pdf"))[::9] if REAL.is_dir() else []
EARLY, LATE = SAMPLE / "kelderbridge-2015-inspection.pdf", SAMPLE / "kelderbridge-2019-inspection.pdf"
NO_OVERALL = SAMPLE / "kelderbridge-2026-inspection.pdf"
REPORTS = sorted(SAMPLE.glob("*-inspection.pdf"))


@cache
def document(path: Path) -> Document:
    return structure(read_file(path, limits=Limits()))


def labels(found: Document) -> list[int]:
    return [int(p.label) for p in found.passages if p.label]


def test_a_report_of_2015_says_of_itself_what_is_printed() -> None:
    found = document(EARLY)
    assert (found.kind, found.framework, found.council) == ("inspection report", "SIF", "Kelderbridge")
    assert found.title.startswith("Inspection of services for children in need of help and protection")
    assert found.title.endswith("Local Safeguarding Children Board")
    assert (found.inspected_from, found.inspected_to) == ("2015-02-09", "2015-03-05")
    assert found.published == "2015-04-24"
    assert found.lead_inspector == "Marian Oakshott"
    assert found.overall == "Inadequate"


def test_every_judgement_of_a_report_of_2015_is_read_the_boards_included() -> None:
    assert [(j.area, j.grade) for j in document(EARLY).judgements] == [
        ("Children who need help and protection", "Inadequate"),
        ("Children looked after and achieving permanence", "Requires improvement"),
        ("Adoption performance", "Good"),
        ("Experiences and progress of care leavers", "Requires improvement"),
        ("Leadership, management and governance", "Inadequate"),
        ("Local Safeguarding Children Board", "Requires improvement"),
    ]


def test_recommendations_in_the_running_numbering_keep_their_numbers_and_the_boards_are_told_apart() -> None:
    found = document(EARLY)
    own = [r for r in found.recommendations if r.addressed_to == "local authority"]
    board = [r for r in found.recommendations if r.addressed_to == "LSCB"]
    assert [r.label for r in own] == [str(n) for n in range(1, 16)]
    assert [r.label for r in board] == [None] * 4
    assert min(labels(found)) == 1
    assert labels(found) == list(range(1, max(labels(found)) + 1))


def test_the_grades_of_a_standard_inspection_are_rows_the_overall_one_included() -> None:
    found = document(LATE)
    assert found.framework == "ILACS"
    assert found.overall == "Requires improvement"
    assert [j.area for j in found.judgements][-1] == "Overall effectiveness"
    assert [r.heading.rstrip("?¹") for r in found.recommendations] == ["What needs to improve"] * 5


def test_a_report_without_an_overall_grade_has_none_and_all_its_areas() -> None:
    found = document(NO_OVERALL)
    assert found.overall is None
    assert [j.grade for j in found.judgements] == ["Good", "Requires improvement", "Good", "Outstanding"]


def test_a_paragraph_over_a_page_break_is_whole_and_has_a_box_on_each_page() -> None:
    crossing = [p for p in document(EARLY).passages if p.label and p.page != p.end_page]
    assert crossing
    for passage in crossing:
        assert [box.page for box in passage.boxes] == [passage.page, passage.end_page]
        assert "Sample document" not in passage.text
        assert re.search(r"[.)]$", passage.text)


def test_findings_stand_under_their_chapter() -> None:
    sections = {p.label: p.section for p in document(EARLY).passages if p.label}
    assert sections["16"] == (
        "The local authority",
        "The experiences and progress of children who need help and protection",
        "Inspection findings",
    ) or sections["16"][-2:] == (
        "The experiences and progress of children who need help and protection",
        "Inspection findings",
    )
    assert sections["1"][-1] == "Recommendations"


def test_summaries_are_passages_of_their_own_without_numbers() -> None:
    summaries = [p for p in document(EARLY).passages if p.kind == "summary"]
    assert summaries
    assert all(p.label is None for p in summaries)


def test_ids_depend_on_the_file_alone() -> None:
    again = structure(read_file(EARLY, limits=Limits()))
    assert [p.id for p in again.passages] == [p.id for p in document(EARLY).passages]
    ids = [p.id for p in again.passages]
    assert len(set(ids)) == len(ids)
    assert all(p.id.startswith(again.id + ".") for p in again.passages)
    assert {f"{again.id}.r1", f"{again.id}.p16", f"{again.id}.j1", f"{again.id}.s1"} <= set(ids)


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_a_sample_report_is_read_whole_and_without_a_warning(path: Path) -> None:
    found = document(path)
    assert found.warnings == ()
    assert labels(found) == list(range(1, len(labels(found)) + 1))
    assert all(p.text == p.text.strip() and "  " not in p.text for p in found.passages)
    assert all(j.grade in GRADES for j in found.judgements)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("path", SOME_REAL, ids=lambda path: path.stem)
def test_a_real_report_keeps_what_must_hold_of_every_report_or_warns(path: Path) -> None:
    try:
        found = document(path)
    except UnreadableDocument as refusal:
        assert "web page" in str(refusal)
        return
    assert found.council
    assert found.inspected_from
    assert found.judgements
    warned = " ".join(found.warnings)
    for before, after in pairwise(labels(found)):
        assert after == before + 1 or str(before + 1) in warned
    for passage in found.passages:
        if passage.label and not re.search(r"[.?!:;…)][\"'’”]*$", passage.text):
            assert f"Paragraph {passage.label} ends" in warned
        assert (passage.page or 0) <= (passage.end_page or 0)
    for first, second in pairwise(found.passages):
        assert (first.page or 0) <= (second.page or 0)
