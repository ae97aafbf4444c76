from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.text.sentences import sentences_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plans are clear. Visits are late.", ["Plans are clear.", "Visits are late."]),
        ("Only 2.5% were late, e.g. Monday visits. Staff know.", ["Only 2.5% were late, e.g. Monday visits.", "Staff know."]),
        ("A visit in St. Aldous took place. It went well.", ["A visit in St. Aldous took place.", "It went well."]),
        ("Dr. Pell chairs the board. Members attend.", ["Dr. Pell chairs the board.", "Members attend."]),
        ("One said, ‘I am heard.’ Others were not.", ["One said, ‘I am heard.’", "Others were not."]),
        ("Improve:\nthe quality of plans\nthe speed of visits", ["Improve:", "the quality of plans", "the speed of visits"]),
        ("Visits are good. Yes.", ["Visits are good. Yes."]),
        ("No end here", ["No end here"]),
        ("", []),
        (" \n ", []),
    ],
)  # fmt: skip
def test_a_text_is_parted_into_whole_sentences(text: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in sentences_of(text)] == expected


@pytest.mark.parametrize("unit", ["a. ", "A. B. C. ", "A? ", "no. 4 ", ". \n", "e.g. " + " " * 500])
def test_hostile_text_takes_time_in_proportion(unit: str) -> None:
    started = time.process_time()
    found = sentences_of(unit * (100_000 // len(unit)))
    assert time.process_time() - started < 5
    assert len(found) > 0


@given(st.text(alphabet="ab A.!?\n’)e.g", max_size=120))
def test_every_word_is_in_a_sentence_and_places_are_exact(text: str) -> None:
    found = sentences_of(text)
    assert "".join("".join(s.text.split()) for s in found) == "".join(text.split())
    end = 0
    for sentence in found:
        assert text[sentence.start : sentence.end] == sentence.text
        assert end <= sentence.start
        end = sentence.end
