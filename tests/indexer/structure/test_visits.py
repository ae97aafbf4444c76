"""Visits between inspections, of invented councils, and the real letters beside the real reports."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.document import Document, Passage, Recommendation
from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.file import read_file
from indexer.structure.likeness import matter
from indexer.structure.links import Link, find_links
from indexer.structure.structured import structure
from indexer.structure.visits import inspection_before, repeated

SHARED = Path(__file__).parents[4] / "shared"


def report(name: str, day: str, *advice: str, framework: str = "ILACS", says: str = "") -> Document:
    passages = [Passage(f"{name}.t1", name, "text", None, ("Findings",), 1, 1, says or "Children are seen.")]
    recommendations = []
    for place, text in enumerate(advice, 1):
        key = f"{name}.r{place}"
        passages.append(Passage(key, name, "recommendation", None, ("What needs to improve",), 1, 1, text))
        recommendations.append(Recommendation(None, text, 1, "What needs to improve", "local authority", key))
    return Document(
        name, f"{name}.pdf", name, "Eastmere", "inspection report", framework, inspected_to=day,
        passages=tuple(passages), recommendations=tuple(recommendations),
    )  # fmt: skip


def visit(day: str, *areas: str, says: str = "") -> Document:
    return report(f"visit-{day}", day, *areas, framework="ILACS focused visit", says=says)


OLD = report("old", "2026-03-04")
LAST = report(
    "last",
    "2029-05-11",
    "The assessment and oversight of children who live in private fostering arrangements.",
    "The timeliness of health assessments when children come into care.",
)


def test_a_visit_follows_the_latest_inspection_before_it() -> None:
    coming = report("coming", "2031-01-01")
    assert inspection_before(visit("2030-02-03"), [coming, LAST, OLD, visit("2029-12-01")]) == LAST
    assert inspection_before(visit("2029-05-01"), [LAST, OLD]) == OLD
    assert inspection_before(visit("2026-01-01"), [LAST, OLD]) is None


@pytest.mark.parametrize(
    "says",
    [
        "At the last inspection, in March 2028, services were good.",
        "Since the previous inspection in 2028, leaders have changed much.",
        "The council’s last judgement inspection was in 2028.",
        "Since the last ILACS inspection in May 2028, when services were good, much has changed.",
    ],
)
def test_a_visit_whose_letter_names_another_inspection_follows_none(says: str) -> None:
    assert inspection_before(visit("2030-02-03", says=says), [LAST, OLD]) is None
    assert inspection_before(visit("2030-02-03", says=says.replace("2028", "2029")), [LAST, OLD]) == LAST


def test_a_visit_follows_no_inspection_of_another_cycle_council_or_service() -> None:
    assert inspection_before(visit("2035-02-03"), [LAST]) is None
    assert inspection_before(visit("2030-02-03"), [replace(LAST, council="Thornmere")]) is None
    assert inspection_before(visit("2030-02-03"), [replace(LAST, framework="area SEND")]) is None


def test_an_area_for_improvement_is_tied_to_the_recommendation_whose_matter_it_repeats() -> None:
    letter = visit(
        "2030-02-03",
        "The support of children in private fostering arrangements, so that they live with safe people.",
        "Placement sufficiency.",
    )
    assert [(one.passage_id, other.passage_id) for one, other in repeated(letter, LAST)] == [
        ("visit-2030-02-03.r1", "last.r1")
    ]
    links = [link for link in find_links([letter, OLD, LAST]) if link.relation in ("visit of", "repeats")]
    assert links == [
        Link(letter.id, "", "last", "", "visit of", "", ""),
        Link(letter.id, "1", "last", "1", "repeats", "visit-2030-02-03.r1", "last.r1"),
    ]


def test_only_a_report_of_a_visit_is_one() -> None:
    assert visit("2030-02-03").is_visit and not visit("2030-02-03").is_inspection
    assert LAST.is_inspection and not LAST.is_visit
    minutes = replace(LAST, kind="committee report")
    assert not minutes.is_inspection and not minutes.is_visit


def test_matter_of_a_recommendation_is_what_to_do_not_what_for() -> None:
    said = "Ensure that visits to children in care take place on time, so that their wishes are heard."
    assert matter(said) == "Ensure that visits to children in care take place on time"
    assert matter("Act so that it helps.") == "Act so that it helps."


@pytest.mark.shared
@pytest.mark.parametrize(
    ("letter", "followed"),
    [
        ("birmingham-24-october-2024", "50214110"),
        ("rochdale-16-june-2025", "50211330"),
        ("doncaster-26-july-2024", None),  # it names the inspection of 2022, which isn't among the reports
    ],
)
def test_a_real_letter_follows_the_inspection_that_it_speaks_of(letter: str, followed: str | None) -> None:
    path = SHARED / "other_reports" / "visits" / f"{letter}.pdf"
    if not path.exists():
        pytest.skip("the real letters aren't here")
    reports = ("50214110", "50050254", "50211330", "2762042", "50000268", "50004307")
    held = [structure(read_file(SHARED / "reports" / f"{name}.pdf", limits=Limits())) for name in reports]
    found = inspection_before(structure(read_file(path, limits=Limits())), held)
    assert (found and found.file) == (followed and f"{followed}.pdf")


@pytest.mark.slow
@pytest.mark.shared
def test_of_the_real_letters_those_are_tied_whose_inspection_is_among_the_reports() -> None:
    letters = sorted((SHARED / "other_reports" / "visits").glob("*.pdf"))
    if not letters:
        pytest.skip("the real letters aren't here")
    documents = []
    for path in [*letters, *sorted((SHARED / "reports").glob("*.pdf"))]:
        with suppress(UnreadableDocument):  # two of the reports are pages of errors
            documents.append(structure(read_file(path, limits=Limits())))
    letters_read = [document for document in documents if document.is_visit]
    assert len(letters_read) == 60
    assert all(d.council and d.inspected_to and d.published and d.lead_inspector for d in letters_read)
    links = find_links(documents)
    assert sum(link.relation == "visit of" for link in links) == 16
    assert sum(link.relation == "repeats" for link in links) == 7
