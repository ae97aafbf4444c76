"""References are found in the forms that people write, and no others."""

from __future__ import annotations

import time

import pytest

from search_api.citing.references import Reference, references

COUNCILS = ("Kelderbridge", "Thornmere")


def only(text: str) -> Reference:
    (found,) = references(text, COUNCILS, ["Plan for the Vale"])
    assert text[found.start : found.end] == found.text
    return found


@pytest.mark.parametrize(
    ("text", "council", "date", "labels", "pages"),
    [
        (
            "(Kelderbridge, 1 September 2015, paragraph 42, page 15)",
            "Kelderbridge",
            "2015-09-01",
            ["42"],
            (15, 15),
        ),
        ("(Ofsted, Kelderbridge 2015, para 42)", "Kelderbridge", "2015", ["42"], None),
        ("(Kelderbridge 2015: paras. 42–44)", "Kelderbridge", "2015", ["42", "43", "44"], None),
        ("Kelderbridge (Sept. 2015), §42", "Kelderbridge", "2015-09", ["42"], None),
        (
            "paragraph 4.12 of the Kelderbridge report (1st March 2016)",
            "Kelderbridge",
            "2016-03-01",
            ["4.12"],
            None,
        ),
        ("see rec 11 in Thornmere, 2016-03-01", "Thornmere", "2016-03-01", ["11"], None),
        ("Thornmere report of 2016, pp. 3-5", "Thornmere", "2016", [], (3, 5)),
        ("(Thornmere, 2016)", "Thornmere", "2016", [], None),
        ("Thornmere, May 2016, paragraph 4, page 1 (3 of the file)", "Thornmere", "2016-05", ["4"], (3, 3)),
        ("Thornmere, 2016, pages ii to iv (4 to 6 of the file)", "Thornmere", "2016", [], (4, 6)),
        ("Plan for the Vale, March 2016, action 1.2", None, "2016-03", ["1.2"], None),
    ],
)
def test_a_reference_is_read(
    text: str, council: str | None, date: str, labels: list[str], pages: tuple[int, int] | None
) -> None:
    found = only(text)
    assert (found.council, found.date, found.pages) == (council, date, pages)
    assert [label for _, label in found.labels] == labels


def test_a_permalink_names_a_document_and_a_passage() -> None:
    found = only("http://127.0.0.1:8000/documents/some-report-1a2b3c4d/p42#p42")
    assert found.place == ("some-report-1a2b3c4d", "p42")


def test_what_is_copied_as_text_is_one_reference() -> None:
    found = only("(Kelderbridge, 1 September 2015, paragraph 42, page 15) /documents/k-1a2b3c4d/p42#p42")
    assert found.place == ("k-1a2b3c4d", "p42")
    assert found.labels == (("paragraph", "42"),)


def test_a_number_alone_takes_the_document_before_it() -> None:
    first, second = references("(Kelderbridge 2015, para 42) and later (para 43).", COUNCILS)
    assert (second.council, second.date, second.labels) == ("Kelderbridge", "2015", (("paragraph", "43"),))
    assert first.labels == (("paragraph", "42"),)


def test_two_references_in_one_pair_of_brackets_are_two() -> None:
    found = references("(Kelderbridge 2015, para 42; Thornmere 2016, para 3)", COUNCILS)
    assert [(r.council, r.date) for r in found] == [("Kelderbridge", "2015"), ("Thornmere", "2016")]


@pytest.mark.parametrize(
    "text",
    [
        "In Kelderbridge plans are clear.",
        "Kelderbridge improved in 2015 and since.",
        "See paragraph 3 above.",
        "In May the 42 workers left.",
        "",
    ],
)
def test_what_names_no_place_in_a_document_is_no_reference(text: str) -> None:
    assert references(text, COUNCILS) == []


@pytest.mark.parametrize(
    "unit", ["2015 ", "para 1 ", "Kelderbridge 2015 ", "(", "§", "1 May 2015, ", "/documents/a/"]
)
def test_hostile_text_takes_time_in_proportion(unit: str) -> None:
    started = time.process_time()
    references(unit * (60_000 // len(unit)), COUNCILS)
    assert time.process_time() - started < 10
