"""Suggestions as one types, and "did you mean": councils, subjects and questions that are answered here."""

from __future__ import annotations

import pytest

from tests.web.checked_client import CheckedClient
from web.pages.search.suggestions import MOST, did_you_mean, suggestions

COUNCILS = ("Bath and North East Somerset", "Darlington", "Durham", "North Tyneside")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("dur", ("Durham", "Council", "/councils/durham")),
        ("tyne", ("North Tyneside", "Council", "/councils/north-tyneside")),
        ("private fos", ("Private fostering", "Subject", "/search?q=Private+fostering")),
        ("dur", ("How is Durham rated now?", "Question", "/search?q=How+is+Durham+rated+now%3F")),
        ("neglect in dar", ("neglect in Darlington", "Search", "/search?q=neglect+in+Darlington")),
        (
            "which councils improved private f",
            (
                "which councils improved private fostering",
                "Search",
                "/search?q=which+councils+improved+private+fostering",
            ),
        ),
    ],
)
def test_what_is_typed_is_completed(typed: str, expected: tuple[str, str, str]) -> None:
    found = suggestions(COUNCILS, typed)
    assert expected in [(one.text, one.kind, one.url) for one in found]
    assert len(found) <= MOST


@pytest.mark.parametrize("typed", ["", "d", "  ", "zzzz", "<script>", "x" * 5_000])
def test_nothing_is_made_up(typed: str) -> None:
    assert suggestions(COUNCILS, typed) == []


def test_a_misspelt_subject_is_meant_and_a_right_one_is_not() -> None:
    meant = did_you_mean(COUNCILS, "privat fosterring")
    assert meant is not None and meant.text.casefold() == "private fostering"
    assert did_you_mean(COUNCILS, "private fostering") is None
    assert did_you_mean(COUNCILS, "zebra xylophone") is None


def test_address_answers_json(client: CheckedClient) -> None:
    found = client.get("/suggest?q=kelder").json()["suggestions"]
    assert found[0] == {"text": "Kelderbridge", "kind": "Council", "url": "/councils/kelderbridge"}
