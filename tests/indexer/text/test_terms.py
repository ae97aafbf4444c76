"""What becomes of a word, however long: documents and questions are hostile input."""

from __future__ import annotations

import pytest

from indexer.text.terms import stem, terms_of


@pytest.mark.parametrize("ending", ["", "ization", "ing", "eed", "ness", "e", "ll"])
@pytest.mark.parametrize("unit", ["y", "a", "b", "ya", "by"])
def test_a_word_of_a_hundred_thousand_letters_has_a_stem(unit: str, ending: str) -> None:
    word = unit * (100_000 // len(unit)) + ending
    # An ending is taken off at most, and a y at the end written as i.
    assert abs(len(word) - len(stem(word))) <= len(ending) + 1
    assert terms_of(word) == [stem(word)]


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("syzygy", "syzygi"),
        ("yearly", "yearli"),
        ("employing", "emploi"),
        ("toying", "toi"),
        ("trying", "try"),
        ("agreed", "agre"),
        ("feed", "feed"),
        ("visiting", "visit"),
        ("hopping", "hop"),
        ("snowing", "snow"),
        ("organisations", "organis"),
    ],
)
def test_a_y_is_a_vowel_after_a_consonant_alone(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


def test_ligatures_and_wide_letters_are_the_letters_that_they_join() -> None:
    assert terms_of("con\ufb01dential o\ufb03ces \uff21\uff22") == terms_of("confidential offices AB")
